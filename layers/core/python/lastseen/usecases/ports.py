"""Ports: the Protocols that stores, Enode's client and the tests' fakes implement."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # these words are needed to be checked only, and are not loaded at every cold start
    from lastseen.domain.account import Account
    from lastseen.domain.anchor import Extension, StoredWord
    from lastseen.domain.check_schedule import CheckState, TrackedDevice
    from lastseen.domain.deadline import Deadline
    from lastseen.domain.delivery import SetAside
    from lastseen.domain.device import DeviceId, DeviceKind, OwnedDevice
    from lastseen.domain.event import Confirmation, DeviceLog, Effect, Entry, Joined, Place, Status, StatusId
    from lastseen.domain.freshness import Limits
    from lastseen.domain.maintenance import (
        Counted,
        DeviceSummary,
        Due,
        NotFoundAtEnode,
        ScanCursor,
        StreamPage,
        VerifiedAt,
    )
    from lastseen.domain.observation import (
        ChargingReading,
        LinkedVendor,
        ListedUser,
        ListPage,
        Observation,
    )
    from lastseen.domain.records import Record
    from lastseen.domain.snapshot import DeviceWithAccount, Snapshot, StoredDevice
    from lastseen.domain.subscription import Webhook, WebhookTest


class Log(Protocol):
    """The log, for writing."""

    def append(
        self, entries: Sequence[Entry], *, received_at: datetime, delivery_id: str, deadline: Deadline
    ) -> None:
        """Write entries down, each once however often it comes; raises StoreUnavailable."""


class States(Protocol):
    """The state, for writing."""

    def merge(self, effects: Sequence[Effect], deadline: Deadline) -> Joined:
        """Join effects, one a device or status, into what stands; `usecases.keep` does what is left to be done then."""

    def confirm(self, reads: Sequence[Confirmation], deadline: Deadline) -> list[Snapshot | None]:
        """Join reads without news, one a device, where exactly that stands which they were compared with.

        Returns for each None if it was, or what stands there instead.
        """

    def split(self, owned: OwnedDevice, twin_id: str | None, deadline: Deadline) -> None:
        """Split a device off the twin that it is, or undo that; StoreUnavailable, too, if it is another by now."""


class Quarantine(Protocol):
    """Where broken pieces are kept."""

    def keep(self, pieces: Sequence[SetAside], *, delivery_id: str) -> None:
        """Set the pieces of one delivery aside; raises StoreUnavailable."""


class Devices(Protocol):
    """The state, for reading."""

    def one(self, user_id: str, device: DeviceId) -> StoredDevice | None:
        """One device of a user."""

    def several(self, owned: Sequence[OwnedDevice]) -> list[StoredDevice]:
        """Those of some devices, no two alike, that there are, in no order."""

    def owners(self, device_id: str) -> list[OwnedDevice]:
        """Which users have, or had, a device of this id, and of which kind it is; a hundred of them at most."""

    def links(self, user_id: str, twin_id: str) -> list[StoredDevice]:
        """A user's devices that are a twin, or were, tombstones included, but those that were split off by hand."""

    def holders(
        self, physical_id: str, *, behind: OwnedDevice | None = None, most: int
    ) -> list[tuple[str, DeviceId]]:
        """Which users have, or had, a physical device, under which of Enode's ids; in the order of users."""

    def has_devices(self, user_id: str) -> bool:
        """Whether a user has, or had, any device, as far as we remember."""

    def walk_user(
        self,
        user_id: str,
        kind: DeviceKind | None = None,
        *,
        start: DeviceId | None = None,
        backwards: bool = False,
        page: int = 100,
    ) -> Iterator[DeviceWithAccount]:
        """A user's devices by kind and id, from behind `start` on, tombstones included."""

    def walk_kind(
        self,
        kind: DeviceKind,
        *,
        start: tuple[str, DeviceId] | None = None,
        backwards: bool = False,
        page: int = 100,
    ) -> Iterator[DeviceWithAccount]:
        """All devices of a kind by user and id, from behind `start` on, tombstones included."""

    def walk_users(
        self, *, start: str | None = None, backwards: bool = False, page: int = 100
    ) -> Iterator[ListedUser]:
        """All users we were told of, by their devices or by Enode's list, from behind `start` on."""

    def unlisted_users(self, *, most: int) -> list[str]:
        """Users of whom devices have told and Enode's list has not, in the order of their ids; at most so many."""

    def user(self, user_id: str) -> ListedUser | None:
        """A user as Enode's list has them; None if it does not, or was not read yet."""

    def invalid_among(self, accounts: Iterable[Account]) -> dict[Account, datetime]:
        """Since when those of these accounts have been said to be invalid of which that is the newest word."""

    def proofs_of(
        self, invalid: Mapping[Account, datetime], *, most: int | None = ...
    ) -> dict[Account, datetime]:
        """When accounts said to be invalid are known to have held since, by any living device of theirs."""

    def status(self, status_id: StatusId) -> Status | None:
        """The newest word on a status; None if there was none."""


