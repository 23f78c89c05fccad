"""Stores for tests that need no DynamoDB: dicts that honour the Protocols of `usecases/ports.py`.

They join with `domain.merge` itself. The suite in `tests/integration/store/*_contract.py` runs on them and on real
engines, so a fake cannot say what DynamoDB would not.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from lastseen.domain import instant, order, retention, unlogged
from lastseen.domain.account import MOST_DEVICES_SEARCHED, Account, newest, unproven
from lastseen.domain.deadline import Deadline
from lastseen.domain.delivery import SetAside
from lastseen.domain.device import DeviceId, DeviceKind, OwnedDevice, escaped
from lastseen.domain.document import NO_FACTS, Facts
from lastseen.domain.event import Confirmation, DeviceUpdate, Effect, Entry, Joined, Place, Status, StatusId
from lastseen.domain.event_catalog import StatusKind
from lastseen.domain.merge import merge
from lastseen.domain.observation import ListedUser
from lastseen.domain.pagination import MOST_OWNERS, Unfinished
from lastseen.domain.snapshot import (
    EMPTY_SNAPSHOT,
    DeviceWithAccount,
    Register,
    Snapshot,
    StoredDevice,
)
from lastseen.errors import StoreUnavailable
from lastseen.store import keys
from lastseen.usecases.accounts import disconnected
from lastseen.usecases.ports import History


@dataclass(frozen=True)
class Kept:
    """One entry as the log keeps it.

    Attributes:
        entry: What was written down.
        received_at: When it last came.
        delivery_id: With which delivery.
    """

    entry: Entry
    received_at: datetime
    delivery_id: str

    @cached_property
    def read(self) -> Entry:
        """The entry as it is read."""
        return replace(
            self.entry,
            at=order.instant_of(self.entry.ord),
            received_at=self.received_at,
            delivery_id=self.delivery_id or None,
        )


@dataclass
class FakeLog:
    """The log, for writing: a dict by place and order key.

    Attributes:
        kept: What stands in it.
        term: How long the log is kept; None for ever.
        expiry: When an entry expires. Nothing goes by itself: `expire` deletes.
        places: What stands in it by place alone.
    """

    kept: dict[tuple[Place, str], Kept] = field(default_factory=dict)
    term: timedelta | None = None
    expiry: dict[tuple[Place, str], datetime] = field(default_factory=dict)
    places: dict[Place, dict[str, Kept]] = field(default_factory=dict)

    def append(
        self, entries: Sequence[Entry], *, received_at: datetime, delivery_id: str, deadline: Deadline
    ) -> None:
        """Write entries down, each once however often it comes."""
        for entry in entries:
            kept = self.kept[entry.place, entry.ord] = Kept(entry, received_at, delivery_id)
            self.places.setdefault(entry.place, {})[entry.ord] = kept
            if self.term is not None:
                expires_at = retention.expires_at(entry.at, received_at=received_at, kept=self.term)
                self.expiry[entry.place, entry.ord] = expires_at

    def expired(self, now: datetime) -> list[tuple[Place, str]]:
        """What may be deleted now, as DynamoDB does within two days, in no order."""
        return [key for key, expires_at in self.expiry.items() if expires_at <= now]

    def delete(self, expired: Iterable[tuple[Place, str]]) -> None:
        """Delete some of it."""
        for place, ord_ in expired:
            del self.kept[place, ord_], self.expiry[place, ord_], self.places[place][ord_]


@dataclass
class FakeHistory:
    """The log, for reading."""

    log: FakeLog

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
        kept = self.log.places.get(place, {})
        found = sorted((ord_ for ord_ in kept if after < ord_ < before), reverse=newest_first)
        return iter([kept[ord_].read for ord_ in found[:limit]])


@dataclass
class CountedHistory:
    """A log that counts what is read of it: a Query reads all up to its limit, whatever is then used."""

    log: History
    calls: int = 0
    read: int = 0

    def entries(self, place: Place, **which: Any) -> Iterator[Entry]:
        """Count, and ask."""
        found = list(self.log.entries(place, **which))
        self.calls += 1
        self.read += len(found)
        return iter(found)


@dataclass
class FakeStates:
    """The state, for writing: a dict of snapshots and one of statuses."""

    devices: dict[tuple[str, DeviceId], Snapshot] = field(default_factory=dict)
    statuses: dict[StatusId, Status] = field(default_factory=dict)
    unlogged: dict[tuple[str, DeviceId], str] = field(default_factory=dict)
    splits: dict[tuple[str, DeviceId], str] = field(default_factory=dict)

    def merge(self, effects: Sequence[Effect], deadline: Deadline) -> Joined:
        """Join effects, one a device or status, into what stands."""
        owed = [entry for effect in effects if (entry := self._owed(effect)) is not None]
        return Joined(sum(not self._is_news(effect) for effect in effects), tuple(owed))

    def confirm(self, reads: Sequence[Confirmation], deadline: Deadline) -> list[Snapshot | None]:
        """Join reads without news where exactly that stands which they were compared with."""
        answers: list[Snapshot | None] = []
        for read in reads:
            owned = read.update.user_id, read.update.device
            standing = self.devices.get(owned, EMPTY_SNAPSHOT)
            if standing == EMPTY_SNAPSHOT or _keys(standing) != _keys(read.believed):
                answers.append(standing)
                continue
            self.devices[owned] = merge(standing, read.update.snapshot)
            self.unlogged[owned] = unlogged.mark(read.update.snapshot.seen.ord, read.source)
            answers.append(None)
        return answers

    def split(self, owned: OwnedDevice, twin_id: str | None, deadline: Deadline) -> None:
        """Split a device off the twin that it is, or undo that."""
        if twin_id is None:
            self.splits.pop(owned, None)
            return
        name = self.devices.get(owned, EMPTY_SNAPSHOT).identity.name
        if name is None or name.twin_id != twin_id:
            raise StoreUnavailable("the device told another identity meanwhile")
        self.splits[owned] = twin_id

    def _owed(self, effect: Effect) -> Entry | None:
        if not isinstance(effect, DeviceUpdate):
            return None
        owned = effect.user_id, effect.device
        seen = self.devices.get(owned, EMPTY_SNAPSHOT).seen
        marked = self.unlogged.get(owned)
        return unlogged.owed(marked, seen, effect.snapshot, device=effect.device, user_id=effect.user_id)

    def _is_news(self, effect: Effect) -> bool:
        match effect:
            case DeviceUpdate(device, user_id, snapshot):
                standing = self.devices.get((user_id, device), EMPTY_SNAPSHOT)
                joined = self.devices[user_id, device] = merge(standing, snapshot)
                return joined != standing
            case Status(id=status_id):
                heard = self.statuses.get(status_id)
                if heard is not None and heard.ord >= effect.ord:
                    return False
                self.statuses[status_id] = effect
                return True


@dataclass
class FakeDevices:
    """The state, for reading.

    Attributes:
        states: What was written.
        most: How many items one walk looks at; None for any number.
    """

    states: FakeStates
    most: int | None = None

    def one(self, user_id: str, device: DeviceId) -> StoredDevice | None:
        """One device of a user."""
        snapshot = self.states.devices.get((user_id, device))
        if snapshot is None:
            return None
        return replace(
            _known(device, user_id, snapshot), split_from=self.states.splits.get((user_id, device))
        )

    def several(self, owned: Sequence[OwnedDevice]) -> list[StoredDevice]:
        """Those of some devices, no two alike, that there are, in no order."""
        return [known for one in owned if (known := self.one(*one)) is not None]

    def owners(self, device_id: str) -> list[OwnedDevice]:
        """Which users have, or had, a device of this id, and of which kind it is."""
        return [(owner, device) for owner, device in self.states.devices if device.id == device_id][
            :MOST_OWNERS
        ]

    def links(self, user_id: str, twin_id: str) -> list[StoredDevice]:
        """A user's devices that are a twin, or were."""
        return [
            known
            for owner, device in sorted(self.states.devices, key=_owned)
            if owner == user_id
            and (known := self.one(owner, device)) is not None
            and twin_id in known.snapshot.identity.twin_ids
            and known.split_from != twin_id
        ]

    def holders(
        self, physical_id: str, *, behind: tuple[str, DeviceId] | None = None, most: int
    ) -> list[tuple[str, DeviceId]]:
        """Which users have, or had, a physical device."""
        found = [
            (owner, device)
            for (owner, device), snapshot in self.states.devices.items()
            if snapshot.identity.name is not None
            and snapshot.identity.name.physical_id == physical_id
            and (behind is None or keys.owned(owner, device) > keys.owned(*behind))
        ]
        return sorted(found, key=lambda owned: keys.owned(*owned))[:most]

    def has_devices(self, user_id: str) -> bool:
        """Whether a user has, or had, any device, as far as we remember."""
        return any(owner == user_id for owner, _ in self.states.devices)

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
        devices = [device for owner, device in self.states.devices if owner == user_id]
        behind = [
            device
            for device in sorted(devices, key=_place, reverse=backwards)
            if start is None or _is_behind(_place(device), _place(start), backwards=backwards)
            if kind in (None, device.kind)
        ]
        for device in behind[: self.most]:
            yield self._linked(user_id, device)
        self._end(behind, None)

    def walk_kind(
        self,
        kind: DeviceKind,
        *,
        start: tuple[str, DeviceId] | None = None,
        backwards: bool = False,
        page: int = 100,
    ) -> Iterator[DeviceWithAccount]:
        """All devices of a kind by user and id, from behind `start` on, tombstones included."""
        border = None if start is None else _owned(start)
        owned = (one for one in self.states.devices if one[1].kind is kind)
        behind = [
            one
            for one in sorted(owned, key=_owned, reverse=backwards)
            if border is None or _is_behind(_owned(one), border, backwards=backwards)
        ]
        for owner, device in behind[: self.most]:
            yield self._linked(owner, device)
        self._end(behind, None)

    def walk_users(
        self, *, start: str | None = None, backwards: bool = False, page: int = 100
    ) -> Iterator[ListedUser]:
        """All users we were told of, by their devices or by Enode's list, from behind `start` on."""
        found = {owner: ListedUser(owner) for owner, _ in self.states.devices}
        for status_id in self.states.statuses:
            user = None if status_id.user_id is None else self.user(status_id.user_id)
            if user is not None:
                found[user.id] = user
        behind = [
            user_id
            for user_id in sorted(found, key=escaped, reverse=backwards)
            if start is None or _is_behind(escaped(user_id), escaped(start), backwards=backwards)
        ]
        for user_id in behind[: self.most]:
            yield found[user_id]
        self._end(behind, None if self.most is None else (behind[: self.most] or [""])[-1])

    def unlisted_users(self, *, most: int) -> list[str]:
        """Users of whom devices have told and Enode's list has not."""
        told = {status_id.user_id for status_id in self.states.statuses if status_id.kind is StatusKind.USER}
        found = {owner for owner, _ in self.states.devices} - told
        return sorted(found, key=escaped)[:most]

    def user(self, user_id: str) -> ListedUser | None:
        """A user as Enode's list has them."""
        heard = self.states.statuses.get(StatusId(StatusKind.USER, user_id))
        return None if heard is None else ListedUser.kept(heard)

    def invalid_among(self, accounts: Iterable[Account]) -> dict[Account, datetime]:
        """Since when those of these accounts have been said to be invalid that do not hold."""
        heard = {account: self.states.statuses.get(StatusId.of(account)) for account in accounts}
        return {
            account: instant.cut(order.instant_of(status.ord))
            for account, status in heard.items()
            if status is not None and json.loads(status.document).get("isValid") is not True
        }

    def proofs_of(
        self, invalid: Mapping[Account, datetime], *, most: int | None = MOST_DEVICES_SEARCHED
    ) -> dict[Account, datetime]:
        """When accounts said to be invalid are known to have held since, by any living device of theirs."""
        looked_at: dict[Account, list[StoredDevice]] = {account: [] for account in invalid}
        for owner, device in sorted(self.states.devices, key=lambda owned: (owned[0], _place(owned[1]))):
            known = _known(device, owner, self.states.devices[owner, device])
            if known.account in looked_at:
                looked_at[known.account].append(known)
        proofs = newest(
            (account, known.snapshot.linked_at)
            for account, devices in looked_at.items()
            for known in devices[:most]
        )
        still = unproven(invalid, proofs)
        return {account: proofs[account] for account in invalid if account not in still}

    def status(self, status_id: StatusId) -> Status | None:
        """The newest word on a status; None if there was none."""
        return self.states.statuses.get(status_id)

    def _end(self, behind: Sequence[object], user_id: str | None) -> None:
        """End a walk, in the way that says whether there was more."""
        if self.most is not None and len(behind) > self.most:
            raise Unfinished(None if user_id is None else (user_id,))

    def _linked(self, user_id: str, device: DeviceId) -> DeviceWithAccount:
        known = replace(
            _known(device, user_id, self.states.devices[user_id, device]),
            split_from=self.states.splits.get((user_id, device)),
        )
        lost = {} if known.account is None else disconnected([known.account], {}, self)
        return DeviceWithAccount(known, None if known.account is None else lost.get(known.account))


