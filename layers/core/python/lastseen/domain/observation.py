"""Observations read from Enode's API: devices, users, linked vendors, stamped and ordered like events."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from lastseen.domain import document, instant, order
from lastseen.domain.account import Account
from lastseen.domain.device import DeviceId, DeviceKind, in_any_case, is_id
from lastseen.domain.document import Json
from lastseen.domain.event import (
    DeviceLog,
    DeviceUpdate,
    Entry,
    Source,
    Status,
    StatusId,
)
from lastseen.domain.event_catalog import READ, READ_SMART_CHARGING, Family, StatusKind
from lastseen.domain.order import Told, order_key
from lastseen.domain.snapshot import IdentityRegister, Register, Snapshot
from lastseen.domain.twin import TwinName

SAME_SECOND = timedelta(seconds=1)
"""Taken off Enode's `Date`, which has whole seconds: an event of the same second is the later word."""


@dataclass(frozen=True, slots=True)
class Observation:
    """One device as a list or get of Enode's API gave it.

    Attributes:
        device: Which device.
        user_id: Whose it is, by the document's own word.
        document: Enode's resource.
        at: Enode's own `Date` of the answer, aware UTC, so that one clock orders everything.
        name: What names the twin that it is by this document; None if that tells of no strong identity.
    """

    device: DeviceId
    user_id: str
    document: Json
    at: datetime
    name: TwinName | None = None

    def observed(self, source: Source) -> tuple[Entry, DeviceUpdate]:
        """Give what to write down and what to join into the state.

        Raises:
            ValueError: The document holds what JSON cannot say.
        """
        said = document.encode(self.document)
        at = self.at - SAME_SECOND
        facts = document.facts(self.device.kind, self.document, at=at)
        told = Told(document.last_seen(self.device.kind, self.document), document.newest_update(said))
        ord_ = order_key(at, READ.encode(), self.user_id.encode(), said, told=told)
        entry = Entry(DeviceLog(self.device, self.user_id), ord_, at, READ, source, said, b"{}")
        snapshot = Snapshot(seen=Register(ord_, said, facts), identity=IdentityRegister.told(ord_, self.name))
        return entry, DeviceUpdate(self.device, self.user_id, snapshot)


@dataclass(frozen=True, slots=True)
class ChargingReading:
    """The smart-charging status of one vehicle as a get of Enode's API gave it; attributes as of `Reading`."""

    device: DeviceId
    user_id: str
    document: Json
    at: datetime

    def observed(self, source: Source) -> tuple[Entry, Status]:
        """Give what to write down and what to join into the state; its key follows the rules of an event's.

        Raises:
            ValueError: The document holds what JSON cannot say.
        """
        said = document.encode(self.document)
        at = self.at - SAME_SECOND
        told = Told(instant.parse(self.document.get("updatedAt")), document.newest_update(said))
        ord_ = order_key(at, READ_SMART_CHARGING.encode(), self.user_id.encode(), said, told=told)
        place = DeviceLog(self.device, self.user_id, Family.SMART_CHARGING)
        entry = Entry(place, ord_, at, READ_SMART_CHARGING, source, said, b"{}")
        status_id = StatusId(StatusKind.SMART_CHARGING, self.user_id, self.device.id)
        return entry, Status(status_id, ord_, said)


def is_usable(resource: Json) -> bool:
    """Whether a resource of Enode's says which device it is and whose; ids as everywhere."""
    return is_id(resource.get("id")) and is_id(resource.get("userId"))


@dataclass(frozen=True, slots=True)
class ListPage[T]:
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


NOT_THERE = b"null"
"""What stands in place of a user's entry once Enode has denied the user."""


@dataclass(frozen=True, slots=True)
class ListedUser:
    """A user, as Enode's list of users has them.

    Attributes:
        id: Who.
        entry: Enode's own entry as compact JSON, passed on with whatever it holds, so that `createdAt` keeps the form
            Enode gave it. None for a user of whom only events have told: they do not say when Enode made the user.
        listed_at: Enode's own `Date` of the newest list that was kept, aware UTC; None without an entry.
    """

    id: str
    entry: bytes | None = None
    listed_at: datetime | None = None

    def observed(self) -> Status:
        """Give what to keep: the newest word on whether Enode has the user, and how.

        Raises:
            ValueError: There is no entry.
        """
        if self.entry is None or self.listed_at is None:
            raise ValueError("no list has told of this user")
        return _word(self.id, self.listed_at, self.entry)

    @classmethod
    def kept(cls, status: Status) -> "ListedUser | None":
        """Read what was kept; None if Enode's newest word is that it does not have the user.

        >>> ListedUser.kept(denied("anna", at=datetime.fromisoformat("2026-03-01T12:00Z"))) is None
        True
        """
        if status.document == NOT_THERE:
            return None
        listed_at = order.instant_of(status.ord)
        return cls(status.id.user_id or "", status.document, listed_at)


def denied(user_id: str, *, at: datetime) -> Status:
    """Give what to keep of a user whom Enode does not have at this moment, by its own clock."""
    return _word(user_id, at, NOT_THERE)


def _word(user_id: str, at: datetime, entry: bytes) -> Status:
    return Status(StatusId(StatusKind.USER, user_id), order_key(at, user_id.encode(), entry), entry)


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

    def is_for(self, account: Account) -> bool:
        """Whether devices of an account depend on it: on its own kind, HEM systems on any kind of their vendor.

        >>> cars = LinkedVendor("TESLA", "vehicle", is_valid=True)
        >>> [cars.is_for(Account("anna", kind, "TESLA")) for kind in ("vehicle", "battery", "hem-system")]
        [True, False, True]
        """
        is_of_kind = account.kind in (self.vendor_type, DeviceKind.HEM_SYSTEM)
        return in_any_case(self.vendor) == account.vendor and is_of_kind
