"""Silence is normal: a parked fleet costs few questions, no hints, and is never called stale."""

from collections import Counter

from lastseen.domain.freshness import Verdict
from local.simulator.fleet import Fleet
from tests.support.fakes import FakeLog
from tests.support.world import DAY, HOUR, MINUTE, World


def test_five_hundred_parked_cars_get_no_hint_in_a_day() -> None:
    """Each is verified ever more rarely, every six hours at last, and a few of them as probes of their class."""
    world = World(Fleet.parked(500))
    world.listen()
    judged: Counter[Verdict] = Counter()

    for _ in range(8):
        world.live(3 * HOUR)
        judged.update(world.verdict(id_) for id_ in world.ids())

    assert world.hints() == {}
    assert world.swept["current"] == world.swept["verified"] == world.swept["hints_avoided"] <= 500 * 8 + 100
    assert set(judged) <= {Verdict.FRESH, Verdict.UNVERIFIED}
    assert world.swept["changed"] == 0


def test_a_device_that_stirs_is_watched_closely_again() -> None:
    """Its back-off was for sleeping; what speaks and then falls silent is looked at within its limit and a sweep."""
    world = World(Fleet.parked(5))
    world.listen()
    world.live(13 * HOUR)
    id_ = max(world.ids(), key=lambda id_: world.check(id_).next_check_at or world.now())
    quiet_until = world.check(id_).next_check_at
    assert quiet_until is not None
    assert quiet_until > world.now() + HOUR

    world.do("out_of_reach", deviceId=id_, mode="unreachable")
    world.simulator.advance(8 * MINUTE)
    world.do("recover", deviceId=id_)
    world.simulator.advance(8 * MINUTE)
    world.do("stall", deviceId=id_)
    world.live(25 * MINUTE)

    assert world.hints() == {id_: 1}


def test_a_moved_contact_is_kept_as_state_and_is_no_history() -> None:
    """A day of looking at a parked car must not fill its log."""
    world = World(Fleet.parked(1))
    world.listen()
    (id_,) = world.ids()
    log = world.store.log
    assert isinstance(log, FakeLog)
    entries_before = len(log.kept)
    seen_before = world.known(id_).snapshot.current.facts.last_seen_at

    world.live(DAY)

    seen = world.known(id_).snapshot.current.facts.last_seen_at
    assert len(log.kept) == entries_before
    assert seen is not None
    assert seen_before is not None
    assert seen > seen_before + 12 * HOUR
