"""What a delivery costs: calls, trips one after the other, and write units; counted, not timed."""

from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any
from uuid import UUID

from lastseen.domain import check_schedule
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.check_schedule import TrackedDevice
from lastseen.domain.event import Confirmation, Source
from lastseen.domain.maintenance import NotFoundAtEnode
from lastseen.domain.observation import Observation
from lastseen.store.attributes import DENIED_AT, FAILED_RUN, FOUND, GONE, HINT_AT, MISSING_RUN, SEEN, UNLOGGED
from lastseen.store.check_store import DynamoCheckStore
from tests.integration import template
from tests.integration.engines import Engine
from tests.integration.tables import Tables, connect
from tests.support.arrivals import NO_HURRY, take
from tests.support.builders import NOON, USER, a_fleets_delivery, a_vehicle, an_event
from tests.support.dynamodb_faults import EXECUTE, PUT, Faults, injected

_WRITE_UNIT = 1024

_LARGEST_PLAIN_DEVICE = 576
"""Bytes of a vehicle as Enode documents it, of which nothing but updates is known."""

_LARGEST_DEVICE = 900
"""Bytes of the heaviest: what more is to be remembered of a device must fit beside it in a write unit."""


def _watched(tables: Tables, engine: Engine) -> Faults:
    """Deliver a hundred updates of a hundred vehicles, and watch the calls."""
    watched = Tables(connect(engine), tables.devices, tables.history, tables.pool)
    with injected(watched.client) as calls:
        take(a_fleets_delivery(100, at=NOON + timedelta(minutes=1)), watched.log(), watched.states())
    return calls


def _waves(calls: Faults) -> list[str]:
    """What was under way, phase by phase: a new one begins where all calls so far had ended and four were made."""
    waves: list[str] = []
    made = under_way = 0
    for what, operation in calls.seen:
        if what == "begin":
            assert under_way == 0 or waves[-1] == operation, "two kinds of calls at once"
            if made % 4 == 0:
                assert under_way == 0, "a trip began before the last had ended"
                waves.append(operation)
            made += 1
            under_way += 1
        else:
            under_way -= 1
    return waves


def test_a_hundred_events_of_known_vehicles_are_eight_calls_in_two_trips(
    fresh_tables: Tables, engine: Engine
) -> None:
    """Four batches of log, and when all of them are acknowledged, four of state."""
    take(a_fleets_delivery(100), fresh_tables.log(), fresh_tables.states())

    calls = _watched(fresh_tables, engine)

    assert sorted(calls.calls) == [EXECUTE] * 4 + [PUT] * 4
    assert _waves(calls) == [PUT, EXECUTE]


def test_a_hundred_vehicles_never_seen_need_a_third_trip(fresh_tables: Tables, engine: Engine) -> None:
    """The update finds nothing to update, and the item is inserted."""
    calls = _watched(fresh_tables, engine)

    assert sorted(calls.calls) == [EXECUTE] * 8 + [PUT] * 4
    assert _waves(calls) == [PUT, EXECUTE, EXECUTE]


def test_an_event_of_a_typical_vehicle_is_two_write_units(fresh_tables: Tables) -> None:
    """One for the log, one for the state: an item of at most a kilobyte each, as it stands."""
    take(a_fleets_delivery(100), fresh_tables.log(kept=timedelta(days=90)), fresh_tables.states())

    items = fresh_tables.contents(without=())

    units = [ceil(_size(item) / _WRITE_UNIT) for item in items.values()]
    assert units == [1] * 200


def test_a_device_weighs_what_it_must(fresh_tables: Tables) -> None:
    """Every sweep reads the whole table: what one item weighs too much is paid for a million times an hour."""
    take([an_event()], fresh_tables.log(), fresh_tables.states())

    (item,) = (one for one in fresh_tables.contents(without=()).values() if SEEN in one)

    assert _size(item) <= _LARGEST_PLAIN_DEVICE


def test_nothing_stands_in_an_item_that_is_not_there(fresh_tables: Tables) -> None:
    """No NULL: neither in a device, at first sight and later, discovered, deleted and linked again, nor in a status."""
    names = ("discovered", "updated", "deleted", "discovered", "updated")
    events = [
        an_event(f"user:vehicle:{name}", at=NOON + timedelta(minutes=minute))
        for minute, name in enumerate(names)
    ]
    others = (
        "user:vehicle:smart-charging-status-updated",
        "user:credentials:invalidated",
        "system:heartbeat",
    )

    for event in (*events, *map(an_event, others)):
        take([event], fresh_tables.log(), fresh_tables.states())

        items = fresh_tables.contents(without=())
        assert not [item for item in items.values() if {"NULL": True} in item.values()]


