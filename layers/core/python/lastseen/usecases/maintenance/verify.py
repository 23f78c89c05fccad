"""Ask Enode for claimed devices, keep what it answers, and decide for each what follows: a look, a hint, a back-off."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import NamedTuple

from lastseen.domain import check_schedule
from lastseen.domain.account import Account, account_of, is_cut_off, newest
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.cadence import CadenceClass
from lastseen.domain.check_schedule import CheckResult, CheckState, TrackedDevice
from lastseen.domain.device import OwnedDevice
from lastseen.domain.document import Facts
from lastseen.domain.event import Source
from lastseen.domain.fault import Fault, Subject
from lastseen.domain.freshness import Limits, bounds
from lastseen.domain.maintenance import NotFoundAtEnode
from lastseen.domain.observation import SAME_SECOND, Observation
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.maintenance.cadences import CadenceBook
from lastseen.usecases.maintenance.context import RunContext
from lastseen.usecases.maintenance.faults import Faults
from lastseen.usecases.maintenance.hints import HintRequest
from lastseen.usecases.maintenance.reconcile_credentials import still_lost
from lastseen.usecases.store_readings import store_readings

type Checked = tuple[TrackedDevice, CheckResult, Facts | None, datetime | None]
"""`(device, result, facts, answered_at)`; the last two are None if Enode answered 404."""


class Looked(NamedTuple):
    """What a look told.

    Attributes:
        before: The device as it was, and what was remembered of it then.
        result: How it stands.
        facts: What Enode answered; None if it does not have the device.
    """

    before: TrackedDevice
    result: CheckResult
    facts: Facts | None


@dataclass
class Verification:
    """What one sweep learns of the devices it has claimed.

    Attributes:
        context: What to work with.
        limits: Ages up to which a contact is fresh.
        backoff: How patient to be with a device.
        claim: The claim under which they are looked at.
        counts: What was found, by name.
        faults: What could not be read.
        cadences: What is known of cadences, and learned.
        hint_requests: Devices that a hint might help.
        held: Devices that are unreachable, each of its class: to be written down once it is known whether that is
            their vendor's fault.
        looked: What was found of each device.
    """

    context: RunContext
    limits: Limits
    backoff: BackoffPolicy
    claim: datetime
    counts: Counter[str]
    faults: Faults
    cadences: CadenceBook
    hint_requests: list[HintRequest] = field(default_factory=list)
    held: list[tuple[CadenceClass, TrackedDevice]] = field(default_factory=list)
    looked: dict[OwnedDevice, Looked] = field(default_factory=dict)

    def limit(self, tracked: TrackedDevice, facts: Facts) -> timedelta:
        """The age up to which a contact of this device is fresh."""
        return bounds(tracked.known.device.kind, facts, self.limits, tracked.check.cadence).limit

    def take(self, tracked_devices: Sequence[TrackedDevice]) -> list[TrackedDevice]:
        """Claim devices; gives those that nobody else was faster to take."""
        if not tracked_devices:
            return []
        taken = self.context.checks.claim(tracked_devices, until=self.claim, deadline=self.context.deadline)
        self.counts["claimed"] += len(taken)
        return taken

    def ask(self, asked_for: Sequence[Sequence[TrackedDevice]]) -> None:
        """Ask for devices, those of each group at once; what a user's list does not tell is asked for by its name."""
        answers = self.context.limiter.ask_all([self._question(mine) for mine in asked_for])
        told: list[tuple[TrackedDevice, Observation | None]] = []
        singly: list[TrackedDevice] = []
        faulty: list[tuple[TrackedDevice, Fault]] = []
        unanswered: list[TrackedDevice] = []
        for mine, answer in zip(asked_for, answers, strict=True):
            if isinstance(answer, EnodeUnavailable):
                unanswered += mine
            elif not isinstance(answer, Fault):
                readings = {reading.device: reading for reading in answer}
                named = [one for one in mine if len(mine) == 1 or one.known.device in readings]
                told += [(tracked, readings.get(tracked.known.device)) for tracked in named]
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

    def _question(self, tracked_devices: Sequence[TrackedDevice]) -> Callable[[], Sequence[Observation]]:
        """One call that tells of all these devices of one user and kind."""
        enode, (user_id, device) = self.context.enode, tracked_devices[0].owned

        def get() -> Sequence[Observation]:
            reading = enode.device(device)
            return () if reading is None else (reading,)

        return get if len(tracked_devices) == 1 else lambda: enode.devices(device.kind, user_id=user_id).items

    def _put_off(self, faulty: Sequence[tuple[TrackedDevice, Fault]]) -> None:
        """Let devices wait that cannot be read while others can."""
        self.counts["faulty"] += len(faulty)
        put_off: list[TrackedDevice] = []
        for tracked, fault in faulty:
            self.faults.found(Subject.of(tracked.owned), fault)
            seen, limit = tracked.facts.last_seen_at, self.limit(tracked, tracked.facts)
            check = check_schedule.failed(
                tracked.check, seen=seen, now=self.context.now(), limit=limit, backoff=self.backoff
            )
            put_off.append(replace(tracked, check=check))
        if put_off:
            self.context.checks.remember(put_off, claim=self.claim, deadline=self.context.deadline)

    def _give_back(self, tracked_devices: Sequence[TrackedDevice]) -> None:
        """Let go of devices that nothing was learnt of: due at once, and all else as it was."""
        self.counts["given_back"] += len(tracked_devices)
        due_now = [
            replace(one, check=replace(one.check, next_check_at=self.context.now()))
            for one in tracked_devices
        ]
        if due_now:
            self.context.checks.remember(due_now, claim=self.claim, deadline=self.context.deadline)

    def digest(self, told: Sequence[tuple[TrackedDevice, Observation | None]]) -> None:
        """Keep what was read, and decide for each device what follows."""
        readings = [
            (reading, tracked.known.snapshot if reading.user_id == tracked.known.user_id else None)
            for tracked, reading in told
            if reading is not None
        ]
        updates, news = store_readings(
            readings,
            source=Source.SWEEP,
            log=self.context.log,
            states=self.context.states,
            run=self.context.run,
            now=self.context.now(),
            deadline=self.context.deadline,
        )
        self.counts["verified"] += len(updates)
        self.counts["changed"] += len(news)
        facts_of = {(update.user_id, update.device): update.snapshot.seen.facts for update in updates}
        concluded: list[Checked] = []
        denied: list[NotFoundAtEnode] = []
        for tracked, reading in told:
            facts = facts_of.get(tracked.owned)
            if (
                facts is None or reading is None
            ):  # denied, or another user's by now: a reconcile will see to it
                denied.append(NotFoundAtEnode(tracked.owned, self.context.clocks.enode() - SAME_SECOND))
                concluded.append((tracked, CheckResult.MISSING, None, None))
                continue
            cadence = self.cadences.measured(tracked, facts, reading.at)
            result = check_schedule.judge_contact(
                tracked.known.device.kind, facts, at=reading.at, limits=self.limits, cadence=cadence
            )
            measured = replace(tracked, check=replace(tracked.check, cadence=cadence))
            concluded.append((measured, result, facts, reading.at))
        if denied:
            self.context.checks.mark_denied(denied, self.context.deadline)
        self.conclude(self._with_credentials(concluded))

    def _with_credentials(self, found: Sequence[Checked]) -> Sequence[Checked]:
        """Tell the disconnected from those that are out of contact for another reason."""
        accounts = {
            account
            for tracked, result, facts, _ in found
            if facts is not None and result is not CheckResult.CURRENT
            if (account := _account(tracked, facts)) is not None
        }
        if not accounts:
            return found
        at_hand = newest(
            (_account(tracked, facts), at)
            for tracked, _, facts, _ in found
            if facts is not None
            for at in (facts.last_seen_at, tracked.known.snapshot.found.at)
        )
        lost = still_lost(self.context, accounts, at_hand)

        def judged(tracked: TrackedDevice, result: CheckResult, facts: Facts | None) -> CheckResult:
            account = None if facts is None else _account(tracked, facts)
            if facts is None or account is None or result is CheckResult.CURRENT:
                return result
            return CheckResult.DISCONNECTED if is_cut_off(lost.get(account), facts.last_seen_at) else result

        return [
            (tracked, judged(tracked, result, facts), facts, asked_at)
            for tracked, result, facts, asked_at in found
        ]

    def conclude(self, found: Sequence[Checked]) -> None:
        """Write down what follows from what was found, and collect the hint requests for hints."""
        remembered: list[TrackedDevice] = []
        for tracked, result, facts, asked_at in found:
            if tracked.check.failures and (asked_at or result is CheckResult.MISSING):
                self.faults.mended(Subject.of(tracked.owned))
            seen = None if facts is None else facts.last_seen_at
            self.looked.setdefault(tracked.owned, Looked(tracked, result, facts))
            next_step = check_schedule.plan_next_check(
                self._probed(tracked, result, facts),
                result,
                kind=tracked.known.device.kind,
                seen=seen,
                reported_by_itself=check_schedule.reported_by_itself(
                    tracked.check, tracked.facts.last_seen_at
                ),
                asked_at=asked_at,
                now=self.context.now(),
                limit=self.limit(tracked, facts or tracked.facts),
                backoff=self.backoff,
            )
            self.counts[result.value] += 1
            if result is CheckResult.CURRENT and asked_at is not None:
                self.counts["hints_avoided"] += 1
            if next_step.helped is not None:
                self.counts["hints_helped" if next_step.helped else "hints_unhelped"] += 1
            after = replace(tracked, check=next_step.check)
            if result is CheckResult.CURRENT and facts is not None:
                again_at = self.cadences.look_again(after, facts)
                after = replace(after, check=replace(after.check, next_check_at=again_at))
            of_class = CadenceClass.of(tracked.known.device.kind, facts or tracked.facts)
            if next_step.wants_hint:
                after = replace(after, check=replace(after.check, next_check_at=self.claim))
                vendor = (facts.vendor if facts else None) or "unknown"
                self.hint_requests.append(HintRequest(after, vendor, seen, of_class))
            if result is CheckResult.UNREACHABLE:
                self.held.append((of_class, after))
            else:
                remembered.append(after)
        if remembered:
            self.context.checks.remember(remembered, claim=self.claim, deadline=self.context.deadline)

    def _probed(self, tracked: TrackedDevice, result: CheckResult, facts: Facts | None) -> CheckState:
        """Give what was remembered, and whether the device is a probe from now on."""
        is_probed = self.cadences.watched(tracked, result, facts)
        return replace(tracked.check, cadence=replace(tracked.check.cadence, is_probed=is_probed))


def _account(tracked: TrackedDevice, facts: Facts) -> Account | None:
    return account_of(tracked.known.user_id, tracked.known.device.kind, facts)
