"""Ask Enode for claimed devices, keep what it answers, and decide for each what follows: a look, a hint, a back-off."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lastseen.domain import care as caring
from lastseen.domain.account import Account, account_of, is_cut_off, newest
from lastseen.domain.care import Finding, Patient
from lastseen.domain.document import Facts
from lastseen.domain.event import Source
from lastseen.domain.fault import Fault, Subject
from lastseen.domain.freshness import Limits
from lastseen.domain.pace import Pace
from lastseen.domain.reading import SAME_SECOND, Reading
from lastseen.domain.upkeep import Missing
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.credentials import still_lost
from lastseen.usecases.faults import Faults
from lastseen.usecases.hints import Wish
from lastseen.usecases.intake import take_in
from lastseen.usecases.tools import Tools

type Found = tuple[Patient, Finding, Facts | None, datetime | None]
"""A device, what a look told, with which facts, and when Enode answered; None and None if it denies the device."""


@dataclass
class Verification:
    """What one sweep learns of the devices it has claimed.

    Attributes:
        tools: What to work with.
        limits: Ages up to which a contact is fresh.
        pace: How patient to be with a device.
        claim: The claim under which they are looked at.
        counts: What was found, by name.
        faults: What could not be read.
        wishes: Devices that a hint might help.
    """

    tools: Tools
    limits: Limits
    pace: Pace
    claim: datetime
    counts: Counter[str]
    faults: Faults
    wishes: list[Wish] = field(default_factory=list)

    def limit(self, patient: Patient, facts: Facts) -> timedelta:
        """The age up to which a contact of this device is fresh."""
        return self.limits.of(patient.known.device.kind, is_active=facts.is_active)

    def ask(self, asked_for: Sequence[Sequence[Patient]]) -> None:
        """Ask for devices, those of each group at once; what a user's list does not tell is asked for by its name."""
        answers = self.tools.gate.ask_all([self._question(mine) for mine in asked_for])
        told: list[tuple[Patient, Reading | None]] = []
        singly: list[Patient] = []
        faulty: list[tuple[Patient, Fault]] = []
        unanswered: list[Patient] = []
        for mine, answer in zip(asked_for, answers, strict=True):
            if isinstance(answer, EnodeUnavailable):
                unanswered += mine
            elif not isinstance(answer, Fault):
                readings = {reading.device: reading for reading in answer}
                named = [one for one in mine if len(mine) == 1 or one.known.device in readings]
                told += [(patient, readings.get(patient.known.device)) for patient in named]
                singly += [one for one in mine if one not in named]
            elif len(mine) > 1:
                singly += mine
            else:
                faulty.append((mine[0], answer))
        self.digest(told)
        self._put_off(faulty)
        self._give_back(unanswered)
        if singly:
            self.ask([[one] for one in singly])

    def _question(self, patients: Sequence[Patient]) -> Callable[[], Sequence[Reading]]:
        """One call that tells of all these devices of one user and kind."""
        enode, (user_id, device) = self.tools.enode, patients[0].owned

        def get() -> Sequence[Reading]:
            reading = enode.device(device)
            return () if reading is None else (reading,)

        return get if len(patients) == 1 else lambda: enode.devices(device.kind, user_id=user_id).items

    def _put_off(self, faulty: Sequence[tuple[Patient, Fault]]) -> None:
        """Let devices wait that cannot be read while others can."""
        self.counts["faulty"] += len(faulty)
        put_off: list[Patient] = []
        for patient, fault in faulty:
            self.faults.found(Subject.of(patient.owned), fault)
            seen, limit = patient.facts.last_seen_at, self.limit(patient, patient.facts)
            care = caring.failed(patient.care, seen=seen, now=self.tools.now(), limit=limit, pace=self.pace)
            put_off.append(replace(patient, care=care))
        if put_off:
            self.tools.ward.remember(put_off, claim=self.claim, deadline=self.tools.deadline)

    def _give_back(self, patients: Sequence[Patient]) -> None:
        """Let go of devices that nothing was learnt of: due at once, and all else as it was."""
        self.counts["given_back"] += len(patients)
        due_now = [replace(one, care=replace(one.care, next_check_at=self.tools.now())) for one in patients]
        if due_now:
            self.tools.ward.remember(due_now, claim=self.claim, deadline=self.tools.deadline)

    def digest(self, told: Sequence[tuple[Patient, Reading | None]]) -> None:
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
            finding = caring.find(patient.known.device.kind, facts, at=reading.at, limits=self.limits)
            concluded.append((patient, finding, facts, reading.at))
        if denied:
            self.tools.ward.mark_denied(denied, self.tools.deadline)
        self.conclude(self._with_credentials(concluded))

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

    def conclude(self, found: Sequence[Found]) -> None:
        """Write down what follows from what was found, and collect the wishes for hints."""
        remembered: list[Patient] = []
        for patient, finding, facts, asked_at in found:
            if patient.care.failures and (asked_at or finding is Finding.MISSING):
                self.faults.mended(Subject.of(patient.owned))
            seen = None if facts is None else facts.last_seen_at
            looked = caring.look(
                patient.care,
                finding,
                kind=patient.known.device.kind,
                seen=seen,
                was_heard=caring.was_heard(patient.care, patient.facts.last_seen_at),
                asked_at=asked_at,
                now=self.tools.now(),
                limit=self.limit(patient, facts or patient.facts),
                pace=self.pace,
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
                self.wishes.append(Wish(after, vendor, seen))
            remembered.append(after)
        if remembered:
            self.tools.ward.remember(remembered, claim=self.claim, deadline=self.tools.deadline)


def _account(patient: Patient, facts: Facts) -> Account | None:
    return account_of(patient.known.user_id, patient.known.device.kind, facts)
