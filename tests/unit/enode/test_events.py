"""Proves `enode/events.py`, `domain/event.py`: where each event of API 2024-10-01 lands."""

import json

import pytest

from lastseen.domain import document, instant
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import (
    DeviceLog,
    DeviceUpdate,
    Event,
    Place,
    Source,
    Status,
    StatusId,
    SystemLog,
    UserLog,
)
from lastseen.domain.event_catalog import Family, StatusKind
from lastseen.domain.snapshot import EMPTY_REGISTER, NEVER, Register, Snapshot
from lastseen.enode import events
from tests.support.builders import (
    ACTION,
    CHARGER,
    DEVICE_EVENTS,
    NOON,
    SCHEDULE,
    USER,
    VEHICLE,
    Json,
    a_device,
    a_schedule,
    a_vehicle,
    an_action,
    an_event,
    an_inverter,
    an_inverters_statistics,
    just_found,
)

THE_VEHICLE, THE_CHARGER = DeviceId(DeviceKind.VEHICLE, VEHICLE), DeviceId(DeviceKind.CHARGER, CHARGER)


def _read(element: object) -> Event:
    return events.read(element, now=NOON)


@pytest.mark.parametrize("name", DEVICE_EVENTS)
def test_a_device_event_is_written_under_its_device_and_moves_one_register(name: str) -> None:
    """`updated` is a full observation, `discovered` mostly nulls, `deleted` a tombstone: three registers."""
    kind, verb = DEVICE_EVENTS[name], name.rpartition(":")[2]
    told = an_event(name)
    resource = told[kind.wire_key]
    device = DeviceId(kind, resource["id"])

    event = _read(told)

    assert event.entry is not None
    said = Register(
        event.entry.ord, document.encode(resource), document.facts(kind, resource, at=event.entry.at)
    )
    snapshot = {
        "updated": Snapshot(seen=said),
        "discovered": Snapshot(found=said),
        "deleted": Snapshot(gone=event.entry.ord),
    }[verb]
    assert event.name == event.entry.name == name
    assert event.effects == (DeviceUpdate(device, USER, snapshot),)
    assert (event.entry.place, event.entry.user_id, event.entry.at) == (DeviceLog(device, USER), USER, NOON)
    assert event.entry.source is Source.WEBHOOK
    assert json.loads(event.entry.document) == resource


def _status(kind: StatusKind, id_: str) -> StatusId:
    return StatusId(kind, USER, id_)


@pytest.mark.parametrize(
    ("name", "place", "statuses"),
    [
        (
            "user:vehicle:smart-charging-status-updated",
            DeviceLog(THE_VEHICLE, USER, Family.SMART_CHARGING),
            [_status(StatusKind.SMART_CHARGING, VEHICLE)],
        ),
        (
            "user:schedule:execution-updated",
            DeviceLog(THE_VEHICLE, USER, Family.SCHEDULES),
            [_status(StatusKind.SCHEDULE, SCHEDULE)],
        ),
        (
            "user:vendor-action:updated",
            DeviceLog(THE_CHARGER, USER, Family.ACTIONS),
            [_status(StatusKind.ACTION, ACTION)],
        ),
        (
            "user:charge-action:updated",
            DeviceLog(THE_CHARGER, USER, Family.ACTIONS),
            [_status(StatusKind.ACTION, ACTION)],
        ),
        (
            "user:inverter:statistics-updated",
            DeviceLog(DeviceId(DeviceKind.INVERTER, an_inverter()["id"]), USER, Family.STATISTICS),
            [],
        ),
        (
            "user:credentials:invalidated",
            UserLog(USER),
            [StatusId(StatusKind.CREDENTIALS, USER, "TESLA", kind) for kind in DeviceKind],
        ),
        ("system:heartbeat", None, [StatusId(StatusKind.HEARTBEAT)]),
        ("enode:webhook:test", None, [StatusId(StatusKind.WEBHOOK_TEST)]),
        ("user:device:of-tomorrow", UserLog(USER), []),
    ],
)
def test_every_other_event_lands_where_it_belongs(
    name: str, place: Place | None, statuses: list[StatusId]
) -> None:
    """In the history of the device it is about, else of its user; and in one newest-wins status, if it is one."""
    event = _read(an_event(name))

    assert (event.entry and event.entry.place) == place
    assert [effect.id for effect in event.effects if isinstance(effect, Status)] == statuses
    assert len(event.effects) == len(statuses)


def test_an_unknown_event_without_a_user_is_written_down_for_the_system() -> None:
    """Names of tomorrow are no errors; nothing they say is lost."""
    told = {"event": "system:of-tomorrow", "createdAt": instant.fixed(NOON), "news": [1, None]}

    event = _read(told)

    assert event.entry is not None
    assert (event.entry.place, event.entry.user_id, event.effects) == (SystemLog(), None, ())
    assert json.loads(event.entry.document) == told


def test_a_heartbeat_keeps_the_length_of_enodes_queue() -> None:
    """`pendingEvents` growing is the first sign that deliveries do not get through."""
    event = _read(an_event("system:heartbeat", pendingEvents=41))

    (effect,) = event.effects
    assert isinstance(effect, Status)
    assert json.loads(effect.document)["pendingEvents"] == 41


