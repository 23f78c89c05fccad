"""What is a device, and by which names do Enode's paths and events know its kind?"""

import re
from enum import StrEnum

from lastseen.domain.value import value

ID_PATTERN = r"(?![.]{1,2}$)[A-Za-z0-9._:@|+=~,-]{1,256}"
"""Ids become parts of keys and of paths: no separators, no control characters, nothing that needs escaping."""

_ID = re.compile(ID_PATTERN)


class DeviceKind(StrEnum):
    """One of the seven families that Enode reads. The value is the word in event names and in our keys."""

    VEHICLE = "vehicle"
    CHARGER = "charger"
    BATTERY = "battery"
    INVERTER = "inverter"
    HVAC = "hvac"
    METER = "meter"
    HEM_SYSTEM = "hem-system"

    @property
    def collection(self) -> str:
        """The path segment of this kind's lists: `vehicles`, `batteries`, `hem-systems`."""
        return _COLLECTIONS[self]

    @property
    def wire_key(self) -> str:
        """The property that holds the device in an event: `vehicle`, `hemSystem`."""
        return "hemSystem" if self is DeviceKind.HEM_SYSTEM else self.value

    @property
    def can_be_hinted(self) -> bool:
        """Whether Enode has a refresh-hint for this kind: all but HEM systems."""
        return self is not DeviceKind.HEM_SYSTEM


_COLLECTIONS = {
    DeviceKind.VEHICLE: "vehicles",
    DeviceKind.CHARGER: "chargers",
    DeviceKind.BATTERY: "batteries",
    DeviceKind.INVERTER: "inverters",
    DeviceKind.HVAC: "hvacs",
    DeviceKind.METER: "meters",
    DeviceKind.HEM_SYSTEM: "hem-systems",
}

KIND_OF_NAME = {kind.value: kind for kind in DeviceKind}

KIND_OF_COLLECTION = {collection: kind for kind, collection in _COLLECTIONS.items()}


@value(frozen=True, slots=True)
class DeviceId:
    """Which device: Enode's opaque id, unique within its kind."""

    kind: DeviceKind
    id: str


def is_id(text: object) -> bool:
    """Say whether this may be an id: 1 to 256 letters, digits and `. _ : @ | + = ~ , -`.

    >>> is_id("05ee9df5-d072-4ee8-b773-399dec8f5693"), is_id("auth0|42"), is_id("a#b"), is_id("..")
    (True, True, False, False)
    """
    return isinstance(text, str) and _ID.fullmatch(text) is not None
