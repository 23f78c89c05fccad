"""Faults of single items: a device, a user, a list or a stored item that cannot be read while everything else can."""

from typing import NamedTuple

from lastseen.domain.device import DeviceId, DeviceKind


class Fault(NamedTuple):
    """Why something could not be read, though Enode answers for other things.

    Attributes:
        reason: In words, with ids and statuses, and nothing of what the answer held.
    """

    reason: str


FOUND_BEFORE = Fault("it could not be read in a run before this one")
UNREADABLE = Fault("what is stored there cannot be read; the next word of Enode's replaces it")


class Subject(NamedTuple):
    """What a fault is of.

    Attributes:
        what: `device`, `hint`, `user`, `list` or `item` of the store.
        kind: Of a device, or of a list of devices; empty for the list of users.
        id: The device, the user, or the key of the item; empty for a list.
        user_id: Whose device; empty for everything else.
    """

    what: str
    kind: str = ""
    id: str = ""
    user_id: str = ""

    @classmethod
    def of(cls, owned: tuple[str, DeviceId]) -> "Subject":
        """Name a device of a user."""
        user_id, device = owned
        return cls("device", device.kind.value, device.id, user_id)

    @classmethod
    def hint_of(cls, owned: tuple[str, DeviceId]) -> "Subject":
        """Name the refresh-hint of a device."""
        return cls.of(owned)._replace(what="hint")

    @classmethod
    def user(cls, user_id: str) -> "Subject":
        """Name a user."""
        return cls("user", id=user_id)

    @classmethod
    def listed(cls, kind: DeviceKind | None) -> "Subject":
        """Name Enode's list of a kind; None names that of its users."""
        return cls("list", "" if kind is None else kind.value)

    @classmethod
    def stored(cls, key: str) -> "Subject":
        """Name an item of the store by its key."""
        return cls("item", id=key)
