"""How is a question answered from the store? Whose device it is comes first; what is not the caller's is not there."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from lastseen.domain import freshness, instant
from lastseen.domain.answer import HistoryPage, Judged
from lastseen.domain.caller import Caller
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import Entry
from lastseen.domain.freshness import Freshness, Limits
from lastseen.domain.history import DEVICE, Change, Fold, Stream, observation, stream_of
from lastseen.domain.merge import merge
from lastseen.domain.snapshot import NOTHING_KNOWN, Known, Life, Snapshot
from lastseen.errors import UnknownDevice, UnknownUser
from lastseen.usecases.ports import Devices, History


def devices_of(
    user_id: str, caller: Caller, *, devices: Devices, limits: Limits, now: datetime
) -> list[Judged]:
    """Give every living device of a user, by kind and id.

    Raises:
        UnknownUser: The caller may not see this user, or nothing was ever said of them.
        StoreUnavailable: The store did not answer.
    """
    if not caller.may_see(user_id):
        raise UnknownUser(f"there is no user {user_id!r}")
    known = devices.of_user(user_id)
    invalid = devices.invalid_credentials(user_id)
    if not known and not invalid and user_id != caller.user_id:
        raise UnknownUser(f"there is no user {user_id!r}")
    return [
        Judged(device, _judge(device, invalid, limits, now))
        for device in known
        if device.snapshot.life is Life.ALIVE
    ]


def device(
    device_id: str,
    kind: DeviceKind | None,
    caller: Caller,
    *,
    devices: Devices,
    limits: Limits,
    now: datetime,
) -> Judged:
    """Give one living device.

    Args:
        device_id: Enode's id.
        kind: Its kind; None if any will do.
        caller: Who asks.
        devices: The state.
        limits: Ages up to which a contact is fresh.
        now: The moment of asking, aware UTC.

    Raises:
        UnknownDevice: There is none under this id and kind that the caller may see, or it is deleted.
        StoreUnavailable: The store did not answer.
    """
    known = _find(device_id, kind, caller, devices)
    if known.snapshot.life is Life.GONE:
        raise _unknown(device_id)
    return Judged(known, _judge(known, devices.invalid_credentials(known.user_id), limits, now))


def changes(
    device_id: str,
    caller: Caller,
    *,
    devices: Devices,
    log: History,
    since: datetime | None,
    until: datetime | None,
    most: int,
) -> HistoryPage:
    """Give what changed on a device in a window of time, deleted devices included while they are remembered.

    Args:
        device_id: Enode's id.
        caller: Who asks. A caller of one user sees only what happened while the device was that user's.
        devices: The state.
        log: The history.
        since: Changes at or after this moment; None from where coverage begins.
        until: Changes before this moment; None up to now.
        most: At most so many changes, the oldest of the window first.

    Raises:
        UnknownDevice: There is none under this id that the caller may see.
        StoreUnavailable: The store did not answer.
    """
    known = _find(device_id, None, caller, devices)
    log_of = _OneDevice(log, known.device, None if caller.sees_all else known.user_id)
    found: list[Change] = []
    for change in log_of.changes(
        after="" if since is None else instant.fixed(since),
        before="~" if until is None else instant.fixed(until),
    ):
        if len(found) == most:
            return HistoryPage(known, log_of.coverage_from(), tuple(found), is_complete=False)
        found.append(change)
    return HistoryPage(known, log_of.coverage_from(), tuple(found), is_complete=True)


@dataclass(frozen=True, slots=True)
class _OneDevice:
    """The log of one device, as far as one owner may see it."""

    log: History
    device: DeviceId
    owner: str | None

    def entries(
        self, *, after: str = "", before: str = "~", newest_first: bool = False, limit: int | None = None
    ) -> Iterator[Entry]:
        for entry in self.log.entries(
            self.device, after=after, before=before, newest_first=newest_first, limit=limit
        ):
            if self.owner is None or entry.user_id == self.owner:
                yield entry

    def coverage_from(self) -> datetime | None:
        first = next(self.entries(), None)
        return None if first is None else first.at

    def changes(self, *, after: str, before: str) -> Iterator[Change]:
        fold = Fold(self.snapshot_before(after) if after else NOTHING_KNOWN)
        for entry in self.entries(after=after, before=before):
            stream = stream_of(entry)
            if after and stream != DEVICE and stream not in fold.last:
                previous = self.last_of(stream, before=after)
                if previous is not None:
                    fold.last[stream] = previous
            yield from fold.take(entry)

    def snapshot_before(self, ord_: str) -> Snapshot:
        """What was believed just before a key: back to the last word that settles it, nearly always the first one."""
        believed = NOTHING_KNOWN
        for entry in self.entries(before=ord_, newest_first=True):
            if stream_of(entry) == DEVICE:
                believed = merge(believed, observation(entry))
                if believed.seen.ord or believed.gone:
                    break
        return believed

    def last_of(self, stream: Stream, *, before: str) -> bytes | None:
        """The last document of a stream before a key."""
        for entry in self.entries(before=before, newest_first=True):
            if entry.name == stream.event and stream_of(entry) == stream:
                return entry.document
        return None


def _find(device_id: str, kind: DeviceKind | None, caller: Caller, devices: Devices) -> Known:
    """Find a device that the caller may see; of several, a living one, then the newest."""
    if kind is not None and caller.user_id is not None and not caller.sees_all:
        own = devices.one(caller.user_id, DeviceId(kind, device_id))
        candidates = [] if own is None else [own]
    else:
        candidates = [
            known
            for user_id, found in devices.owners(device_id)
            if caller.may_see(user_id) and kind in (None, found.kind)
            if (known := devices.one(user_id, found)) is not None
        ]
    if not candidates:
        raise _unknown(device_id)
    return max(candidates, key=lambda known: (known.snapshot.life is Life.ALIVE, known.snapshot.newest))


def _unknown(device_id: str) -> UnknownDevice:
    return UnknownDevice(f"there is no device {device_id!r}")


def _judge(known: Known, invalid: dict[str, datetime], limits: Limits, now: datetime) -> Freshness:
    facts = known.snapshot.current.facts
    return freshness.judge(
        known.device.kind,
        facts,
        now=now,
        limits=limits,
        is_gone=known.snapshot.life is Life.GONE,
        credentials_invalid_since=invalid.get(facts.vendor or ""),
        checked_at=known.checked_at,
    )
