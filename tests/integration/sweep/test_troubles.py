"""Proves `usecases/maintenance/sweep.py`, `usecases/maintenance/list_walk.py`:
whatever Enode does, a sweep neither crashes nor loops nor asks too much, and the next one goes on.
"""

from datetime import timedelta

import pytest

from lastseen.domain.device import DeviceKind
from lastseen.domain.freshness import Verdict
from local.simulator.fleet import Fleet
from tests.support.world import HOUR, MINUTE, SWEEP_EVERY, Settings, World, by_the_parameters


def stalled(cars: int = 30, settings: Settings | None = None, *, cars_per_user: int = 1) -> World:
    """Cars that Enode has lost sight of, each due for its first look."""
    world = World(Fleet.parked(cars, cars_per_user=cars_per_user), settings or by_the_parameters())
    world.listen()
    world.do("outage", vendor="TESLA", mode="stall")
    world.simulator.advance(30 * MINUTE)
    return world


def test_after_the_second_429_nothing_more_is_asked() -> None:
    """Enode has asked twice; what was claimed is given back, and due at once with all the rest."""
    world = stalled()
    world.simulator.faults.set({"api_429": 1.0})

    swept = world.sweep()

    assert swept.stopped == "Enode has asked twice to slow down"
    assert world.simulator.faults.happened["api_429"] == 2
    assert swept.counts["given_back"] == swept.counts["claimed"]
    world.simulator.faults.set({"api_429": 0.0})
    assert world.sweep().counts["verified"] == 30


def test_retry_after_is_honoured() -> None:
    """One 429 is waited out for as long as Enode says, by everybody."""
    world = stalled()
    world.simulator.faults.retry_after_seconds = 40
    world.simulator.faults.once("api_429")
    began_at = world.now()

    swept = world.sweep()

    assert swept.stopped == ""
    assert world.now() - began_at >= timedelta(seconds=40)
    assert swept.counts["verified"] == 30


def test_a_pause_longer_than_the_run_ends_it() -> None:
    """Sleeping away a function's time helps nobody."""
    world = stalled()
    world.simulator.faults.retry_after_seconds = 3600
    world.simulator.faults.once("api_429")
    began_at = world.now()

    swept = world.sweep()

    assert swept.stopped
    assert world.now() - began_at < MINUTE


@pytest.mark.parametrize("fault", ["api_500", "api_hang"])
def test_an_enode_that_is_down_is_left_alone(fault: str) -> None:
    """After three failures in a row; and afterwards all goes on."""
    world = stalled()
    world.simulator.faults.set({fault: 1.0})

    swept = world.sweep()

    assert swept.stopped
    assert world.simulator.faults.happened[fault] <= 3 + 3  # the token has tries of its own
    world.simulator.faults.set({fault: 0.0})
    world.simulator.advance(SWEEP_EVERY)
    assert world.sweep().counts["verified"] == 30


def test_a_token_that_ends_in_the_middle_is_renewed() -> None:
    """Nobody notices."""
    world = stalled()
    world.sleep = _after(world, 10, lambda: world.do("expire_tokens"))  # type: ignore[method-assign]

    swept = world.sweep()

    assert swept.counts["verified"] == 30
    assert swept.stopped == ""


def test_a_fleet_that_fails_now_and_then_is_verified_in_the_end() -> None:
    """One in five questions goes wrong, in any way; each hint keeps its distance all the same."""
    world = stalled(20)
    world.simulator.faults.set({"api_500": 0.1, "api_hang": 0.1, "api_429": 0.02})

    world.live(2 * HOUR)

    assert set(world.hints()) == set(world.ids())
    assert max(world.hints().values()) <= 4  # 0, 15, 45, 105 minutes


