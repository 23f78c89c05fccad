"""The base of every device of the fleet: what it can tell, whatever its family."""

from __future__ import annotations

from abc import ABC, abstractmethod
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from local.simulator.fleet import DeviceSpec

type Reading = dict[str, Any]

# Homes lie around 0 N 0 E, where nobody lives; the nearest zone keeps this offset all year.
TIMEZONE = "Africa/Lagos"
UTC_OFFSET = timedelta(hours=1)

SCOPES = {
    "vehicle": ("vehicle:control:charging", "vehicle:read:data", "vehicle:read:location"),
    "charger": ("charger:control:charging", "charger:read:data"),
    "battery": ("battery:control:operation_mode", "battery:read:data", "battery:read:location"),
    "inverter": ("inverter:read:data", "inverter:read:location"),
    "hvac": ("hvac:control:mode", "hvac:read:data"),
    "meter": ("meter:read:data", "meter:read:location"),
}


class Place:
    """Where a home is, and under which id its owner's app filed the place."""

    def __init__(self, rng: Random) -> None:
        """Draw a place around 0 N 0 E."""
        self.id = draw_id(rng)
        self.latitude = round(rng.uniform(-0.5, 0.5), 5)
        self.longitude = round(rng.uniform(-0.5, 0.5), 5)

    def reading(self) -> Reading:
        """Tell the place as a device standing there reports it."""
        return {"id": self.id, "longitude": self.longitude, "latitude": self.latitude}


class Device(ABC):
    """A device: who it is, and what its vendor's cloud would answer now."""

    kind = ""

    def __init__(self, spec: DeviceSpec, rng: Random, place: Place) -> None:
        """Make a device from its description; `rng` is its own."""
        self.id = draw_id(rng)
        self.vendor = spec.vendor
        self.brand = spec.brand
        self.model = spec.model
        self.place = place
        self.rng = rng
        self.information: Reading = {}
        self.hem_system_id: str | None = None

    @property
    def is_active(self) -> bool:
        """Whether it moves energy now; Enode then looks more often."""
        return False

    @abstractmethod
    def reading(self) -> Reading:
        """Tell every block that can change; the same object again means that nothing did."""


class AnotherLink(Device):
    """The same physical device under another id of Enode's."""

    def __init__(self, device: Device, number: int) -> None:
        """Draw the id of one more link of a device."""
        self._device = device
        self.kind = device.kind
        self.id = draw_id(Random(f"{device.id}/{number}"))
        self.information = device.information

    def __getattr__(self, name: str) -> Any:
        """Everything else is the device's own."""
        return getattr(self._device, name)

    @property
    def is_active(self) -> bool:
        """Whether it moves energy now."""
        return self._device.is_active

    def reading(self) -> Reading:
        """Tell every block that can change."""
        return self._device.reading()


def capable(*names: str, incapable: tuple[str, ...] = ()) -> Reading:
    """Write capabilities, each without interventions."""
    return {
        name: {"isCapable": name not in incapable, "interventionIds": []} for name in (*names, *incapable)
    }


def draw_id(rng: Random) -> str:
    """Draw a UUID that is the same for the same seed."""
    return str(UUID(int=rng.getrandbits(128), version=4))


def installed_on(rng: Random) -> str:
    """Draw the day a device was put in, as Enode writes it."""
    day = datetime(2021, 1, 1) + timedelta(days=rng.randrange(1400))  # noqa: DTZ001 - only its digits are used
    return f"{day:%Y-%m-%d}T08:00:00.000Z"
