"""Values that sweep, reconcile and guard exchange with the store."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lastseen.domain.account import Account, account_of, newest, unproven
from lastseen.domain.anchor import LogStream
from lastseen.domain.cadence import NOTHING_LEARNED, CadenceClass, DeviceCadence
from lastseen.domain.check_schedule import TrackedDevice
from lastseen.domain.device import DeviceId, OwnedDevice
from lastseen.domain.document import Facts
from lastseen.domain.snapshot import Snapshot

type ScanCursor = list[Any]
"""Where a scan goes on, as plain JSON; what is in it is the store's business."""


@dataclass(frozen=True, slots=True)
class Due:
    """What a scan for due devices brought.

    Attributes:
        tracked_devices: The devices that are due.
        cursor: Where to go on; None if the whole table was looked through.
        scanned: How many items were looked at on the server.
        read_units: What that cost.
        unreadable: The keys of items that might have been due and cannot be read.
    """

    tracked_devices: list[TrackedDevice]
    cursor: ScanCursor | None
    scanned: int
    read_units: float
    unreadable: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class VerifiedAt:
    """A device that Enode was asked for.

    Attributes:
        owned: Whose and which.
        at: When, by Enode's clock.
        contact: The last contact it told; None if there never was one.
        is_planned: Whether the sweep waits for it. False if the device reported by itself since the last check: then
            keep `checked_seen`, or the sweep mistakes a later silence for the old one.
    """

    owned: OwnedDevice
    at: datetime
    contact: datetime | None
    is_planned: bool = True


@dataclass(frozen=True, slots=True)
class NotFoundAtEnode:
    """A device that Enode denies.

    Attributes:
        owned: Whose and which.
        at: The moment for which it is denied, by Enode's clock: the tombstone's.
    """

    owned: OwnedDevice
    at: datetime


@dataclass(frozen=True, slots=True)
class DeviceSummary:
    """What freshness is judged by, of one living device.

    Attributes:
        user_id: Whose.
        device: Which.
        facts: What its current document says.
        checked_at: When Enode was last asked for it; None if never.
        found_at: When it was last discovered; None if it never was, as far as we know.
        denied_at: When Enode denied it; None if something was said of it since.
        cadence: How often to expect a contact, as the last look knew it.
    """

    user_id: str
    device: DeviceId
    facts: Facts
    checked_at: datetime | None
    found_at: datetime | None = None
    denied_at: datetime | None = None
    cadence: DeviceCadence = NOTHING_LEARNED

    @property
    def account(self) -> Account | None:
        """The account that it came with; None if its document does not name the vendor."""
        return account_of(self.user_id, self.device.kind, self.facts)

    @property
    def cadence_class(self) -> CadenceClass:
        """The class of devices that Enode polls as it."""
        return CadenceClass.of(self.device.kind, self.facts)


@dataclass(frozen=True, slots=True)
class FleetSummary:
    """A look at some users' devices, all of each.

    Attributes:
        devices: Every living device.
        lost: Since when accounts have been said not to be linked any more.
    """

    devices: Sequence[DeviceSummary]
    lost: Mapping[Account, datetime]

    def disconnected(self) -> Mapping[Account, datetime]:
        """Since when accounts are not linked any more of which no device proves otherwise."""
        told = ((one.account, at) for one in self.devices for at in (one.found_at, one.facts.last_seen_at))
        return unproven(self.lost, newest(told)) if self.lost else self.lost


@dataclass(frozen=True, slots=True)
class StreamPage:
    """Some streams of the log, as the state tells of them.

    Attributes:
        streams: The streams.
        snapshots: The devices that were met on the way.
        cursor: Where to go on; None at the end.
        items: How many items were gone through.
    """

    streams: Sequence[LogStream]
    snapshots: Mapping[OwnedDevice, Snapshot]
    cursor: ScanCursor | None
    items: int


@dataclass(frozen=True, slots=True)
class Counted:
    """Living devices counted by some word on each.

    Attributes:
        counts: How many have which.
        cursor: Where to go on; None if all were counted.
    """

    counts: Mapping[str, int]
    cursor: ScanCursor | None
