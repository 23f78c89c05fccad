"""Proves `store/parallel_scan.py`, `store/records.py`, `domain/records.py`,
`usecases/maintenance/freshness_census.py`:
the same on real DynamoDB engines: nothing that holds on dicts may hold only there.
"""

from contextlib import suppress

import pytest

from lastseen.domain.freshness import Verdict
from lastseen.store.check_store import DynamoCheckStore
from lastseen.store.records import DynamoRecords
from lastseen.usecases.maintenance import sweep
from local.simulator.fleet import Fleet
from local.simulator.simulator import Options
from tests.integration.sweep.crashes import CrashError, Fate
from tests.integration.sweep.test_crashes import must_hold, stalled
from tests.integration.tables import Tables
from tests.support.world import HOUR, MINUTE, SWEEP_EVERY, Store, World

EVERY_NTH_CALL = 5


@pytest.fixture
def store(fresh_tables: Tables) -> Store:
    """A store on fresh tables of a real engine."""
    return on_engine(fresh_tables)


def on_engine(tables: Tables) -> Store:
    """Everything that is kept, on these tables."""
    return Store(
        log=tables.log(),
        states=tables.states(),
        devices=tables.reader(),
        checks=DynamoCheckStore(tables.devices, tables.client, tables.batches, tables.pool),
        records=DynamoRecords(tables.devices, tables.client),
    )


def test_a_day_in_the_life_of_a_small_fleet(store: Store) -> None:
    """Backfill, six hours of sweeps, a silent deletion, a lost account: in the end all agree."""
    world = World(Fleet.default(3), store=store, options=Options(linking="start"))
    world.simulator.advance(10 * MINUTE)
    world.guard()
    backfill = world.reconcile_wholly()
    world.live(3 * HOUR)
    (hvac, *_) = [one.id for one in world.simulator.cloud.devices.values() if one.kind == "hvac"]
    world.do("delete", deviceId=hvac, silent=True)
    world.do("deauthorise", userId="cleo-example")
    lost = [one.id for one in world.simulator.cloud.devices.values() if one.user_id == "cleo-example"]

    done = world.reconcile_wholly()
    world.simulator.drain()

    assert backfill.progress is not None
    assert backfill.progress.counts.found == backfill.progress.counts.listed
    assert done.progress is not None
    assert done.progress.counts.gone == 1
    assert world.verdict(hvac) is Verdict.GONE
    assert {world.verdict(id_) for id_ in lost} == {Verdict.DISCONNECTED}
    assert [line for line in world.disagreements() if not any(id_ in line for id_ in lost)] == []
    assert world.hints() == {}


@pytest.mark.parametrize("is_after", [False, True])
def test_a_sweep_that_dies_loses_nobody(fresh_tables: Tables, is_after: bool) -> None:
    """At every fifth call, before it is sent and after it was done."""
    counting = Fate()
    world, _ = stalled(on_engine(fresh_tables))
    sweep.run(counting.context(world.context()), world.settings.plan)
    for at in range(is_after, len(counting.calls), EVERY_NTH_CALL):
        fresh_tables.restore({})
        world, hints = stalled(on_engine(fresh_tables))
        with suppress(CrashError):
            sweep.run(Fate(at, is_after).context(world.context()), world.settings.plan)
        world.simulator.advance(SWEEP_EVERY)
        world.live(HOUR)

        must_hold(world, hints)


def test_two_sweeps_at_once_behave_as_one(fresh_tables: Tables) -> None:
    """The second runs as a whole in the middle of the first: before a claim, between claim and look, before a hint."""
    counting = Fate()
    world, _ = stalled(on_engine(fresh_tables))
    sweep.run(counting.context(world.context()), world.settings.plan)
    for at in range(2, len(counting.calls), EVERY_NTH_CALL):
        fresh_tables.restore({})
        world, hints = stalled(on_engine(fresh_tables))
        sweep.run(Fate(at, meanwhile=world.sweep).context(world.context()), world.settings.plan)
        world.simulator.advance(SWEEP_EVERY)
        world.live(HOUR)

        must_hold(world, hints)
