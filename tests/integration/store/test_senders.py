"""Several senders at once, on the same devices: as if one had come after the other."""

import random
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from lastseen.domain.device import DeviceKind
from lastseen.domain.event import DeviceUpdate, Status
from lastseen.domain.event_catalog import StatusKind
from lastseen.errors import StoreUnavailable
from lastseen.store.batches import Batches
from tests.contracts.store import CAR, key, said, status, update
from tests.integration.engines import Engine
from tests.integration.tables import Tables, connect
from tests.support.arrivals import NO_HURRY, reported, take, told
from tests.support.builders import Json
from tests.support.dynamodb_faults import EXECUTE

_SENDERS = 3
_MOST_ATTEMPTS = 10


def _some_events(choose: random.Random) -> list[Json]:
    """Forty events of few devices and statuses, so that every sender meets the others at every item."""
    verbs = ["updated", "updated", "discovered", "deleted"]
    kinds = [DeviceKind.VEHICLE, DeviceKind.HEM_SYSTEM]
    events = [
        told(
            choose.choice(verbs),
            choose.choice("abcd"),
            at=choose.randrange(20),
            kind=choose.choice(kinds),
            variant=choose.randrange(3),
        )
        for _ in range(35)
    ]
    return events + [
        reported("user:schedule:execution-updated", at=at, updatedFields=[str(choose.random())])
        for at in range(5)
    ]


@pytest.mark.parametrize("seed", range(6))
def test_senders_of_the_same_and_of_different_deliveries_end_in_the_same_tables(
    fresh_tables: Tables, seed: int
) -> None:
    """Enode may send a delivery again while we still work on it; Lambda then works on both."""
    choose = random.Random(seed)
    events = _some_events(choose)
    take(events, fresh_tables.log(), fresh_tables.states())
    in_one_pass = fresh_tables.contents()
    fresh_tables.restore({})

    def send(deliveries: list[list[Json]]) -> None:
        with ThreadPoolExecutor(max_workers=4) as pool:
            batches = Batches(fresh_tables.client, pool)
            for delivery in deliveries:
                _until_taken(delivery, fresh_tables, batches)

    with ThreadPoolExecutor(max_workers=_SENDERS) as senders:
        rounds = []
        for _ in range(_SENDERS):
            shuffled = choose.sample(events, len(events))
            rounds.append([shuffled[start : start + 10] for start in range(0, len(shuffled), 10)])
        list(senders.map(send, rounds))

    assert fresh_tables.contents() == in_one_pass


def _until_taken(delivery: list[Json], tables: Tables, batches: Batches) -> None:
    for _ in range(_MOST_ATTEMPTS):
        try:
            take(delivery, tables.log(batches), tables.states(batches))
        except StoreUnavailable:
            continue
        return
    raise AssertionError(f"not taken after {_MOST_ATTEMPTS} attempts")


@contextmanager
def _just_before(call: int, tables: Tables, engine: Engine, act: Callable[[], object]) -> Iterator[Tables]:
    """Tables of a sender who is overtaken just before its n-th call, or before every one from the n-th on."""
    slow = Tables(connect(engine), tables.devices, tables.history, tables.pool)
    made = 0

    def overtake(**_: Any) -> None:
        nonlocal made
        made += 1
        if made >= call:
            act()

    slow.client.meta.events.register(f"before-send.dynamodb.{EXECUTE}", overtake)
    yield slow
    assert made >= call


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (update(seen=said(5)), update(seen=said(3))),
        (update(seen=said(3)), update(seen=said(5))),
        (update(seen=said(3)), update(gone=key(5))),
        (update(gone=key(5)), update(seen=said(3))),
        (update(found=said(5)), update(seen=said(3))),
        (update(found=said(3)), update(found=said(3))),
        (status(StatusKind.SCHEDULE, "one", at=3), status(StatusKind.SCHEDULE, "one", at=5)),
        (status(StatusKind.SCHEDULE, "one", at=5), status(StatusKind.SCHEDULE, "one", at=3)),
    ],
)
def test_who_is_overtaken_at_first_sight_joins_what_the_other_inserted(
    fresh_tables: Tables, engine: Engine, mine: DeviceUpdate | Status, theirs: DeviceUpdate | Status
) -> None:
    """Both find nothing, one inserts; the other's insert is a DuplicateItem, and it must update after all."""
    fresh_tables.states().merge([mine], NO_HURRY)
    fresh_tables.states().merge([theirs], NO_HURRY)
    one_after_the_other = fresh_tables.contents()
    fresh_tables.restore({})
    others = iter([theirs])

    def overtake() -> None:
        for effect in others:
            fresh_tables.states().merge([effect], NO_HURRY)

    with _just_before(2, fresh_tables, engine, overtake) as slow:
        slow.states().merge([mine], NO_HURRY)

    assert fresh_tables.contents() == one_after_the_other


@pytest.mark.parametrize("theirs", [update(seen=said(7)), update(found=said(8)), update(gone=key(9))])
@pytest.mark.parametrize("mine", [update(seen=said(4)), update(found=said(6)), update(gone=key(2))])
@pytest.mark.parametrize("call", [1, 2])
def test_who_is_overtaken_while_joining_joins_again(
    fresh_tables: Tables, engine: Engine, mine: DeviceUpdate, theirs: DeviceUpdate, call: int
) -> None:
    """A computed join is written only where the snapshot it was computed from still stands."""
    before = update(seen=said(3), found=said(5), gone=key(1))
    for effect in (before, mine, theirs):
        fresh_tables.states().merge([effect], NO_HURRY)
    one_after_the_other = fresh_tables.contents()
    fresh_tables.restore({})
    fresh_tables.states().merge([before], NO_HURRY)
    others = iter([theirs])

    def overtake() -> None:
        for effect in others:
            fresh_tables.states().merge([effect], NO_HURRY)

    with _just_before(call, fresh_tables, engine, overtake) as slow:
        slow.states().merge([mine], NO_HURRY)

    assert fresh_tables.contents() == one_after_the_other


def test_who_is_overtaken_time_and_again_gives_up_and_is_told_so(
    fresh_tables: Tables, engine: Engine
) -> None:
    """Eight rounds are enough for every honest race; more means that the answer would come too late anyway."""
    fresh_tables.states().merge([update(seen=said(1), gone=key(0))], NO_HURRY)
    moments = iter(range(10, 100))

    def overtake() -> None:
        fresh_tables.states().merge([update(gone=key(next(moments)))], NO_HURRY)

    with (
        _just_before(1, fresh_tables, engine, overtake) as slow,
        pytest.raises(StoreUnavailable, match="faster than by us"),
    ):
        slow.states().merge([update(seen=said(5))], NO_HURRY)
    fresh_tables.states().merge([update(seen=said(5))], NO_HURRY)

    known = fresh_tables.reader().one("anna", CAR)
    assert known is not None
    assert known.snapshot.seen.ord == said(5).ord
    assert known.snapshot.gone == key(next(moments) - 1)