def test_the_rows_of_statistics_are_not_kept() -> None:
    """They are pulled from Enode when wanted; the log keeps that they changed, and for which day."""
    event = _read(an_event("user:inverter:statistics-updated"))

    assert event.entry is not None
    kept = json.loads(event.entry.document)
    assert kept == an_inverters_statistics(resolutions={"QUARTER_HOUR": {"unit": "kWh"}})


@pytest.mark.parametrize("resolutions", [None, [], "HOUR", {"HOUR": None}, {"HOUR": [1]}, {}])
def test_statistics_of_another_shape_are_kept_as_they_came(resolutions: object) -> None:
    """Only rows where we know them are left out."""
    told = an_inverters_statistics(resolutions=resolutions)

    event = _read(an_event("user:inverter:statistics-updated", statistics=told))

    assert event.entry is not None
    assert json.loads(event.entry.document) == told


@pytest.mark.parametrize("kind", DeviceKind)
def test_schedules_and_actions_are_part_of_the_history_of_their_device(kind: DeviceKind) -> None:
    """Whatever kind of device they are for."""
    target = {"targetType": kind.value, "targetId": "a-device"}

    schedule = _read(an_event("user:schedule:execution-updated", schedule=a_schedule(**target)))
    action = _read(an_event("user:vendor-action:updated", vendorAction=an_action(**target)))

    for event, family in ((schedule, Family.SCHEDULES), (action, Family.ACTIONS)):
        assert event.entry is not None
        assert event.entry.place == DeviceLog(DeviceId(kind, "a-device"), USER, family)


@pytest.mark.parametrize(
    "target",
    [
        {"targetType": "heat-pump"},
        {"targetType": None},
        {"targetType": ["vehicle"]},
        {"targetId": None},
        {"targetId": ".."},
        {"targetId": 5},
    ],
)
def test_a_target_we_do_not_know_is_written_under_the_user(target: Json) -> None:
    """A kind of tomorrow can be scheduled before we know it; the status is kept all the same."""
    schedule = _read(an_event("user:schedule:execution-updated", schedule=a_schedule(**target)))
    action = _read(an_event("user:vendor-action:updated", vendorAction=an_action(**target)))

    for event in (schedule, action):
        assert event.entry is not None
        assert event.entry.place == UserLog(USER)
        (effect,) = event.effects
        assert isinstance(effect, Status)


@pytest.mark.parametrize("schedule", [None, "later", []])
def test_a_status_without_its_schedule_is_kept(schedule: object) -> None:
    """What the status says does not depend on it."""
    event = _read(an_event("user:schedule:execution-updated", schedule=schedule))

    (effect,) = event.effects
    assert isinstance(effect, Status)
    assert effect.id == _status(StatusKind.SCHEDULE, SCHEDULE)


@pytest.mark.parametrize("key", ["vendorAction", "chargeAction"])
def test_a_charge_action_is_found_under_either_name(key: str) -> None:
    """It is deprecated and has no schema any more."""
    told = an_event("user:charge-action:updated")
    del told["chargeAction"]

    event = _read(told | {key: an_action()})

    assert event.entry is not None
    assert event.entry.place == DeviceLog(THE_CHARGER, USER, Family.ACTIONS)


@pytest.mark.parametrize("kind", DeviceKind)
@pytest.mark.parametrize("leaves", [True, False], ids=["nulls inside the parts", "parts that are null"])
def test_both_renderings_of_a_discovery_are_taken(kind: DeviceKind, leaves: bool) -> None:
    """The documentation says that everything but `information` is null, and not how."""
    found = just_found(a_device(kind), leaves=leaves)

    event = _read(an_event(f"user:{kind}:discovered") | {kind.wire_key: found})

    (effect,) = event.effects
    assert isinstance(effect, DeviceUpdate)
    assert effect.snapshot.seen == EMPTY_REGISTER
    assert effect.snapshot.gone == NEVER
    assert json.loads(effect.snapshot.found.document or b"") == found


@pytest.mark.parametrize(
    "changes",
    [
        {"vendor": "A_VENDOR_OF_TOMORROW"},
        {"vendor": None},
        {"chargeState": {"powerDeliveryState": "PLUGGED_IN:SINGING"}},
        {"something": {"new": [1, {"deep": None}]}},
        {"lastSeen": None},
        {"lastSeen": 5},
        {"isReachable": "maybe"},
        {"chargeState": {"batteryLevel": 20, "range": 20.5, "odd": 1e-7, "big": 12345678901234567890}},
        {"chargeState": None, "location": None, "information": None, "scopes": None},
        {"userId": "somebody else"},
        {"": "", "event": "x", "user": {"id": 1}},
    ],
    ids=repr,
)
def test_what_is_merely_new_or_odd_is_stored_as_it_came(changes: Json) -> None:
    """New vendors, enum values and properties are no breaking changes to Enode; they break nothing here."""
    vehicle = a_vehicle(**changes)

    event = _read(an_event(vehicle=vehicle))

    (effect,) = event.effects
    assert isinstance(effect, DeviceUpdate)
    assert effect.snapshot.seen.document == document.encode(vehicle)
