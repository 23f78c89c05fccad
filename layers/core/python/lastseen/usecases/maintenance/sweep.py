"""Sweep stale devices: claim those due, check them at Enode, store the results, then hint.

A crash at any point leaves a claim that runs out and a hint that is written down: no device is forgotten, none is
hinted twice within its period. What the time did not suffice for is given back, and due at once. A device whose own
fault it is that it cannot be read waits for its own back-off, and comes last.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from itertools import batched

from lastseen.domain import fetch_plan
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.check_schedule import NEVER_CHECKED, CheckResult, TrackedDevice
from lastseen.domain.class_cadence import ClassCadence
from lastseen.domain.device import DeviceKind, OwnedDevice
from lastseen.domain.fault import UNREADABLE, Fault, Subject
from lastseen.domain.fetch_plan import Fetch
from lastseen.domain.freshness import Limits
from lastseen.domain.record_shapes import PopulationRecord, ScanRecord, SweepRecord
from lastseen.domain.records import POPULATION, SWEEP, SWEEP_SCAN
from lastseen.domain.snapshot import Life
from lastseen.domain.vendor_outage import SMALLEST_CLASS
from lastseen.usecases.maintenance.cadences import CadenceBook
from lastseen.usecases.maintenance.context import RunContext
from lastseen.usecases.maintenance.faults import Faults
from lastseen.usecases.maintenance.hints import Budgets, HintDispatcher
from lastseen.usecases.maintenance.list_walk import ResumableList
from lastseen.usecases.maintenance.vendor_outages import VendorOutages
from lastseen.usecases.maintenance.verify import Verification

ROUND = 20
"""Fetches between two writes: four seconds of asking."""

FOR_HINTS = 1 / 3
"""Of a run's time. Else a sweep with more to verify than it can would never come to help anybody."""


@dataclass(frozen=True, slots=True)
class SweepPlan:
    """How a sweep is to go about it.

    Attributes:
        limits: Ages up to which a contact is fresh.
        backoff: How patient to be with a device.
        budgets: How many hints there may be.
        most: Devices that one sweep takes on.
        smallest_class: How many devices of a vendor, kind and activity tell of an outage of the vendor.
    """

    limits: Limits
    backoff: BackoffPolicy
    budgets: Budgets
    most: int = 20_000
    smallest_class: int = SMALLEST_CLASS


@dataclass(frozen=True, slots=True)
class SweepOutcome:
    """What a sweep did.

    Attributes:
        counts: By name: `due`, `new` (of these, never looked at before), `claimed`, `verified`, each finding,
            `changed` (the document was another one: a webhook was lost),
            `vendor_outages` (vendors that are silent), `hints_held` (of those, or of some that may be),
            `hints_sent`, `hints_failed`, `hints_helped`, `hints_unhelped`, `hints_denied` (no budget),
            `hints_avoided` (old in the cache and in order at Enode: who does not ask first would have hinted it),
            `faulty` (could not be read though Enode answers for others), `given_back` (no answer), `left` (no time:
            still due).
        scanned: Items looked at on the server.
        read_units: What that cost.
        stopped: Why it did not finish; empty if it did.
        faults: What could not be read, and why.
        silent: The classes most of which are out of contact: outages of their vendors.
    """

    counts: Mapping[str, int]
    scanned: int
    read_units: float
    stopped: str
    faults: Mapping[Subject, Fault] = field(default_factory=dict)
    silent: Sequence[ClassCadence] = ()


def run(context: RunContext, plan: SweepPlan) -> SweepOutcome:
    """Look after the devices that are due.

    Args:
        context: What to work with.
        plan: How to go about it.

    Raises:
        StoreUnavailable: The store did not answer; claims run out by themselves, and the next sweep goes on.
    """
    record = context.records.read(SWEEP_SCAN)
    start = ScanRecord.read(record.content).cursor
    claim = context.now() + plan.backoff.lease
    due = context.checks.due(
        now=context.now(), limits=plan.limits, most=plan.most, start=start, deadline=context.deadline
    )
    if due.cursor != start:
        context.records.write(SWEEP_SCAN, ScanRecord(due.cursor).write(), version=record.version)
    sweep = _Sweep(context, plan, claim)
    for item in due.unreadable:
        sweep.faults.found(Subject.stored(item), UNREADABLE)
    sweep.look_after(due.tracked_devices)
    sweep.faults.write(context.records, context.now())
    sweep.book.write()
    found = sweep.faults.by_subject
    done = SweepOutcome(
        dict(sweep.counts), due.scanned, due.read_units, context.limiter.closed, found, sweep.book.silent()
    )
    last = context.records.read(SWEEP)
    context.records.write(SWEEP, _told(done, context).write(), version=last.version)
    return done


def _told(done: SweepOutcome, context: RunContext) -> SweepRecord:
    return SweepRecord(
        context.run, context.now(), done.scanned, done.read_units, done.stopped, dict(done.counts)
    )


def _can_be_measured(tracked: TrackedDevice) -> bool:
    """Whether a device may be a probe: it has a contact that is believed, is in reach, and could be read before."""
    facts, snapshot = tracked.facts, tracked.known.snapshot
    is_heard = facts.last_seen_at is not None and facts.is_reachable is not False
    return snapshot.life is Life.ALIVE and not snapshot.is_unread and is_heard and not tracked.check.failures


