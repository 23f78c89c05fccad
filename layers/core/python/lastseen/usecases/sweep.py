"""In which order are stale devices found, verified, and hinted? Claim, look, write down, and only then hint.

A crash at any point leaves a claim that runs out and a hint that is written down: no device falls out of care, none is
hinted twice within its period. What the time did not suffice for is given back, and due at once.
"""

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import batched
from typing import Any

from lastseen.domain import care as caring
from lastseen.domain import cover, instant
from lastseen.domain.account import Account, account_of, is_cut_off, newest
from lastseen.domain.care import Finding, Patient
from lastseen.domain.cover import Errand
from lastseen.domain.device import DeviceKind
from lastseen.domain.document import Facts
from lastseen.domain.event import Source
from lastseen.domain.freshness import Limits
from lastseen.domain.pace import Pace
from lastseen.domain.reading import SAME_SECOND, Reading
from lastseen.domain.upkeep import Missing, Owned
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.credentials import still_lost
from lastseen.usecases.hints import Budgets, Hinting, Wish
from lastseen.usecases.intake import take_in
from lastseen.usecases.lists import Walk
from lastseen.usecases.tools import Tools

ROUND = 20
"""Errands between two writes: four seconds of asking."""

FOR_HINTS = 1 / 3
"""Of a run's time. Else a sweep with more to verify than it can would never come to help anybody."""

LAST, SCAN, POPULATION = "SWEEP", "SWEEP#SCAN", "POPULATION"

