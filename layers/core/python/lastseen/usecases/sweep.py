"""In which order are stale devices found, verified, and hinted? Claim, look, write down, and only then hint.

A crash at any point leaves a claim that runs out and a hint that is written down: no device falls out of care, none is
hinted twice within its period. What the time did not suffice for is given back, and due at once. A device whose own
trouble it is that it cannot be read waits for its own back-off, and comes last.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched
from typing import Any

from lastseen.domain import cover, instant
from lastseen.domain.care import NO_CARE, Finding, Patient
from lastseen.domain.cover import Errand
from lastseen.domain.device import DeviceKind
from lastseen.domain.fault import UNREADABLE, Fault, Subject
from lastseen.domain.freshness import Limits
from lastseen.domain.pace import Pace
from lastseen.domain.record import POPULATION, SWEEP, SWEEP_SCAN
from lastseen.domain.upkeep import Owned
from lastseen.usecases.faults import Faults
from lastseen.usecases.hints import Budgets, Hinting
from lastseen.usecases.lists import Walk
from lastseen.usecases.tools import Tools
from lastseen.usecases.verify import Verification

ROUND = 20
"""Errands between two writes: four seconds of asking."""

FOR_HINTS = 1 / 3
"""Of a run's time. Else a sweep with more to verify than it can would never come to help anybody."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How a sweep is to go about it.

    Attributes:
        limits: Ages up to which a contact is fresh.
        pace: How patient to be with a device.
        budgets: How many hints there may be.
        most: Devices that one sweep takes on.
    """

    limits: Limits
    pace: Pace
    budgets: Budgets
    most: int = 20_000


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep did.

    Attributes:
        counts: By name: `due`, `new` (of these, never looked at before), `claimed`, `verified`, each finding,
            `changed` (the document was another one: a webhook was lost),
            `hints_sent`, `hints_failed`, `hints_helped`, `hints_unhelped`, `hints_denied` (no budget),
            `hints_avoided` (old in the cache and in order at Enode: who does not ask first would have hinted it),
            `faulty` (could not be read though Enode answers for others), `given_back` (no answer), `left` (no time:
            still due).
        scanned: Items looked at on the server.
        read_units: What that cost.
        stopped: Why it did not finish; empty if it did.
        faults: What could not be read, and why.
    """

    counts: Mapping[str, int]
    scanned: int
    read_units: float
    stopped: str
    faults: Mapping[Subject, Fault] = field(default_factory=dict)


def run(tools: Tools, plan: Plan) -> Swept:
    """Look after the devices that are due.

    Args:
        tools: What to work with.
        plan: How to go about it.

    Raises:
        StoreUnavailable: The store did not answer; claims run out by themselves, and the next sweep goes on.
    """
    record = tools.records.read(SWEEP_SCAN)
    start = record.said.get("cursor")
    claim = tools.now() + plan.pace.lease
    due = tools.ward.due(
        now=tools.now(), limits=plan.limits, most=plan.most, start=start, deadline=tools.deadline
    )
    if due.cursor != start:
        tools.records.write(SWEEP_SCAN, {"cursor": due.cursor}, version=record.version)
    sweep = _Sweep(tools, plan, claim)
    for item in due.unreadable:
        sweep.faults.found(Subject.stored(item), UNREADABLE)
    sweep.look_after(due.patients)
    sweep.faults.write(tools.records, tools.now())
    found = sweep.faults.by_subject
    done = Swept(dict(sweep.counts), due.scanned, due.read_units, tools.gate.closed, found)
    last = tools.records.read(SWEEP)
    tools.records.write(SWEEP, _told(done, tools), version=last.version)
    return done


def _told(done: Swept, tools: Tools) -> Mapping[str, Any]:
    said = {"run": tools.run, "ended_at": instant.fixed(tools.now()), "scanned": done.scanned}
    return said | {"read_units": done.read_units, "stopped": done.stopped, "counts": dict(done.counts)}


