"""Proves `domain/lag.py`: how late events came, in as many values as one line of metrics can hold."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import lag
from lastseen.enode import delivery as enode_delivery
from tests.support.builders import NOON, a_delivery, an_event

SECOND = timedelta(seconds=1)


def test_the_lag_of_an_event_is_from_when_it_was_made_until_it_came() -> None:
    """In milliseconds, the least first; one ahead of us by its clock was made now, and signs of life do not count."""
    told = [an_event(at=NOON + seconds * SECOND) for seconds in (-1, -3, 1)]
    told.append(an_event("system:heartbeat", at=NOON - 9 * SECOND))

    found = lag.of_enode(enode_delivery.read(a_delivery(told), now=NOON).events, arrived_at=NOON)

    assert found == [0.0, 1000.0, 3000.0]


@given(st.lists(st.floats(0, 1e9), max_size=1000).map(sorted))
def test_of_very_many_lags_the_longest_is_always_told(lags: list[float]) -> None:
    """However many there are, a line of metrics can hold what is told, and no percentile moves by much."""
    told = lag.told(lags)

    assert len(told) == min(len(lags), lag.MOST_TOLD) < 100
    assert told == sorted(told)
    assert told[-1:] == lags[-1:]
    assert told[:1] == lags[:1]
