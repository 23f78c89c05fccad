"""Dispatch refresh hints under quotas: take from the budget, write down, then send."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from lastseen.domain import budget, check_schedule, instant, records
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.budget import Quota, QuotaUsage
from lastseen.domain.cadence import CadenceClass
from lastseen.domain.check_schedule import TrackedDevice
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import in_any_case
from lastseen.domain.fault import Fault, Subject
from lastseen.domain.record_shapes import QuotaRecord
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.maintenance.faults import Faults
from lastseen.usecases.maintenance.rate_limiter import RateLimiter
from lastseen.usecases.ports import CheckStore, Enode, Records

AT_ONCE = 20
"""Hints between two writes: four seconds of sending, and no more than that are lost by a crash."""


_ATTEMPTS = 5


@dataclass(frozen=True, slots=True)
class Budgets:
    """How many hints there may be, of whatever devices.

    Attributes:
        vendor: For the devices of one vendor.
        overall: For all of them together.
    """

    vendor: Quota
    overall: Quota


@dataclass(frozen=True, slots=True)
class HintRequest:
    """A device that a hint might help.

    Attributes:
        tracked: The device, with what is to be remembered of the look that found it stale.
        vendor: Whose quota it comes under.
        seen: Its last contact.
        of_class: The devices that Enode polls as it.
    """

    tracked: TrackedDevice
    vendor: str
    seen: datetime | None
    of_class: CadenceClass


@dataclass
class HintDispatcher:
    """Collects hint requests during a sweep and grants what the budgets allow at its end.

    Attributes:
        checks: Where hints are written down.
        records: Where budgets are kept.
        enode: Enode's API.
        limiter: Through which every hint goes.
        backoff: Distances between hints.
        budgets: How many there may be.
        claim: The claim under which the hint requests were made.
        faults: Where it is noted that a hint failed though Enode answers others.
        hint requests: All that was collected.
    """

    checks: CheckStore
    records: Records
    enode: Enode
    limiter: RateLimiter
    backoff: BackoffPolicy
    budgets: Budgets
    claim: datetime
    faults: Faults = field(default_factory=Faults)
    hint_requests: list[HintRequest] = field(default_factory=list)

    def send(self, now: datetime, deadline: Deadline) -> Counter[str]:
        """Send what is granted; the others are due again when the budget is, or at once if only time was short.

        Returns:
            `hints_sent`, `hints_failed`, `hints_denied`, and `left` (no time: still due).

        Raises:
            StoreUnavailable: Nothing is sent that is not written down; claims run out by themselves.
        """
        counts: Counter[str] = Counter()
        of_vendor: dict[str, list[HintRequest]] = defaultdict(list)
        for request in sorted(self.hint_requests, key=_urgency):
            of_vendor[in_any_case(request.vendor)].append(request)
        late: list[HintRequest] = []
        denied: list[HintRequest] = []
        # Vendors with few hint requests first: who is not part of an outage does not wait behind it.
        for vendor, hint_requests in sorted(of_vendor.items(), key=lambda one: (len(one[1]), one[0])):
            left = hint_requests
            while left:
                some = left[: min(AT_ONCE, self.limiter.room)]
                if not some:
                    late += left
                    break
                granted = self._take(records.hints(vendor), len(some), now, self.budgets.vendor)
                granted = self._take(records.HINTS, granted, now, self.budgets.overall)
                counts += self._send(some[:granted], now, deadline)
                left = left[granted:]
                if granted < len(some):
                    denied += left
                    break
        self._postpone(late, now, deadline)
        self._postpone(denied, self.budgets.vendor.window(now) + self.budgets.vendor.per, deadline)
        counts += Counter(hints_denied=len(denied), left=len(late))
        return counts

    def _send(self, hint_requests: Sequence[HintRequest], now: datetime, deadline: Deadline) -> Counter[str]:
        if not hint_requests:
            return Counter()
        hints = [
            (
                one.tracked,
                check_schedule.record_hint(one.tracked.check, seen=one.seen, now=now, backoff=self.backoff),
            )
            for one in hint_requests
        ]
        written = self.checks.write_down_hints(hints, claim=self.claim, deadline=deadline)
        answers = self.limiter.ask_all(
            [partial(self.enode.hint, tracked.known.device) for tracked, _ in written]
        )
        unsent: list[TrackedDevice] = []
        faulty = 0
        for (tracked, told), answer in zip(written, answers, strict=True):
            if isinstance(answer, Fault):
                self.faults.found(Subject.hint_of(tracked.owned), answer)
                faulty += 1
            elif isinstance(answer, EnodeUnavailable):
                unsent.append(
                    replace(tracked, check=check_schedule.unsent(told, tracked.check, backoff=self.backoff))
                )
            elif tracked.check.hint is not None:
                self.faults.mended(Subject.hint_of(tracked.owned))
        if unsent:
            self.checks.remember(
                unsent, claim=now + check_schedule.settles_in(self.backoff), deadline=deadline
            )
        failed = faulty + len(unsent)
        return Counter(hints_sent=len(written) - failed, hints_failed=failed)

    def _postpone(self, hint_requests: Sequence[HintRequest], until: datetime, deadline: Deadline) -> None:
        if hint_requests:
            put_off = [
                replace(one.tracked, check=replace(one.tracked.check, next_check_at=until))
                for one in hint_requests
            ]
            self.checks.remember(put_off, claim=self.claim, deadline=deadline)

    def _take(self, name: str, wanted: int, now: datetime, quota: Quota) -> int:
        """Write down what is taken before it is used. Who loses every race against others takes nothing."""
        for _ in range(_ATTEMPTS if wanted else 0):
            record = self.records.read(name)
            said = QuotaRecord.read(record.content)
            spent = None if said.window is None else QuotaUsage(said.window, said.used or 0)
            granted, usage = budget.take(spent, wanted, now=now, quota=quota)
            if not granted:
                return 0
            after = QuotaRecord(usage.window, usage.used)
            if self.records.write(name, after.write(), version=record.version):
                return granted
        return 0


def _urgency(request: HintRequest) -> tuple[int, str, str]:
    hint = request.tracked.check.hint
    seen = "" if request.seen is None else instant.fixed(request.seen)
    return 0 if hint is None else hint.in_row, seen, request.tracked.known.device.id
