"""Read the present from the store: devices with freshness, users, vendors. What is not the caller's is not there."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lastseen.domain import freshness, order
from lastseen.domain.answer import DeviceWithFreshness
from lastseen.domain.caller import Caller
from lastseen.domain.device import DeviceId, DeviceKind, OwnedDevice, in_any_case
from lastseen.domain.event import StatusId
from lastseen.domain.event_catalog import StatusKind
from lastseen.domain.freshness import Limits, Verdict
from lastseen.domain.pagination import Page, PageRequest, Position, page
from lastseen.domain.snapshot import DeviceWithAccount, Life, StoredDevice
from lastseen.errors import UnknownDevice, UnknownUser
from lastseen.usecases.accounts import disconnected
from lastseen.usecases.ports import Devices

if TYPE_CHECKING:  # a read of devices does without
    from lastseen.domain.observation import LinkedVendor, ListedUser

MOST_OF_A_KIND = 250
"""Devices of one kind that tell of a user's vendors: hardly anybody has as many, and then of the same few vendors."""

_MOST_AT_ONCE = 100


SHOWN = timedelta(hours=72)
"""For how long a list shows a deleted device to those who ask for it. It is remembered as long as the log."""


def was_deleted_lately(judged: DeviceWithFreshness) -> bool:
    """Whether a device is gone, and not for long."""
    snapshot = judged.known.snapshot
    return snapshot.life is Life.GONE and order.end(judged.freshness.asked_at - SHOWN) < snapshot.gone


def lives(judged: DeviceWithFreshness) -> bool:
    """Whether a device is there; what is deleted shows only to those who ask for it."""
    return judged.known.snapshot.life is Life.ALIVE


