"""What a delivery costs: calls, trips one after the other, and write units; counted, not timed."""

from dataclasses import replace
from datetime import timedelta
from math import ceil
from typing import Any

from lastseen.domain import check_schedule
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.event import Confirmation, Source
from lastseen.domain.observation import Observation
from lastseen.store.check_store import DynamoCheckStore
from tests.integration import template
from tests.integration.engines import Engine
from tests.integration.tables import Tables, connect
from tests.support.arrivals import NO_HURRY, take
from tests.support.builders import NOON, USER, a_fleets_delivery, a_vehicle, an_event
from tests.support.dynamodb_faults import EXECUTE, PUT, Faults, injected

_WRITE_UNIT = 1024


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


def test_a_vehicle_in_the_midst_of_its_care_is_one_write_unit(fresh_tables: Tables) -> None:
    """Discovered, read without news, looked at and hinted: an update must not pay for what is remembered of that."""
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
    (item,) = (one for one in fresh_tables.contents(without=()).values() if "seen" in one)

    assert {"found", "unlogged", "hint_at"} <= item.keys()
    assert _size(item) <= _WRITE_UNIT


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
            return (len(number.lstrip("-").replace(".", "")) + 1) // 2 + 1
        case {"BOOL": _} | {"NULL": _}:
            return 1
        case dict(item):
            return sum(len(name.encode()) + _size(value) for name, value in item.items())
    raise TypeError(f"no DynamoDB value: {type(values).__name__}")
