"""Freshness: how far a device's state can be trusted now, and why. One verdict with its reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache
from typing import NamedTuple

from lastseen.domain import cadence as cadences
from lastseen.domain import instant, reasons
from lastseen.domain.account import is_cut_off
from lastseen.domain.cadence import NOTHING_LEARNED, DeviceCadence
from lastseen.domain.contact import Doubt
from lastseen.domain.device import DeviceKind, in_any_case
from lastseen.domain.document import Facts
from lastseen.domain.frozen import fast_frozen


class Verdict(StrEnum):
    """The answer, worst last in no particular order: which of them holds says what to do."""

    FRESH = "fresh"
    UNVERIFIED = "unverified"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    DISCONNECTED = "disconnected"
    GONE = "gone"


@fast_frozen(frozen=True, slots=True)
class LimitClass:
    """A class of devices that share a limit.

    Attributes:
        limit: Up to which age a contact is fresh, bound included.
        kinds: Of which kinds; empty for every kind.
        vendors: Of which vendors, in capitals; empty for every vendor, and for none.
        is_active: Only while they are active, or only while they are not; None for both.
    """

    limit: timedelta
    kinds: frozenset[DeviceKind] = frozenset()
    vendors: frozenset[str] = frozenset()
    is_active: bool | None = None

    def may_hold(self, kind: DeviceKind, *, is_active: bool) -> bool:
        """Whether devices of this kind and activity are of this class, if their vendor is."""
        return (not self.kinds or kind in self.kinds) and self.is_active in (None, is_active)

    def is_of(self, vendor: str | None) -> bool:
        """Whether devices of a vendor are of this class, if their kind and activity are."""
        return not self.vendors or (vendor is not None and in_any_case(vendor) in self.vendors)


@dataclass(frozen=True)
class Limits:
    """Up to which age of the last contact a device counts as fresh: Enode's stated cadence and a margin.

    Attributes:
        active: While the device charges, discharges, produces or heats.
        regular: Otherwise.
        hvac: For HVACs, active or not.
        special: Classes with a limit of their own, before those three; the first that holds decides.
        ceiling: What no learned cadence raises a limit above. Whoever was out of contact for longer is stale, whatever
            was learned of it.
    """

    active: timedelta = timedelta(minutes=5)
    regular: timedelta = timedelta(minutes=15)
    hvac: timedelta = timedelta(minutes=5)
    special: tuple[LimitClass, ...] = ()
    ceiling: timedelta = timedelta(hours=2)

    def classes(self) -> tuple[LimitClass, ...]:
        """Give the classes of devices: the first that holds decides, and the last always holds."""
        return (
            *self.special,
            LimitClass(self.hvac, kinds=frozenset({DeviceKind.HVAC})),
            LimitClass(self.active, is_active=True),
            LimitClass(self.regular),
        )

    def of(self, kind: DeviceKind, facts: Facts) -> timedelta:
        """Give the limit for a device, by its kind and what its current document says."""
        for one in self._deciding[kind, facts.is_active]:
            if one.is_of(facts.vendor):
                break
        return one.limit

    def shortest(self, kind: DeviceKind, *, is_active: bool) -> timedelta:
        """Give the shortest limit that a device of this kind and activity may have, whoever its vendor is.

        >>> of_tesla = LimitClass(timedelta(minutes=2), vendors=frozenset({"TESLA"}))
        >>> Limits(special=(of_tesla,)).shortest(DeviceKind.METER, is_active=False)
        datetime.timedelta(seconds=120)
        """
        return min(one.limit for one in self._deciding[kind, is_active])

    @cached_property
    def _deciding(self) -> dict[tuple[DeviceKind, bool], tuple[LimitClass, ...]]:
        """For each kind and activity the classes that the vendor decides between; the last is of every vendor."""
        return {
            (kind, is_active): tuple(_up_to_any_vendor(self.classes(), kind, is_active=is_active))
            for kind in DeviceKind
            for is_active in (True, False)
        }


def _up_to_any_vendor(
    classes: Iterable[LimitClass], kind: DeviceKind, *, is_active: bool
) -> Iterator[LimitClass]:
    for one in classes:
        if one.may_hold(kind, is_active=is_active):
            yield one
            if not one.vendors:
                return


def is_old(last_seen_at: datetime | None, limit: timedelta, *, at: datetime) -> bool:
    """Say whether a contact is older than its limit at a moment; no contact is as old as can be."""
    return last_seen_at is None or at - last_seen_at > limit


class Bounds(NamedTuple):
    """Ages of a device's last contact at which its verdict changes.

    Attributes:
        limit: Up to which it is fresh.
        stale_after: Beyond which it is stale, once Enode was asked; between the two nothing is known.
    """

    limit: timedelta
    stale_after: timedelta


def bounds(kind: DeviceKind, facts: Facts, limits: Limits, cadence: DeviceCadence) -> Bounds:
    """Give the one rule for verdict, check and refresh: the limit set for a device, or half more than its cadence.

    A device of which no contact by itself was seen yet may be slower than its class: it is never stale below the
    ceiling.

    >>> slow = DeviceCadence(regular=1800, own_regular=1740)
    >>> bounds(DeviceKind.VEHICLE, Facts(), Limits(), slow).limit
    datetime.timedelta(seconds=2700)
    >>> bounds(DeviceKind.VEHICLE, Facts(), Limits(), NOTHING_LEARNED)
    Bounds(limit=datetime.timedelta(seconds=900), stale_after=datetime.timedelta(seconds=7200))
    """
    every = cadence.expected(is_active=facts.is_active)
    return _bounds(limits.of(kind, facts), limits.ceiling, every, is_measured=cadence.is_measured)


@lru_cache(maxsize=4096)  # there are few, and many devices
def _bounds(limit: timedelta, ceiling: timedelta, every: int, *, is_measured: bool) -> Bounds:
    ceiling = max(limit, ceiling)
    limit = max(limit, min(cadences.MARGIN * timedelta(seconds=every), ceiling))
    return Bounds(limit, limit if every and is_measured else ceiling)


@fast_frozen(frozen=True, slots=True)
class Freshness:
    """How far a device's state may be trusted. What a reader may want said of it is worked out when it is asked for.

    Attributes:
        verdict: What holds.
        asked_at: The moment it was judged for, aware UTC.
        limit: Up to which age a contact makes this device count as fresh.
        last_seen_at: Enode's last contact, aware UTC; None if it never had one, or tells of it what cannot be believed.
        checked_at: When Enode was last asked for the device, aware UTC; None if it never was.
        next_check_at: When to expect better: the sweep asks again; None when it has no plan.
        is_denied: Whether Enode then said that it has no such device.
        doubt: Why the contact that it tells of is not believed; None if it is.
        expected: Seconds within which Enode is usually in contact with it; 0 while that is not learned.
        is_vendor_silent: Whether, at the last look, most of its class were out of contact.
    """

    verdict: Verdict
    asked_at: datetime
    limit: timedelta
    last_seen_at: datetime | None = None
    checked_at: datetime | None = None
    next_check_at: datetime | None = None
    is_denied: bool = False
    doubt: Doubt | None = None
    expected: int = 0
    is_vendor_silent: bool = False

    @property
    def age(self) -> timedelta | None:
        """Since Enode's last contact; None if it never had one, zero if it is ahead: clocks differ."""
        return None if self.last_seen_at is None else max(self.asked_at - self.last_seen_at, timedelta())

    @property
    def limit_seconds(self) -> int:
        """Up to which age a contact makes the device count as fresh, in whole seconds."""
        return int(self.limit.total_seconds())

    @property
    def fresh_until(self) -> datetime | None:
        """Until when the last contact makes the device count as fresh, if nothing else speaks against it."""
        return None if self.last_seen_at is None else instant.later(self.last_seen_at, self.limit)

    @property
    def reason(self) -> str:
        """The verdict in a sentence, for people; without quotation marks, so that it can stand between them."""
        if self.is_denied and self.verdict is Verdict.STALE:
            return reasons.DENIED
        if self.doubt is not None and self.verdict is Verdict.UNVERIFIED:
            return reasons.DOUBTS[self.doubt]
        if self.is_vendor_silent and self.verdict in reasons.OUT_OF_CONTACT:
            return reasons.VENDOR_SILENT
        if self.verdict is Verdict.UNVERIFIED and self._was_old_when_checked:
            return reasons.not_learned(self.limit)
        return reasons.sentence(
            self.verdict, self.limit, self.expected, was_seen=self.last_seen_at is not None
        )

    @property
    def _was_old_when_checked(self) -> bool:
        seen, checked_at = self.last_seen_at, self.checked_at
        return seen is not None and checked_at is not None and is_old(seen, self.limit, at=checked_at)


