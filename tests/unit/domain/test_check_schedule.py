"""Proves `domain/check_schedule.py`: what a look tells, when the next one is due, and when a hint is allowed."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from lastseen.domain import check_schedule
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.cadence import DeviceCadence
from lastseen.domain.check_schedule import NEVER_CHECKED, CheckResult, CheckState, Hint, NextStep
from lastseen.domain.contact import Doubt
from lastseen.domain.device import DeviceKind
from lastseen.domain.document import Facts
from lastseen.domain.freshness import Limits
from tests.support.builders import NOON

MINUTE, HOUR = timedelta(minutes=1), timedelta(hours=1)
LIMITS, BACKOFF = Limits(), BackoffPolicy()
LEASE = NOON + BACKOFF.lease
END_OF_TIME = datetime.max.replace(tzinfo=UTC)


def _look(check: CheckState, result: CheckResult, *, now: datetime = NOON, **changes: Any) -> NextStep:
    given: dict[str, Any] = {
        "kind": DeviceKind.VEHICLE,
        "seen": now - HOUR,
        "reported_by_itself": False,
        "asked_at": now,
        "now": now,
        "limit": LIMITS.regular,
        "backoff": BACKOFF,
    }
    return check_schedule.plan_next_check(check, result, **(given | changes))


@pytest.mark.parametrize(
    ("age", "is_reachable", "result"),
    [
        (LIMITS.regular, True, CheckResult.CURRENT),
        (LIMITS.regular, False, CheckResult.CURRENT),
        (LIMITS.regular + MINUTE, True, CheckResult.UNVERIFIED),  # nothing is learned of it
        (LIMITS.ceiling + MINUTE, True, CheckResult.STALE),
        (LIMITS.regular + MINUTE, False, CheckResult.UNREACHABLE),
        (LIMITS.regular + MINUTE, None, CheckResult.UNREACHABLE),
        (None, True, CheckResult.STALE),
    ],
)
def test_a_look_finds_out_why_a_contact_is_old(
    age: timedelta | None, is_reachable: bool | None, result: CheckResult
) -> None:
    """Only Enode's own old contact makes a device stale, and only a reachable one: unknown is not reachable."""
    facts = Facts("TESLA", None if age is None else NOON - age, is_reachable)

    found = check_schedule.judge_contact(DeviceKind.VEHICLE, facts, at=NOON, limits=LIMITS)

    assert found is result


@pytest.mark.parametrize("doubt", Doubt)
@pytest.mark.parametrize(
    ("is_reachable", "result"),
    [(True, CheckResult.UNKNOWN), (False, CheckResult.UNREACHABLE), (None, CheckResult.UNREACHABLE)],
)
def test_a_contact_that_is_not_believed_is_no_old_one(
    doubt: Doubt, is_reachable: bool | None, result: CheckResult
) -> None:
    """A hint cannot mend a clock: such a device is looked at ever more rarely, as a quiet one, and never hinted."""
    facts = Facts("TESLA", None, is_reachable, doubt=doubt)

    found = check_schedule.judge_contact(DeviceKind.VEHICLE, facts, at=NOON, limits=LIMITS)
    looked = _look(NEVER_CHECKED, found, seen=None)

    assert found is result
    assert not looked.wants_hint
    assert looked.check.next_check_at == NOON + LIMITS.regular


def test_a_quiet_device_is_looked_at_half_as_often_each_time_down_to_every_six_hours() -> None:
    """First when its contact will be old, so that it is found in time should it fall silent; then ever more rarely."""
    check, spans = NEVER_CHECKED, []
    for day in range(7):
        now = NOON + day * 24 * HOUR
        check = _look(check, CheckResult.CURRENT, now=now, seen=now - 5 * MINUTE).check
        assert check.next_check_at is not None
        spans.append((check.next_check_at - (now - 5 * MINUTE)) / MINUTE)

    assert spans == [15, 30, 60, 120, 240, 360, 360]


