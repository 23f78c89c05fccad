"""Proves `store/anchor_store.py`: every stream is found from the state, and only an entry that stands expires later."""

from datetime import datetime, timedelta
from typing import Any

import pytest

from lastseen.domain import order
from lastseen.domain.anchor import Extension, LogStream
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceLog
from lastseen.domain.event_catalog import Family
from lastseen.enode import delivery as enode_delivery
from lastseen.store.anchor_store import DynamoAnchors
from lastseen.store.records import DynamoRecords
from lastseen.usecases import ingest
from lastseen.usecases.maintenance import anchors
from tests.integration.tables import Tables
from tests.support.arrivals import NO_HURRY
from tests.support.builders import (
    NOON,
    Json,
    a_delivery,
    a_schedule,
    a_schedule_status,
    a_smart_charging_status,
    a_vehicle,
    an_action,
    an_event,
    an_inverter,
)
from tests.support.fakes import FakeQuarantine

DAY, HOUR = timedelta(days=1), timedelta(hours=1)
CAR = DeviceId(DeviceKind.VEHICLE, "car")
ROOF = DeviceId(DeviceKind.INVERTER, "roof")


def _said(at: datetime = NOON) -> list[Json]:
    own: Json = {"at": at, "user_id": "anna"}
    schedule, status = a_schedule(targetId="car"), a_schedule_status(scheduleId="one")
    action = an_action(id="act", targetId="car", targetType="vehicle", state="PENDING")
    return [
        an_event(**own, vehicle=a_vehicle(id="car", userId="anna")),
        an_event("user:inverter:updated", **own, inverter=an_inverter(id="roof", userId="anna")),
        an_event(
            "user:vehicle:smart-charging-status-updated",
            **own,
            smartChargingStatus=a_smart_charging_status(vehicleId="car"),
        ),
        an_event("user:schedule:execution-updated", **own, status=status, schedule=schedule),
        an_event("user:vendor-action:updated", **own, vendorAction=action),
        an_event("user:credentials:invalidated", **own, vendor="TESLA"),
        an_event("system:heartbeat", at=at),
        an_event("user:unheard-of", **own),
    ]


@pytest.fixture
def subject(fresh_tables: Tables) -> DynamoAnchors:
    """Tables in which a word of everything was said, with one day of history."""
    ingest.take(
        enode_delivery.read(a_delivery(_said()), now=NOON),
        log=fresh_tables.log(kept=DAY),
        states=fresh_tables.states(kept=DAY),
        quarantine=FakeQuarantine(),
        received_at=NOON,
        delivery_id="-",
        deadline=NO_HURRY,
    )
    tables = fresh_tables
    return DynamoAnchors(tables.devices, tables.history, tables.client, tables.batches, tables.pool)


def _expiries(tables: Tables) -> dict[str, datetime]:
    found: dict[str, Any] = {
        f"{item['pk']['S']} {item['sk']['S'].partition('#')[0]}": item
        for item in tables.contents().values()
        if "rest" in item
    }
    return {
        place: datetime.fromtimestamp(int(item["ttl"]["N"]), tz=NOON.tzinfo) for place, item in found.items()
    }


def test_every_stream_is_found_from_the_state_however_it_is_paged(subject: DynamoAnchors) -> None:
    """Devices, statistics, smart charging, schedules and actions; no accounts, users, records or heartbeats."""
    whole = subject.streams(start=None, most=100, now=NOON)
    paged: list[LogStream] = []
    cursor, items = None, 0
    while True:
        page = subject.streams(start=cursor, most=1, now=NOON)
        paged += page.streams
        items += page.items
        cursor = page.cursor
        if cursor is None:
            break

    found = {(one.place.device, one.place.family, one.id) for one in whole.streams}
    assert found == {
        (CAR, Family.DEVICE, ""),
        (ROOF, Family.DEVICE, ""),
        (ROOF, Family.STATISTICS, ""),
        (CAR, Family.SMART_CHARGING, ""),
        (CAR, Family.SCHEDULES, "one"),
        (CAR, Family.ACTIONS, "act"),
    }
    assert {(one.place, one.id) for one in paged} == {(one.place, one.id) for one in whole.streams}
    assert items == whole.items
    assert set(whole.snapshots) == {("anna", CAR), ("anna", ROOF)}
    assert subject.snapshots([("anna", CAR), ("ben", CAR)]).keys() == {("anna", CAR)}


def test_an_action_that_has_expired_in_the_state_is_no_stream_whether_it_was_deleted_or_not(
    subject: DynamoAnchors,
) -> None:
    """DynamoDB takes up to two days to delete what has expired."""
    later = subject.streams(start=None, most=100, now=NOON + timedelta(days=31))

    assert Family.ACTIONS not in {one.place.family for one in later.streams}


def test_only_an_entry_that_stands_expires_later_and_never_earlier(
    subject: DynamoAnchors, fresh_tables: Tables
) -> None:
    """What DynamoDB deleted meanwhile does not come back as half an item."""
    (word,) = subject.words(DeviceLog(CAR, "anna"), after=order.FIRST, before=order.LAST, limit=5)
    (other,) = subject.words(DeviceLog(ROOF, "anna"), after=order.FIRST, before=order.LAST, limit=5)
    assert word.expires_at == NOON + 30 * HOUR
    subject.extend([Extension(word.entry, NOON + 90 * HOUR)], NO_HURRY)
    subject.extend([Extension(word.entry, NOON + 40 * HOUR)], NO_HURRY)
    fresh_tables.client.delete_item(
        TableName=fresh_tables.history,
        Key={"pk": {"S": "D#inverter#roof#anna"}, "sk": {"S": f"device#{other.entry.ord}"}},
    )
    subject.extend([Extension(other.entry, NOON + 90 * HOUR)], NO_HURRY)

    (again,) = subject.words(DeviceLog(CAR, "anna"), after=order.FIRST, before=order.LAST, limit=5)
    assert again.expires_at == NOON + 90 * HOUR
    assert again.entry == word.entry
    assert subject.words(DeviceLog(ROOF, "anna"), after=order.FIRST, before=order.LAST, limit=5) == []


def test_a_pass_lets_every_stream_that_stands_still_stay(
    subject: DynamoAnchors, fresh_tables: Tables
) -> None:
    """The words of the device, its statuses and an open action; not those that are no stream's."""
    now = NOON + 25 * HOUR
    records = DynamoRecords(fresh_tables.devices, fresh_tables.client)

    done = anchors.run(anchors=subject, records=records, kept=DAY, now=now, deadline=NO_HURRY)

    assert (done.streams, done.kept) == (6, 5)
    assert _expiries(fresh_tables) == {
        "D#vehicle#car#anna device": now + 12 * HOUR,
        "D#inverter#roof#anna device": now + 12 * HOUR,
        "D#vehicle#car#anna smartChargingStatus": now + 12 * HOUR,
        "D#vehicle#car#anna schedules": now + 12 * HOUR,
        "D#vehicle#car#anna vendorActions": now + 12 * HOUR,
        **{place: NOON + 30 * HOUR for place in _expiries(fresh_tables) if place.startswith("U#")},
    }