def judge(
    kind: DeviceKind,
    facts: Facts,
    *,
    now: datetime,
    limits: Limits,
    is_gone: bool = False,
    credentials_invalid_since: datetime | None = None,
    checked_at: datetime | None = None,
    next_check_at: datetime | None = None,
    denied_at: datetime | None = None,
    cadence: DeviceCadence = NOTHING_LEARNED,
) -> Freshness:
    """Judge a device by its last contact, and by what is known of why there was none since.

    The reasons are asked in the order in which they explain each other: a deleted device has nothing else to say,
    dead credentials explain one that Enode denies or cannot reach, and either explains an old contact.

    Args:
        kind: The device's kind; HVACs have a limit of their own.
        facts: What its current document says.
        now: The moment of asking, aware UTC.
        limits: Ages up to which a contact is fresh, bounds included.
        is_gone: Whether it was deleted.
        credentials_invalid_since: When Enode last said that the vendor's credentials are invalid. A contact after
            that moment proves that they have been mended.
        checked_at: When Enode was last asked for this device; only that can tell silence from staleness. A later
            contact makes an older check void.
        next_check_at: When the sweep will ask for it; passed on.
        denied_at: When Enode was asked and said that it has no such device, if nothing was said of it since. A
            reconcile will confirm that it is gone; until then nothing is known of it that could be current.
        cadence: How often to expect a contact, as the last look knew it.

    Returns:
        The verdict. A contact ahead of `now` is fresh and its age zero: clocks differ, and what was kept of it is
        no later than the word that told of it. One that cannot be believed proves neither that the state is fresh
        nor that it is stale.

    Source:
        developers.enode.com/docs/integration-guide/device-data, "Keeping data fresh" (API 2024-10-01).

    >>> noon = datetime.fromisoformat("2026-03-01T12:00Z")
    >>> parked = Facts(last_seen_at=noon - timedelta(hours=3), is_reachable=True)
    >>> judge(DeviceKind.VEHICLE, parked, now=noon, limits=Limits()).verdict
    <Verdict.UNVERIFIED: 'unverified'>
    >>> judge(DeviceKind.VEHICLE, parked, now=noon, limits=Limits(), checked_at=noon).verdict
    <Verdict.STALE: 'stale'>
    """
    seen = facts.last_seen_at
    limit, stale_after = bounds(kind, facts, limits, cadence)
    if is_gone:
        verdict = Verdict.GONE
    elif is_cut_off(credentials_invalid_since, seen):
        verdict = Verdict.DISCONNECTED
    elif denied_at is not None:
        verdict = Verdict.STALE
    elif facts.is_reachable is False:
        verdict = Verdict.UNREACHABLE
    elif not is_old(seen, limit, at=now):
        verdict = Verdict.FRESH
    elif checked_at is not None and _is_too_old(seen, facts.doubt, checked_at - stale_after):
        verdict = Verdict.STALE
    else:
        verdict = Verdict.UNVERIFIED
    if denied_at is not None:
        return Freshness(verdict, now, limit, seen, denied_at, next_check_at, is_denied=True)
    expected = cadence.expected(is_active=facts.is_active)
    return Freshness(
        verdict,
        now,
        limit,
        seen,
        checked_at,
        next_check_at,
        doubt=facts.doubt,
        expected=expected,
        is_vendor_silent=cadence.is_vendor_silent,
    )


def _is_too_old(seen: datetime | None, doubt: Doubt | None, begin: datetime) -> bool:
    """Whether there was no contact since then; of one that is not believed nobody knows."""
    return doubt is None if seen is None else seen < begin