def test_a_device_in_the_heaviest_of_its_states_leaves_room(fresh_tables: Tables) -> None:
    """Discovered, read, deleted, linked again, looked at, hinted, denied, missing, asked for in vain: all at once."""
    tracked, checks = _hinted(fresh_tables)
    owned = tracked.owned
    checks.mark_denied([NotFoundAtEnode(owned, NOON)], NO_HURRY)
    checks.mark_missing([NotFoundAtEnode(owned, NOON)], run=str(UUID(int=1)), deadline=NO_HURRY)
    checks.mark_failed([owned], run=str(UUID(int=2)), deadline=NO_HURRY)
    for minute, name in enumerate(("deleted", "discovered", "updated"), start=5):
        event = an_event(f"user:vehicle:{name}", at=NOON + timedelta(minutes=minute))
        take([event], fresh_tables.log(), fresh_tables.states())
    (item,) = (one for one in fresh_tables.contents(without=()).values() if SEEN in one)

    assert {GONE, DENIED_AT, MISSING_RUN, FAILED_RUN, HINT_AT, UNLOGGED} <= item.keys()
    assert _size(item) <= _LARGEST_DEVICE


def test_a_vehicle_in_the_midst_of_its_checks_is_one_write_unit(fresh_tables: Tables) -> None:
    """Discovered, read without news, looked at and hinted: an update must not pay for what is remembered of that."""
    _hinted(fresh_tables)
    (item,) = (one for one in fresh_tables.contents(without=()).values() if SEEN in one)

    assert {FOUND, UNLOGGED, HINT_AT} <= item.keys()
    assert _size(item) <= _LARGEST_DEVICE


def _hinted(fresh_tables: Tables) -> tuple[TrackedDevice, DynamoCheckStore]:
    for event in (an_event("user:vehicle:discovered"), an_event(at=NOON + timedelta(minutes=1))):
        take([event], fresh_tables.log(), fresh_tables.states())
    (known,) = (one.known for one in fresh_tables.reader().walk_user(USER))
    reading = Observation(known.device, USER, a_vehicle(), NOON + timedelta(minutes=2))
    _, update = reading.observed(Source.RECONCILE)
    fresh_tables.states().confirm([Confirmation(update, known.snapshot, Source.RECONCILE)], NO_HURRY)
    owned = (USER, known.device)
    checks = DynamoCheckStore(
        fresh_tables.devices, fresh_tables.client, fresh_tables.batches, fresh_tables.pool
    )
    tracked = checks.one(owned)
    assert tracked is not None
    (tracked,) = checks.claim([tracked], until=NOON, deadline=NO_HURRY)
    check = check_schedule.record_hint(
        replace(tracked.check, checked_at=NOON, checked_seen=NOON),
        seen=NOON,
        now=NOON,
        backoff=BackoffPolicy(),
    )
    assert checks.write_down_hints([(tracked, check)], claim=NOON, deadline=NO_HURRY)
    return tracked, checks


def test_no_key_of_an_index_changes_when_a_known_device_is_updated(fresh_tables: Tables) -> None:
    """An index is paid for only when one of its keys changes."""
    index_keys = {
        key["AttributeName"]
        for index in template.table("DevicesTable")["GlobalSecondaryIndexes"]
        for key in index["KeySchema"]
    }
    take(a_fleets_delivery(3), fresh_tables.log(), fresh_tables.states())
    before = fresh_tables.contents()

    take(a_fleets_delivery(3, at=NOON + timedelta(minutes=1)), fresh_tables.log(), fresh_tables.states())

    after = fresh_tables.contents()
    for place, item in before.items():
        assert {key: item.get(key) for key in index_keys} == {
            key: after[place].get(key) for key in index_keys
        }


def _size(values: Any) -> int:
    """Bytes that DynamoDB bills for one attribute value, or for an item of them, names counted."""
    match values:
        case {"S": str(text)}:
            return len(text.encode())
        case {"B": bytes(binary)}:
            return len(binary)
        case {"N": str(number)}:
            digits = number.replace(".", "").strip("-0")
            return (len(digits) + 1) // 2 + 1 + number.startswith("-")
        case {"BOOL": _} | {"NULL": _}:
            return 1
        case dict(item):
            return sum(len(name.encode()) + _size(value) for name, value in item.items())
    raise TypeError(f"no DynamoDB value: {type(values).__name__}")
