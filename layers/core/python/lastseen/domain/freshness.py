"""Freshness: how far a device's state can be trusted now, and why. One verdict with its reason."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from functools import cached_property, lru_cache

from lastseen.domain import instant
from lastseen.domain.account import is_cut_off
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
    """

    active: timedelta = timedelta(minutes=5)
    regular: timedelta = timedelta(minutes=15)
    hvac: timedelta = timedelta(minutes=5)
    special: tuple[LimitClass, ...] = ()

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
    """

    verdict: Verdict
    asked_at: datetime
    limit: timedelta
    last_seen_at: datetime | None = None
    checked_at: datetime | None = None
    next_check_at: datetime | None = None
    is_denied: bool = False
    doubt: Doubt | None = None

    @property
    def age(self) -> timedelta | None:
        """Since Enode's last contact; None if it never had one, zero if it is ahead: clocks differ."""
        return None if self.last_seen_at is None else max(self.asked_at - self.last_seen_at, timedelta())

    @property
    def fresh_until(self) -> datetime | None:
        """Until when the last contact makes the device count as fresh, if nothing else speaks against it."""
        return None if self.last_seen_at is None else instant.later(self.last_seen_at, self.limit)

    @property
    def reason(self) -> str:
        """The verdict in a sentence, for people; without quotation marks, so that it can stand between them."""
        if self.is_denied and self.verdict is Verdict.STALE:
            return _DENIED
        if self.doubt is not None and self.verdict is Verdict.UNVERIFIED:
            return _DOUBTS[self.doubt]
        return _sentence(self.verdict, self.limit, was_seen=self.last_seen_at is not None)


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
    limit = limits.of(kind, facts)
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
    elif checked_at is not None and _is_too_old(seen, facts.doubt, checked_at - limit):
        verdict = Verdict.STALE
    else:
        verdict = Verdict.UNVERIFIED
    if denied_at is not None:
        return Freshness(verdict, now, limit, seen, denied_at, next_check_at, is_denied=True)
    return Freshness(verdict, now, limit, seen, checked_at, next_check_at, doubt=facts.doubt)


def _is_too_old(seen: datetime | None, doubt: Doubt | None, begin: datetime) -> bool:
    """Whether there was no contact since then; of one that is not believed nobody knows."""
    return doubt is None if seen is None else seen < begin


_SENTENCES = {
    Verdict.FRESH: "Enode was in contact within the last {limit}.",
    Verdict.UNVERIFIED: "No news for more than {limit}; Enode is silent while nothing changes, "
    "so this may well be current.",
    Verdict.STALE: "When asked, Enode itself had had no contact for more than {limit}.",
    Verdict.UNREACHABLE: "Enode cannot reach the device through its vendor now.",
    Verdict.DISCONNECTED: "The vendor's credentials are invalid; the user must link the account again.",
    Verdict.GONE: "Enode no longer has this device for this user.",
}
_DENIED = "When asked, Enode did not have this device; if it stays so, the next reconcile takes it off."
_NEVER_SEEN = "Enode has not yet said when it was in contact; an update follows discovery."


_DOUBTS = {
    Doubt.AHEAD: "Enode dates its last contact later than the word that tells of it, so nobody knows when it was.",
    Doubt.UNREADABLE: "Enode says when it was in contact, but in a form that cannot be read.",
}


@lru_cache  # there are few limits, and many devices
def _sentence(verdict: Verdict, limit: timedelta, *, was_seen: bool) -> str:
    if verdict is Verdict.UNVERIFIED and not was_seen:
        return _NEVER_SEEN
    return _SENTENCES[verdict].format(limit=_minutes(limit))


def _minutes(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds} seconds" if seconds % 60 else f"{seconds // 60} minutes"
