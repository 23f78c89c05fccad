"""Devices: the names of their kinds in Enode's paths and events; what an id may be, and how it stands in a key."""

import re
from enum import StrEnum

from lastseen.domain.frozen import fast_frozen

ID_PATTERN = r"(?![.]{1,2}$)[\s\S]{1,256}"
"""Any text of 1 to 256 characters: Enode lets the app choose the ids of its users. `.` and `..` would lead elsewhere in
every path."""

LONGEST_ID = 256
LARGEST_ID = 900
"""Bytes as escaped. A key of DynamoDB may have 1,024, and an id never stands alone in one."""

_PLAIN = re.compile(r"[$&-~]{1,256}")
_NEVER = (".", "..")

# Up to `#`: with every control character, the space, `!` and `"`. So `#` goes on parting keys, and `!` goes on coming
# before every id.
_IN_KEYS = re.compile(r"[\x00-#%]")
_ESCAPE = re.compile(r"%([0-9A-F]{2})")


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


@fast_frozen(frozen=True, slots=True)
class DeviceId:
    """Which device: Enode's opaque id, unique within its kind."""

    kind: DeviceKind
    id: str


type OwnedDevice = tuple[str, DeviceId]
"""The id of a user and a device of theirs."""


def is_id(text: object) -> bool:
    """Say whether this may be an id, of a user, a device or anything else that Enode names; or a vendor.

    Any text that UTF-8 can say, of 1 to 256 characters and at most 900 bytes as escaped, but `.` and `..`.

    >>> [is_id(text) for text in ("auth0|42", "o'neil", "user/1", "#1", "x" * 257, "", "..")]
    [True, True, True, True, False, False, False]
    """
    if not isinstance(text, str):
        return False
    if _PLAIN.fullmatch(text) is not None:
        return text not in _NEVER
    if not 0 < len(text) <= LONGEST_ID:
        return False
    try:
        return len(escaped(text).encode()) <= LARGEST_ID
    except UnicodeEncodeError:  # half of a character
        return False


def escaped(id_: str) -> str:
    """Write an id as a part of a key: `%` and everything up to `#` as a percent sign and two digits.

    The order of what is escaped is the order of every list.

    >>> escaped("auth0|42"), escaped("a b"), escaped("100%"), escaped("#1!")
    ('auth0|42', 'a%20b', '100%25', '%231%21')
    """
    return id_ if _IN_KEYS.search(id_) is None else _IN_KEYS.sub(_as_escape, id_)


def unescaped(part: str) -> str:
    """Read an id out of a key.

    >>> unescaped("a%20b"), unescaped("a%252Fb")
    ('a b', 'a%2Fb')
    """
    return _ESCAPE.sub(_as_character, part) if "%" in part else part


def in_any_case(vendor: str) -> str:
    """Give the one form of a vendor's name by which vendors are compared: Enode does not promise the case.

    >>> in_any_case("Alfa Romeo")
    'ALFA ROMEO'
    """
    return vendor.upper()


def is_vendor(text: object) -> bool:
    """Say whether this may be a vendor: an id in whatever case.

    >>> is_vendor("ALFA ROMEO"), is_vendor("")
    (True, False)
    """
    return is_id(text) and isinstance(text, str) and is_id(in_any_case(text))


def _as_escape(found: re.Match[str]) -> str:
    return f"%{ord(found[0]):02X}"


def _as_character(found: re.Match[str]) -> str:
    return chr(int(found[1], 16))
