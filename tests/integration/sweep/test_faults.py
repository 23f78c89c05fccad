"""Proves `usecases/maintenance/faults.py`, `domain/fault.py`, `usecases/maintenance/verify.py`,
`usecases/maintenance/rate_limiter.py`:
one bad device, user or list costs itself a back-off and its operators a line; nobody else notices.
"""

from collections import Counter
from collections.abc import Sequence
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest

from lastseen.domain.caller import Caller
from lastseen.domain.device import DeviceKind
from lastseen.domain.freshness import Verdict
from lastseen.usecases.maintenance import sweep
from lastseen.usecases.reading import health
from local.simulator.failures import Failure, What
from local.simulator.fleet import Fleet
from tests.integration.sweep.crashes import CrashError, Fate
from tests.support.world import (
    HOUR,
    MINUTE,
    SWEEP_EVERY,
    Settings,
    World,
    by_the_parameters,
    on_fakes,
)

OPERATOR = Caller(None, sees_all=True)
BAD, GOOD = 3, 5
OF_ITS_OWN = list(Failure)


def parked(cars: int, **how: Any) -> World:
    """Cars that Enode has lost sight of; all are due for their first look."""
    world = World(Fleet.parked(cars, cars_per_user=1), **{"settings": by_the_parameters(), **how})
    world.listen()
    world.do("outage", vendor="TESLA", mode="stall", endsOnHint=True)
    world.simulator.advance(30 * MINUTE)
    return world


def with_bad_ones(mode: Failure = Failure.ERROR, **how: Any) -> tuple[World, list[str], list[str]]:
    """Three cars that are on no list and cannot be read, before five others."""
    world = parked(BAD + GOOD, **how)
    ids = world.ids()
    for id_ in ids[:BAD]:
        world.do("hide", deviceId=id_)
        world.do("fail", name=id_, mode=mode)
    return world, ids[:BAD], ids[BAD:]


def watch(world: World, *ids: str) -> dict[str, list[Any]]:
    """Write down when each of these is asked for."""
    asked: dict[str, list[Any]] = {id_: [] for id_ in ids}
    mode = world.simulator.cloud.failures.mode

    def watched(what: What, name: str, **how: Any) -> Failure | None:
        if what is What.DEVICE and name in asked:
            asked[name].append(world.now())
        return mode(what, name, **how)

    world.simulator.cloud.failures.mode = watched  # type: ignore[method-assign]
    return asked


def named(world: World) -> Counter[tuple[str, str]]:
    """What operators are told cannot be read."""
    seen = health.read_health(
        OPERATOR, devices=world.store.devices, records=world.store.records, now=world.now()
    )
    return Counter((one["what"], one["id"] or one["kind"]) for one in seen.faults)


@pytest.mark.parametrize("mode", OF_ITS_OWN)
def test_three_devices_that_cannot_be_read_keep_nobody_from_being_cared_for(mode: Failure) -> None:
    """Whatever is wrong with them: any status but 401 and 429, a body nobody can read, another id, no answer."""
    world, bad, good = with_bad_ones(mode)

    swept = world.sweep()

    assert swept.stopped == ""
    assert set(world.hints()) == set(good)
    assert swept.counts["faulty"] == BAD
    assert named(world) == Counter(("device", id_) for id_ in bad)
    assert {world.verdict(id_) for id_ in bad} == {Verdict.UNVERIFIED}


def test_a_device_that_cannot_be_read_waits_twice_as_long_each_time() -> None:
    """Fifteen minutes, thirty, an hour, and at most six hours; one answer, and it is as any other."""
    world, (bad, *_), _ = with_bad_ones()
    asked = watch(world, bad)

    world.live(20 * HOUR)

    distances = [(later - earlier) / MINUTE for earlier, later in pairwise(asked[bad])]
    for distance, least in zip(distances, [15, 30, 60, 120, 240, 360, 360], strict=False):
        assert least <= distance <= least + 10
    assert 5 <= len(distances) <= 7
    assert named(world)["device", bad] == 1

    world.do("recover")
    world.live(7 * HOUR)

    assert world.check(bad).failures == 0
    assert named(world) == Counter()


def test_an_enode_that_is_down_is_held_against_no_device() -> None:
    """No list page answers either: nobody waits, and the next sweep asks all of them."""
    world = parked(GOOD)
    world.simulator.faults.set({"api_500": 1.0})

    swept = world.sweep()

    assert swept.stopped
    assert swept.counts.get("faulty", 0) == 0
    assert swept.counts["given_back"] == swept.counts["claimed"]
    assert {world.check(id_).failures for id_ in world.ids()} == {0}
    world.simulator.faults.set({"api_500": 0.0})
    assert world.sweep().counts["verified"] == GOOD


@pytest.mark.parametrize("cars", [1, 2])
def test_an_enode_that_is_down_is_told_from_one_bad_device_too(cars: int) -> None:
    """Fewer than three questions were there to be asked: the list page is asked for all the same."""
    world = parked(cars)
    world.simulator.faults.set({"api_500": 1.0})
    down = world.sweep()
    world.simulator.faults.set({"api_500": 0.0})
    for id_ in world.ids():
        world.do("fail", name=id_)

    bad = world.sweep()

    assert (down.counts.get("faulty", 0), down.counts["given_back"]) == (0, cars)
    assert bad.counts["faulty"] == cars


