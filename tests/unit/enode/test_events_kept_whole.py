"""Proves `enode/events.py`: nothing an event says is lost, and its order key follows from all of it."""

import json
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lastseen.domain import instant
from lastseen.domain.event import Event, Status
from lastseen.enode import events
from tests.support.builders import EVENTS, NOON, SUBJECTS, USER, Json, a_vehicle, an_event


def _read(element: object) -> Event:
    return events.read(element, now=NOON)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
KEYS = [
    "",
    "event_",
    "user",
    "version",
    "schedule",
    "status",
    "vendor",
    "more",
    "updatedFields",
    "chargeAction",
]
extras = st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=5), json_values, max_size=4)
instants = st.sampled_from(
    ["2026-03-01T12:00:00Z", "2026-03-01T12:00:00.000Z", "2026-03-01T13:00:00.1234+01:00"]
)


@pytest.mark.parametrize("name", [*EVENTS, "user:of:tomorrow", "system:of-tomorrow"])
@settings(max_examples=10)
@given(
    instants,
    extras,
    extras,
    st.sets(st.sampled_from(["version", "schedule", "updatedFields", "user"])),
)
@example("2026-03-01T12:00:00Z", {}, {}, set())
@example("2026-03-01T12:00:00Z", {"schedule": None}, {}, set())
@example("2026-03-01T12:00:00Z", {}, {}, {"schedule", "updatedFields", "version"})
def test_what_is_kept_is_the_whole_event(
    name: str, at: str, more: Json, inside: Json, less: set[str]
) -> None:
    """Document, envelope and attributes together give the event back, to the last property."""
    told = {key: value for key, value in (an_event(name, at=at) | more).items() if key not in less}
    if name in SUBJECTS and isinstance(told.get(SUBJECTS[name]), dict):
        told[SUBJECTS[name]] = inside | told[SUBJECTS[name]]
    try:
        event = _read(told)
    except events.UnusableError:
        return

    assert _put_together(event) == _without_rows(told)


def _put_together(event: Event) -> Json:
    if event.entry is None:
        (effect,) = event.effects
        assert isinstance(effect, Status)
        return dict(json.loads(effect.document))
    entry = event.entry
    resource, besides = json.loads(entry.document), json.loads(entry.envelope)
    attributes: Json = {"event": entry.name, "createdAt": instant.fixed(entry.at)}
    if entry.user_id is not None:
        attributes["user"] = {"id": entry.user_id}
    if entry.name in ("user:schedule:execution-updated", "user:credentials:invalidated"):
        return {**attributes, **besides, **resource}
    if entry.name not in SUBJECTS:
        return dict(resource)
    subject = SUBJECTS[entry.name]
    if entry.name == "user:charge-action:updated" and "chargeAction" in besides:
        subject = "vendorAction"
    return {**attributes, **besides, subject: resource}


def _without_rows(told: Json) -> Json:
    statistics: Any = told.get("statistics")
    if told["event"] != "user:inverter:statistics-updated":
        return told
    kept = {
        name: {key: value for key, value in block.items() if key != "data"}
        if isinstance(block, dict)
        else block
        for name, block in statistics["resolutions"].items()
    }
    return told | {"statistics": statistics | {"resolutions": kept}}


@given(st.permutations(list(an_event().items())))
def test_the_order_key_ignores_the_order_of_properties(shuffled: list[tuple[str, Any]]) -> None:
    """Enode promises no order of keys; a redelivery must find its own item."""
    one, other = _read(an_event()), _read(dict(shuffled))

    assert one == other


@pytest.mark.parametrize(
    "changes",
    [
        {"event": "user:vehicle:discovered"},
        {"user": {"id": "another"}},
        {"user": {"id": USER, "more": 1}},
        {"createdAt": "2026-03-01T12:00:00.001Z"},
        {"version": "2026-10-01"},
        {"updatedFields": ["location"]},
        {"vehicle": a_vehicle(battery_percent=21)},
        {"more": None},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_any_difference_makes_another_order_key(changes: Json) -> None:
    """Two events of one device in one millisecond are two entries of the log."""
    one, other = _read(an_event()), _read(an_event() | changes)

    assert one.entry is not None
    assert other.entry is not None
    assert one.entry.ord != other.entry.ord
