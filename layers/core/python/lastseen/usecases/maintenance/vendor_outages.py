"""Tell a vendor's outage from the silence of single devices: look at others of their class before its first hint."""

from collections import Counter
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lastseen.domain import vendor_outage
from lastseen.domain.budget import Quota
from lastseen.domain.cadence import MARGIN, CadenceClass
from lastseen.domain.check_schedule import CheckResult, TrackedDevice
from lastseen.domain.class_cadence import ClassCadence
from lastseen.domain.document import Facts
from lastseen.domain.freshness import bounds, is_old
from lastseen.domain.vendor_outage import SAMPLE, ClassStanding
from lastseen.usecases.maintenance.cadences import CadenceBook
from lastseen.usecases.maintenance.context import RunContext
from lastseen.usecases.maintenance.hints import HintRequest
from lastseen.usecases.maintenance.verify import Verification

_ALL = 1.0

_TELLS_NOTHING = frozenset({CheckResult.DISCONNECTED, CheckResult.MISSING})
"""What a look found of a device that is out of contact for a reason of its own."""


@dataclass
class VendorOutages:
    """Judges, at the end of a sweep, the classes of which devices were found out of contact.

    Attributes:
        context: What to work with.
        book: What is known of cadences.
        verification: What this sweep learned, and through which it looks at more devices.
        quota: Its windows bound the hints for a silent class: one each.
        smallest: How many devices a class needs to be judged.
        kept: Questions that are kept for hints.
    """

    context: RunContext
    book: CadenceBook
    verification: Verification
    quota: Quota
    smallest: int
    kept: float
    _standing: dict[CadenceClass, ClassStanding] = field(default_factory=dict)

    def judge(self) -> Counter[str]:
        """Judge the classes concerned, take back the hint requests that could not help, and write down the rest.

        Returns:
            `hints_held`: hints that were not asked for, because nothing is wrong with the device itself.

        Raises:
            StoreUnavailable: The store did not answer; claims run out by themselves.
        """
        unreachable = {one for one, _ in self.verification.held}
        concerned = {request.of_class for request in self.verification.hint_requests}
        concerned.update(self.book.under_judgement())
        for one in sorted(concerned | unreachable, key=lambda one: one.name):
            remembered = self.book.of(one)
            if vendor_outage.can_be_judged(one, remembered.size, smallest=self.smallest):
                self._standing[one] = self._judged(remembered, may_ask=one in concerned)
        held = self._take_back()
        self._write_down_unreachable()
        return Counter(hints_held=held)

    def _judged(self, remembered: ClassCadence, *, may_ask: bool) -> ClassStanding:
        """Judge a class; where Enode may not be asked, by what events told: silence in the cache alone is none."""
        sample = self._sample(remembered)
        if may_ask:
            self._look_at([one for one in sample if self._may_stand_still(one)])
        told = [(one, facts) for one in sample if (facts := self._facts(one)) is not None]
        states = [
            self._state(one, facts) if may_ask else (facts.is_reachable is False,) * 2 for one, facts in told
        ]
        standing, share = ClassStanding.MOVING, None
        if len(states) >= self.smallest - 1:  # the one that wants a hint may be none of them
            share = sum(is_silent for is_silent, _ in states) / len(states)
            still = sum(is_still for _, is_still in states) / len(states)
            standing = vendor_outage.judge_class(share, still, doubts=remembered.doubts)
        remembered.silent_share = share
        remembered.sample = [] if standing is ClassStanding.MOVING else [one.owned for one in sample]
        remembered.doubts = remembered.doubts + 1 if standing is ClassStanding.IN_DOUBT else 0
        now = self.context.now()
        if standing is ClassStanding.SILENT:
            remembered.silent_since, remembered.silent_until = remembered.silent_since or now, now
        else:
            remembered.silent_since = None
        if share == _ALL:
            remembered.probes.clear()  # the gap that ends an outage is no cadence
        if standing is ClassStanding.MOVING and self._was_just_silent(remembered):
            return ClassStanding.IN_DOUBT
        return standing

    def _was_just_silent(self, remembered: ClassCadence) -> bool:
        """Whether an outage ended so lately that devices of the class may not have had their turn since."""
        every = timedelta(seconds=self.book.every(remembered.of))
        until = remembered.silent_until
        return until is not None and self.context.now() - until <= MARGIN * max(
            every, self.book.limits.regular
        )

    def _sample(self, remembered: ClassCadence) -> list[TrackedDevice]:
        """Give devices of a class that were moving when it was last heard of them; while it is judged, the same."""
        known = self.context.checks.some(remembered.sample or remembered.members)
        known = [one for one in known if CadenceClass.of(one.known.device.kind, one.facts) == remembered.of]
        if remembered.sample:
            return known
        before = [(one, self._before(one)) for one in known]
        return [one for one, then in before if vendor_outage.was_moving(then, self._limit(then, then.facts))][
            :SAMPLE
        ]

    def _before(self, tracked: TrackedDevice) -> TrackedDevice:
        looked = self.verification.looked.get(tracked.owned)
        return tracked if looked is None else looked.before

    def _look_at(self, sample: list[TrackedDevice]) -> None:
        unknown = [one for one in sample if one.owned not in self.verification.looked]
        room = max(0, int(self.context.limiter.room - self.kept))
        taken = self.verification.take(unknown[:room])
        if taken:
            self.verification.ask([[one] for one in taken])

    def _may_stand_still(self, tracked: TrackedDevice) -> bool:
        """Whether Enode must be asked: what is known of the device does not tell that it moves, or is unreachable."""
        return tracked.facts.is_reachable is not False and self._state(tracked, tracked.facts)[1]

    def _facts(self, tracked: TrackedDevice) -> Facts | None:
        """Give the newest word on a device; None if it can tell nothing of its vendor."""
        looked = self.verification.looked.get(tracked.owned)
        if looked is None:
            return tracked.facts
        return None if looked.result in _TELLS_NOTHING else looked.facts or tracked.facts

    def _state(self, tracked: TrackedDevice, facts: Facts) -> tuple[bool, bool]:
        """Say whether a device is silent, and whether it has stood still since one at its limit was due."""
        now, limit = self.context.now(), self._limit(tracked, facts)
        every = timedelta(seconds=tracked.check.cadence.expected(is_active=facts.is_active))
        is_unreachable = facts.is_reachable is False
        is_silent = is_unreachable or is_old(facts.last_seen_at, limit, at=now)
        return is_silent, is_silent or is_old(facts.last_seen_at, limit - every, at=now)

    def _limit(self, tracked: TrackedDevice, facts: Facts) -> timedelta:
        return bounds(tracked.known.device.kind, facts, self.book.limits, tracked.check.cadence).limit

    def _take_back(self) -> int:
        """Leave the requests that may help: all of a class that moves, and one a window of a silent one."""
        granted: list[HintRequest] = []
        held: list[TrackedDevice] = []
        for request in self.verification.hint_requests:
            standing = self._standing.get(request.of_class, ClassStanding.MOVING)
            if standing is ClassStanding.MOVING or self._may_try(request, standing):
                granted.append(request)
            else:
                held.append(self._put_off(request, standing))
        self.verification.hint_requests[:] = granted
        self._remember(held)
        return len(held)

    def _may_try(self, request: HintRequest, standing: ClassStanding) -> bool:
        remembered, now = self.book.of(request.of_class), self.context.now()
        window, last = self.quota.window(now), remembered.hinted_at
        if standing is not ClassStanding.SILENT or (last is not None and self.quota.window(last) >= window):
            return False
        remembered.hinted_at = now
        return True

    def _put_off(self, request: HintRequest, standing: ClassStanding) -> TrackedDevice:
        """Look again at the next sweep while in doubt; in an outage ever more rarely, up to half an hour by default."""
        tracked, now = request.tracked, self.context.now()
        is_silent = standing is ClassStanding.SILENT
        cadence = replace(tracked.check.cadence, is_vendor_silent=is_silent)
        age = timedelta() if request.seen is None else now - request.seen
        wait = min(max(age / 2, self._limit(tracked, tracked.facts)), self.book.limits.ceiling / 4)
        at: datetime = now + wait if is_silent else now
        return replace(tracked, check=replace(tracked.check, next_check_at=at, cadence=cadence))

    def _write_down_unreachable(self) -> None:
        self._remember(
            [
                replace(
                    tracked,
                    check=replace(tracked.check, cadence=self.book.judged_by(tracked.check.cadence, one)),
                )
                for one, tracked in self.verification.held
            ]
        )

    def _remember(self, tracked_devices: list[TrackedDevice]) -> None:
        if tracked_devices:
            checks, deadline = self.context.checks, self.context.deadline
            checks.remember(tracked_devices, claim=self.verification.claim, deadline=deadline)