type Found = tuple[Patient, Finding, Facts | None, datetime | None]
"""A device, what a look told, with which facts, and when Enode answered; None and None if it denies the device."""


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
        counts: By name: `due`, `claimed`, `verified`, each finding, `changed` (the document was another one: a webhook
            was lost), `hints_sent`, `hints_failed`, `hints_helped`, `hints_unhelped`, `hints_denied` (no budget),
            `hints_avoided` (old in the cache and in order at Enode: who does not ask first would have hinted it),
            `given_back` (no answer), `left` (no time: still due).
        scanned: Items looked at on the server.
        read_units: What that cost.
        stopped: Why it did not finish; empty if it did.
    """

    counts: Mapping[str, int]
    scanned: int
    read_units: float
    stopped: str


def run(tools: Tools, plan: Plan) -> Swept:
    """Look after the devices that are due.

    Args:
        tools: What to work with.
        plan: How to go about it.

    Raises:
        StoreUnavailable: The store did not answer; claims run out by themselves, and the next sweep goes on.
    """
    record = tools.records.read(SCAN)
    start = record.said.get("cursor")
    claim = tools.now() + plan.pace.lease
    due = tools.ward.due(
        now=tools.now(), limits=plan.limits, most=plan.most, start=start, deadline=tools.deadline
    )
    if due.cursor != start:
        tools.records.write(SCAN, {"cursor": due.cursor}, version=record.version)
    sweep = _Sweep(tools, plan, claim)
    sweep.look_after(due.patients)
    done = Swept(dict(sweep.counts), due.scanned, due.read_units, tools.gate.closed)
    last = tools.records.read(LAST)
    tools.records.write(LAST, _told(done, tools), version=last.version)
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
    hinting: Hinting = field(init=False)

    def __post_init__(self) -> None:
        tools, plan = self.tools, self.plan
        self._kept_for_hints = tools.gate.room * FOR_HINTS
        self.hinting = Hinting(
            tools.ward, tools.records, tools.enode, tools.gate, plan.pace, plan.budgets, self.claim
        )

    def look_after(self, patients: Sequence[Patient]) -> None:
        """Verify all of them, then hint those that need it."""
        self.counts["due"] += len(patients)
        spoke = [patient for patient in patients if self._has_spoken(patient)]
        self._conclude([(patient, Finding.CURRENT, patient.facts, None) for patient in self._take(spoke)])
        helped = {patient.owned for patient in spoke}
        silent = {patient.owned: patient for patient in patients if patient.owned not in helped}

        choice = cover.cheapest(silent, self._population())
        errands = list(choice.errands)
        for kind in choice.lists:
            errands += self._walk(
                kind, {owned: patient for owned, patient in silent.items() if owned[1].kind is kind}
            )
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
        return has_moved and self.tools.now() - seen <= self._limit(patient, patient.facts)

    def _limit(self, patient: Patient, facts: Facts) -> timedelta:
        return self.plan.limits.of(patient.known.device.kind, is_active=facts.is_active)

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
        """Read whole pages; what is on none of them is to be asked for by its name."""
        walk = Walk(self.tools.records, self.tools.enode, self.tools.gate, kind, self.claim)
        most = 2 * cover.pages(self._population()[kind]) + 2
        for page in walk.pages(self.tools.now(), most=most):
            found = {(one.user_id, one.device): one for one in page if (one.user_id, one.device) in wanted}
            taken = self._take([wanted.pop(owned) for owned in found])
            self._digest([(patient, found[patient.owned]) for patient in taken])
            if not wanted or not self._may_verify():
                walk.go_on_later = bool(wanted)
                self.counts["left"] += len(wanted)
                return ()
        return cover.cheapest(wanted, {}).errands if walk.saw_everything else ()

    def _run_errands(self, errands: Sequence[Errand], patients: Mapping[Owned, Patient]) -> None:
        wanted = [patients[errand.user_id, device] for errand in errands for device in errand.devices]
        taken = {patient.owned: patient for patient in self._take(wanted)}
        asked_for = [
            mine
            for errand in errands
            if (mine := [taken[own] for one in errand.devices if (own := (errand.user_id, one)) in taken])
        ]
        answers = self.tools.gate.ask_all([self._question(mine) for mine in asked_for])
        told: list[tuple[Patient, Reading | None]] = []
        unanswered: list[Patient] = []
        for mine, answer in zip(asked_for, answers, strict=True):
            if isinstance(answer, EnodeUnavailable):
                unanswered += mine
            else:
                readings = {reading.device: reading for reading in answer}
                told += [(patient, readings.get(patient.known.device)) for patient in mine]
        self._digest(told)
        self._give_back(unanswered)

    def _question(self, patients: Sequence[Patient]) -> Callable[[], Sequence[Reading]]:
        """One call that tells of all these devices of one user and kind."""
        enode, (user_id, device) = self.tools.enode, patients[0].owned

        def get() -> Sequence[Reading]:
            reading = enode.device(device)
            return () if reading is None else (reading,)

        return get if len(patients) == 1 else lambda: enode.devices(device.kind, user_id=user_id).items

    def _give_back(self, patients: Sequence[Patient]) -> None:
        """Let go of devices that nothing was learnt of: due at once, and all else as it was."""
        self.counts["given_back"] += len(patients)
        due_now = [replace(one, care=replace(one.care, next_check_at=self.tools.now())) for one in patients]
        if due_now:
            self.tools.ward.remember(due_now, claim=self.claim, deadline=self.tools.deadline)

    def _digest(self, told: Sequence[tuple[Patient, Reading | None]]) -> None:
        """Keep what was read, and decide for each device what follows."""
        readings = [
            (reading, patient.known.snapshot if reading.user_id == patient.known.user_id else None)
            for patient, reading in told
            if reading is not None
        ]
        updates, news = take_in(
            readings,
            source=Source.SWEEP,
            log=self.tools.log,
            states=self.tools.states,
            run=self.tools.run,
            now=self.tools.now(),
            deadline=self.tools.deadline,
        )
        self.counts["verified"] += len(updates)
        self.counts["changed"] += len(news)
        facts_of = {(update.user_id, update.device): update.snapshot.seen.facts for update in updates}
        concluded: list[Found] = []
        denied: list[Missing] = []
        for patient, reading in told:
            facts = facts_of.get(patient.owned)
            if (
                facts is None or reading is None
            ):  # denied, or another user's by now: a reconcile will see to it
                denied.append(Missing(patient.owned, self.tools.clocks.enode() - SAME_SECOND))
                concluded.append((patient, Finding.MISSING, None, None))
                continue
            finding = caring.find(patient.known.device.kind, facts, at=reading.at, limits=self.plan.limits)
            concluded.append((patient, finding, facts, reading.at))
        if denied:
            self.tools.ward.mark_denied(denied, self.tools.deadline)
        self._conclude(self._with_credentials(concluded))

    def _with_credentials(self, found: Sequence[Found]) -> Sequence[Found]:
        """Tell the disconnected from those that are out of contact for another reason."""
        accounts = {
            account
            for patient, finding, facts, _ in found
            if facts is not None and finding is not Finding.CURRENT
            if (account := _account(patient, facts)) is not None
        }
        if not accounts:
            return found
        at_hand = newest(
            (_account(patient, facts), at)
            for patient, _, facts, _ in found
            if facts is not None
            for at in (facts.last_seen_at, patient.known.snapshot.found.at)
        )
        lost = still_lost(self.tools, accounts, at_hand)

        def judged(patient: Patient, finding: Finding, facts: Facts | None) -> Finding:
            account = None if facts is None else _account(patient, facts)
            if facts is None or account is None or finding is Finding.CURRENT:
                return finding
            return Finding.DISCONNECTED if is_cut_off(lost.get(account), facts.last_seen_at) else finding

        return [
            (patient, judged(patient, finding, facts), facts, asked_at)
            for patient, finding, facts, asked_at in found
        ]

    def _conclude(self, found: Sequence[Found]) -> None:
        """Write down what follows from what was found, and collect the wishes for hints."""
        remembered: list[Patient] = []
        for patient, finding, facts, asked_at in found:
            seen = None if facts is None else facts.last_seen_at
            looked = caring.look(
                patient.care,
                finding,
                kind=patient.known.device.kind,
                seen=seen,
                was_heard=caring.was_heard(patient.care, patient.facts.last_seen_at),
                asked_at=asked_at,
                now=self.tools.now(),
                limit=self._limit(patient, facts or patient.facts),
                pace=self.plan.pace,
            )
            self.counts[finding.value] += 1
            if finding is Finding.CURRENT and asked_at is not None:
                self.counts["hints_avoided"] += 1
            if looked.helped is not None:
                self.counts["hints_helped" if looked.helped else "hints_unhelped"] += 1
            after = replace(patient, care=looked.care)
            if looked.wants_hint:
                after = replace(after, care=replace(after.care, next_check_at=self.claim))
                vendor = (facts.vendor if facts else None) or "unknown"
                self.hinting.wishes.append(Wish(after, vendor, seen))
            remembered.append(after)
        if remembered:
            self.tools.ward.remember(remembered, claim=self.claim, deadline=self.tools.deadline)


def _account(patient: Patient, facts: Facts) -> Account | None:
    return account_of(patient.known.user_id, patient.known.device.kind, facts)