@dataclass
class FakeQuarantine:
    """Where broken pieces are kept: a set, because a redelivery writes over what it wrote."""

    kept: set[SetAside] = field(default_factory=set)

    def keep(self, pieces: Sequence[SetAside], *, delivery_id: str) -> None:
        """Set the pieces of one delivery aside."""
        self.kept.update(pieces)


def _known(device: DeviceId, user_id: str, snapshot: Snapshot) -> StoredDevice:
    """A device as a reader gets it: facts only of what is current, times to the millisecond."""
    current = snapshot.current.ord

    def read(said: Register) -> Register:
        return replace(said, facts=_stored(said.facts) if said.ord and said.ord == current else NO_FACTS)

    return StoredDevice(
        device, user_id, replace(snapshot, seen=read(snapshot.seen), found=read(snapshot.found))
    )


def _keys(snapshot: Snapshot) -> tuple[object, ...]:
    return snapshot.seen.ord, snapshot.found.ord, snapshot.gone, snapshot.identity


def _place(device: DeviceId) -> tuple[str, str]:
    """Where a device stands among those of its user."""
    return device.kind.value, escaped(device.id)


def _owned(owned: tuple[str, DeviceId]) -> tuple[str, tuple[str, str]]:
    """Where a device stands among those of its kind."""
    return escaped(owned[0]), _place(owned[1])


def _is_behind[Where: (str, tuple[str, str], tuple[str, tuple[str, str]])](
    one: Where, border: Where, *, backwards: bool
) -> bool:
    return one < border if backwards else one > border


def _stored(facts: Facts) -> Facts:
    seen = facts.last_seen_at
    return facts if seen is None else replace(facts, last_seen_at=datetime.fromisoformat(instant.fixed(seen)))
