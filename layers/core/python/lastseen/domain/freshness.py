"""How far can a device's state be trusted now, and why? One verdict with its reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from lastseen.domain.device import DeviceKind
from lastseen.domain.document import Facts


class Verdict(StrEnum):
    """The answer, worst last in no particular order: which of them holds says what to do."""

    FRESH = "fresh"
    UNVERIFIED = "unverified"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    DISCONNECTED = "disconnected"
    GONE = "gone"


@dataclass(frozen=True, slots=True)
class Limits:
    """Up to which age of the last contact a device counts as fresh: Enode's stated cadence and a margin.

    Attributes:
        active: While the device charges, discharges, produces or heats.
        regular: Otherwise.
        hvac: For HVACs, active or not.
    """

    active: timedelta = timedelta(minutes=5)
    regular: timedelta = timedelta(minutes=15)
    hvac: timedelta = timedelta(minutes=5)

    def of(self, kind: DeviceKind, *, is_active: bool) -> timedelta:
        """The limit for a device of this kind and activity."""
        if kind is DeviceKind.HVAC:
            return self.hvac
        return self.active if is_active else self.regular


@dataclass(frozen=True, slots=True)
class Freshness:
    """How far a device's state may be trusted.

    Attributes:
        verdict: What holds.
        reason: The same in a sentence, for people.
        age: Since Enode's last contact; None if it never had one.
        last_seen_at: That contact, aware UTC.
        fresh_until: Until when it makes the device count as fresh, if nothing else speaks against it.
        checked_at: When Enode was last asked for the device, aware UTC; None if it never was.
        next_check_at: When to expect better: the sweep asks again; None when it has no plan.
    """

    verdict: Verdict
    reason: str
    age: timedelta | None
    last_seen_at: datetime | None = None
    fresh_until: datetime | None = None
    checked_at: datetime | None = None
    next_check_at: datetime | None = None


def judge(  # noqa: PLR0911 - one question, one answer, one line each
    kind: DeviceKind,
    facts: Facts,
    *,
    now: datetime,
    limits: Limits,
    is_gone: bool = False,
    credentials_invalid_since: datetime | None = None,
    checked_at: datetime | None = None,
    next_check_at: datetime | None = None,
) -> Freshness:
    """Judge a device by its last contact, and by what is known of why there was none since.

    The reasons are asked in the order in which they explain each other: a deleted device has nothing else to say,
    dead credentials explain a device out of reach, and a device out of reach explains an old contact.

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

    Returns:
        The verdict. A contact ahead of `now` is fresh and its age zero: clocks differ.

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
    age = None if seen is None else max(now - seen, timedelta())
    limit = limits.of(kind, is_active=facts.is_active)

    def say(verdict: Verdict, reason: str) -> Freshness:
        until = None if seen is None else seen + limit
        return Freshness(verdict, reason, age, seen, until, checked_at, next_check_at)

    if is_gone:
        return say(Verdict.GONE, "Enode no longer has this device.")
    since = credentials_invalid_since
    if since is not None and (seen is None or seen <= since):
        return say(
            Verdict.DISCONNECTED,
            "The vendor's credentials are invalid; the user must link the account again.",
        )
    if facts.is_reachable is False:
        return say(Verdict.UNREACHABLE, "Enode cannot reach the device through its vendor now.")
    if age is not None and age <= limit:
        return say(Verdict.FRESH, f"Enode was in contact within the last {_minutes(limit)}.")
    if checked_at is not None and (seen is None or checked_at - seen > limit):
        return say(
            Verdict.STALE, f"When asked, Enode itself had had no contact for more than {_minutes(limit)}."
        )
    if age is None:
        return say(
            Verdict.UNVERIFIED, "Enode has not yet said when it was in contact; an update follows discovery."
        )
    return say(
        Verdict.UNVERIFIED,
        f"No news for more than {_minutes(limit)}; Enode is silent while nothing changes, so this may well be current.",
    )


def _minutes(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds} seconds" if seconds % 60 else f"{seconds // 60} minutes"
