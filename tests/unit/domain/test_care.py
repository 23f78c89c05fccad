"""Proves `domain/care.py`: what a look tells, when the next one is due, and when a hint is allowed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lastseen.domain import care as caring
from lastseen.domain.care import NO_CARE, Care, Finding, Hint, Looked
from lastseen.domain.contact import Doubt
from lastseen.domain.device import DeviceKind
from lastseen.domain.document import Facts
from lastseen.domain.freshness import Limits
from lastseen.domain.pace import Pace
from tests.builders import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIMITS, PACE = Limits(), Pace()
LEASE = NOON + PACE.lease
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def _look(care: Care, finding: Finding, *, now: datetime = NOON, **changes: Any) -> Looked:
    given: dict[str, Any] = {
        "kind": DeviceKind.VEHICLE,
        "seen": now - HOUR,
        "was_heard": False,
        "asked_at": now,
        "now": now,
        "limit": LIMITS.regular,
        "pace": PACE,
    }
    return caring.look(care, finding, **(given | changes))


@pytest.mark.parametrize(
    ("age", "is_reachable", "finding"),
    [
        (LIMITS.regular, True, Finding.CURRENT),
        (LIMITS.regular, False, Finding.CURRENT),
        (LIMITS.regular + MINUTE, True, Finding.STALE),
        (LIMITS.regular + MINUTE, False, Finding.UNREACHABLE),
        (LIMITS.regular + MINUTE, None, Finding.UNREACHABLE),
        (None, True, Finding.STALE),
    ],
)
def test_a_look_finds_out_why_a_contact_is_old(
    age: timedelta | None, is_reachable: bool | None, finding: Finding
) -> None:
    """Only Enode's own old contact makes a device stale, and only a reachable one: unknown is not reachable."""
    facts = Facts("TESLA", None if age is None else NOON - age, is_reachable)

    found = caring.find(DeviceKind.VEHICLE, facts, at=NOON, limits=LIMITS)

    assert found is finding


@pytest.mark.parametrize("doubt", Doubt)
@pytest.mark.parametrize(
    ("is_reachable", "finding"),
    [(True, Finding.UNKNOWN), (False, Finding.UNREACHABLE), (None, Finding.UNREACHABLE)],
)
def test_a_contact_that_is_not_believed_is_no_old_one(
    doubt: Doubt, is_reachable: bool | None, finding: Finding
) -> None:
    """A hint cannot mend a clock: such a device is looked at ever more rarely, as a quiet one, and never hinted."""
    facts = Facts("TESLA", None, is_reachable, doubt=doubt)

    found = caring.find(DeviceKind.VEHICLE, facts, at=NOON, limits=LIMITS)
    looked = _look(NO_CARE, found, seen=None)

    assert found is finding
    assert not looked.wants_hint
    assert looked.care.next_check_at == NOON + LIMITS.regular


def test_a_quiet_device_is_looked_at_half_as_often_each_time_down_to_every_six_hours() -> None:
    """First when its contact will be old, so that it is found in time should it fall silent; then ever more rarely."""
    care, spans = NO_CARE, []
    for day in range(7):
        now = NOON + day * 24 * HOUR
        care = _look(care, Finding.CURRENT, now=now, seen=now - 5 * MINUTE).care
        assert care.next_check_at is not None
        spans.append((care.next_check_at - (now - 5 * MINUTE)) / MINUTE)

    assert spans == [15, 30, 60, 120, 240, 360, 360]


def test_a_contact_that_did_not_move_is_looked_at_again_as_soon_as_it_is_old_for_enode_too() -> None:
    """By our clock it is old already, by Enode's, which tells whole seconds, not yet: that is no quiet."""
    seen = NOON - LIMITS.regular - timedelta(milliseconds=300)
    care = replace(NO_CARE, quiet=1, checked_seen=seen, next_check_at=seen + LIMITS.regular)

    looked = _look(care, Finding.CURRENT, seen=seen)

    assert looked.care.quiet == 1
    assert looked.care.next_check_at == seen + LIMITS.regular


def test_a_contact_that_came_by_itself_begins_the_quiet_count_anew() -> None:
    """A device that spoke is awake; its next silence is news."""
    care = replace(NO_CARE, quiet=5)

    looked = _look(care, Finding.CURRENT, was_heard=True, seen=NOON)

    assert looked.care.quiet == 1
    assert looked.care.next_check_at == NOON + LIMITS.regular


@pytest.mark.parametrize("finding", [Finding.UNREACHABLE, Finding.DISCONNECTED, Finding.MISSING])
def test_what_a_hint_cannot_help_is_left_alone_like_a_quiet_device(finding: Finding) -> None:
    """Unreachable, disconnected and missing devices are looked at again, ever more rarely, and never hinted."""
    looked = _look(replace(NO_CARE, quiet=1), finding)

    assert not looked.wants_hint
    assert looked.care.next_check_at == NOON + 2 * LIMITS.regular


