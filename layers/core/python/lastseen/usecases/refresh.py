"""Refresh one device on request: ask Enode once, merge, and hint only if that can help.

One device of a sweep, in the foreground: the same claim keeps two requests, or a request and a sweep, from asking
twice; the same memory of hints keeps the device's cooldown.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lastseen.domain import check_schedule
from lastseen.domain.account import account_of, is_cut_off, newest
from lastseen.domain.answer import DeviceWithFreshness
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.check_schedule import CheckResult, CheckState, TrackedDevice
from lastseen.domain.deadline import Deadline
from lastseen.domain.event import Source
from lastseen.domain.freshness import Limits, Verdict, bounds
from lastseen.domain.maintenance import NotFoundAtEnode
from lastseen.domain.observation import SAME_SECOND
from lastseen.errors import EnodeUnavailable, NotServed, TooEarly, UnknownDevice
from lastseen.usecases.accounts import disconnected
from lastseen.usecases.ports import CheckStore, Devices, Enode, Log, States
from lastseen.usecases.store_readings import store_readings

LEASE = timedelta(seconds=15)
"""For how long one request keeps others from asking for the same device. Longer than the API lets it take."""


class RefreshOutcome(StrEnum):
    """How a refresh ended well. The values are what log lines and metrics say."""

    WAS_FRESH = "was fresh"
    UNDERWAY = "underway"
    CURRENT = "current"
    HINTED = "hinted"
    BEYOND_REACH = "beyond reach"
    UNKNOWN = "contact unknown"
    NOT_LEARNED = "cadence not learned"
    VENDOR_SILENT = "vendor silent"


_ENDS = {
    CheckResult.CURRENT: RefreshOutcome.CURRENT,
    CheckResult.UNKNOWN: RefreshOutcome.UNKNOWN,
    CheckResult.UNVERIFIED: RefreshOutcome.NOT_LEARNED,
}


@dataclass(frozen=True, slots=True)
class Refresher:
    """Refreshes one device.

    Attributes:
        checks: What is remembered of the devices' checks.
        log: The log, for writing.
        states: The state, for writing.
        devices: The state, for reading: credentials.
        enode: Enode's API, within the time there is.
        limits: Ages up to which a contact is fresh.
        backoff: How patient to be with hints.
        now: Gives the present moment, aware UTC.
        deadline: When the caller must be answered.
    """

    checks: CheckStore
    log: Log
    states: States
    devices: Devices
    enode: Enode
    limits: Limits
    backoff: BackoffPolicy
    now: Callable[[], datetime]
    deadline: Deadline

    def refresh(self, judged: DeviceWithFreshness, *, name: str) -> RefreshOutcome:
        """Bring a device up to date, as far as Enode can: its state by a read, and by a hint only if it is stale.

        Args:
            judged: The device as it is known.
            name: Names this request in the log.

        Raises:
            NotServed: Enode has no refresh-hint for this kind.
            UnknownDevice: Enode no longer has this device.
            TooEarly: It is stale, and was hinted so recently that another hint would be no use.
            EnodeUnavailable: Enode did not answer; the cached view stands.
            StoreUnavailable: The store did not answer.
        """
        device = judged.known.device
        if not device.kind.can_be_hinted:
            raise NotServed(f"Enode has no refresh-hint for {device.kind.collection}")
        if judged.freshness.verdict is Verdict.FRESH:
            return RefreshOutcome.WAS_FRESH
        tracked = self.checks.one((judged.known.user_id, device))
        if tracked is None:
            raise UnknownDevice.of(device.id)
        claim = self.now() + LEASE
        planned = tracked.check.next_check_at
        if planned is not None and self.now() < planned <= claim:
            return RefreshOutcome.UNDERWAY  # another request has it, or the sweep is about to
        if not self.checks.claim([tracked], until=claim, deadline=self.deadline):
            return RefreshOutcome.UNDERWAY
        try:
            return self._look(tracked, claim, name)
        except (EnodeUnavailable, UnknownDevice):
            self._remember(tracked, tracked.check, claim)  # what was planned before stays planned
            raise

    def _look(self, tracked: TrackedDevice, claim: datetime, name: str) -> RefreshOutcome:
        device, user_id = tracked.known.device, tracked.known.user_id
        reading = self.enode.device(device)
        if reading is None or reading.user_id != user_id:  # to delete it is the reconcile's to decide
            self.checks.mark_denied([NotFoundAtEnode(tracked.owned, self.now() - SAME_SECOND)], self.deadline)
            raise UnknownDevice.of(device.id)
        updates, _ = store_readings(
            [(reading, tracked.known.snapshot)],
            source=Source.REFRESH,
            log=self.log,
            states=self.states,
            run=name,
            now=self.now(),
            deadline=self.deadline,
        )
        facts = updates[0].snapshot.seen.facts
        account, seen = account_of(user_id, device.kind, facts), facts.last_seen_at
        at_hand = newest([(account, seen), (account, tracked.known.snapshot.found.at)])
        since = None if account is None else disconnected([account], at_hand, self.devices).get(account)
        cadence = tracked.check.cadence
        result = check_schedule.judge_contact(
            device.kind, facts, at=reading.at, limits=self.limits, cadence=cadence
        )
        if is_cut_off(since, seen):
            result = CheckResult.DISCONNECTED  # whatever its contact: a hint arrives nowhere
        next_step = check_schedule.plan_next_check(
            tracked.check,
            result,
            kind=device.kind,
            seen=seen,
            reported_by_itself=check_schedule.reported_by_itself(tracked.check, tracked.facts.last_seen_at),
            asked_at=reading.at,
            now=self.now(),
            limit=bounds(device.kind, facts, self.limits, cadence).limit,
            backoff=self.backoff,
        )
        if next_step.wants_hint and cadence.is_vendor_silent:  # the sweep tries one device a window
            self._remember(
                tracked, replace(next_step.check, next_check_at=tracked.check.next_check_at), claim
            )
            return RefreshOutcome.VENDOR_SILENT
        if next_step.wants_hint:
            return self._hint(replace(tracked, check=next_step.check), seen, claim)
        self._remember(tracked, next_step.check, claim)
        if result is CheckResult.STALE and next_step.check.next_check_at is not None:
            wait = int((next_step.check.next_check_at - self.now()).total_seconds()) + 1
            raise TooEarly("the device was asked for fresh data a moment ago", retry_after=max(wait, 1))
        return _ENDS.get(result, RefreshOutcome.BEYOND_REACH)

    def _hint(self, tracked: TrackedDevice, seen: datetime | None, claim: datetime) -> RefreshOutcome:
        check = check_schedule.record_hint(tracked.check, seen=seen, now=self.now(), backoff=self.backoff)
        if not self.checks.write_down_hints([(tracked, check)], claim=claim, deadline=self.deadline):
            return RefreshOutcome.UNDERWAY
        if not self.enode.hint(tracked.known.device):
            raise UnknownDevice.of(tracked.known.device.id)
        return RefreshOutcome.HINTED

    def _remember(self, tracked: TrackedDevice, check: CheckState, claim: datetime) -> None:
        self.checks.remember([replace(tracked, check=check)], claim=claim, deadline=self.deadline)
