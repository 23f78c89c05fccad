"""Schedule of checks: when a device is next checked at Enode, whether it is hinted, and the state kept for that."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lastseen.domain import instant
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.cadence import NOTHING_LEARNED, DeviceCadence
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.document import Facts
from lastseen.domain.freshness import Limits, bounds, is_old
from lastseen.domain.snapshot import StoredDevice

LONGEST_CLAIM = timedelta(minutes=5)
"""A next look that is farther off is a plan, and no claim under way."""


@dataclass(frozen=True, slots=True)
class Hint:
    """The last hint a device was given.

    Attributes:
        at: When, aware UTC.
        wait: No other before `at + wait`.
        seen_before: The last contact at that moment; None if there never was one.
        in_row: How many hints, this one included, did not help since the last contact; 0 once one did.
        is_open: Whether it is still to be seen if it helped.
    """

    at: datetime
    wait: timedelta
    seen_before: datetime | None
    in_row: int
    is_open: bool


@dataclass(frozen=True, slots=True)
class CheckState:
    """What the sweep remembers of a device.

    Attributes:
        next_check_at: Not before; None for a device that was never claimed: due as soon as its last contact is old.
        checked_at: When Enode was last asked, by Enode's clock; None if never.
        checked_seen: The last contact that was known then. A later one voids `next_check_at`: the device is awake,
            and its silence, should it fall silent again, is news.
        quiet: Looks in a row that found nothing to do.
        hint: The last hint; None if there was none.
        failures: Questions for it in a row that failed though Enode answered others; 0 once one was answered.
        cadence: How often to expect a contact, as the last look knew it.
    """

    next_check_at: datetime | None = None
    checked_at: datetime | None = None
    checked_seen: datetime | None = None
    quiet: int = 0
    hint: Hint | None = None
    failures: int = 0
    cadence: DeviceCadence = NOTHING_LEARNED


NEVER_CHECKED = CheckState()


@dataclass(frozen=True, slots=True)
class TrackedDevice:
    """A device and what the sweep remembers of it.

    Attributes:
        known: The device as it stands in the store.
        check: What is remembered.
    """

    known: StoredDevice
    check: CheckState

    @property
    def owned(self) -> tuple[str, DeviceId]:
        """Whose device it is, and which."""
        return self.known.user_id, self.known.device

    @property
    def facts(self) -> Facts:
        """What its current document says."""
        return self.known.snapshot.current.facts


class CheckResult(StrEnum):
    """What a look at Enode tells of a device. The values are what log lines and metrics say."""

    CURRENT = "current"
    UNVERIFIED = "unverified"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    DISCONNECTED = "disconnected"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class NextStep:
    """What follows from a look.

    Attributes:
        check: What to remember.
        wants_hint: Whether a hint is called for; the state then still holds the claim.
        helped: Whether the open hint helped; None if none was open.
    """

    check: CheckState
    wants_hint: bool = False
    helped: bool | None = None


def has_reason(tracked: TrackedDevice, *, now: datetime, limits: Limits) -> bool:
    """Say whether a device is worth a look: it is old, only discovered, a probe, or a hint's outcome is to be seen.

    Args:
        tracked: The device and what is remembered of it.
        now: The present moment, aware UTC.
        limits: Ages up to which a contact is fresh.
    """
    check, facts = tracked.check, tracked.facts
    is_watched = check.cadence.is_probed or (check.hint is not None and check.hint.is_open)
    has_come = check.next_check_at is not None and check.next_check_at <= now
    if (is_watched and has_come) or tracked.known.snapshot.is_unread:
        return True
    return is_old(facts.last_seen_at, limits.of(tracked.known.device.kind, facts), at=now)


def judge_contact(
    kind: DeviceKind,
    facts: Facts,
    *,
    at: datetime,
    limits: Limits,
    cadence: DeviceCadence = NOTHING_LEARNED,
) -> CheckResult:
    """Say how a device stands at Enode itself; the bounds are those of `freshness.judge`.

    Args:
        kind: The device's kind.
        facts: What Enode answered just now.
        at: When it answered, by its own clock.
        limits: Ages up to which a contact is fresh, bounds included.
        cadence: How often to expect a contact.
    """
    seen = facts.last_seen_at
    limit, stale_after = bounds(kind, facts, limits, cadence)
    if not is_old(seen, limit, at=at):
        return CheckResult.CURRENT
    # Unknown is not reachable: a hint needs a strong reason, and there is none to believe that it would arrive.
    if facts.is_reachable is not True:
        return CheckResult.UNREACHABLE
    # Nor is a contact that is not believed an old one: no hint can mend a clock.
    if facts.doubt is not None:
        return CheckResult.UNKNOWN
    return CheckResult.STALE if is_old(seen, stale_after, at=at) else CheckResult.UNVERIFIED


def plan_next_check(
    check: CheckState,
    result: CheckResult,
    *,
    kind: DeviceKind,
    seen: datetime | None,
    reported_by_itself: bool,
    asked_at: datetime | None,
    now: datetime,
    limit: timedelta,
    backoff: BackoffPolicy,
) -> NextStep:
    """Decide what to do after a look at a device that this sweep has claimed.

    Args:
        check: What was remembered before the claim.
        result: What the look told.
        kind: The device's kind; HEM systems cannot be hinted.
        seen: The last contact, as Enode told it.
        reported_by_itself: Whether a contact came in by itself since the last look.
        asked_at: When Enode answered, by its own clock; None if it has no such device, or was not asked.
        now: The present moment, aware UTC.
        limit: The age up to which a contact of this device is fresh.
        backoff: How patient to be.
    """
    hint, helped = _outcome(check.hint, seen, result, backoff)
    # What a hint brought is no contact by itself: the device may be slower than was thought, and is measured anew.
    measured = replace(check.cadence, own_active=0, own_regular=0) if helped else check.cadence
    has_stood_still = seen is not None and check.checked_seen is not None and seen <= check.checked_seen
    check = replace(
        check,
        checked_at=asked_at or check.checked_at,
        checked_seen=seen if asked_at else _later(seen, check.checked_seen),
        hint=hint,
        failures=0 if asked_at or result is CheckResult.MISSING else check.failures,
        cadence=measured,
    )
    if check.cadence.is_probed:
        return NextStep(replace(check, next_check_at=now), helped=helped)
    if result is CheckResult.UNVERIFIED and seen is not None:
        # Ever more rarely, and yet in time to measure the gap that ends: within a quarter of it.
        return NextStep(replace(check, quiet=0, next_check_at=now + (now - seen) / 4), helped=helped)
    if result is CheckResult.STALE and kind.can_be_hinted:
        allowed_at = now if hint is None else hint.at + hint.wait
        if allowed_at <= now:
            return NextStep(replace(check, quiet=0), wants_hint=True, helped=helped)
        return NextStep(replace(check, quiet=0, next_check_at=allowed_at), helped=helped)
    if result is CheckResult.CURRENT and seen is not None and has_stood_still:
        # Old by our clock, and not yet by Enode's, which is a little behind and tells whole seconds only. Backing off
        # is for devices that Enode goes on reaching: this one may just have been lost.
        return NextStep(replace(check, next_check_at=instant.later(seen, limit)), helped=helped)
    quiet = 1 if reported_by_itself else check.quiet + 1
    # The first time just when a contact that was current would be old; were it counted from now, a device that falls
    # silent right after a look would be found only twice as late.
    begin = now if seen is None or result is not CheckResult.CURRENT else max(seen, now - limit)
    rest = _doubled(limit, quiet - 1, backoff.longest_quiet)
    return NextStep(replace(check, quiet=quiet, next_check_at=instant.later(begin, rest)), helped=helped)


def failed(
    check: CheckState, *, seen: datetime | None, now: datetime, limit: timedelta, backoff: BackoffPolicy
) -> CheckState:
    """Remember that a device could not be read though Enode answers for others: it waits twice as long each time.

    Args:
        check: What was remembered before the claim.
        seen: The last contact that is known; only a later one is news before the wait is over.
        now: The present moment, aware UTC.
        limit: The age up to which a contact of this device is fresh.
        backoff: How patient to be: from `first_hint` on, up to `longest_quiet`.
    """
    wait = _doubled(max(limit, backoff.first_hint), check.failures, backoff.longest_quiet)
    return replace(
        check,
        failures=check.failures + 1,
        checked_seen=_later(seen, check.checked_seen),
        next_check_at=now + wait,
    )


def record_hint(
    check: CheckState, *, seen: datetime | None, now: datetime, backoff: BackoffPolicy
) -> CheckState:
    """Remember a hint that is about to be sent: written down first, so that no crash can send it twice."""
    in_row = 1 if check.hint is None else check.hint.in_row + 1
    wait = _doubled(backoff.first_hint, in_row - 1, backoff.longest_hint)
    hint = Hint(now, wait, seen, in_row, is_open=True)
    return replace(check, hint=hint, next_check_at=now + settles_in(backoff))


def settles_in(backoff: BackoffPolicy) -> timedelta:
    """How long after a hint Enode is asked whether it helped: before the next could be due."""
    return min(backoff.settling, backoff.first_hint)


def unsent(hinted: CheckState, before: CheckState, *, backoff: BackoffPolicy) -> CheckState:
    """Take back of a hint that was written down what would be held against the device: Enode took note of none.

    It may have arrived all the same, so the next one keeps the distance of a first.

    Args:
        hinted: What was written down.
        before: What was remembered until then.
        backoff: How patient to be.
    """
    if hinted.hint is None:
        return hinted
    in_row = 0 if before.hint is None else before.hint.in_row
    return replace(hinted, hint=replace(hinted.hint, wait=backoff.first_hint, in_row=in_row, is_open=False))


def reported_by_itself(check: CheckState, seen: datetime | None) -> bool:
    """Say whether a contact came in by itself since the last look."""
    return seen is not None and (check.checked_seen is None or seen > check.checked_seen)


def _outcome(
    hint: Hint | None, seen: datetime | None, result: CheckResult, backoff: BackoffPolicy
) -> tuple[Hint | None, bool | None]:
    if hint is None:
        return None, None
    has_moved = seen is not None and (hint.seen_before is None or seen > hint.seen_before)
    helped = has_moved if hint.is_open else None
    if has_moved or result is CheckResult.CURRENT:
        return replace(hint, wait=min(hint.wait, backoff.first_hint), in_row=0, is_open=False), helped
    return replace(hint, is_open=False), helped


def _doubled(span: timedelta, times: int, longest: timedelta) -> timedelta:
    # Thirty doublings of a second are thirty years: enough, and no number too large for a timedelta.
    return min(span * (1 << min(times, 30)), max(longest, span))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)
