"""Proves `usecases/reading/health.py`, `domain/health.py`, `api/health_view.py`, `routes/health.py`,
`usecases/heartbeat.py`:
operators see what every part last reported, nobody else.
"""

import json
from datetime import UTC, datetime, timedelta

import pytest

from lastseen.api import health_view
from lastseen.domain import instant
from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import Status, StatusId
from lastseen.domain.event_catalog import StatusKind
from lastseen.domain.fault import Fault, Subject
from lastseen.errors import Forbidden
from lastseen.usecases.maintenance.faults import Faults
from lastseen.usecases.reading import health
from tests.support.builders import NOON
from tests.support.fake_maintenance import FakeRecords
from tests.support.fakes import FakeDevices, FakeStates

OPERATOR = Caller(None, sees_all=True)
NO_HURRY = Deadline(1.0, lambda: 0.0)


def test_a_user_is_no_operator() -> None:
    """How many devices there are is nobody else's business."""
    with pytest.raises(Forbidden, match="fleet:read"):
        health.read_health(Caller("anna"), devices=FakeDevices(FakeStates()), records=FakeRecords(), now=NOON)


def test_of_parts_that_never_ran_nothing_is_invented() -> None:
    """Null is what is known of them."""
    seen = health.read_health(OPERATOR, devices=FakeDevices(FakeStates()), records=FakeRecords(), now=NOON)

    told = json.loads(health_view.health(seen))

    assert told == {
        "heartbeat": {"at": None, "pendingEvents": None},
        "webhook": None,
        "sweep": None,
        "reconcile": None,
        "reconcileDueAt": None,
        "devices": {"countedAt": None, "verdicts": None, "listedByEnode": None},
        "cadences": [],
    }


def test_what_the_parts_left_behind_is_told() -> None:
    """In the words of JSON, and no more than is meant for operators: cursors and fingerprints stay inside."""
    states, records = FakeStates(), FakeRecords()
    beat = {"event": "system:heartbeat", "createdAt": "2026-03-01T12:00:00Z", "pendingEvents": 3}
    heartbeat = Status(
        StatusId(StatusKind.HEARTBEAT), "2026-03-01T12:00:00.000Z#aa", json.dumps(beat).encode()
    )
    states.merge([heartbeat], NO_HURRY)
    records.write("WEBHOOK", {"is_active": True, "secret": "fingerprint", "step": "nothing"}, version=0)
    records.write("SWEEP", {"ended_at": "2026-03-01T12:00:05.000Z", "counts": {"hints_sent": 2}}, version=0)
    progress = {"stage": "users", "cursor": "inside", "counts": {"gone": 1}, "left": ["list of hvacs"]}
    found = Faults()
    found.found(Subject.of(("anna", DeviceId(DeviceKind.VEHICLE, "one"))), Fault("it fails (status 500)"))
    found.write(records, NOON)
    found.write(records, NOON + timedelta(minutes=15))
    records.write("RECONCILE", {"progress": progress}, version=0)
    records.write("CENSUS", {"at": "2026-03-01T11:00:00.000Z", "verdicts": {"fresh": 5}}, version=0)

    seen = health.read_health(OPERATOR, devices=FakeDevices(states), records=records, now=NOON)

    text = health_view.health(seen)
    told = json.loads(text)
    assert seen.heartbeat_at == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert told["heartbeat"] == {"at": "2026-03-01T12:00:00.000Z", "pendingEvents": 3}
    assert told["webhook"]["isActive"] is True
    assert told["sweep"]["counts"] == {"hintsSent": 2}
    assert told["sweep"]["faults"] == [
        {
            "what": "device",
            "kind": "vehicle",
            "id": "one",
            "userId": "anna",
            "reason": "it fails (status 500)",
            "times": 2,
            "since": "2026-03-01T12:00:00.000Z",
            "lastAt": "2026-03-01T12:15:00.000Z",
        }
    ]
    assert told["reconcile"]["left"] == ["list of hvacs"]
    assert told["reconcile"]["stage"] == "users"
    assert told["reconcile"]["counts"] == {"gone": 1}
    assert told["devices"]["verdicts"] == {"fresh": 5}
    assert "fingerprint" not in text
    assert "inside" not in text


@pytest.mark.parametrize(
    ("ahead", "told"),
    [
        (-60, "2026-03-01T11:59:00.000Z"),
        (0, "2026-03-01T12:00:00.000Z"),
        (599, "2026-03-01T12:00:00.000Z"),
        (601, None),
    ],
)
def test_a_heartbeat_is_never_later_than_now(ahead: int, told: str | None) -> None:
    """Enode's clock may be a little ahead of ours; a heart that beats in the future is nobody's sign of life."""
    states = FakeStates()
    beat = {"createdAt": instant.fixed(NOON + timedelta(seconds=ahead)), "pendingEvents": 0}
    states.merge([Status(StatusId(StatusKind.HEARTBEAT), "2026#aa", json.dumps(beat).encode())], NO_HURRY)

    seen = health.read_health(OPERATOR, devices=FakeDevices(states), records=FakeRecords(), now=NOON)

    assert json.loads(health_view.health(seen))["heartbeat"]["at"] == told


@pytest.mark.parametrize("pending", [True, False, "3", None, [3]])
def test_a_queue_whose_length_is_no_number_has_none(pending: object) -> None:
    """In Python true is a number; in JSON it is none."""
    states = FakeStates()
    beat = {"createdAt": instant.fixed(NOON), "pendingEvents": pending}
    states.merge([Status(StatusId(StatusKind.HEARTBEAT), "2026#aa", json.dumps(beat).encode())], NO_HURRY)

    seen = health.read_health(OPERATOR, devices=FakeDevices(states), records=FakeRecords(), now=NOON)

    assert seen.pending_events is None


def test_a_fault_that_nobody_finds_again_is_forgotten() -> None:
    """Its device may be gone; what is shown stands."""
    records, found = FakeRecords(), Faults()
    found.found(Subject.user("anna"), Fault("it fails"))
    found.write(records, NOON)

    def shown(at: datetime) -> int:
        return len(
            health.read_health(OPERATOR, devices=FakeDevices(FakeStates()), records=records, now=at).faults
        )

    assert (shown(NOON + timedelta(hours=30)), shown(NOON + timedelta(hours=31))) == (1, 0)