@dataclass(frozen=True, slots=True)
class Reader:
    """Answers questions about now, for one caller.

    Attributes:
        caller: Who asks.
        devices: The state.
        limits: Ages up to which a contact is fresh.
        now: The moment of asking, aware UTC.

    Every method raises StoreUnavailable when the store does not answer.
    """

    caller: Caller
    devices: Devices
    limits: Limits
    now: datetime

    def device(self, device_id: str, kind: DeviceKind | None = None) -> DeviceWithFreshness:
        """Give one living device.

        Raises:
            UnknownDevice: There is none under this id and kind that the caller may see, or it is deleted.
        """
        known = find(device_id, kind, self.caller, self.devices)
        if known.snapshot.life is Life.GONE:
            raise UnknownDevice.of(device_id)
        return self._judge(DeviceWithAccount(known, self._invalid_since(known)))

    def best_of(self, links: Sequence[StoredDevice], twin_id: str) -> DeviceWithFreshness:
        """Give a twin by the link that can be trusted most: by verdict, then the newest contact, then the newest word.

        A link that is stale must not hide a fresh one.

        Raises:
            UnknownDevice: No link that is the twin now lives.
        """
        living = [
            self._judge(DeviceWithAccount(link, self._invalid_since(link)))
            for link in links
            if link.snapshot.life is Life.ALIVE and link.twin_id == twin_id
        ]
        if not living:
            raise UnknownDevice.of(twin_id)
        return min(living, key=_trust)

    def of_user(
        self,
        user_id: str,
        page_request: PageRequest,
        *,
        kind: DeviceKind | None = None,
        keep: Callable[[DeviceWithFreshness], bool] = lives,
    ) -> Page[DeviceWithFreshness]:
        """Give devices of one user, by kind and id.

        Args:
            user_id: Whose.
            page_request: Which part of them.
            kind: Only of this kind; None for all.
            keep: Which of them; unless said otherwise, those that live.

        Raises:
            UnknownUser: The caller may not see this user, or nothing was ever said of them.
        """
        self.require_user(user_id)
        start = (
            None
            if page_request.start is None
            else DeviceId(DeviceKind(page_request.start[1]), page_request.start[2])
        )
        walk = self.devices.walk_user(
            user_id,
            kind,
            start=start,
            backwards=page_request.is_backwards,
            page=page_request.size + 2,  # the place itself, and one to know whether there is more
        )
        return page(map(self._judge, walk), page_request, at=position, keep=keep, size_of=_size_of)

    def of_kind(
        self,
        kind: DeviceKind,
        page_request: PageRequest,
        *,
        keep: Callable[[DeviceWithFreshness], bool] = lives,
    ) -> Page[DeviceWithFreshness]:
        """Give every living device of a kind that the caller may see, by user and id; `keep` as for `of_user`."""
        if not self.caller.sees_all:
            own = self.caller.user_id
            return Page(()) if own is None else self.of_user(own, page_request, kind=kind, keep=keep)
        start = page_request.start
        walk = self.devices.walk_kind(
            kind,
            start=None if start is None else (start[0], DeviceId(DeviceKind(start[1]), start[2])),
            backwards=page_request.is_backwards,
            page=min(page_request.size + 1, _MOST_AT_ONCE),
        )
        return page(map(self._judge, walk), page_request, at=position, keep=keep, size_of=_size_of)

    def users(
        self, page_request: PageRequest, *, keep: Callable[[ListedUser], bool] = lambda _: True
    ) -> Page[ListedUser]:
        """Give users that the caller may see, in the order of their ids; unless said otherwise, all of them."""
        if not self.caller.sees_all:
            from lastseen.domain.observation import ListedUser  # noqa: PLC0415 - see above

            own = self.caller.user_id
            user = None if own is None else self.devices.user(own) or ListedUser(own)
            return Page((user,) if user is not None and keep(user) else ())
        start = None if page_request.start is None else page_request.start[0]
        walk = self.devices.walk_users(
            start=start, backwards=page_request.is_backwards, page=min(page_request.size + 1, _MOST_AT_ONCE)
        )
        return page(
            walk,
            page_request,
            at=lambda user: (user.id,),
            keep=keep,
            size_of=lambda user: len(user.entry or b""),
        )

    def linked_vendors(self, user_id: str) -> list[LinkedVendor]:
        """Give the vendors of a user's living devices, and whether their credentials hold.

        The answer has no pages: of each kind, the first devices by id are looked at, at most `MOST_OF_A_KIND`.

        Raises:
            UnknownUser: The caller may not see this user, or nothing was ever said of them.
        """
        self.require_user(user_id)
        holds: dict[tuple[str, str], LinkedVendor] = {}
        crowded = self._note_vendors(self.devices.walk_user(user_id), holds)
        for kind in sorted(DeviceKind):
            if crowded is not None and kind > crowded:
                self._note_vendors(self.devices.walk_user(user_id, kind, page=MOST_OF_A_KIND + 1), holds)
        return [holds[account] for account in sorted(holds)]

    def _note_vendors(
        self, walk: Iterator[DeviceWithAccount], holds: dict[tuple[str, str], LinkedVendor]
    ) -> DeviceKind | None:
        """Note the vendors of devices up to a kind of which there are too many, and give that kind; None if none is."""
        from lastseen.domain.observation import LinkedVendor  # noqa: PLC0415 - see above

        seen: Counter[DeviceKind] = Counter()
        for judged in map(self._judge, walk):
            kind, vendor = judged.known.device.kind, judged.known.snapshot.current.facts.vendor
            seen[kind] += 1
            if seen[kind] > MOST_OF_A_KIND:
                return kind
            if vendor is not None and kind is not DeviceKind.HEM_SYSTEM:
                account = in_any_case(vendor), kind.value
                found = holds.setdefault(account, LinkedVendor(vendor, kind.value, is_valid=True))
                if judged.freshness.verdict is Verdict.DISCONNECTED:
                    holds[account] = replace(found, is_valid=False)
        return None

    def smart_charging_status(self, vehicle: StoredDevice) -> bytes | None:
        """Give the newest smart-charging status of a vehicle, as Enode sent it; None if there is none of this life."""
        return charging_of(vehicle, self.devices)

    def require_user(self, user_id: str) -> None:
        """Make sure that a user is there for the caller; their own always is.

        Raises:
            UnknownUser: It is not.
        """
        if self.caller.user_id == user_id:
            return
        if not self.caller.sees_all:
            raise UnknownUser.of(user_id)
        if not self.devices.has_devices(user_id) and self.devices.user(user_id) is None:
            raise UnknownUser.of(user_id)

    def _invalid_since(self, known: StoredDevice) -> datetime | None:
        account, linked_at = known.account, known.snapshot.linked_at
        if account is None:
            return None
        at_hand = {} if linked_at is None else {account: linked_at}
        return disconnected([account], at_hand, self.devices).get(account)

    def _judge(self, linked: DeviceWithAccount) -> DeviceWithFreshness:
        known = linked.known
        planned = known.next_check_at
        judged = freshness.judge(
            known.device.kind,
            known.snapshot.current.facts,
            now=self.now,
            limits=self.limits,
            is_gone=known.snapshot.life is Life.GONE,
            credentials_invalid_since=linked.invalid_since,
            checked_at=known.checked_at,
            denied_at=known.denied_at,
            next_check_at=planned if planned is not None and planned > self.now else None,
            cadence=known.cadence,
        )
        return DeviceWithFreshness(known, judged)


