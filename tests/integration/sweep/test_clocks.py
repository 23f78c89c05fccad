"""A device whose last contact cannot be believed is looked after like any other, but never hinted on that ground."""

from datetime import UTC, datetime, timedelta

import pytest

from lastseen.domain.freshness import Verdict
from local.simulator.fleet import Fleet
from tests.support.world import HOUR, MINUTE, World

DOOMSDAY = datetime(2038, 1, 19, 3, 14, 7, tzinfo=UTC)


def _whose_clocks_are_wrong(ahead: timedelta | None) -> World:
    """Three cars that Enode has lost sight of, and dates too late: by so much, or all of them to 2038."""
    world = World(Fleet.parked(3))
    world.listen()
    world.do("outage", vendor="TESLA", mode="stall")
    world.simulator.advance(30 * MINUTE)
    for cached in world.simulator.cloud.devices.values():
        cached.last_seen_at = DOOMSDAY if ahead is None else world.now() + ahead
    return world


@pytest.mark.parametrize("ahead", [timedelta(hours=1), timedelta(days=1), None], ids=repr)
def test_a_contact_of_the_future_is_due_for_a_look_and_never_hinted(ahead: timedelta | None) -> None:
    """Were it believed, the sweep would not look before that moment has come, and readers would call it fresh."""
    world = _whose_clocks_are_wrong(ahead)

    first = world.sweep()
    again = world.sweep()
    world.simulator.advance(20 * MINUTE)
    later = world.sweep()

    assert (first.counts["verified"], first.counts["unknown"]) == (3, 3)
    assert again.counts.get("verified", 0) == 0
    assert later.counts["verified"] == 3
    assert world.hints() == {}
    assert {world.verdict(id_) for id_ in world.ids()} == {Verdict.UNVERIFIED}


def test_such_devices_are_looked_at_ever_more_rarely() -> None:
    """As quiet ones: a wrong clock may stay wrong for months."""
    world = _whose_clocks_are_wrong(None)

    world.live(24 * HOUR)

    assert 3 * 5 <= world.swept["verified"] <= 3 * 10
    assert world.swept["hints_sent"] == 0


def test_a_clock_that_is_mended_is_believed_again() -> None:
    """The next word settles its own contact."""
    world = _whose_clocks_are_wrong(None)
    world.sweep()
    world.simulator.advance(20 * MINUTE)
    for cached in world.simulator.cloud.devices.values():
        cached.last_seen_at = world.now() - MINUTE

    swept = world.sweep()

    assert swept.counts["current"] == 3
    assert {world.verdict(id_) for id_ in world.ids()} == {Verdict.FRESH}


def test_a_contact_of_the_future_does_not_shield_dead_credentials() -> None:
    """A contact after they died proves that they were mended; one that cannot be believed proves nothing."""
    world = _whose_clocks_are_wrong(None)
    world.sweep()
    world.do("invalidate", userId=next(iter(world.simulator.cloud.users)), vendor="TESLA")
    world.simulator.advance(MINUTE)
    world.live(40 * MINUTE)

    verdicts = [world.verdict(id_) for id_ in world.ids()]

    assert set(verdicts) == {Verdict.DISCONNECTED}
    assert world.hints() == {}
