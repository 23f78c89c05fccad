"""What does a read from Enode tell us? The same as an event, only that we asked."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lastseen.domain import document
from lastseen.domain.device import DeviceId, is_id
from lastseen.domain.document import Json
from lastseen.domain.event import DeviceUpdate, Entry, Source, order_key
from lastseen.domain.snapshot import Said, Snapshot

READ = "lastseen:read"
"""The event name under which a read stands in the log; Enode's own names never begin so."""

SAME_SECOND = timedelta(seconds=1)
"""Taken off Enode's `Date`, which has whole seconds: an event of the same second is the later word."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One device as a list or get of Enode's API gave it.

    Attributes:
        device: Which device.
        user_id: Whose it is, by the document's own word.
        document: Enode's resource.
        at: Enode's own `Date` of the answer, aware UTC, so that one clock orders everything.
    """

    device: DeviceId
    user_id: str
    document: Json
    at: datetime

    def observed(self, source: Source) -> tuple[Entry, DeviceUpdate]:
        """Give what to write down and what to join into the state.

        Raises:
            ValueError: The document holds what JSON cannot say.
        """
        said = document.encode(self.document)
        at = self.at - SAME_SECOND
        ord_ = order_key(at, READ.encode(), self.user_id.encode(), said)
        entry = Entry(self.device, ord_, at, READ, source, self.user_id, said, b"{}")
        snapshot = Snapshot(seen=Said(ord_, said, document.facts(self.device.kind, self.document)))
        return entry, DeviceUpdate(self.device, self.user_id, snapshot)


def is_usable(resource: Json) -> bool:
    """Whether a resource of Enode's says which device it is and whose; ids as everywhere."""
    return is_id(resource.get("id")) and is_id(resource.get("userId"))


@dataclass(frozen=True, slots=True)
class Page[T]:
    """One page of a list of Enode's.

    Attributes:
        items: What it held; elements that cannot be used are left out and counted.
        after: Cursor of the next page; None on the last.
        at: Enode's own `Date` of the answer, aware UTC.
        unusable: How many elements were left out.
    """

    items: tuple[T, ...]
    after: str | None
    at: datetime
    unusable: int = 0


@dataclass(frozen=True, slots=True)
class LinkedVendor:
    """One vendor account a user has linked, for one kind of device.

    Attributes:
        vendor: `TESLA`.
        vendor_type: `vehicle`.
        is_valid: False when the credentials are dead and the user must link again.
    """

    vendor: str
    vendor_type: str
    is_valid: bool