@dataclass
class _Sweep:
    """One sweep on its way."""

    tools: Tools
    plan: Plan
    claim: datetime
    counts: Counter[str] = field(default_factory=Counter)
    faults: Faults = field(default_factory=Faults)
    verification: Verification = field(init=False)
    hinting: Hinting = field(init=False)

    def __post_init__(self) -> None:
        tools, plan = self.tools, self.plan
        self._kept_for_hints = tools.gate.room * FOR_HINTS
        self.verification = Verification(tools, plan.limits, plan.pace, self.claim, self.counts, self.faults)
        self.hinting = Hinting(
            tools.ward,
            tools.records,
            tools.enode,
            tools.gate,
            plan.pace,
            plan.budgets,
            self.claim,
            self.faults,
            self.verification.wishes,
        )

    def look_after(self, patients: Sequence[Patient]) -> None:
        """Verify all of them, then hint those that need it."""
        self.counts["due"] += len(patients)
        self.counts["new"] += sum(patient.care == NO_CARE for patient in patients)
        spoke = [patient for patient in patients if self._has_spoken(patient)]
        self.verification.conclude(
            [(patient, Finding.CURRENT, patient.facts, None) for patient in self._take(spoke)]
        )
        helped = {patient.owned for patient in spoke}
        silent = {patient.owned: patient for patient in patients if patient.owned not in helped}

        choice = cover.cheapest(silent, self._population())
        errands = list(choice.errands)
        for kind in choice.lists:
            errands += self._walk(
                kind, {owned: patient for owned, patient in silent.items() if owned[1].kind is kind}
            )
        # Those that failed before come last: however long they take, nobody waits behind them.
        errands.sort(key=lambda one: min(silent[one.user_id, device].care.failures for device in one.devices))
        for some in batched(errands, ROUND, strict=False):
            if self._may_verify():
                self._run_errands(some, silent)
            else:
                self.counts["left"] += sum(len(errand.devices) for errand in some)
        self.counts += self.hinting.send(self.tools.now(), self.tools.deadline)

    def _may_verify(self) -> bool:
        """Whether to look at more devices; the end of a run belongs to the hints that it found to be needed."""
        kept = self._kept_for_hints if self.hinting.wishes else 0
        return self.tools.gate.room > kept

    def _has_spoken(self, patient: Patient) -> bool:
        """Whether a contact after an open hint came in by itself: it helped, and nobody has to be asked."""
        hint, seen = patient.care.hint, patient.facts.last_seen_at
        if hint is None or not hint.is_open or seen is None:
            return False
        has_moved = hint.seen_before is None or seen > hint.seen_before
        return has_moved and self.tools.now() - seen <= self.verification.limit(patient, patient.facts)

    def _population(self) -> Mapping[DeviceKind, int]:
        said = self.tools.records.read(POPULATION).said
        return {kind: said[kind.value] for kind in DeviceKind if kind.value in said}

    def _take(self, patients: Sequence[Patient]) -> list[Patient]:
        if not patients:
            return []
        taken = self.tools.ward.claim(patients, until=self.claim, deadline=self.tools.deadline)
        self.counts["claimed"] += len(taken)
        return taken

    def _walk(self, kind: DeviceKind, wanted: dict[Owned, Patient]) -> Sequence[Errand]:
        """Read whole pages; what is on none of them, or on one that fails, is to be asked for by its name."""
        walk = Walk(self.tools.records, self.tools.enode, self.tools.gate, kind, self.claim)
        most = 2 * cover.pages(self._population()[kind]) + 2
        for page in walk.pages(self.tools.now(), most=most):
            found = {(one.user_id, one.device): one for one in page if (one.user_id, one.device) in wanted}
            taken = self._take([wanted.pop(owned) for owned in found])
            self.verification.digest([(patient, found[patient.owned]) for patient in taken])
            if not wanted or not self._may_verify():
                walk.go_on_later = bool(wanted)
                self.counts["left"] += len(wanted)
                return ()
        if walk.fault is not None:
            self.faults.found(Subject.listed(kind), walk.fault)
        is_told = walk.saw_everything or walk.fault is not None
        return cover.cheapest(wanted, {}).errands if is_told else ()

    def _run_errands(self, errands: Sequence[Errand], patients: Mapping[Owned, Patient]) -> None:
        wanted = [patients[errand.user_id, device] for errand in errands for device in errand.devices]
        taken = {patient.owned: patient for patient in self._take(wanted)}
        asked_for = [
            mine
            for errand in errands
            if (mine := [taken[own] for one in errand.devices if (own := (errand.user_id, one)) in taken])
        ]
        self.verification.ask(asked_for)
