"""What happens when a person pulls to refresh? Enode is asked once, and hinted only if that can help.

One device of a sweep, in the foreground: the same claim keeps two requests, or a request and a sweep, from asking
twice; the same memory of hints keeps the device's cooldown.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lastseen.domain import care as caring
from lastseen.domain.account import account_of, is_cut_off, newest
from lastseen.domain.answer import Judged
from lastseen.domain.care import Care, Finding, Patient
from lastseen.domain.deadline import Deadline
from lastseen.domain.event import Source
from lastseen.domain.freshness import Limits, Verdict
from lastseen.domain.pace import Pace
from lastseen.domain.reading import SAME_SECOND
from lastseen.domain.upkeep import Missing
from lastseen.errors import EnodeUnavailable, NotServed, TooEarly, UnknownDevice
from lastseen.usecases.accounts import disconnected
from lastseen.usecases.intake import take_in
from lastseen.usecases.ports import Devices, Enode, Log, States
from lastseen.usecases.upkeep import Ward

LEASE = timedelta(seconds=15)
"""For how long one request keeps others from asking for the same device. Longer than the API lets it take."""


class Refreshed(StrEnum):
    """How a refresh ended well. The values are what log lines and metrics say."""

    WAS_FRESH = "was fresh"
    UNDERWAY = "underway"
    CURRENT = "current"
    HINTED = "hinted"
    BEYOND_REACH = "beyond reach"
    UNKNOWN = "contact unknown"


_ENDS = {Finding.CURRENT: Refreshed.CURRENT, Finding.UNKNOWN: Refreshed.UNKNOWN}


@dataclass(frozen=True, slots=True)
class Refresher:
    """Refreshes one device.

    Attributes:
        ward: What is remembered of the devices in care.
        log: The log, for writing.
        states: The state, for writing.
        devices: The state, for reading: credentials.
        enode: Enode's API, within the time there is.
        limits: Ages up to which a contact is fresh.
        pace: How patient to be with hints.
        now: Gives the present moment, aware UTC.
        deadline: When the caller must be answered.
    """

    ward: Ward
    log: Log
    states: States
    devices: Devices
    enode: Enode
    limits: Limits
    pace: Pace
    now: Callable[[], datetime]
    deadline: Deadline

    def refresh(self, judged: Judged, *, name: str) -> Refreshed:
        """Bring a device up to date, as far as Enode can.

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
            return Refreshed.WAS_FRESH
        patient = self.ward.one((judged.known.user_id, device))
        if patient is None:
            raise UnknownDevice.of(device.id)
        claim = self.now() + LEASE
        planned = patient.care.next_check_at
        if planned is not None and self.now() < planned <= claim:
            return Refreshed.UNDERWAY  # another request has it, or the sweep is about to
        if not self.ward.claim([patient], until=claim, deadline=self.deadline):
            return Refreshed.UNDERWAY
        try:
            return self._look(patient, claim, name)
        except (EnodeUnavailable, UnknownDevice):
            self._remember(patient, patient.care, claim)  # what was planned before stays planned
            raise

    def _look(self, patient: Patient, claim: datetime, name: str) -> Refreshed:
        device, user_id = patient.known.device, patient.known.user_id
        reading = self.enode.device(device)
        if reading is None or reading.user_id != user_id:  # to bury it is the reconcile's to decide
            self.ward.mark_denied([Missing(patient.owned, self.now() - SAME_SECOND)], self.deadline)
            raise UnknownDevice.of(device.id)
        updates, _ = take_in(
            [(reading, patient.known.snapshot)],
            source=Source.REFRESH,
            log=self.log,
            states=self.states,
            run=name,
            now=self.now(),
            deadline=self.deadline,
        )
        facts = updates[0].snapshot.seen.facts
        account, seen = account_of(user_id, device.kind, facts), facts.last_seen_at
        at_hand = newest([(account, seen), (account, patient.known.snapshot.found.at)])
        since = None if account is None else disconnected([account], at_hand, self.devices).get(account)
        finding = caring.find(device.kind, facts, at=reading.at, limits=self.limits)
        if is_cut_off(since, seen):
            finding = Finding.DISCONNECTED  # whatever its contact: a hint arrives nowhere
        looked = caring.look(
            patient.care,
            finding,
            kind=device.kind,
            seen=seen,
            was_heard=caring.was_heard(patient.care, patient.facts.last_seen_at),
            asked_at=reading.at,
            now=self.now(),
            limit=self.limits.of(device.kind, is_active=facts.is_active),
            pace=self.pace,
        )
        if looked.wants_hint:
            return self._hint(replace(patient, care=looked.care), seen, claim)
        self._remember(patient, looked.care, claim)
        if finding is Finding.STALE and looked.care.next_check_at is not None:
            wait = int((looked.care.next_check_at - self.now()).total_seconds()) + 1
            raise TooEarly("the device was asked for fresh data a moment ago", retry_after=max(wait, 1))
        return _ENDS.get(finding, Refreshed.BEYOND_REACH)

    def _hint(self, patient: Patient, seen: datetime | None, claim: datetime) -> Refreshed:
        care = caring.hinted(patient.care, seen=seen, now=self.now(), pace=self.pace)
        if not self.ward.write_down_hints([(patient, care)], claim=claim, deadline=self.deadline):
            return Refreshed.UNDERWAY
        if not self.enode.hint(patient.known.device):
            raise UnknownDevice.of(patient.known.device.id)
        return Refreshed.HINTED

    def _remember(self, patient: Patient, care: Care, claim: datetime) -> None:
        self.ward.remember([replace(patient, care=care)], claim=claim, deadline=self.deadline)
