"""Proves `usecases/maintenance/sweep.py`, `usecases/maintenance/context.py`:
A sweep that dies at any call forgets no device and hints none twice; two at once behave as one.
"""

from contextlib import suppress
from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from lastseen.domain.device import DeviceKind
from lastseen.domain.freshness import Verdict
from lastseen.domain.reconcile_progress import Stage
from lastseen.usecases.maintenance import reconcile, sweep
from local.simulator.cloud import Cached
from local.simulator.fleet import Fleet
from local.simulator.simulator import Options
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

CARS = 4


def stalled(store: object = None) -> tuple[World, dict[str, list[datetime]]]:
    """A few cars out of contact, one of which answers to hints, and one that is only quiet."""
    kept = store if store is not None else on_fakes()
    world = World(Fleet.parked(CARS, cars_per_user=2), by_the_parameters(), store=kept)  # type: ignore[arg-type]
    world.listen()
    ids = world.ids()
    for id_ in ids[1:]:
        world.do("stall", deviceId=id_, endsOnHint=id_ == ids[1])
    hints: dict[str, list[datetime]] = {id_: [] for id_ in ids}
    hint = world.simulator.cloud.hint

    def hinted(cached: Cached) -> None:
        hints[cached.id].append(world.now())
        hint(cached)

    world.simulator.cloud.hint = hinted  # type: ignore[method-assign]
    world.simulator.advance(20 * MINUTE)
    return world, hints


def die(world: World, fate: Fate) -> None:
    """Run a sweep that meets its fate."""
    with suppress(CrashError):
        sweep.run(fate.context(world.context()), world.settings.plan)


def calls_of_a_sweep(sweeps_before: int) -> int:
    """How many calls the sweep makes that is to die."""
    world, _ = stalled()
    for _ in range(sweeps_before):
        world.live(SWEEP_EVERY)
    fate = Fate()
    die(world, fate)
    return len(fate.calls)


def must_hold(world: World, hints: dict[str, list[datetime]]) -> None:
    """Every device was looked at again, and no two hints of one are closer than its distance at the time."""
    ids = list(hints)
    assert world.verdict(ids[0]) in (Verdict.FRESH, Verdict.UNVERIFIED)
    assert hints[ids[0]] == []
    assert len(hints[ids[1]]) == 1
    for id_ in ids[2:]:
        assert len(hints[id_]) >= 2
        distances = [(later - earlier) / MINUTE for earlier, later in pairwise(hints[id_])]
        for distance, least in zip(distances, [15, 30, 60, 120], strict=False):
            assert distance >= least - 0.1


@pytest.mark.parametrize("is_after", [False, True])
@pytest.mark.parametrize("sweeps_before", [0, 1, 3])
def test_a_sweep_may_die_at_any_call(sweeps_before: int, is_after: bool) -> None:
    """Before it is sent, or done and unheard: what was claimed comes back, what was hinted is known."""
    for at in range(calls_of_a_sweep(sweeps_before)):
        world, hints = stalled()
        for _ in range(sweeps_before):
            world.live(SWEEP_EVERY)
        die(world, Fate(at, is_after))
        world.simulator.advance(SWEEP_EVERY)
        world.live(2 * HOUR)

        must_hold(world, hints)


def test_two_sweeps_at_once_behave_as_one() -> None:
    """A second one runs as a whole in the middle of the first, at every call of it."""
    for at in range(calls_of_a_sweep(0)):
        world, hints = stalled()
        die(world, Fate(at, meanwhile=world.sweep))
        world.simulator.advance(SWEEP_EVERY)
        world.live(2 * HOUR)

        must_hold(world, hints)


@pytest.mark.parametrize("is_after", [False, True])
def test_a_reconcile_may_die_at_any_call(is_after: bool) -> None:
    """The next slice does the last step again; all ends as if nothing had happened."""

    def broken() -> World:
        sandbox = Options(linking="listening", give_up_after=5 * MINUTE)
        world = World(Fleet.default(2), Settings(page_size=4), options=sandbox)
        world.listen()
        world.simulator.advance(15 * MINUTE)
        world.is_up = False
        world.do("delete", deviceId=world.ids(DeviceKind.HVAC)[0], silent=True)
        world.do("invalidate", userId="bo-example", vendor="BMW")
        world.simulator.advance(HOUR)
        world.simulator.pause()
        return world

    plan = reconcile.ReconcilePlan(timedelta(days=1), 0.2, timedelta(seconds=100))
    counting = Fate()
    reconcile.run(counting.context(broken().context()), plan, at_once=True)
    for at in range(len(counting.calls)):
        world = broken()
        with suppress(CrashError):
            reconcile.run(Fate(at, is_after).context(world.context()), plan, at_once=True)
        world.simulator.advance(5 * MINUTE)
        done = world.reconcile_wholly()
        again = world.reconcile_wholly()

        assert list(world.disagreements()) == []
        assert done.progress is not None
        assert done.progress.stage is Stage.DONE
        assert again.progress is not None
        assert again.progress.counts.repaired == 0