def test_a_contact_that_did_not_move_is_looked_at_again_as_soon_as_it_is_old_for_enode_too() -> None:
    """By our clock it is old already, by Enode's, which tells whole seconds, not yet: that is no quiet."""
    seen = NOON - LIMITS.regular - timedelta(milliseconds=300)
    check = replace(NEVER_CHECKED, quiet=1, checked_seen=seen, next_check_at=seen + LIMITS.regular)

    looked = _look(check, CheckResult.CURRENT, seen=seen)

    assert looked.check.quiet == 1
    assert looked.check.next_check_at == seen + LIMITS.regular


def test_a_contact_that_came_by_itself_begins_the_quiet_count_anew() -> None:
    """A device that spoke is awake; its next silence is news."""
    check = replace(NEVER_CHECKED, quiet=5)

    looked = _look(check, CheckResult.CURRENT, reported_by_itself=True, seen=NOON)

    assert looked.check.quiet == 1
    assert looked.check.next_check_at == NOON + LIMITS.regular


@pytest.mark.parametrize("result", [CheckResult.UNREACHABLE, CheckResult.DISCONNECTED, CheckResult.MISSING])
def test_what_a_hint_cannot_help_is_left_alone_like_a_quiet_device(result: CheckResult) -> None:
    """Unreachable, disconnected and missing devices are looked at again, ever more rarely, and never hinted."""
    looked = _look(replace(NEVER_CHECKED, quiet=1), result)

    assert not looked.wants_hint
    assert looked.check.next_check_at == NOON + 2 * LIMITS.regular


def test_a_hem_system_is_never_hinted() -> None:
    """Enode has no refresh-hint for them."""
    looked = _look(NEVER_CHECKED, CheckResult.STALE, kind=DeviceKind.HEM_SYSTEM)

    assert not looked.wants_hint
    assert looked.check.next_check_at == NOON + LIMITS.regular


def test_a_stale_device_wants_a_hint_and_keeps_the_claim_until_it_was_written_down() -> None:
    """A crash between look and hint must leave the lease to run out, and the device tracked."""
    looked = _look(replace(NEVER_CHECKED, next_check_at=LEASE), CheckResult.STALE)

    assert looked.wants_hint
    assert looked.check.next_check_at == LEASE


def test_hints_that_do_not_help_double_their_distance_up_to_a_day() -> None:
    """15, 30, 60 … minutes; a device that does not answer is not asked for ever."""
    check, now, waits = NEVER_CHECKED, NOON, []
    for _ in range(9):
        check = check_schedule.record_hint(check, seen=None, now=now, backoff=BACKOFF)
        assert check.hint is not None
        waits.append(check.hint.wait / MINUTE)
        settled = _look(check, CheckResult.STALE, now=now + 5 * MINUTE, seen=None)
        assert not settled.wants_hint
        assert settled.helped is False
        assert settled.check.next_check_at == now + check.hint.wait
        now += check.hint.wait
        again = _look(settled.check, CheckResult.STALE, now=now, seen=None)
        assert again.wants_hint
        check = again.check

    assert waits == [15, 30, 60, 120, 240, 480, 960, 1440, 1440]


def test_the_outcome_of_a_hint_is_looked_for_soon() -> None:
    """Whether it helped is only seen by asking: no change, no event."""
    check = check_schedule.record_hint(NEVER_CHECKED, seen=None, now=NOON, backoff=BACKOFF)

    assert check.next_check_at == NOON + BACKOFF.settling


def test_a_contact_after_a_hint_is_its_success_and_ends_the_doubling() -> None:
    """What helped once may help again, though never sooner than the first distance."""
    hint = Hint(NOON, 4 * HOUR, NOON - HOUR, 5, is_open=True)

    looked = _look(
        replace(NEVER_CHECKED, hint=hint), CheckResult.CURRENT, now=NOON + 5 * MINUTE, seen=NOON + MINUTE
    )

    assert looked.helped is True
    assert looked.check.hint == Hint(NOON, BACKOFF.first_hint, NOON - HOUR, 0, is_open=False)
    soon = _look(looked.check, CheckResult.STALE, now=NOON + 10 * MINUTE, seen=NOON + MINUTE)
    assert not soon.wants_hint
    assert soon.check.next_check_at == NOON + BACKOFF.first_hint


