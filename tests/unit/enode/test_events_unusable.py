"""Proves `enode/events.py`: what keeps an element from being an event, and that nothing merely odd does."""

from datetime import datetime, timedelta

import pytest

from lastseen.domain.delivery import Flaw
from lastseen.domain.event import DeviceUpdate, Event
from lastseen.enode import events
from tests.support.builders import (
    EVENTS,
    NOON,
    ODD_IDS,
    SUBJECTS,
    USER,
    a_schedule_status,
    a_vehicle,
    an_action,
    an_event,
    an_inverters_statistics,
)


def _read(element: object) -> Event:
    return events.read(element, now=NOON)


def _flaw(element: object) -> Flaw:
    with pytest.raises(events.UnusableError) as refusal:
        _read(element)
    return refusal.value.flaw


@pytest.mark.parametrize("element", [None, True, 1, 1.5, "an event", [], [an_event()]])
def test_an_element_must_be_an_object(element: object) -> None:
    """Anything else has no name and no time."""
    assert _flaw(element) is Flaw.NOT_AN_OBJECT


@pytest.mark.parametrize("name", [None, "", 5, ["user:vehicle:updated"], {}, "x" * 257])
def test_an_event_must_have_a_name(name: object) -> None:
    """Any name of up to 256 characters."""
    assert _flaw(an_event() | {"event": name}) is Flaw.NO_NAME
    assert _flaw({}) is Flaw.NO_NAME


@pytest.mark.parametrize("at", [None, "", 5, "now", "2026-03-01", {}, "2026-02-30T12:00:00Z"])
@pytest.mark.parametrize("name", ["user:vehicle:updated", "system:heartbeat", "user:of:tomorrow"])
def test_an_event_must_have_a_time(name: str, at: object) -> None:
    """Without `createdAt` there is no order; the time of arrival would invent one."""
    assert _flaw(an_event(name) | {"createdAt": at}) is Flaw.NO_TIME


def test_a_time_that_is_missing_is_no_time() -> None:
    """As above, left out altogether."""
    told = an_event()
    del told["createdAt"]

    assert _flaw(told) is Flaw.NO_TIME


@pytest.mark.parametrize(
    ("at", "is_taken"),
    [
        (NOON - timedelta(hours=72), True),
        (NOON - timedelta(hours=72, milliseconds=1), False),
        (NOON + timedelta(minutes=10), True),
        (NOON + timedelta(minutes=10, milliseconds=1), False),
        (datetime.fromisoformat("1970-01-01T00:00:00Z"), False),
        (datetime.fromisoformat("0001-01-01T00:00:00Z"), False),
        (datetime.fromisoformat("9999-12-31T23:59:59Z"), False),
    ],
)
def test_a_time_far_from_now_is_refused(at: datetime, is_taken: bool) -> None:
    """A key in the far future would win against every true event for ever after."""
    told = an_event(at=at)

    if is_taken:
        assert _read(told).name == "user:vehicle:updated"
    else:
        assert _flaw(told) is Flaw.TIME_OUT_OF_RANGE


BAD_IDS: list[object] = [
    None,
    "",
    5,
    True,
    [],
    {},
    ".",
    "..",
    "x" * 257,
    "x" * 2048,
    "\0" * 257,
    "\U0001f697" * 226,
    "\ud83d",
]
NEEDS_A_USER = [name for name in EVENTS if name.startswith("user:")]


@pytest.mark.parametrize("bad", BAD_IDS, ids=lambda bad: repr(bad)[:20])
def test_what_is_no_id_is_refused(bad: object) -> None:
    """No text, empty, a dot or two, more than 256 characters, or too large for a key."""
    for told in (
        an_event() | {"user": {"id": bad}},
        an_event(vehicle=a_vehicle(id=bad)),
        an_event("user:vehicle:smart-charging-status-updated", smartChargingStatus={"vehicleId": bad}),
        an_event("user:schedule:execution-updated", status=a_schedule_status(scheduleId=bad)),
        an_event("user:vendor-action:updated", vendorAction=an_action(id=bad)),
        an_event("user:inverter:statistics-updated", statistics=an_inverters_statistics(inverterId=bad)),
        an_event("user:credentials:invalidated", vendor=bad),
        an_event("user:of:tomorrow") | {"user": {"id": bad}},
    ):
        assert _flaw(told) is Flaw.BAD_ID


@pytest.mark.parametrize("id_", ["1", "auth0|42", "anna@example.org", USER, *ODD_IDS])
def test_ids_of_any_form_are_taken(id_: str) -> None:
    """User ids are the integrator's own: numbers, addresses, names, ids of an identity provider."""
    event = _read(an_event(user_id=id_, vehicle=a_vehicle(id=id_)))

    (effect,) = event.effects
    assert isinstance(effect, DeviceUpdate)
    assert (effect.user_id, effect.device.id) == (id_, id_)


@pytest.mark.parametrize("user", [None, "anna", 5, [], {}, {"name": "anna"}])
@pytest.mark.parametrize("name", NEEDS_A_USER)
def test_an_event_of_a_user_must_say_which(name: str, user: object) -> None:
    """Without a user nobody could be shown it, or be kept from seeing it."""
    assert _flaw(an_event(name) | {"user": user}) is Flaw.NO_USER


@pytest.mark.parametrize("user", ["anna", 5, [], {}])
def test_an_unknown_event_with_an_odd_user_is_set_aside(user: object) -> None:
    """It may be somebody's; it must not end up among the system's."""
    assert _flaw(an_event("user:of:tomorrow") | {"user": user}) is Flaw.NO_USER


@pytest.mark.parametrize("subject", [None, "odd", 5, [], [{}]], ids=repr)
@pytest.mark.parametrize("name", SUBJECTS)
def test_an_event_must_hold_what_it_is_about(name: str, subject: object) -> None:
    """An `updated` without its device says nothing that could be kept as one."""
    told = an_event(name) | {SUBJECTS[name]: subject}

    assert _flaw(told) is Flaw.NO_SUBJECT


@pytest.mark.parametrize("name", [*SUBJECTS, "system:heartbeat", "user:of:tomorrow"])
def test_infinity_is_no_number(name: str) -> None:
    """The parser makes it of 1e400; written out again it would be no JSON."""
    deep = {"deep": [float("inf")]}
    told = an_event(name)
    if name in SUBJECTS:
        told[SUBJECTS[name]] = told[SUBJECTS[name]] | deep

    assert _flaw(an_event(name) | deep) is Flaw.NUMBER_OUT_OF_RANGE
    assert name not in SUBJECTS or _flaw(told) is Flaw.NUMBER_OUT_OF_RANGE


@pytest.mark.parametrize(
    "name", [*SUBJECTS, "system:heartbeat", "user:of:tomorrow", "user:credentials:invalidated"]
)
def test_what_no_item_could_hold_is_set_aside(name: str) -> None:
    """DynamoDB takes 400 KB an item; the store would refuse it for ever, and its neighbours with it."""
    assert _flaw(an_event(name, more="x" * events.LARGEST_DOCUMENT)) is Flaw.TOO_LARGE
