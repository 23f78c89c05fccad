"""What sweep, reconcile and guard need of a store, without one: dicts that honour `usecases/upkeep.py`."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from lastseen.domain import instant, order
from lastseen.domain.account import Account
from lastseen.domain.care import LONGEST_CLAIM, NO_CARE, Care, Patient
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceKind
from lastseen.domain.event import StatusKind
from lastseen.domain.freshness import Limits
from lastseen.domain.record import Record
from lastseen.domain.snapshot import Known, Life
from lastseen.domain.upkeep import Answered, Counted, Due, Glance, Glances, Missing, Owned, ScanCursor
from tests.fakes import FakeDevices, FakeStates


@dataclass
class FakeWard:
    """What is remembered of the devices in care: a dict beside the state's.

    Attributes:
        states: The state whose devices are cared for.
        cares: What is remembered of each.
        marks: Which run marked a device as missing, and when.
        denials: When a device was denied to anybody else.
        failed: Which run asked for a device in vain.
        counts_at_once: How many devices a count gets through in one run; 0 for all.
    """

    states: FakeStates
    cares: dict[Owned, Care] = field(default_factory=dict)
    marks: dict[Owned, tuple[str, datetime]] = field(default_factory=dict)
    denials: dict[Owned, datetime] = field(default_factory=dict)
    failed: dict[Owned, str] = field(default_factory=dict)
    counts_at_once: int = 0

    def due(
        self, *, now: datetime, limits: Limits, most: int, start: ScanCursor | None, deadline: Deadline
    ) -> Due:
        """Devices that are due; the cursor is a number of devices, and a page is one device."""
        first = start[0] if start else 0
        patients: list[Patient] = []
        owned = list(self.states.devices)
        for number in range(first, len(owned)):
            if len(patients) >= most or not deadline.left:
                return Due(patients, [number], number - first, 0.0)
            patient = self._patient(owned[number])
            if _is_due(patient, now, limits):
                patients.append(patient)
        return Due(patients, None, len(owned) - first, 0.0)

    def one(self, owned: Owned) -> Patient | None:
        """A device and what is remembered of it."""
        return self._patient(owned) if owned in self.states.devices else None

    def claim(self, patients: Sequence[Patient], *, until: datetime, deadline: Deadline) -> list[Patient]:
        """Take those whose next look is still the one that was read."""
        taken = []
        for patient in patients:
            care = self.cares.get(patient.owned, NO_CARE)
            if care.next_check_at == patient.care.next_check_at:
                self.cares[patient.owned] = replace(
                    care, next_check_at=_cut(until), checked_seen=patient.facts.last_seen_at
                )
                taken.append(patient)
        return taken

    def remember(self, patients: Sequence[Patient], *, claim: datetime, deadline: Deadline) -> None:
        """Write down what is to be remembered, where the claim still stands."""
        for patient in patients:
            if self.cares.get(patient.owned, NO_CARE).next_check_at == _cut(claim):
                self.cares[patient.owned] = _kept(patient.care)

    def write_down_hints(
        self, hints: Sequence[tuple[Patient, Care]], *, claim: datetime, deadline: Deadline
    ) -> list[tuple[Patient, Care]]:
        """Write hints down where the claim stands and nobody else has hinted."""
        written = []
        for patient, care in hints:
            standing = self.cares.get(patient.owned, NO_CARE)
            if standing.next_check_at == _cut(claim) and _hint_at(standing) == _hint_at(patient.care):
                self.cares[patient.owned] = _kept(care)
                written.append((patient, care))
        return written

    def mark_answered(self, answered: Sequence[Answered], deadline: Deadline) -> None:
        """Write down that Enode was asked."""
        for one in answered:
            if one.owned in self.states.devices:
                care = replace(self.cares.get(one.owned, NO_CARE), checked_at=one.at)
                told = replace(care, checked_seen=one.contact) if one.is_planned else care
                self.cares[one.owned] = _kept(told)

    def mark_denied(self, denied: Sequence[Missing], deadline: Deadline) -> None:
        """Write down that Enode denies them."""
        for one in denied:
            if one.owned in self.states.devices:
                self.denials[one.owned] = _cut(one.at)

    def mark_missing(self, missing: Sequence[Missing], *, run: str, deadline: Deadline) -> None:
        """Write down that Enode denies them."""
        for one in missing:
            if one.owned in self.states.devices:
                self.marks[one.owned] = (run, _cut(one.at))

    def mark_failed(self, owned: Sequence[Owned], *, run: str, deadline: Deadline) -> None:
        """Write down that this run asked for them in vain."""
        self.failed |= dict.fromkeys((one for one in owned if one in self.states.devices), run)

    def many(self, owned: Iterable[Owned]) -> Mapping[Owned, Known]:
        """Those of these devices that we know."""
        return {one: self._patient(one).known for one in owned if one in self.states.devices}

    def unlisted(
        self, *, since: datetime, run: str, but: Collection[DeviceKind], most: int, deadline: Deadline
    ) -> list[Known]:
        """Living devices of which nothing was heard since then."""
        begin = order.begin(since)
        found = []
        for owned, snapshot in self.states.devices.items():
            checked_at = self.cares.get(owned, NO_CARE).checked_at
            was_asked = checked_at is not None and checked_at >= _cut(since)
            is_silent = snapshot.seen.ord < begin and snapshot.found.ord < begin
            is_marked = run in (self.marks.get(owned, ("", since))[0], self.failed.get(owned))
            is_marked = is_marked or owned[1].kind in but
            if snapshot.life is Life.ALIVE and is_silent and not was_asked and not is_marked:
                found.append(self._patient(owned).known)
        return found[:most]

    def missing(self, *, run: str, most: int, deadline: Deadline) -> list[Missing]:
        """Living devices that this run has marked as missing."""
        return [
            Missing(owned, at)
            for owned, (marked, at) in self.marks.items()
            if marked == run and self.states.devices[owned].life is Life.ALIVE
        ][:most]

    def count(
        self, judge: Callable[[Glance, datetime | None], str], *, start: ScanCursor | None, deadline: Deadline
    ) -> Counted:
        """Count living devices by a word on each: all of them, or `counts_at_once`."""
        devices = FakeDevices(self.states)
        living = [
            self._patient(owned) for owned, said in self.states.devices.items() if said.life is Life.ALIVE
        ]
        lost = devices.invalid_among(
            Account(one.user_id or "", one.devices, one.id)
            for one in self.states.statuses
            if one.kind is StatusKind.CREDENTIALS and one.devices is not None
        )
        glances = [
            Glance(
                one.known.user_id,
                one.known.device.kind,
                one.facts,
                one.care.checked_at,
                one.known.snapshot.found.at,
                one.known.denied_at,
            )
            for one in living
        ]
        begin = 0 if start is None else int(start[0])
        end = begin + (self.counts_at_once or len(glances))
        dead = Glances(glances, lost).disconnected()
        counts = Counter(
            judge(one, None if one.account is None else dead.get(one.account)) for one in glances[begin:end]
        )
        return Counted(counts, None if end >= len(glances) else [end])

    def _patient(self, owned: Owned) -> Patient:
        known = FakeDevices(self.states).one(*owned)
        if known is None:
            raise KeyError(owned)
        care = self.cares.get(owned, NO_CARE)
        seen, then = known.snapshot.current.facts.last_seen_at, care.checked_seen
        is_void = seen is not None and (then is None or seen > then)
        planned = None if is_void else care.next_check_at
        denied_at = self.denials.get(owned)
        if denied_at is not None and order.begin(denied_at) <= known.snapshot.newest:
            denied_at = None
        known = replace(known, checked_at=care.checked_at, next_check_at=planned, denied_at=denied_at)
        return Patient(known, care)


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


def _is_due(patient: Patient, now: datetime, limits: Limits) -> bool:
    facts, care, kind = patient.facts, patient.care, patient.known.device.kind
    if patient.known.snapshot.life is Life.GONE:
        return False
    has_come = care.next_check_at is not None and care.next_check_at <= _cut(now)
    if care.hint is not None and care.hint.is_open and has_come:
        return True
    if patient.known.snapshot.is_unread:
        found, denied_at = patient.known.snapshot.found.ord, patient.known.denied_at
        was_looked = care.checked_at is None or instant.fixed(care.checked_at) >= found
        is_held = care.next_check_at is not None and care.next_check_at <= _cut(now + LONGEST_CLAIM)
        is_plan_void = not was_looked and not is_held and not care.failures and denied_at is None
        if care.next_check_at is None or has_come or is_plan_void:
            return True
    limit = limits.hvac if kind is DeviceKind.HVAC else limits.of(kind, is_active=facts.is_active)
    seen = facts.last_seen_at
    if seen is not None and seen >= _cut(now - limit):
        return False
    spoke = seen is not None and (care.checked_seen is None or seen > care.checked_seen)
    return care.next_check_at is None or has_come or spoke


def _hint_at(care: Care) -> datetime | None:
    return None if care.hint is None else care.hint.at


def _cut(moment: datetime) -> datetime:
    return datetime.fromisoformat(instant.fixed(moment))


def _kept(care: Care) -> Care:
    """What comes back of what was written: times to the millisecond."""

    def cut(moment: datetime | None) -> datetime | None:
        return None if moment is None else _cut(moment)

    hint = care.hint
    if hint is not None:
        hint = replace(hint, at=_cut(hint.at), seen_before=cut(hint.seen_before))
    return replace(
        care,
        next_check_at=cut(care.next_check_at),
        checked_at=cut(care.checked_at),
        checked_seen=cut(care.checked_seen),
        hint=hint,
    )
