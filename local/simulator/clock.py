"""Clocks: real time, and the fleet's own, which may run faster."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

MILLISECOND = timedelta(milliseconds=1)


class Clock(Protocol):
    """Tells the time that every timestamp of the simulator is taken from."""

    def now(self) -> datetime:
        """Tell the instant, aware UTC, in whole milliseconds."""
        ...


class WallClock:
    """The time of the machine."""

    def now(self) -> datetime:
        """Tell the instant, aware UTC, in whole milliseconds."""
        return to_millisecond(datetime.now(UTC))


class VirtualClock:
    """A time that moves only when told to, so that tests live through days in seconds."""

    def __init__(self, start: datetime) -> None:
        """Start at `start`, aware UTC."""
        self._now = to_millisecond(start)

    def now(self) -> datetime:
        """Tell the instant, aware UTC, in whole milliseconds."""
        return self._now

    def move_to(self, instant: datetime) -> None:
        """Move forward to `instant`; an earlier one is ignored, time does not run back."""
        self._now = max(self._now, to_millisecond(instant))


class World:
    """The time the fleet lives in: `speed` times as fast as the wall, and it can be paused.

    A speed factor divides every duration of Enode (cadences, retries, giving up), while timestamps stay
    those of the wall: a receiver that refuses times far from now must be able to live with a fast fleet.
    """

    def __init__(self, clock: Clock, *, speed: float = 1.0, begins_at: datetime | None = None) -> None:
        """Begin now.

        Args:
            clock: The wall.
            speed: World seconds per second on the wall, above zero.
            begins_at: The time of day and date the world begins with; None = the wall's own.
        """
        if speed <= 0:
            raise ValueError(f"speed must be above zero, not {speed}")
        self._clock = clock
        self.speed = speed
        self._wall_origin = clock.now()
        self._origin = begins_at or self._wall_origin
        self._paused_at: datetime | None = None

    @property
    def is_paused(self) -> bool:
        """Whether the world stands still."""
        return self._paused_at is not None

    def now(self) -> datetime:
        """Tell the world's instant, aware UTC."""
        return self.at(self.wall_now())

    def wall_now(self) -> datetime:
        """Tell the instant on the wall the world has reached; appointments of the world count from here."""
        return self._paused_at or self._clock.now()

    def at(self, wall: datetime) -> datetime:
        """Tell which world instant belongs to an instant on the wall."""
        return self._origin + (wall - self._wall_origin) * self.speed

    def wall(self, world: datetime) -> datetime:
        """Tell which instant on the wall belongs to a world instant; a plan for tonight needs it."""
        return to_millisecond(self._wall_origin + (world - self._origin) / self.speed)

    def real(self, duration: timedelta) -> timedelta:
        """Tell how long one of Enode's durations takes on the wall."""
        return duration / self.speed

    def pause(self) -> None:
        """Stop the world; the wall goes on."""
        self._paused_at = self._paused_at or self._clock.now()

    def resume(self) -> timedelta:
        """Let the world go on where it stopped.

        Returns:
            How long it stood still on the wall; zero if it did not.
        """
        if self._paused_at is None:
            return timedelta(0)
        pause = self._clock.now() - self._paused_at
        self._wall_origin += pause
        self._paused_at = None
        return pause


def to_millisecond(instant: datetime) -> datetime:
    """Cut an instant to the millisecond, the precision Enode writes."""
    return instant.replace(microsecond=instant.microsecond // 1000 * 1000)


def written(instant: datetime) -> str:
    """Write an aware UTC instant as Enode does.

    >>> written(datetime(2026, 3, 1, 12, 0, 5, 70_000, tzinfo=UTC))
    '2026-03-01T12:00:05.070Z'
    """
    return instant.isoformat(timespec="milliseconds")[:23] + "Z"