def _trust(judged: DeviceWithFreshness) -> tuple[int, float]:
    contact = judged.freshness.last_seen_at
    return list(Verdict).index(judged.freshness.verdict), -contact.timestamp() if contact else 0.0


def _size_of(judged: DeviceWithFreshness) -> int:
    return len(judged.known.snapshot.current.document or b"")


def position(judged: DeviceWithFreshness) -> Position:
    """The place of a device in every list of devices."""
    known = judged.known
    return known.user_id, known.device.kind.value, known.device.id


def find(device_id: str, kind: DeviceKind | None, caller: Caller, devices: Devices) -> StoredDevice:
    """Find a device that the caller may see; of several, a living one, then the newest.

    Raises:
        UnknownDevice: There is none under this id and kind that the caller may see.
    """
    return preferred(candidates(device_id, kind, caller, devices))


def preferred(found: list[StoredDevice]) -> StoredDevice:
    """Choose among the devices of one id: a living one, then the newest."""
    return max(found, key=lambda known: (known.snapshot.life is Life.ALIVE, known.snapshot.newest))


def charging_of(vehicle: StoredDevice, devices: Devices) -> bytes | None:
    """Give the newest word on a vehicle's smart charging; None if there is none, or none since it was last deleted."""
    status = devices.status(StatusId(StatusKind.SMART_CHARGING, vehicle.user_id, vehicle.device.id))
    return None if status is None or status.ord <= vehicle.snapshot.gone else status.document


def candidates(
    device_id: str, kind: DeviceKind | None, caller: Caller, devices: Devices
) -> list[StoredDevice]:
    """Find the devices of an id that the caller may see: mostly one, and one for each user who has, or had, it.

    Of an id that more users have, or had, than the store gives, only those.

    Raises:
        UnknownDevice: There is none.
    """
    owned: list[OwnedDevice] = []
    if caller.sees_all:
        owned = [one for one in devices.owners(device_id) if kind in (None, one[1].kind)]
    elif caller.user_id is not None:  # by key: the index gives not all owners of an id, perhaps not this one
        kinds = DeviceKind if kind is None else (kind,)
        owned = [(caller.user_id, DeviceId(one, device_id)) for one in kinds]
    if len(owned) == 1:
        known = devices.one(*owned[0])
        found = [] if known is None else [known]
    else:
        found = devices.several(owned) if owned else []
    if not found:
        raise UnknownDevice.of(device_id)
    return found
