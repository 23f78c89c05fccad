"""What sweep, reconcile and guard need of a store, without one: dicts that honour `usecases/ports.py`."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from lastseen.domain import instant, order
from lastseen.domain.account import Account
from lastseen.domain.check_schedule import LONGEST_CLAIM, NEVER_CHECKED, CheckState, TrackedDevice
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceKind, OwnedDevice
from lastseen.domain.event_catalog import StatusKind
from lastseen.domain.freshness import Limits, is_old
from lastseen.domain.maintenance import (
    Counted,
    DeviceSummary,
    Due,
    FleetSummary,
    NotFoundAtEnode,
    ScanCursor,
    VerifiedAt,
)
from lastseen.domain.records import Record
from lastseen.domain.snapshot import Life, StoredDevice
from tests.support.fakes import FakeDevices, FakeStates


@dataclass
class FakeCheckStore:
    """What is remembered of the devices' checks: a dict beside the state's.

    Attributes:
        states: The state whose devices are cared for.
        checks: What is remembered of each.
        marks: Which run marked a device as missing, and when.
        denials: When a device was denied to anybody else.
        failed: Which run asked for a device in vain.
        counts_at_once: How many devices a count gets through in one run; 0 for all.
    """

    states: FakeStates
    checks: dict[OwnedDevice, CheckState] = field(default_factory=dict)
    marks: dict[OwnedDevice, tuple[str, datetime]] = field(default_factory=dict)
    denials: dict[OwnedDevice, datetime] = field(default_factory=dict)
    failed: dict[OwnedDevice, str] = field(default_factory=dict)
    counts_at_once: int = 0

    def due(
        self, *, now: datetime, limits: Limits, most: int, start: ScanCursor | None, deadline: Deadline
    ) -> Due:
        """Devices that are due; the cursor is a number of devices, and a page is one device."""
        first = start[0] if start else 0
        tracked_devices: list[TrackedDevice] = []
        owned = list(self.states.devices)
        for number in range(first, len(owned)):
            if len(tracked_devices) >= most or not deadline.left:
                return Due(tracked_devices, [number], number - first, 0.0)
            tracked = self._tracked(owned[number])
            if _is_due(tracked, now, limits):
                tracked_devices.append(tracked)
        return Due(tracked_devices, None, len(owned) - first, 0.0)

    def one(self, owned: OwnedDevice) -> TrackedDevice | None:
        """A device and what is remembered of it."""
        return self._tracked(owned) if owned in self.states.devices else None

    def some(self, owned: Iterable[OwnedDevice]) -> list[TrackedDevice]:
        """Those of these devices that there are."""
        return [self._tracked(one) for one in owned if one in self.states.devices]

    def claim(
        self, tracked_devices: Sequence[TrackedDevice], *, until: datetime, deadline: Deadline
    ) -> list[TrackedDevice]:
        """Take those whose next look is still the one that was read."""
        taken = []
        for tracked in tracked_devices:
            check = self.checks.get(tracked.owned, NEVER_CHECKED)
            if check.next_check_at == tracked.check.next_check_at:
                self.checks[tracked.owned] = replace(
                    check, next_check_at=_cut(until), checked_seen=tracked.facts.last_seen_at
                )
                taken.append(tracked)
        return taken

    def remember(
        self, tracked_devices: Sequence[TrackedDevice], *, claim: datetime, deadline: Deadline
    ) -> None:
        """Write down what is to be remembered, where the claim still stands."""
        for tracked in tracked_devices:
            if self.checks.get(tracked.owned, NEVER_CHECKED).next_check_at == _cut(claim):
                self.checks[tracked.owned] = _kept(tracked.check)

    def write_down_hints(
        self, hints: Sequence[tuple[TrackedDevice, CheckState]], *, claim: datetime, deadline: Deadline
    ) -> list[tuple[TrackedDevice, CheckState]]:
        """Write hints down where the claim stands and nobody else has hinted."""
        written = []
        for tracked, check in hints:
            standing = self.checks.get(tracked.owned, NEVER_CHECKED)
            if standing.next_check_at == _cut(claim) and _hint_at(standing) == _hint_at(tracked.check):
                self.checks[tracked.owned] = _kept(check)
                written.append((tracked, check))
        return written

    def mark_verified(self, answered: Sequence[VerifiedAt], deadline: Deadline) -> None:
        """Write down that Enode was asked."""
        for one in answered:
            if one.owned in self.states.devices:
                check = replace(self.checks.get(one.owned, NEVER_CHECKED), checked_at=one.at)
                told = replace(check, checked_seen=one.contact) if one.is_planned else check
                self.checks[one.owned] = _kept(told)

    def mark_denied(self, denied: Sequence[NotFoundAtEnode], deadline: Deadline) -> None:
        """Write down that Enode denies them."""
        for one in denied:
            if one.owned in self.states.devices:
                self.denials[one.owned] = _cut(one.at)

    def mark_missing(self, missing: Sequence[NotFoundAtEnode], *, run: str, deadline: Deadline) -> None:
        """Write down that Enode denies them."""
        for one in missing:
            if one.owned in self.states.devices:
                self.marks[one.owned] = (run, _cut(one.at))

    def mark_failed(self, owned: Sequence[OwnedDevice], *, run: str, deadline: Deadline) -> None:
        """Write down that this run asked for them in vain."""
        self.failed |= dict.fromkeys((one for one in owned if one in self.states.devices), run)

    def many(self, owned: Iterable[OwnedDevice]) -> Mapping[OwnedDevice, StoredDevice]:
        """Those of these devices that we know."""
        return {one: self._tracked(one).known for one in owned if one in self.states.devices}

    def unlisted(
        self, *, since: datetime, run: str, but: Collection[DeviceKind], most: int, deadline: Deadline
    ) -> list[StoredDevice]:
        """Living devices of which nothing was heard since then."""
        begin = order.begin(since)
        found = []
        for owned, snapshot in self.states.devices.items():
            checked_at = self.checks.get(owned, NEVER_CHECKED).checked_at
            was_asked = checked_at is not None and checked_at >= _cut(since)
            is_silent = snapshot.seen.ord < begin and snapshot.found.ord < begin
            is_marked = run in (self.marks.get(owned, ("", since))[0], self.failed.get(owned))
            is_marked = is_marked or owned[1].kind in but
            if snapshot.life is Life.ALIVE and is_silent and not was_asked and not is_marked:
                found.append(self._tracked(owned).known)
        return found[:most]

    def missing(self, *, run: str, most: int, deadline: Deadline) -> list[NotFoundAtEnode]:
        """Living devices that this run has marked as missing."""
        return [
            NotFoundAtEnode(owned, at)
            for owned, (marked, at) in self.marks.items()
            if marked == run and self.states.devices[owned].life is Life.ALIVE
        ][:most]

    def count(
        self,
        judge: Callable[[DeviceSummary, datetime | None], str],
        *,
        start: ScanCursor | None,
        deadline: Deadline,
    ) -> Counted:
        """Count living devices by a word on each: all of them, or `counts_at_once`."""
        devices = FakeDevices(self.states)
        living = [
            self._tracked(owned) for owned, said in self.states.devices.items() if said.life is Life.ALIVE
        ]
        lost = devices.invalid_among(
            Account(one.user_id or "", one.devices, one.id)
            for one in self.states.statuses
            if one.kind is StatusKind.CREDENTIALS and one.devices is not None
        )
        fleet_summary = [
            DeviceSummary(
                one.known.user_id,
                one.known.device,
                one.facts,
                one.check.checked_at,
                one.known.snapshot.found.at,
                one.known.denied_at,
                one.check.cadence,
            )
            for one in living
        ]
        begin = 0 if start is None else int(start[0])
        end = begin + (self.counts_at_once or len(fleet_summary))
        dead = FleetSummary(fleet_summary, lost).disconnected()
        counts = Counter(
            judge(one, None if one.account is None else dead.get(one.account))
            for one in fleet_summary[begin:end]
        )
        return Counted(counts, None if end >= len(fleet_summary) else [end])

    def _tracked(self, owned: OwnedDevice) -> TrackedDevice:
        known = FakeDevices(self.states).one(*owned)
        if known is None:
            raise KeyError(owned)
        check = self.checks.get(owned, NEVER_CHECKED)
        seen, then = known.snapshot.current.facts.last_seen_at, check.checked_seen
        is_void = seen is not None and (then is None or seen > then)
        planned = None if is_void else check.next_check_at
        denied_at = self.denials.get(owned)
        if denied_at is not None and order.begin(denied_at) <= known.snapshot.newest:
            denied_at = None
        known = replace(
            known,
            checked_at=check.checked_at,
            next_check_at=planned,
            denied_at=denied_at,
            cadence=check.cadence,
        )
        return TrackedDevice(known, check)


@dataclass
class FakeRecords:
    """What the system remembers of itself."""

    kept: dict[str, Record] = field(default_factory=dict)

    def read(self, name: str) -> Record:
        """One record; an empty one of version 0 if it was never written."""
        return self.kept.get(name, Record({}, 0))

    def write(self, name: str, said: Mapping[str, Any], *, version: int) -> bool:
        """Write a record over the version that was read."""
        if self.read(name).version != version:
            return False
        self.kept[name] = Record(dict(said), version + 1)
        return True


def _is_due(tracked: TrackedDevice, now: datetime, limits: Limits) -> bool:
    facts, check, kind = tracked.facts, tracked.check, tracked.known.device.kind
    if tracked.known.snapshot.life is Life.GONE:
        return False
    has_come = check.next_check_at is not None and check.next_check_at <= _cut(now)
    is_watched = check.cadence.is_probed or (check.hint is not None and check.hint.is_open)
    if is_watched and has_come:
        return True
    if tracked.known.snapshot.is_unread:
        found, denied_at = tracked.known.snapshot.found.ord, tracked.known.denied_at
        was_looked = check.checked_at is None or instant.fixed(check.checked_at) >= found
        is_held = check.next_check_at is not None and check.next_check_at <= _cut(now + LONGEST_CLAIM)
        is_plan_void = not was_looked and not is_held and not check.failures and denied_at is None
        if check.next_check_at is None or has_come or is_plan_void:
            return True
    seen = facts.last_seen_at
    if not is_old(seen, limits.of(kind, facts), at=now):
        return False
    spoke = seen is not None and (check.checked_seen is None or seen > check.checked_seen)
    return check.next_check_at is None or has_come or spoke


def _hint_at(check: CheckState) -> datetime | None:
    return None if check.hint is None else check.hint.at


def _cut(moment: datetime) -> datetime:
    return datetime.fromisoformat(instant.fixed(moment))


def _kept(check: CheckState) -> CheckState:
    """What comes back of what was written: times to the millisecond."""

    def cut(moment: datetime | None) -> datetime | None:
        return None if moment is None else _cut(moment)

    hint = check.hint
    if hint is not None:
        hint = replace(hint, at=_cut(hint.at), seen_before=cut(hint.seen_before))
    return replace(
        check,
        next_check_at=cut(check.next_check_at),
        checked_at=cut(check.checked_at),
        checked_seen=cut(check.checked_seen),
        hint=hint,
    )
