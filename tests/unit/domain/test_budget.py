"""Proves `domain/budget.py`: a quota holds within its window, whoever asks and how often."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain.budget import Quota, QuotaUsage, take
from tests.support.builders import NOON

HOURLY = Quota(10, timedelta(hours=1))


def test_what_was_spent_is_not_granted_again_within_its_window() -> None:
    """A restart reads what was spent; it does not begin at nothing."""
    first, usage = take(None, 7, now=NOON, quota=HOURLY)
    second, usage = take(usage, 7, now=NOON + timedelta(minutes=59), quota=HOURLY)
    third, usage = take(usage, 7, now=NOON + timedelta(minutes=60), quota=HOURLY)

    assert (first, second, third) == (7, 3, 7)
    assert usage == QuotaUsage(NOON + timedelta(hours=1), 7)


def test_a_lowered_quota_grants_nothing_rather_than_less_than_nothing() -> None:
    """A parameter may change while a window runs."""
    granted, usage = take(QuotaUsage(NOON, 10), 3, now=NOON, quota=Quota(5, timedelta(hours=1)))

    assert granted == 0
    assert usage.used == 10


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 8)), max_size=30))
def test_no_window_ever_grants_more_than_its_quota(steps: list[tuple[int, int]]) -> None:
    """Any sequence of hint requests, at any distances."""
    now, usage, granted_in = NOON, None, dict[object, int]()
    for quarters, wanted in steps:
        now += quarters * timedelta(minutes=15)
        granted, usage = take(usage, wanted, now=now, quota=HOURLY)
        window = HOURLY.window(now)
        granted_in[window] = granted_in.get(window, 0) + granted

    assert all(granted <= HOURLY.most for granted in granted_in.values())