def test_a_list_that_changes_under_the_cursor_leaves_nobody_out() -> None:
    """Cars come, go and are linked anew while the pages are walked; whoever is on none is asked for by name."""
    world = stalled(60, by_the_parameters(page_size=10), cars_per_user=1)
    world.store.records.write("POPULATION", {"vehicle": 60}, version=0)
    ids = world.ids(DeviceKind.VEHICLE)

    def meddle() -> None:
        world.do("delete", deviceId=ids[3], silent=True)
        for id_ in ids[30:40]:
            world.do("delete", deviceId=id_, silent=True)
            world.do("relink", deviceId=id_)

    world.sleep = _after(world, 2, meddle)  # type: ignore[method-assign]

    swept = world.sweep()

    assert swept.counts["verified"] >= 59
    assert swept.counts.get("missing", 0) <= 1
    assert swept.stopped == ""


def test_a_walk_that_was_broken_off_goes_on_where_it_stopped() -> None:
    """Seven seconds leave two to ask: a few pages a sweep, and none of them twice before the last was seen."""
    world = World(Fleet.parked(60, cars_per_user=1), Settings(page_size=5, time_limit=timedelta(seconds=7)))
    world.listen()
    world.simulator.advance(30 * MINUTE)
    world.store.records.write("POPULATION", {"vehicle": 60}, version=0)
    pages: list[str | None] = []
    devices = world.enode.devices

    def watched(kind: DeviceKind, *, user_id: str | None = None, after: str | None = None) -> object:
        pages.append(after)
        return devices(kind, user_id=user_id, after=after)

    object.__setattr__(world.enode, "devices", watched)
    verified = 0
    for _ in range(6):
        verified += world.sweep().counts.get("verified", 0)
        if verified >= 60:
            break

    assert verified == 60
    assert len(pages) <= 60 / 5 + 1


def test_no_run_asks_more_than_five_questions_a_second() -> None:
    """Over the whole run, whatever it asks."""
    world = stalled(100)
    began_at = world.now()

    world.sweep()

    seconds = (world.now() - began_at).total_seconds()
    assert world.limiter.asked >= 200
    assert world.limiter.asked <= 5 * seconds + 1


def test_more_than_a_run_can_do_is_done_by_the_next() -> None:
    """Twenty seconds leave fifteen to ask: what is not reached stays due, and nobody is forgotten."""
    world = stalled(100, by_the_parameters(time_limit=timedelta(seconds=20), vendor_quota=200))

    first, *others = [world.sweep() for _ in range(8)]

    assert first.counts["left"]
    assert first.counts["hints_sent"]
    assert sum(run.counts.get("verified", 0) for run in (first, *others)) >= 100
    assert set(world.hints()) == set(world.ids())
    assert max(world.hints().values()) == 1


def test_a_scan_that_has_enough_goes_on_in_the_next_sweep() -> None:
    """A million due devices must not fill our memory."""
    world = stalled(20, by_the_parameters(most=8))

    counts = [world.sweep().counts["due"] for _ in range(3)]

    assert counts == [8, 8, 4]
    assert set(world.hints()) == set(world.ids())


def _after(world: World, calls: int, happens: object):  # type: ignore[no-untyped-def]
    """Sleep as before, but at the n-th time let something happen."""
    sleep, left = world.sleep, [calls]

    def slept(seconds: float) -> None:
        left[0] -= 1
        if left[0] == 0 and callable(happens):
            happens()
        sleep(seconds)

    return slept


def test_a_device_that_enode_denies_is_not_told_as_current() -> None:
    """No event told that it is gone; the sweep is told so, its readers hear it, and a reconcile settles it."""
    world = stalled(4, cars_per_user=1)
    (id_, *others) = world.ids(DeviceKind.VEHICLE)
    world.do("delete", deviceId=id_, silent=True)

    swept = world.sweep()

    denied, before = world.known(id_).denied_at, world.verdict(id_)
    assert swept.counts["missing"] == 1
    assert denied is not None
    assert [world.known(other).denied_at for other in others] == [None] * len(others)
    world.reconcile_wholly()
    assert (before, world.verdict(id_)) == (Verdict.STALE, Verdict.GONE)
