"""Proves `usecases/recent_failures.py`: what has just failed is not asked for again, for a bounded time and number."""

from datetime import timedelta

import pytest

from lastseen.errors import EnodeUnavailable, UnknownDevice
from lastseen.usecases.recent_failures import AGAIN_AFTER, MOST, REMEMBERED, RecentFailures
from tests.support.builders import NOON

SECOND = timedelta(seconds=1)


def test_a_denial_stands_for_its_thing_alone_and_for_its_time() -> None:
    """It is raised anew, with the same words."""
    failures = RecentFailures()
    failures.note("car", UnknownDevice("there is no car"), NOON)

    with pytest.raises(UnknownDevice, match="there is no car"):
        failures.must_not_stand("car", NOON + REMEMBERED - SECOND)
    failures.must_not_stand("car", NOON + REMEMBERED)
    failures.must_not_stand("other", NOON)


def test_who_asks_to_slow_down_means_everything() -> None:
    """A question for another thing is a question, too."""
    failures = RecentFailures()
    failures.note("car", EnodeUnavailable("slow down", status=429, retry_after=30.0), NOON)

    with pytest.raises(EnodeUnavailable) as told:
        failures.must_not_stand("other", NOON + 10 * SECOND)

    assert (told.value.status, told.value.retry_after) == (429, 20.0)


def test_want_of_time_is_no_failure_of_enodes() -> None:
    """The next question may have more of it."""
    failures = RecentFailures()
    failures.note("car", EnodeUnavailable("no time is left", is_general=True), NOON)

    failures.must_not_stand("car", NOON)


def test_no_more_than_so_many_are_remembered() -> None:
    """The oldest is forgotten first."""
    failures = RecentFailures()
    for number in range(MOST + 1):
        failures.note(number, EnodeUnavailable("down", status=500), NOON)

    failures.must_not_stand(0, NOON)
    with pytest.raises(EnodeUnavailable):
        failures.must_not_stand(MOST, NOON + AGAIN_AFTER - SECOND)
