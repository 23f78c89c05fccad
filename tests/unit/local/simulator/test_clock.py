from datetime import UTC, datetime, timedelta

import pytest

from local.simulator.clock import VirtualClock, WallClock, World

NOON = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)


def test_a_fast_world_lives_an_hour_while_a_minute_passes_on_the_wall() -> None:
    """The speed factor multiplies the world's time and divides Enode's durations; the wall stays the wall."""
    clock = VirtualClock(NOON)
    world = World(clock, speed=60)

    clock.move_to(NOON + timedelta(minutes=1))

    assert world.now() == NOON + timedelta(hours=1)
    assert world.real(timedelta(hours=24)) == timedelta(minutes=24)
    assert world.wall(NOON + timedelta(hours=2)) == NOON + timedelta(minutes=2)


def test_a_paused_world_goes_on_where_it_stopped() -> None:
    """A pause leaves no gap in the life of the fleet."""
    clock = VirtualClock(NOON)
    world = World(clock)
    clock.move_to(NOON + timedelta(minutes=5))
    world.pause()
    clock.move_to(NOON + timedelta(hours=5))

    assert world.now() == NOON + timedelta(minutes=5)
    assert world.resume() == timedelta(hours=5) - timedelta(minutes=5)
    assert world.now() == NOON + timedelta(minutes=5)
    assert world.resume() == timedelta(0)


def test_virtual_time_does_not_run_back() -> None:
    """Events are made in order of time."""
    clock = VirtualClock(NOON)

    clock.move_to(NOON - timedelta(hours=1))

    assert clock.now() == NOON


def test_the_wall_is_read_in_whole_milliseconds() -> None:
    """Enode writes milliseconds; what is compared must be what was written."""
    assert WallClock().now().microsecond % 1000 == 0


def test_a_world_that_stands_still_for_ever_is_refused() -> None:
    """A speed of zero would divide by it."""
    with pytest.raises(ValueError, match="above zero"):
        World(VirtualClock(NOON), speed=0)