@dataclass
class _Sweep:
    """One sweep on its way."""

    context: RunContext
    plan: SweepPlan
    claim: datetime
    counts: Counter[str] = field(default_factory=Counter)
    faults: Faults = field(default_factory=Faults)
    book: CadenceBook = field(init=False)
    verification: Verification = field(init=False)
    dispatcher: HintDispatcher = field(init=False)

    def __post_init__(self) -> None:
        context, plan = self.context, self.plan
        self._kept_for_hints = context.limiter.room * FOR_HINTS
        self.book = CadenceBook(context.records, plan.limits, plan.backoff, context.now)
        self.verification = Verification(
            context, plan.limits, plan.backoff, self.claim, self.counts, self.faults, self.book
        )
        self.dispatcher = HintDispatcher(
            context.checks,
            context.records,
            context.enode,
            context.limiter,
            plan.backoff,
            plan.budgets,
            self.claim,
            self.faults,
            self.verification.hint_requests,
        )

    def look_after(self, tracked_devices: Sequence[TrackedDevice]) -> None:
        """Verify all of them, then hint those that need it."""
        self.counts["due"] += len(tracked_devices)
        self.counts["new"] += sum(tracked.check == NEVER_CHECKED for tracked in tracked_devices)
        spoke = [tracked for tracked in tracked_devices if self._has_spoken(tracked)]
        self.verification.conclude(
            [(tracked, CheckResult.CURRENT, tracked.facts, None) for tracked in self.verification.take(spoke)]
        )
        helped = {tracked.owned for tracked in spoke}
        silent = {tracked.owned: tracked for tracked in tracked_devices if tracked.owned not in helped}
        silent |= self._probes(silent)

        choice = fetch_plan.plan_fetches(silent, self._population())
        fetches = list(choice.fetches)
        for kind in choice.lists:
            fetches += self._walk(
                kind, {owned: tracked for owned, tracked in silent.items() if owned[1].kind is kind}
            )
        fetches.sort(key=lambda one: self._urgency([silent[one.user_id, device] for device in one.devices]))
        for some in batched(fetches, ROUND, strict=False):
            if self._may_verify():
                self._run_fetches(some, silent)
            else:
                self.counts["left"] += sum(len(fetch.devices) for fetch in some)
        outages = VendorOutages(
            self.context,
            self.book,
            self.verification,
            self.plan.budgets.vendor,
            self.plan.smallest_class,
            self._kept_for_hints,
        )
        self.counts += outages.judge()
        self.counts["vendor_outages"] = len({one.of.vendor for one in self.book.silent()})
        self.counts += self.dispatcher.send(self.context.now(), self.context.deadline)

    def _probes(self, known: Mapping[OwnedDevice, TrackedDevice]) -> Mapping[OwnedDevice, TrackedDevice]:
        """Choose devices by which classes are learned whose round of probes is due, of those not looked at anyway."""
        wanted = [owned for owned in self.book.begin_rounds() if owned not in known]
        found = self.context.checks.some(wanted) if wanted else []
        return {one.owned: one for one in found if _can_be_measured(one)}

    def _urgency(self, tracked_devices: Sequence[TrackedDevice]) -> tuple[int, bool, bool, int]:
        """Order questions: those that failed before come last, and nobody waits behind them; probes come first."""
        failures = min(tracked.check.failures for tracked in tracked_devices)
        return failures, *min(map(self.book.urgency, tracked_devices))

    def _may_verify(self) -> bool:
        """Whether to look at more devices; the end of a run belongs to the hints that it found to be needed."""
        kept = self._kept_for_hints if self.dispatcher.hint_requests else 0
        return self.context.limiter.room > kept

    def _has_spoken(self, tracked: TrackedDevice) -> bool:
        """Whether a contact after an open hint came in by itself: it helped, and nobody has to be asked."""
        hint, seen = tracked.check.hint, tracked.facts.last_seen_at
        if hint is None or not hint.is_open or seen is None:
            return False
        has_moved = hint.seen_before is None or seen > hint.seen_before
        return has_moved and self.context.now() - seen <= self.verification.limit(tracked, tracked.facts)

    def _population(self) -> Mapping[DeviceKind, int]:
        said = PopulationRecord.read(self.context.records.read(POPULATION).content)
        return {DeviceKind(kind): many for kind, many in said.listed.items()}

    def _walk(self, kind: DeviceKind, wanted: dict[OwnedDevice, TrackedDevice]) -> Sequence[Fetch]:
        """Read whole pages; what is on none of them, or on one that fails, is to be asked for by its name."""
        walk = ResumableList(self.context.records, self.context.enode, self.context.limiter, kind, self.claim)
        most = 2 * fetch_plan.pages(self._population()[kind]) + 2
        for page in walk.pages(self.context.now(), most=most):
            found = {(one.user_id, one.device): one for one in page if (one.user_id, one.device) in wanted}
            taken = self.verification.take([wanted.pop(owned) for owned in found])
            self.verification.digest([(tracked, found[tracked.owned]) for tracked in taken])
            if not wanted or not self._may_verify():
                walk.go_on_later = bool(wanted)
                self.counts["left"] += len(wanted)
                return ()
        if walk.fault is not None:
            self.faults.found(Subject.listed(kind), walk.fault)
        is_told = walk.saw_everything or walk.fault is not None
        return fetch_plan.plan_fetches(wanted, {}).fetches if is_told else ()

    def _run_fetches(
        self, fetches: Sequence[Fetch], tracked_devices: Mapping[OwnedDevice, TrackedDevice]
    ) -> None:
        wanted = [tracked_devices[fetch.user_id, device] for fetch in fetches for device in fetch.devices]
        taken = {tracked.owned: tracked for tracked in self.verification.take(wanted)}
        asked_for = [
            mine
            for fetch in fetches
            if (mine := [taken[own] for one in fetch.devices if (own := (fetch.user_id, one)) in taken])
        ]
        self.verification.ask(asked_for)
