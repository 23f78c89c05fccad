"""Fleet: a description of users, homes and devices, from which the simulator makes a moving one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

KINDS = ("vehicle", "charger", "battery", "inverter", "hvac", "meter", "hem-system")
COLLECTIONS = {
    "vehicles": "vehicle",
    "chargers": "charger",
    "batteries": "battery",
    "inverters": "inverter",
    "hvacs": "hvac",
    "meters": "meter",
    "hem-systems": "hem-system",
}


@dataclass(frozen=True)
class DeviceSpec:
    """One device to be made.

    `habits` are the switches of its family's physics, see `physics/`.
    """

    kind: str
    vendor: str
    brand: str
    model: str
    habits: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class HomeSpec:
    """One user, and the devices at the one place where this user lives."""

    user_id: str
    devices: tuple[DeviceSpec, ...]
    has_scenario: bool = False


@dataclass(frozen=True)
class Fleet:
    """All homes of one Enode client."""

    homes: tuple[HomeSpec, ...]

    def __len__(self) -> int:
        """Count the devices."""
        return sum(len(home.devices) for home in self.homes)

    @classmethod
    def default(cls, users: int = 6) -> Fleet:
        """Describe homes of every family and many vendors; six users own 35 devices."""
        return cls(
            tuple(
                HomeSpec(_name(number), _HOMES[number % len(_HOMES)], has_scenario=True)
                for number in range(users)
            )
        )

    @classmethod
    def parked(cls, cars: int, *, vendor: str = "TESLA", cars_per_user: int = 5) -> Fleet:
        """Describe cars that never move: Enode polls them for ever and has nothing to say."""
        return cls.of_vendor(cars, vendor=vendor, devices_per_user=cars_per_user, parked=True)

    @classmethod
    def of_vendor(
        cls,
        devices: int,
        *,
        vendor: str = "TESLA",
        kind: str = "vehicle",
        devices_per_user: int = 2,
        **habits: Any,
    ) -> Fleet:
        """Describe many devices of one vendor and kind, for outages and for load."""
        one = DeviceSpec(kind, vendor, vendor.title(), "Example One", habits)
        return cls(
            tuple(
                HomeSpec(f"resident-{number:04d}", (one,) * min(devices_per_user, devices - first))
                for number, first in enumerate(range(0, devices, devices_per_user))
            )
        )


_NAMES = ("ada", "bo", "cleo", "dina", "emil", "fay", "gus", "hana", "ivo", "juno")


def _name(number: int) -> str:
    return f"{_NAMES[number]}-example" if number < len(_NAMES) else f"resident-{number:04d}"


def _hem(vendor: str, brand: str, panel_kw: float, battery_kwh: float = 0.0) -> tuple[DeviceSpec, ...]:
    """Describe what one home energy system groups: panels, a meter, perhaps a battery."""
    battery = (
        (DeviceSpec("battery", vendor, brand, "Store", {"capacity_kwh": battery_kwh}),) if battery_kwh else ()
    )
    return (
        DeviceSpec("inverter", vendor, brand, "Roof", {"peak_kw": panel_kw}),
        *battery,
        DeviceSpec("meter", vendor, brand, "Gateway"),
        DeviceSpec("hem-system", vendor, brand, "Home"),
    )


_HOMES: tuple[tuple[DeviceSpec, ...], ...] = (
    (
        DeviceSpec("vehicle", "TESLA", "Tesla", "Model Y", {"capacity_kwh": 75.0, "smart": True}),
        DeviceSpec("charger", "ZAPTEC", "Zaptec", "Go", {"pairs": True}),
        *_hem("ENPHASE", "Enphase", 6.4, 10.1),
        DeviceSpec("hvac", "ADAX", "ADAX", "Neo", {"room": "Bedroom"}),
    ),
    (
        DeviceSpec(
            "vehicle", "BMW", "BMW", "i4", {"capacity_kwh": 80.7, "charge_limit": 80, "plugged": True}
        ),
        DeviceSpec("charger", "EASEE", "Easee", "Home", {"pairs": True}),
        *_hem("SMA", "SMA", 4.8),
        DeviceSpec("hvac", "TADO", "tado", "X", {"room": "Living room", "tells_consumption": False}),
        DeviceSpec("hvac", "TADO", "tado", "X", {"room": "Study", "tells_consumption": False}),
    ),
    (
        DeviceSpec("vehicle", "VOLVO", "Volvo", "EX30", {"capacity_kwh": 64.0, "scheduled": True}),
        DeviceSpec(
            "vehicle", "KIA", "Kia", "EV6", {"capacity_kwh": 74.0, "errands": True, "tells_limit": False}
        ),
        DeviceSpec("charger", "WALLBOX", "Wallbox", "Pulsar", {"tells_rate": False}),
        DeviceSpec("hvac", "MILL", "Mill", "Panel", {"room": "Kitchen"}),
    ),
    (
        DeviceSpec("vehicle", "TESLA", "Tesla", "Model 3", {"capacity_kwh": 57.5, "plugged": True}),
        DeviceSpec("charger", "TESLA", "Tesla", "Wall Connector", {"pairs": True}),
        *_hem("TESLA", "Tesla", 7.2, 13.5),
    ),
    (
        DeviceSpec(
            "vehicle", "POLESTAR", "Polestar", "2", {"capacity_kwh": 75.0, "errands": True, "smart": True}
        ),
        DeviceSpec("charger", "KEBA", "KEBA", "P30", {"pairs": True}),
        DeviceSpec("inverter", "FRONIUS", "Fronius", "Gen24", {"peak_kw": 5.0}),
        DeviceSpec("hvac", "MITSUBISHI", "Mitsubishi", "Ecodan", {"room": "House", "category": "HEAT_PUMP"}),
        DeviceSpec("hvac", "DAIKIN", "Daikin", "Emura", {"room": "Attic", "category": "COOLING"}),
    ),
    (
        DeviceSpec("vehicle", "VOLKSWAGEN", "Volkswagen", "ID.3", {"parked": True, "tells_odometer": False}),
        *_hem("HUAWEI", "Huawei", 8.0, 15.0),
        DeviceSpec("hvac", "NETATMO", "Netatmo", "Smart", {"room": "Hall", "tells_consumption": False}),
    ),
)