def test_credentials_that_are_refused_are_held_against_no_device() -> None:
    """No token is to be had, so no question was put."""
    world = parked(GOOD)
    world.simulator.client.secret = "another-one"
    world.do("expire_tokens")

    swept = world.sweep()

    assert swept.stopped == "Enode refuses our credentials"
    assert swept.counts.get("faulty", 0) == 0


def test_a_users_list_that_fails_is_asked_for_one_by_one() -> None:
    """And of three devices of theirs, only the one that fails by itself waits."""
    world = World(Fleet.parked(3, cars_per_user=3))
    world.listen()
    world.simulator.advance(30 * MINUTE)
    ids = world.ids()
    world.do("fail", what="list", name=f"users/{world.known(ids[0]).user_id}/vehicles")
    world.do("fail", name=ids[0])

    swept = world.sweep()

    assert (swept.counts["verified"], swept.counts["faulty"]) == (2, 1)
    assert world.check(ids[0]).failures == 1


def test_a_device_that_a_users_list_does_not_name_is_asked_for_before_it_is_denied() -> None:
    """The list may be longer than its first page, or one of its elements no device we can use."""
    world = World(Fleet.parked(4, cars_per_user=4), Settings(page_size=2))
    world.listen()
    world.simulator.advance(30 * MINUTE)

    swept = world.sweep()

    assert (swept.counts["verified"], swept.counts.get("missing", 0)) == (4, 0)


@pytest.mark.parametrize("behind_first_page", [False, True])
def test_a_list_that_fails_leaves_its_devices_to_be_asked_for_one_by_one(behind_first_page: bool) -> None:
    """A sweep that walks a list would otherwise never come to help anybody on it."""
    world = parked(60, settings=by_the_parameters(page_size=20))
    world.store.records.write("POPULATION", {"vehicle": 60}, version=0)
    world.do("fail", what="list", name="vehicles", behindFirstPage=behind_first_page)

    swept = world.sweep()

    assert swept.stopped == ""
    assert swept.counts["verified"] == 60
    assert named(world) == Counter({("list", "vehicle"): 1})


def test_hints_that_fail_for_some_devices_reach_the_others() -> None:
    """They are counted and named, and wait as after any hint that did not help."""
    world = parked(BAD + GOOD)
    bad, good = world.ids()[:BAD], world.ids()[BAD:]
    for id_ in bad:
        world.do("fail", what="hint", name=id_)

    swept = world.sweep()

    assert set(world.hints()) == set(good)
    assert (swept.counts["hints_sent"], swept.counts["hints_failed"]) == (GOOD, BAD)
    assert named(world) == Counter(("hint", id_) for id_ in bad)


def test_a_hint_that_enode_took_no_note_of_is_not_held_against_the_device() -> None:
    """Enode went down between look and hint: the next is as the first."""
    world = parked(GOOD)
    hint = world.enode.hint

    def down(device: Any) -> bool:
        world.simulator.faults.set({"api_500": 1.0})
        return hint(device)

    object.__setattr__(world.enode, "hint", down)
    world.sweep()
    object.__setattr__(world.enode, "hint", hint)
    world.simulator.faults.set({"api_500": 0.0})
    checks = [world.check(id_).hint for id_ in world.ids()]

    world.live(25 * MINUTE)

    assert {(one.in_row, one.is_open) for one in checks if one is not None} == {(0, False)}
    assert world.hints() == dict.fromkeys(world.ids(), 1)


def test_known_bad_devices_come_last() -> None:
    """However long they take, nobody waits behind them."""
    world, bad, good = with_bad_ones(settings=by_the_parameters(time_limit=timedelta(seconds=20)))
    world.sweep()
    asked = watch(world, *bad, *good)
    world.live(25 * MINUTE)

    both = [(moment, id_) for id_, moments in asked.items() for moment in moments]
    by_sweep: dict[int, list[str]] = {}
    for moment, id_ in sorted(both):
        by_sweep.setdefault(int(moment.timestamp() // SWEEP_EVERY.total_seconds()), []).append(id_)
    for order in by_sweep.values():
        of_bad = [id_ in bad for id_ in order]
        assert of_bad == sorted(of_bad)


def _die_at(at: int | None, *, is_after: bool) -> tuple[Fate, World, Sequence[str], Sequence[str]]:
    world, bad, good = with_bad_ones(store=on_fakes())
    fate = Fate(at, is_after)
    with suppress(CrashError):
        sweep.run(fate.context(world.context()), world.settings.plan)
    return fate, world, bad, good


@pytest.mark.parametrize("is_after", [False, True])
def test_a_sweep_with_bad_devices_may_die_at_any_call(is_after: bool) -> None:
    """Nobody is forgotten, good or bad, and nobody is hinted twice."""
    counting, *_ = _die_at(None, is_after=False)
    for at in range(len(counting.calls)):
        _, world, bad, good = _die_at(at, is_after=is_after)
        world.simulator.advance(SWEEP_EVERY)
        world.live(HOUR)

        assert world.hints() == dict.fromkeys(good, 1)
        assert all(world.check(id_).failures >= 1 for id_ in bad)
        assert set(named(world)) == {("device", id_) for id_ in bad}


def test_the_list_of_faults_is_bounded() -> None:
    """Sixty bad devices are counted; the newest fifty are named, and what is named is no novel."""
    world = parked(60)
    for id_ in world.ids(DeviceKind.VEHICLE):
        world.do("fail", name=id_)

    swept = world.sweep()

    assert swept.counts["faulty"] == 60
    assert sum(named(world).values()) == 50
