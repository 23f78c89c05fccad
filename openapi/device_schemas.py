"""The seven families of devices in Enode's form (API 2024-10-01), by field, type, unit and nullability.

Enode has null in place of everything but `information` in a device that it has only just found, so everything else may
be null here, whatever it is afterwards. Words are open: Enode adds values without a new version.
"""

from collections.abc import Mapping

from lastseen.domain.device import DeviceKind
from openapi import home_devices, vehicles_and_chargers
from openapi.common_fields import CAPABILITY
from openapi.schema_fields import Field

FAMILIES: Mapping[DeviceKind, tuple[str, str, Field]] = {
    DeviceKind.VEHICLE: ("Vehicle", "vehicle", vehicles_and_chargers.VEHICLE_FAMILY),
    DeviceKind.CHARGER: ("Charger", "charger", vehicles_and_chargers.CHARGER_FAMILY),
    DeviceKind.BATTERY: ("Battery", "battery", home_devices.BATTERY),
    DeviceKind.INVERTER: ("Inverter", "inverter", home_devices.INVERTER),
    DeviceKind.HVAC: ("Hvac", "HVAC", home_devices.HVAC),
    DeviceKind.METER: ("Meter", "meter", home_devices.METER),
    DeviceKind.HEM_SYSTEM: ("HemSystem", "HEM system", home_devices.HEM),
}
"""Each kind's name among the schemas, its name in a sentence, and its fields."""

DEVICE_SCHEMAS: Mapping[str, Field] = {
    "Capability": CAPABILITY,
    **{name: field for name, _, field in FAMILIES.values()},
}
