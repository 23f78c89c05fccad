"""The seven families of devices in Enode's form (API 2024-10-01), by field, type, unit and nullability.

Enode has null in place of everything but `information` in a device that it has only just found, so everything else may
be null here, whatever it is afterwards. Words are open: Enode adds values without a new version.
"""

from collections.abc import Mapping

from lastseen.domain.device import DeviceKind
from local.openapi import cars, homes
from local.openapi.parts import CAPABILITY
from local.openapi.words import Field

FAMILIES: Mapping[DeviceKind, tuple[str, str, Field]] = {
    DeviceKind.VEHICLE: ("Vehicle", "vehicle", cars.VEHICLE_FAMILY),
    DeviceKind.CHARGER: ("Charger", "charger", cars.CHARGER_FAMILY),
    DeviceKind.BATTERY: ("Battery", "battery", homes.BATTERY),
    DeviceKind.INVERTER: ("Inverter", "inverter", homes.INVERTER),
    DeviceKind.HVAC: ("Hvac", "HVAC", homes.HVAC),
    DeviceKind.METER: ("Meter", "meter", homes.METER),
    DeviceKind.HEM_SYSTEM: ("HemSystem", "HEM system", homes.HEM),
}
"""Each kind's name among the schemas, its name in a sentence, and its fields."""

DEVICE_SCHEMAS: Mapping[str, Field] = {
    "Capability": CAPABILITY,
    **{name: field for name, _, field in FAMILIES.values()},
}
