"""Which of the stale devices are hinted now, and which have to wait? Budgets first, then written down, then sent."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial

from lastseen.domain import budget, care, instant, record
from lastseen.domain.budget import Ceiling, Spent
from lastseen.domain.care import Patient
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import in_any_case
from lastseen.domain.fault import Fault, Subject
from lastseen.domain.pace import Pace
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.faults import Faults
from lastseen.usecases.gate import Gate
from lastseen.usecases.ports import Enode
from lastseen.usecases.upkeep import Records, Ward

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

    vendor: Ceiling
    overall: Ceiling


@dataclass(frozen=True, slots=True)
class Wish:
    """A device that a hint might help.

    Attributes:
        patient: The device, with what is to be remembered of the look that found it stale.
        vendor: Whose ceiling it comes under.
        seen: Its last contact.
    """

    patient: Patient
    vendor: str
    seen: datetime | None


@dataclass
class Hinting:
    """Collects wishes during a sweep and grants what the budgets allow at its end.

    Attributes:
        ward: Where hints are written down.
        records: Where budgets are kept.
        enode: Enode's API.
        gate: Through which every hint goes.
        pace: Distances between hints.
        budgets: How many there may be.
        claim: The claim under which the wishes were made.
        faults: Where it is noted that a hint failed though Enode answers others.
        wishes: All that was collected.
    """

    ward: Ward
    records: Records
    enode: Enode
    gate: Gate
    pace: Pace
    budgets: Budgets
    claim: datetime
    faults: Faults = field(default_factory=Faults)
    wishes: list[Wish] = field(default_factory=list)

    def send(self, now: datetime, deadline: Deadline) -> Counter[str]:
        """Send what is granted; the others are due again when the budget is, or at once if only time was short.

        Returns:
            `hints_sent`, `hints_failed`, `hints_denied`, and `left` (no time: still due).

        Raises:
            StoreUnavailable: Nothing is sent that is not written down; claims run out by themselves.
        """
        counts: Counter[str] = Counter()
        of_vendor: dict[str, list[Wish]] = defaultdict(list)
        for wish in sorted(self.wishes, key=_urgency):
            of_vendor[in_any_case(wish.vendor)].append(wish)
        late: list[Wish] = []
        denied: list[Wish] = []
        # Vendors with few wishes first: who is not part of an outage does not wait behind it.
        for vendor, wishes in sorted(of_vendor.items(), key=lambda one: (len(one[1]), one[0])):
            left = wishes
            while left:
                some = left[: min(AT_ONCE, self.gate.room)]
                if not some:
                    late += left
                    break
                granted = self._take(record.hints(vendor), len(some), now, self.budgets.vendor)
                granted = self._take(record.HINTS, granted, now, self.budgets.overall)
                counts += self._send(some[:granted], now, deadline)
                left = left[granted:]
                if granted < len(some):
                    denied += left
                    break
        self._postpone(late, now, deadline)
        self._postpone(denied, self.budgets.vendor.window(now) + self.budgets.vendor.per, deadline)
        counts += Counter(hints_denied=len(denied), left=len(late))
        return counts

    def _send(self, wishes: Sequence[Wish], now: datetime, deadline: Deadline) -> Counter[str]:
        if not wishes:
            return Counter()
        hints = [
            (one.patient, care.hinted(one.patient.care, seen=one.seen, now=now, pace=self.pace))
            for one in wishes
        ]
        written = self.ward.write_down_hints(hints, claim=self.claim, deadline=deadline)
        answers = self.gate.ask_all(
            [partial(self.enode.hint, patient.known.device) for patient, _ in written]
        )
        unsent: list[Patient] = []
        faulty = 0
        for (patient, told), answer in zip(written, answers, strict=True):
            if isinstance(answer, Fault):
                self.faults.found(Subject.hint_of(patient.owned), answer)
                faulty += 1
            elif isinstance(answer, EnodeUnavailable):
                unsent.append(replace(patient, care=care.unsent(told, patient.care, pace=self.pace)))
            elif patient.care.hint is not None:
                self.faults.mended(Subject.hint_of(patient.owned))
        if unsent:
            self.ward.remember(unsent, claim=now + care.settles_in(self.pace), deadline=deadline)
        failed = faulty + len(unsent)
        return Counter(hints_sent=len(written) - failed, hints_failed=failed)

    def _postpone(self, wishes: Sequence[Wish], until: datetime, deadline: Deadline) -> None:
        if wishes:
            put_off = [
                replace(one.patient, care=replace(one.patient.care, next_check_at=until)) for one in wishes
            ]
            self.ward.remember(put_off, claim=self.claim, deadline=deadline)

    def _take(self, name: str, wanted: int, now: datetime, ceiling: Ceiling) -> int:
        """Write down what is taken before it is used. Who loses every race against others takes nothing."""
        for _ in range(_ATTEMPTS if wanted else 0):
            record = self.records.read(name)
            granted, spent = budget.take(_spent(record.said), wanted, now=now, ceiling=ceiling)
            if not granted:
                return 0
            said = {"window": instant.fixed(spent.window), "used": spent.used}
            if self.records.write(name, said, version=record.version):
                return granted
        return 0


def _urgency(wish: Wish) -> tuple[int, str, str]:
    hint = wish.patient.care.hint
    seen = "" if wish.seen is None else instant.fixed(wish.seen)
    return 0 if hint is None else hint.in_row, seen, wish.patient.known.device.id


def _spent(said: object) -> Spent | None:
    if not isinstance(said, dict):
        return None
    window, used = instant.parse(said.get("window")), said.get("used")
    return Spent(window, used) if window is not None and type(used) is int else None
