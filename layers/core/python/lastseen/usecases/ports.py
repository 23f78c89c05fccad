"""What do the use cases need from the outside? Protocols, kept by the store and by the fakes of the tests alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:  # these words are needed to be checked only, and are not loaded at every cold start
    from lastseen.domain.account import Account
    from lastseen.domain.deadline import Deadline
    from lastseen.domain.delivery import SetAside
    from lastseen.domain.device import DeviceId, DeviceKind
    from lastseen.domain.event import Confirmation, Effect, Entry, Joined, Place, Status, StatusId
    from lastseen.domain.reading import ChargingReading, LinkedVendor, ListedUser, Page, Reading
    from lastseen.domain.snapshot import Known, Linked, Snapshot
    from lastseen.domain.webhook import Trial, Webhook


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


class Quarantine(Protocol):
    """Where broken pieces are kept."""

    def keep(self, pieces: Sequence[SetAside], *, delivery_id: str) -> None:
        """Set the pieces of one delivery aside; raises StoreUnavailable."""


class Devices(Protocol):
    """The state, for reading."""

    def one(self, user_id: str, device: DeviceId) -> Known | None:
        """One device of a user."""

    def owners(self, device_id: str) -> list[tuple[str, DeviceId]]:
        """Which users have, or had, a device of this id, and of which kind it is."""

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
    ) -> Iterator[Linked]:
        """A user's devices by kind and id, from behind `start` on, tombstones included."""

    def walk_kind(
        self,
        kind: DeviceKind,
        *,
        start: tuple[str, DeviceId] | None = None,
        backwards: bool = False,
        page: int = 100,
    ) -> Iterator[Linked]:
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

    def device(self, device: DeviceId) -> Reading | None:
        """Get one device; None if Enode does not have it."""

    def devices(
        self, kind: DeviceKind, *, user_id: str | None = None, after: str | None = None
    ) -> Page[Reading]:
        """Get one page of a kind's list, of one user or of all."""

    def users(self, *, after: str | None = None) -> Page[ListedUser]:
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

    def test(self, webhook_id: str) -> Trial | None:
        """Have a test event sent now, which switches it on if it is taken; None if Enode does not have it."""
