"""Proves `domain/budget.py`: a ceiling holds within its window, whoever asks and how often."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain.budget import Ceiling, Spent, take
from tests.builders import NOON

HOURLY = Ceiling(10, timedelta(hours=1))


def test_what_was_spent_is_not_granted_again_within_its_window() -> None:
    """A restart reads what was spent; it does not begin at nothing."""
    first, spent = take(None, 7, now=NOON, ceiling=HOURLY)
    second, spent = take(spent, 7, now=NOON + timedelta(minutes=59), ceiling=HOURLY)
    third, spent = take(spent, 7, now=NOON + timedelta(minutes=60), ceiling=HOURLY)

    assert (first, second, third) == (7, 3, 7)
    assert spent == Spent(NOON + timedelta(hours=1), 7)


def test_a_lowered_ceiling_grants_nothing_rather_than_less_than_nothing() -> None:
    """A parameter may change while a window runs."""
    granted, spent = take(Spent(NOON, 10), 3, now=NOON, ceiling=Ceiling(5, timedelta(hours=1)))

    assert granted == 0
    assert spent.used == 10


@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 8)), max_size=30))
def test_no_window_ever_grants_more_than_its_ceiling(steps: list[tuple[int, int]]) -> None:
    """Any sequence of wishes, at any distances."""
    now, spent, granted_in = NOON, None, dict[object, int]()
    for quarters, wanted in steps:
        now += quarters * timedelta(minutes=15)
        granted, spent = take(spent, wanted, now=now, ceiling=HOURLY)
        window = HOURLY.window(now)
        granted_in[window] = granted_in.get(window, 0) + granted

    assert all(granted <= HOURLY.most for granted in granted_in.values())
