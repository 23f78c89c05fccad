"""Quotas of hints in windows of time; usage is written down before it is spent, so it outlives a run."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

_EPOCH = datetime(2020, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Quota:
    """At most so many within each window of time.

    Attributes:
        most: Hints a window.
        per: The window's length; windows follow each other without gaps.
    """

    most: int
    per: timedelta

    def window(self, now: datetime) -> datetime:
        """The beginning of the window that a moment lies in.

        >>> Quota(5, timedelta(hours=1)).window(datetime(2026, 3, 1, 12, 20, tzinfo=UTC)).hour
        12
        """
        return _EPOCH + (now - _EPOCH) // self.per * self.per


@dataclass(frozen=True, slots=True)
class QuotaUsage:
    """What was taken out of one window.

    Attributes:
        window: Its beginning.
        used: How many.
    """

    window: datetime
    used: int


def take(usage: QuotaUsage | None, wanted: int, *, now: datetime, quota: Quota) -> tuple[int, QuotaUsage]:
    """Take as many as there are left, at most those wanted.

    Returns:
        How many were granted, and what to write down before any of them is used.

    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> take(QuotaUsage(noon, 4), 3, now=noon, quota=Quota(5, timedelta(hours=1)))[0]
    1
    """
    window = quota.window(now)
    used = usage.used if usage is not None and usage.window >= window else 0
    granted = max(0, min(wanted, quota.most - used))
    return granted, QuotaUsage(window, used + granted)
