"""Proves `domain/event_catalog.py`: a name has one row, and every place that lists event names lists the catalog's."""

import json
import re
from pathlib import Path

import pytest

from lastseen.domain.device import DeviceKind
from lastseen.domain.event import DeviceLog, DeviceUpdate, Status, SystemLog, UserLog
from lastseen.domain.event_catalog import (
    CATALOG,
    OWN_PREFIX,
    STATUSES,
    VERBS,
    EventRow,
    Family,
    LogOwner,
    StatusKind,
    SubjectKind,
)
from lastseen.domain.history import row_of
from lastseen.enode import events
from local.simulator.events import SUBSCRIBABLE
from tests.support.builders import EVENTS, NOON, SUBJECTS, an_event

ROOT = Path(__file__).parents[3]
HOME = "layers/core/python/lastseen/domain/event_catalog.py"
ENODES = {name: row for name, row in CATALOG.items() if not name.startswith(OWN_PREFIX)}

# Enode lets nobody subscribe to these by name: heartbeats are always sent, HEM systems need "*".
NOT_BY_NAME = {"system:heartbeat", *(f"user:hem-system:{verb}" for verb in VERBS)}


def names_of_the_example() -> set[str]:
    """The names in the delivery that holds every event."""
    example = json.loads((ROOT / "events/ingest/every-event.json").read_text("utf-8"))
    return {element["event"] for element in json.loads(example["body"])}


def names_of_the_page() -> set[str]:
    """The names that the table of the page of events tells of, written out where it says `<kind>`."""
    page = (ROOT / "docs/events.md").read_text("utf-8")
    table = page.partition("## What each event does")[2].partition("\n## ")[0]
    names = re.findall(r"`((?:user|system|enode):[a-z:<>-]+)`", table)
    return {name.replace("<kind>", kind) for name in names for kind in DeviceKind}


@pytest.mark.parametrize(
    ("place", "listed"),
    [
        ("tests/support/builders.py", set(EVENTS)),
        ("events/ingest/every-event.json", names_of_the_example()),
        ("local/simulator/events.py", SUBSCRIBABLE - {"*"} | NOT_BY_NAME),
        ("docs/events.md", names_of_the_page()),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_place_that_lists_events_lists_the_catalogs(place: str, listed: set[str]) -> None:
    """An event that one place forgot is half understood: not drawn by tests, not tried at the door, not explained."""
    assert set(ENODES) - listed == set(), f"{place} does not list all that {HOME} has"
    assert listed - set(ENODES) == set(), f"{HOME} has no row for all that {place} lists"


def test_the_builders_say_under_which_property_an_event_carries_what_it_is_about() -> None:
    """Where that is an object, the tests of the borders break it in every way."""
    told = {name: row.bodies for name, row in ENODES.items() if row.bodies}

    assert set(SUBJECTS) == set(told), "SUBJECTS of tests/support/builders.py"
    assert all(SUBJECTS[name] in bodies for name, bodies in told.items())


def test_every_kind_of_status_has_a_row() -> None:
    """It says how the status is kept, and for how long."""
    assert set(STATUSES) == set(StatusKind), f"STATUSES of {HOME}"


def test_every_status_and_family_is_that_of_an_event() -> None:
    """But for users: of them lists tell, not events."""
    statuses, families = {row.status for row in CATALOG.values()}, {row.family for row in CATALOG.values()}

    assert statuses - {None} == set(StatusKind) - {StatusKind.USER}, f"statuses of the rows of {HOME}"
    assert families - {None} == set(Family), f"families of the rows of {HOME}"


@pytest.mark.parametrize("row", CATALOG.values(), ids=lambda row: row.name)
def test_a_row_does_not_contradict_itself(row: EventRow) -> None:
    """What is in a device's log has a family; of the device itself, it moves a register, and nothing else does."""
    is_of_a_device = row.log in (LogOwner.DEVICE, LogOwner.TARGET)
    is_part, is_own_document = row.subject is SubjectKind.PART, row.subject is SubjectKind.DEVICE
    here = f"the row of {row.name} in {HOME}"

    assert is_of_a_device == (row.family is not None), f"family of {here}"
    assert is_own_document == (row.family is Family.DEVICE), f"family of {here}"
    assert is_own_document == (row.register is not None), f"register of {here}"
    assert is_of_a_device or not is_part, f"log of {here}"
    assert row.status is None or STATUSES[row.status].subject is row.subject, f"status of {here}"
    is_read_by_us = row.name.startswith(OWN_PREFIX)
    assert row.bodies or is_read_by_us or not (is_part or is_own_document), f"bodies of {here}"
    if is_part:
        assert row.id_at, f"id_at of {here}: whose is it?"
        assert row.own_at or not row.status, f"own_at of {here}: which word is the newest?"
    if row.log is LogOwner.DEVICE and is_part:
        assert row.kind is not None, f"kind of {here}: whose log is it?"


@pytest.mark.parametrize("name", ENODES)
def test_an_event_lands_where_its_row_says(name: str) -> None:
    """In the log, in the state, and for whoever folds the log."""
    row = CATALOG[name]
    event = events.read(an_event(name), now=NOON)

    statuses = {effect.id.kind for effect in event.effects if isinstance(effect, Status)}
    assert statuses == ({row.status} if row.status else set())
    assert any(isinstance(effect, DeviceUpdate) for effect in event.effects) == (row.register is not None)
    if row.log is LogOwner.NOBODY:
        assert event.entry is None
        return
    assert event.entry is not None
    match event.entry.place:
        case DeviceLog(device, _, family):
            assert (family, row_of(event.entry)) == (row.family, row)
            assert row.kind in (None, device.kind)
        case UserLog() | SystemLog():
            assert row.log is LogOwner.USER


def test_a_name_of_ours_is_none_that_enode_may_send() -> None:
    """From outside it is an unknown event: nobody can pass off their word as a read of ours."""
    ours = set(CATALOG) - set(ENODES)

    assert ours
    assert not ours & events.KNOWN_EVENTS
    for name in ours:
        event = events.read(an_event(name), now=NOON)
        assert event.entry is not None
        assert (type(event.entry.place), event.effects) == (UserLog, ())
