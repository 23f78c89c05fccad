"""When a device is looked at again, and whether it is hinted: what the sweep remembers, what follows from a look."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from lastseen.domain import instant
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.document import Facts
from lastseen.domain.freshness import Limits
from lastseen.domain.pace import Pace
from lastseen.domain.snapshot import Known

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
class Care:
    """What the sweep remembers of a device.

    Attributes:
        next_check_at: Not before; None for a device that was never claimed: due as soon as its last contact is old.
        checked_at: When Enode was last asked, by Enode's clock; None if never.
        checked_seen: The last contact that was known then. A later one voids `next_check_at`: the device is awake,
            and its silence, should it fall silent again, is news.
        quiet: Looks in a row that found nothing to do.
        hint: The last hint; None if there was none.
        failures: Questions for it in a row that failed though Enode answered others; 0 once one was answered.
    """

    next_check_at: datetime | None = None
    checked_at: datetime | None = None
    checked_seen: datetime | None = None
    quiet: int = 0
    hint: Hint | None = None
    failures: int = 0


NO_CARE = Care()


@dataclass(frozen=True, slots=True)
class Patient:
    """A device and what the sweep remembers of it.

    Attributes:
        known: The device as it stands in the store.
        care: What is remembered.
    """

    known: Known
    care: Care

    @property
    def owned(self) -> tuple[str, DeviceId]:
        """Whose device it is, and which."""
        return self.known.user_id, self.known.device

    @property
    def facts(self) -> Facts:
        """What its current document says."""
        return self.known.snapshot.current.facts


class Finding(StrEnum):
    """What a look at Enode tells of a device. The values are what log lines and metrics say."""

    CURRENT = "current"
    STALE = "stale"
    UNREACHABLE = "unreachable"
    DISCONNECTED = "disconnected"
    MISSING = "missing"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Looked:
    """What follows from a look.

    Attributes:
        care: What to remember.
        wants_hint: Whether a hint is called for; the care then still holds the claim.
        helped: Whether the open hint helped; None if none was open.
    """

    care: Care
    wants_hint: bool = False
    helped: bool | None = None


def find(kind: DeviceKind, facts: Facts, *, at: datetime, limits: Limits) -> Finding:
    """Say how a device stands at Enode itself.

    Args:
        kind: The device's kind.
        facts: What Enode answered just now.
        at: When it answered, by its own clock.
        limits: Ages up to which a contact is fresh, bounds included.
    """
    seen = facts.last_seen_at
    if seen is not None and at - seen <= limits.of(kind, is_active=facts.is_active):
        return Finding.CURRENT
    # Unknown is not reachable: a hint needs a strong reason, and there is none to believe that it would arrive.
    if facts.is_reachable is not True:
        return Finding.UNREACHABLE
    # Nor is a contact that is not believed an old one: no hint can mend a clock.
    return Finding.STALE if facts.doubt is None else Finding.UNKNOWN


def look(
    care: Care,
    finding: Finding,
    *,
    kind: DeviceKind,
    seen: datetime | None,
    was_heard: bool,
    asked_at: datetime | None,
    now: datetime,
    limit: timedelta,
    pace: Pace,
) -> Looked:
    """Decide what to do after a look at a device that this sweep has claimed.

    Args:
        care: What was remembered before the claim.
        finding: What the look told.
        kind: The device's kind; HEM systems cannot be hinted.
        seen: The last contact, as Enode told it.
        was_heard: Whether a contact came in by itself since the last look.
        asked_at: When Enode answered, by its own clock; None if it has no such device, or was not asked.
        now: The present moment, aware UTC.
        limit: The age up to which a contact of this device is fresh.
        pace: How patient to be.
    """
    hint, helped = _outcome(care.hint, seen, finding, pace)
    has_stood_still = seen is not None and care.checked_seen is not None and seen <= care.checked_seen
    care = replace(
        care,
        checked_at=asked_at or care.checked_at,
        checked_seen=seen if asked_at else _later(seen, care.checked_seen),
        hint=hint,
        failures=0 if asked_at or finding is Finding.MISSING else care.failures,
    )
    if finding is Finding.STALE and kind.can_be_hinted:
        allowed_at = now if hint is None else hint.at + hint.wait
        if allowed_at <= now:
            return Looked(replace(care, quiet=0), wants_hint=True, helped=helped)
        return Looked(replace(care, quiet=0, next_check_at=allowed_at), helped=helped)
    if finding is Finding.CURRENT and seen is not None and has_stood_still:
        # Old by our clock, and not yet by Enode's, which is a little behind and tells whole seconds only. Backing off
        # is for devices that Enode goes on reaching: this one may just have been lost.
        return Looked(replace(care, next_check_at=instant.later(seen, limit)), helped=helped)
    quiet = 1 if was_heard else care.quiet + 1
    # The first time just when a contact that was current would be old; were it counted from now, a device that falls
    # silent right after a look would be found only twice as late.
    begin = now if seen is None or finding is not Finding.CURRENT else max(seen, now - limit)
    rest = _doubled(limit, quiet - 1, pace.longest_quiet)
    return Looked(replace(care, quiet=quiet, next_check_at=instant.later(begin, rest)), helped=helped)


def failed(care: Care, *, seen: datetime | None, now: datetime, limit: timedelta, pace: Pace) -> Care:
    """Remember that a device could not be read though Enode answers for others: it waits twice as long each time.

    Args:
        care: What was remembered before the claim.
        seen: The last contact that is known; only a later one is news before the wait is over.
        now: The present moment, aware UTC.
        limit: The age up to which a contact of this device is fresh.
        pace: How patient to be: from `first_hint` on, up to `longest_quiet`.
    """
    wait = _doubled(max(limit, pace.first_hint), care.failures, pace.longest_quiet)
    return replace(
        care,
        failures=care.failures + 1,
        checked_seen=_later(seen, care.checked_seen),
        next_check_at=now + wait,
    )


def hinted(care: Care, *, seen: datetime | None, now: datetime, pace: Pace) -> Care:
    """Remember a hint that is about to be sent: written down first, so that no crash can send it twice."""
    in_row = 1 if care.hint is None else care.hint.in_row + 1
    wait = _doubled(pace.first_hint, in_row - 1, pace.longest_hint)
    hint = Hint(now, wait, seen, in_row, is_open=True)
    return replace(care, hint=hint, next_check_at=now + settles_in(pace))


def settles_in(pace: Pace) -> timedelta:
    """How long after a hint Enode is asked whether it helped: before the next could be due."""
    return min(pace.settling, pace.first_hint)


def unsent(hinted: Care, before: Care, *, pace: Pace) -> Care:
    """Take back of a hint that was written down what would be held against the device: Enode took note of none.

    It may have arrived all the same, so the next one keeps the distance of a first.

    Args:
        hinted: What was written down.
        before: What was remembered until then.
        pace: How patient to be.
    """
    if hinted.hint is None:
        return hinted
    in_row = 0 if before.hint is None else before.hint.in_row
    return replace(hinted, hint=replace(hinted.hint, wait=pace.first_hint, in_row=in_row, is_open=False))


def was_heard(care: Care, seen: datetime | None) -> bool:
    """Say whether a contact came in by itself since the last look."""
    return seen is not None and (care.checked_seen is None or seen > care.checked_seen)


def _outcome(
    hint: Hint | None, seen: datetime | None, finding: Finding, pace: Pace
) -> tuple[Hint | None, bool | None]:
    if hint is None:
        return None, None
    has_moved = seen is not None and (hint.seen_before is None or seen > hint.seen_before)
    helped = has_moved if hint.is_open else None
    if has_moved or finding is Finding.CURRENT:
        return replace(hint, wait=min(hint.wait, pace.first_hint), in_row=0, is_open=False), helped
    return replace(hint, is_open=False), helped


def _doubled(span: timedelta, times: int, longest: timedelta) -> timedelta:
    # Thirty doublings of a second are thirty years: enough, and no number too large for a timedelta.
    return min(span * (1 << min(times, 30)), max(longest, span))


def _later(one: datetime | None, other: datetime | None) -> datetime | None:
    if one is None or other is None:
        return one or other
    return max(one, other)