def test_a_hem_system_is_never_hinted() -> None:
    """Enode has no refresh-hint for them."""
    looked = _look(NO_CARE, Finding.STALE, kind=DeviceKind.HEM_SYSTEM)

    assert not looked.wants_hint
    assert looked.care.next_check_at == NOON + LIMITS.regular


def test_a_stale_device_wants_a_hint_and_keeps_the_claim_until_it_was_written_down() -> None:
    """A crash between look and hint must leave the lease to run out, and the device in care."""
    looked = _look(replace(NO_CARE, next_check_at=LEASE), Finding.STALE)

    assert looked.wants_hint
    assert looked.care.next_check_at == LEASE


def test_hints_that_do_not_help_double_their_distance_up_to_a_day() -> None:
    """15, 30, 60 … minutes; a device that does not answer is not asked for ever."""
    care, now, waits = NO_CARE, NOON, []
    for _ in range(9):
        care = caring.hinted(care, seen=None, now=now, pace=PACE)
        assert care.hint is not None
        waits.append(care.hint.wait / MINUTE)
        settled = _look(care, Finding.STALE, now=now + 5 * MINUTE, seen=None)
        assert not settled.wants_hint
        assert settled.helped is False
        assert settled.care.next_check_at == now + care.hint.wait
        now += care.hint.wait
        again = _look(settled.care, Finding.STALE, now=now, seen=None)
        assert again.wants_hint
        care = again.care

    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]


def test_the_outcome_of_a_hint_is_looked_for_soon() -> None:
    """Whether it helped is only seen by asking: no change, no event."""
    care = caring.hinted(NO_CARE, seen=None, now=NOON, pace=PACE)

    assert care.next_check_at == NOON + PACE.settling


def test_a_contact_after_a_hint_is_its_success_and_ends_the_doubling() -> None:
    """What helped once may help again, though never sooner than the first distance."""
    hint = Hint(NOON, 4 * HOUR, NOON - HOUR, 5, is_open=True)

    looked = _look(replace(NO_CARE, hint=hint), Finding.CURRENT, now=NOON + 5 * MINUTE, seen=NOON + MINUTE)

    assert looked.helped is True
    assert looked.care.hint == Hint(NOON, PACE.first_hint, NOON - HOUR, 0, is_open=False)
    soon = _look(looked.care, Finding.STALE, now=NOON + 10 * MINUTE, seen=NOON + MINUTE)
    assert not soon.wants_hint
    assert soon.care.next_check_at == NOON + PACE.first_hint


def test_an_outcome_is_told_once() -> None:
    """A hint is counted as a help or as none, not at each look that follows."""
    care = caring.hinted(NO_CARE, seen=NOON - HOUR, now=NOON, pace=PACE)
    first = _look(care, Finding.STALE, now=NOON + 5 * MINUTE, seen=NOON - HOUR)

    second = _look(first.care, Finding.STALE, now=NOON + 15 * MINUTE, seen=NOON - HOUR)

    assert (first.helped, second.helped) == (False, None)


def test_what_enode_told_is_remembered_and_an_unanswered_look_leaves_it() -> None:
    """`checked_at` is what makes a device stale to readers: only an answer may move it."""
    asked = _look(NO_CARE, Finding.CURRENT, asked_at=NOON - MINUTE, seen=NOON - 2 * MINUTE).care

    missing = _look(asked, Finding.MISSING, asked_at=None, seen=None, now=NOON + HOUR).care

    assert (asked.checked_at, asked.checked_seen) == (NOON - MINUTE, NOON - 2 * MINUTE)
    assert (missing.checked_at, missing.checked_seen) == (asked.checked_at, asked.checked_seen)


def test_a_later_contact_than_the_last_look_knew_was_heard_by_itself() -> None:
    """Equal is what we read ourselves."""
    care = replace(NO_CARE, checked_seen=NOON)

    assert not caring.was_heard(care, NOON)
    assert not caring.was_heard(care, None)
    assert caring.was_heard(care, NOON + MINUTE)
    assert caring.was_heard(NO_CARE, NOON)


@pytest.mark.parametrize("checked_seen", [None, END_OF_TIME])
def test_a_contact_at_the_end_of_time_is_looked_after_like_any_other(checked_seen: datetime | None) -> None:
    """Nothing holds `lastSeen` to what can be: one device that says so must not stop every sweep."""
    looked = _look(Care(checked_seen=checked_seen), Finding.CURRENT, seen=END_OF_TIME)

    assert looked.care.next_check_at == END_OF_TIME
