"""How many more hints may go out now? Ceilings that outlive a run, because what was spent is written down first."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Ceiling:
    """At most so many within each window of time.

    Attributes:
        most: Hints a window.
        per: The window's length; windows follow each other without gaps.
    """

    most: int
    per: timedelta

    def window(self, now: datetime) -> datetime:
        """The beginning of the window that a moment lies in.

        >>> Ceiling(5, timedelta(hours=1)).window(datetime(2026, 3, 1, 12, 20, tzinfo=UTC)).hour
        12
        """
        return _EPOCH + (now - _EPOCH) // self.per * self.per


@dataclass(frozen=True, slots=True)
class Spent:
    """What was taken out of one window.

    Attributes:
        window: Its beginning.
        used: How many.
    """

    window: datetime
    used: int


def take(spent: Spent | None, wanted: int, *, now: datetime, ceiling: Ceiling) -> tuple[int, Spent]:
    """Take as many as there are left, at most those wanted.

    Returns:
        How many were granted, and what to write down before any of them is used.

    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> take(Spent(noon, 4), 3, now=noon, ceiling=Ceiling(5, timedelta(hours=1)))[0]
    1
    """
    window = ceiling.window(now)
    used = spent.used if spent is not None and spent.window >= window else 0
    granted = max(0, min(wanted, ceiling.most - used))
    return granted, Spent(window, used + granted)
