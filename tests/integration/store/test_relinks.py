"""Whatever way the lives of devices over their links arrive, and wherever a call fails, the same items stand."""

from random import Random

import pytest

from lastseen.errors import StoreUnavailable
from lastseen.store.batches import Batches
from tests.integration.engines import Engine
from tests.integration.tables import Contents, Tables, connect
from tests.support.arrivals import take
from tests.support.builders import Json
from tests.support.dynamodb_faults import CrashError, Fault, injected
from tests.support.relinks import delivered, lived


def _kept(deliveries: list[list[Json]], tables: Tables, rng: Random | None) -> None:
    batches = Batches(tables.client, tables.pool, pause=lambda _seconds: None)
    for number, events in enumerate(deliveries):
        while True:
            fails = rng is not None and rng.random() < 0.4
            plan = {rng.randint(0, 2): rng.choice(list(Fault))} if rng is not None and fails else {}
            with injected(tables.client, plan):
                try:
                    take(events, tables.log(batches), tables.states(batches), number=number)
                    break
                except (StoreUnavailable, CrashError):
                    continue


@pytest.mark.parametrize("seed", range(5))
def test_lives_over_links_end_in_the_same_items_on_an_engine(
    fresh_tables: Tables, engine: Engine, seed: int
) -> None:
    """In order at once, or in any order, twice, cut anew, with calls that fail before or after they were applied."""
    lives = lived(seed)
    _kept([[event for life in lives for event in life.events]], fresh_tables, None)
    in_order: Contents = fresh_tables.contents()

    fresh_tables.restore({})
    unreliable = Tables(connect(engine), fresh_tables.devices, fresh_tables.history, fresh_tables.pool)
    _kept(delivered(lives, Random(seed)), unreliable, Random(seed))

    assert fresh_tables.contents() == in_order
