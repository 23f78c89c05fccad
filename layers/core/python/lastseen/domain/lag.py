"""Lag of events: how long Enode took from making one to delivering it, and how many of a delivery's lags are told."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from lastseen.domain.event import Event

MOST_TOLD = 50
"""Lags told of one delivery: a metric may have a hundred values in a line, and fifty show the same percentiles."""

_MILLISECOND = timedelta(milliseconds=1)


def of_enode(events: Sequence[Event], *, arrived_at: datetime) -> list[float]:
    """Give the lags of a delivery's events, in milliseconds, the least first; of very many, some.

    A redelivery counts from the same moment, so whatever kept us from taking it the first time is in there. An event
    a little ahead of us was made now: clocks differ.

    Args:
        events: What was understood. Signs of life, which no log holds, do not count.
        arrived_at: When API Gateway took the delivery, aware UTC.
    """
    made_at = [event.entry.at for event in events if event.entry is not None]
    return told(sorted(milliseconds(arrived_at - at) for at in made_at))


def milliseconds(span: timedelta) -> float:
    """Give a span that cannot be negative but for clocks that differ, in milliseconds.

    >>> milliseconds(timedelta(seconds=1.5)), milliseconds(timedelta(seconds=-1))
    (1500.0, 0.0)
    """
    return max(span / _MILLISECOND, 0.0)


def told(lags: Sequence[float], most: int = MOST_TOLD) -> list[float]:
    """Choose so many of sorted values that the least, the greatest and what lies between keep their places.

    >>> told([1.0, 2.0, 3.0, 4.0, 5.0], 3), told([1.0, 2.0], 3)
    ([1.0, 3.0, 5.0], [1.0, 2.0])
    """
    last = len(lags) - 1
    return list(lags) if last < most else [lags[place * last // (most - 1)] for place in range(most)]