class History(Protocol):
    """The log, for reading."""

    def entries(
        self,
        place: Place,
        *,
        after: str = "",
        before: str = "~",
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """Entries of one place between two order keys, both excluded."""


class Enode(Protocol):
    """Enode's API, as far as we use it. Every method raises EnodeUnavailable when it did not answer as it should."""

    def device(self, device: DeviceId) -> Observation | None:
        """Get one device; None if Enode does not have it."""

    def devices(
        self, kind: DeviceKind, *, user_id: str | None = None, after: str | None = None
    ) -> ListPage[Observation]:
        """Get one page of a kind's list, of one user or of all."""

    def users(self, *, after: str | None = None) -> ListPage[ListedUser]:
        """Get one page of users."""

    def linked_vendors(self, user_id: str) -> Sequence[LinkedVendor] | None:
        """Get a user's vendors; None if Enode does not have the user."""

    def hint(self, device: DeviceId) -> bool:
        """Ask Enode to look at a device soon; False if it does not have it."""


class SmartCharging(Protocol):
    """Enode's smart charging, as far as we read it."""

    def smart_charging_status(self, vehicle_id: str) -> ChargingReading | None:
        """Get how a vehicle's smart charging stands; None if Enode does not have it; raises EnodeUnavailable."""


class Webhooks(Protocol):
    """Enode's subscriptions. Every method raises EnodeUnavailable when it did not answer as it should."""

    def every(self) -> list[Webhook]:
        """List all subscriptions of the client, those of other backends among them."""

    def one(self, webhook_id: str) -> Webhook | None:
        """Get a subscription; None if Enode does not have it."""

    def create(self, *, url: str, secret: str, events: Sequence[str] = ("*",)) -> Webhook:
        """Subscribe; the error's status is 400 if there is such a webhook already or a value is refused."""

    def change(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        secret: str | None = None,
        events: Sequence[str] | None = None,
    ) -> Webhook | None:
        """Change what is given, and switch it on; None if Enode does not have it."""

    def delete(self, webhook_id: str) -> bool:
        """End a subscription; False if Enode does not have it."""

    def test(self, webhook_id: str) -> WebhookTest | None:
        """Have a test event sent now, which switches it on if it is taken; None if Enode does not have it."""


class CheckStore(Protocol):
    """What is remembered of the devices' checks. Every method raises StoreUnavailable when it could not be done."""

    def due(
        self, *, now: datetime, limits: Limits, most: int, start: ScanCursor | None, deadline: Deadline
    ) -> Due:
        """Devices whose last contact is old and whose next look is due, probes, and those with a hint's outcome.

        And those that were only discovered, and not read since.

        Stops early, with a cursor, once there are `most` of them or the time is up.
        """

    def one(self, owned: OwnedDevice) -> TrackedDevice | None:
        """A device and what is remembered of it; None if there is none."""

    def some(self, owned: Iterable[OwnedDevice]) -> list[TrackedDevice]:
        """Those of these devices that there are, and what is remembered of each."""

    def claim(
        self, tracked_devices: Sequence[TrackedDevice], *, until: datetime, deadline: Deadline
    ) -> list[TrackedDevice]:
        """Take devices for oneself until then; gives those that nobody else was faster to take, unchanged."""

    def remember(
        self, tracked_devices: Sequence[TrackedDevice], *, claim: datetime, deadline: Deadline
    ) -> None:
        """Write down what is to be remembered, where the claim still stands; that ends it."""

    def write_down_hints(
        self, hints: Sequence[tuple[TrackedDevice, CheckState]], *, claim: datetime, deadline: Deadline
    ) -> list[tuple[TrackedDevice, CheckState]]:
        """Write hints down before they are sent; gives those that may be sent: the claim stands, nobody else hinted."""

    def mark_verified(self, answered: Sequence[VerifiedAt], deadline: Deadline) -> None:
        """Write down that Enode was asked, of devices that nobody has to have claimed."""

    def mark_denied(self, denied: Sequence[NotFoundAtEnode], deadline: Deadline) -> None:
        """Write down that Enode denies them, for their readers; a reconcile decides what follows."""

    def mark_missing(self, missing: Sequence[NotFoundAtEnode], *, run: str, deadline: Deadline) -> None:
        """Write down that Enode denies them; they are not deleted yet."""

    def mark_failed(self, owned: Sequence[OwnedDevice], *, run: str, deadline: Deadline) -> None:
        """Write down that this run asked for them in vain: it does not ask again, and deletes none of them."""

    def many(self, owned: Iterable[OwnedDevice]) -> Mapping[OwnedDevice, StoredDevice]:
        """Those of these devices that we know, tombstones included."""

    def unlisted(
        self, *, since: datetime, run: str, but: Collection[DeviceKind], most: int, deadline: Deadline
    ) -> list[StoredDevice]:
        """Living devices that Enode did not name since then, neither asked nor by itself, and that are not marked.

        None of the kinds `but`, and none that this run asked for in vain.
        """

    def count(
        self,
        judge: Callable[[DeviceSummary, datetime | None], str],
        *,
        start: ScanCursor | None,
        deadline: Deadline,
    ) -> Counted:
        """Count living devices by a word on each, given since when its account is lost; stops early, with a cursor."""

    def missing(self, *, run: str, most: int, deadline: Deadline) -> list[NotFoundAtEnode]:
        """Living devices that this run has marked as missing."""


class Anchors(Protocol):
    """Streams of the log, and how long their words stay. Every method raises StoreUnavailable if it is not done."""

    def parallel_map[One, Other](self, do: Callable[[One], Other], many: Iterable[One], /) -> Iterable[Other]:
        """Do something with each of many streams, several at once if it can."""

    def streams(self, *, start: ScanCursor | None, most: int, now: datetime) -> StreamPage:
        """A page of the streams that the state tells of, at most so many items of it."""

    def snapshots(self, owned: Collection[OwnedDevice]) -> Mapping[OwnedDevice, Snapshot]:
        """Those of these devices that we know, tombstones included."""

    def words(self, place: DeviceLog, *, after: str, before: str, limit: int) -> list[StoredWord]:
        """Words of a place between two order keys, both excluded, the newest first; at most so many."""

    def extend(self, extensions: Sequence[Extension], deadline: Deadline) -> None:
        """Let entries expire later; never earlier, and none that is gone comes back."""


class Records(Protocol):
    """What the system remembers of itself. Every method raises StoreUnavailable when it could not be done."""

    def read(self, name: str) -> Record:
        """One record; an empty one of version 0 if it was never written."""

    def write(self, name: str, said: Mapping[str, Any], *, version: int) -> bool:
        """Write a record over the version that was read; False if somebody else was faster."""