def test_an_outcome_is_told_once() -> None:
    """A hint is counted as a help or as none, not at each look that follows."""
    check = check_schedule.record_hint(NEVER_CHECKED, seen=NOON - HOUR, now=NOON, backoff=BACKOFF)
    first = _look(check, CheckResult.STALE, now=NOON + 5 * MINUTE, seen=NOON - HOUR)

    second = _look(first.check, CheckResult.STALE, now=NOON + 15 * MINUTE, seen=NOON - HOUR)

    assert (first.helped, second.helped) == (False, None)


def test_what_enode_told_is_remembered_and_an_unanswered_look_leaves_it() -> None:
    """`checked_at` is what makes a device stale to readers: only an answer may move it."""
    asked = _look(NEVER_CHECKED, CheckResult.CURRENT, asked_at=NOON - MINUTE, seen=NOON - 2 * MINUTE).check

    missing = _look(asked, CheckResult.MISSING, asked_at=None, seen=None, now=NOON + HOUR).check

    assert (asked.checked_at, asked.checked_seen) == (NOON - MINUTE, NOON - 2 * MINUTE)
    assert (missing.checked_at, missing.checked_seen) == (asked.checked_at, asked.checked_seen)


def test_a_later_contact_than_the_last_look_knew_was_heard_by_itself() -> None:
    """Equal is what we read ourselves."""
    check = replace(NEVER_CHECKED, checked_seen=NOON)

    assert not check_schedule.reported_by_itself(check, NOON)
    assert not check_schedule.reported_by_itself(check, None)
    assert check_schedule.reported_by_itself(check, NOON + MINUTE)
    assert check_schedule.reported_by_itself(NEVER_CHECKED, NOON)


@pytest.mark.parametrize("checked_seen", [None, END_OF_TIME])
def test_a_contact_at_the_end_of_time_is_looked_after_like_any_other(checked_seen: datetime | None) -> None:
    """Nothing holds `lastSeen` to what can be: one device that says so must not stop every sweep."""
    looked = _look(CheckState(checked_seen=checked_seen), CheckResult.CURRENT, seen=END_OF_TIME)

    assert looked.check.next_check_at == END_OF_TIME


def test_an_old_contact_of_an_unknown_cadence_is_looked_at_again_before_any_hint() -> None:
    """After a quarter of its age: in time to see the gap end, and ever more rarely."""
    looked = _look(NEVER_CHECKED, CheckResult.UNVERIFIED, seen=NOON - 20 * MINUTE)

    assert not looked.wants_hint
    assert looked.check.next_check_at == NOON + 5 * MINUTE


def test_a_probe_is_looked_at_by_the_next_sweep_and_not_hinted() -> None:
    """Whatever is found: each contact of it is to be seen, and none that was asked for."""
    check = replace(
        NEVER_CHECKED, quiet=3, cadence=DeviceCadence(regular=420, own_regular=420, is_probed=True)
    )

    for result in (CheckResult.CURRENT, CheckResult.STALE, CheckResult.UNVERIFIED):
        looked = _look(check, result, seen=NOON - HOUR)

        assert not looked.wants_hint
        assert (looked.check.next_check_at, looked.check.quiet) == (NOON, 3)


def test_a_device_that_a_hint_helped_is_measured_anew() -> None:
    """It may be slower than was thought: until it was in contact by itself, it is stale above the ceiling only."""
    hint = Hint(NOON - 2 * MINUTE, 15 * MINUTE, NOON - HOUR, 1, is_open=True)
    check = replace(NEVER_CHECKED, hint=hint, cadence=DeviceCadence(regular=420, own_regular=420))

    helped = _look(check, CheckResult.CURRENT, seen=NOON - MINUTE)
    unhelped = _look(check, CheckResult.STALE, seen=NOON - HOUR)

    assert not helped.check.cadence.is_measured
    assert unhelped.check.cadence.is_measured
