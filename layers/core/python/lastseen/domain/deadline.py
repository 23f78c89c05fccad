"""A deadline on a clock, and the time left until then."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class Deadline:
    """A moment on somebody's monotonic clock after which waiting longer helps nobody.

    Attributes:
        ends: The moment, in the clock's seconds.
        clock: Gives the present moment in the same seconds; passed in, so that a test can hold time still.
    """

    ends: float
    clock: Callable[[], float]

    @classmethod
    def after(cls, span: timedelta, clock: Callable[[], float]) -> "Deadline":
        """Set a deadline one span from now."""
        return cls(clock() + span.total_seconds(), clock)

    def earlier(self, span: timedelta) -> "Deadline":
        """Give the deadline that comes so much earlier: what follows it needs the rest.

        >>> Deadline(10.0, lambda: 3.0).earlier(timedelta(seconds=5)).left
        2.0
        """
        return Deadline(self.ends - span.total_seconds(), self.clock)

    def at_most(self, span: timedelta) -> "Deadline":
        """Give a deadline one span from now, or this one if it comes earlier.

        >>> Deadline(10.0, lambda: 3.0).at_most(timedelta(seconds=5)).left
        5.0
        """
        return Deadline(min(self.ends, self.clock() + span.total_seconds()), self.clock)

    @property
    def left(self) -> float:
        """Seconds left; 0 when none are."""
        return max(0.0, self.ends - self.clock())
