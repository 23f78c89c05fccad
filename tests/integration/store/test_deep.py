"""A stored document that nests deeper than any let in today fails neither a delivery nor a read."""

import json
from datetime import UTC, datetime, timedelta

import pytest

from functions.read import app
from lastseen.domain import instant
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceLog, DeviceUpdate, Entry, Source
from lastseen.domain.event_catalog import READ
from lastseen.domain.observation import Observation
from lastseen.domain.order import order_key
from lastseen.domain.snapshot import Register, Snapshot
from lastseen.enode import delivery as enode_delivery
from lastseen.usecases import ingest
from tests.integration.tables import Tables
from tests.support.arrivals import NO_HURRY
from tests.support.builders import a_delivery, a_vehicle, an_event
from tests.support.fakes import FakeQuarantine
from tests.support.read_requests import ReadDoor

CAR = DeviceId(DeviceKind.VEHICLE, "car-1")
NOW = datetime.now(UTC).replace(microsecond=0)


def _let_in(tables: Tables, levels: int, at: datetime) -> None:
    """Keep a read as a version without bounds has kept it."""
    vehicle = a_vehicle(id=CAR.id, userId="anna", lastSeen=instant.fixed(at), odd="?")
    entry, update = Observation(CAR, "anna", vehicle, at).observed(Source.SWEEP)
    deep = entry.document.replace(b'"?"', b"[" * levels + b"7" + b"]" * levels)
    ord_ = order_key(at, deep)
    entry = Entry(DeviceLog(CAR, "anna"), ord_, at, READ, Source.SWEEP, deep, b"{}")
    said = Register(ord_, deep, update.snapshot.seen.facts)
    tables.log().append([entry], received_at=at, delivery_id="run", deadline=NO_HURRY)
    tables.states().merge([DeviceUpdate(CAR, "anna", Snapshot(seen=said))], NO_HURRY)


@pytest.mark.parametrize("levels", [195, 250, 3_000, 40_000])
def test_a_document_as_deep_as_a_well_fails_nobody(
    fresh_tables: Tables, levels: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Older events of that device are taken, newer ones too, and every question has an answer."""
    hour = timedelta(hours=1)
    _let_in(fresh_tables, levels, NOW - 3 * hour)
    _let_in(fresh_tables, levels + 1, NOW - 2 * hour)
    vehicle = a_vehicle(id=CAR.id, userId="anna", odd=1)

    for verb, back in (("updated", 4), ("discovered", 1), ("deleted", 5)):
        event = an_event(f"user:vehicle:{verb}", at=NOW - back * hour, user_id="anna", vehicle=vehicle)
        outcome = ingest.take(
            enode_delivery.read(a_delivery([event]), now=NOW),
            log=fresh_tables.log(),
            states=fresh_tables.states(),
            quarantine=FakeQuarantine(),
            received_at=NOW,
            delivery_id="late",
            deadline=NO_HURRY,
        )
        assert outcome.stored == 1

    door = ReadDoor(fresh_tables.reader(), fresh_tables.past())
    monkeypatch.setattr(app, "build", door.collaborators)
    then = instant.fixed(NOW - 2 * hour + timedelta(minutes=1))
    for path, query in [
        ("/vehicles", {}),
        ("/vehicles/car-1", {}),
        ("/vehicles/car-1", {"at": then}),
        ("/devices/car-1", {"fields": "odd,lastSeen"}),
        ("/devices/car-1", {"at": then, "fields": "odd"}),
        ("/users/anna/devices", {"at": then}),
        ("/devices/car-1/history", {}),
        ("/devices/car-1/history", {"order": "desc", "field": "odd"}),
        ("/devices/car-1/snapshots", {}),
        ("/devices/car-1/diff", {"from": instant.fixed(NOW - 4 * hour), "to": then}),
    ]:
        answer = door.get(path, query)
        assert answer.status == 200, (path, query, answer.text[:200])
    assert json.loads(door.get("/devices/car-1", {"fields": "vendor"}).text)["document"] == {
        "vendor": "TESLA"
    }
