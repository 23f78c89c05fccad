"""Proves `domain/record_shapes.py`, `domain/records.py`:
every record has one name and one shape, and what a shape writes it reads again.
"""

import json
import re
from dataclasses import fields
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import instant, record_shapes, records
from lastseen.domain.device import DeviceKind
from lastseen.domain.event import StatusId
from lastseen.domain.event_catalog import StatusKind
from lastseen.domain.record_shapes import (
    CensusRecord,
    FaultsRecord,
    GuardRecord,
    PartialCount,
    PopulationRecord,
    ReconcileRecord,
    Shape,
    StandingFault,
    UsersRecord,
)
from lastseen.store import keys
from lastseen.usecases import enode_mode
from tests.support.builders import NOON
from tests.support.fake_maintenance import FakeRecords

SHAPES = [one for one in vars(record_shapes).values() if isinstance(one, type) and issubclass(one, Shape)]
RECORDS = [one for one in SHAPES if one not in (Shape, StandingFault, PartialCount)]

_text = st.text(max_size=9)
_moments = st.datetimes(datetime(2020, 1, 1), datetime(2030, 1, 1)).map(  # noqa: DTZ001 - made aware beside
    lambda at: datetime.fromisoformat(instant.fixed(at.replace(tzinfo=UTC)))
)
_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | _text,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_text, inner, max_size=3),
    max_leaves=9,
)
_VALUES: dict[Any, st.SearchStrategy[Any]] = {
    str: _text,
    bool: st.booleans(),
    int: st.integers(0, 2**40),
    float: st.floats(0, 1e9),
    datetime: _moments,
}
for _type, _of in list(_VALUES.items()):
    _VALUES[_type | None] = st.none() | _of


def _values(type_: Any) -> st.SearchStrategy[Any]:
    if type_ in _VALUES:
        return _VALUES[type_]
    spelled = str(type_)
    if "StandingFault" in spelled:
        return st.lists(_shapes(StandingFault), max_size=3).map(tuple)
    if "PartialCount" in spelled:
        return st.none() | _shapes(PartialCount)
    if "tuple[str" in spelled:
        return st.lists(_text, max_size=3).map(tuple)
    if "list[" in spelled:
        return st.none() | st.lists(_json, max_size=3)
    of = _json if "Any" in spelled else st.integers(0, 99)
    mappings = st.dictionaries(_text, of, max_size=3)
    return mappings | st.none() if "None" in spelled else mappings


def _shapes[S: Shape](shape: type[S]) -> st.SearchStrategy[S]:
    if shape is PopulationRecord:
        kinds = st.sampled_from([kind.value for kind in DeviceKind])
        return st.dictionaries(kinds, st.integers(0, 99)).map(shape)
    return st.builds(shape, **{one.name: _values(one.type) for one in fields(shape)})


@pytest.mark.parametrize("shape", RECORDS)
@given(data=st.data())
def test_what_a_shape_writes_it_reads_again(shape: type[Shape], data: st.DataObject) -> None:
    """Through JSON, as the store keeps it."""
    held = data.draw(_shapes(shape))

    assert shape.read(json.loads(json.dumps(held.write()))) == held


@pytest.mark.parametrize("shape", SHAPES)
@given(data=st.data())
def test_whatever_stands_in_a_record_is_read(shape: type[Shape], data: st.DataObject) -> None:
    """Another release wrote it, or somebody's hand: what cannot be understood is as if it had never been written."""
    names = st.sampled_from([one.name for one in fields(shape)] or ["none"])
    content = data.draw(_json | st.dictionaries(names, _json, max_size=9))

    held = shape.read(content)

    assert shape.read(json.loads(json.dumps(held.write()))) == held


@pytest.mark.parametrize("shape", RECORDS)
def test_a_record_that_was_never_written_is_its_defaults(shape: type[Shape]) -> None:
    """Nothing is invented of a part that never ran."""
    assert shape.read({}) == shape()


def test_every_record_has_a_shape_that_names_it_and_every_name_is_drawn_in_the_table() -> None:
    """`store/keys.py` draws the tables; whoever adds a record adds its name, its shape and its line."""
    drawn = re.findall(r"^\| `SYS` +\| (.+?) \|", keys.__doc__ or "", re.MULTILINE)
    of_table = {name for cell in drawn for name in re.findall(r"`([^`]+)`", cell)}
    signs = {StatusKind.HEARTBEAT, StatusKind.WEBHOOK_TEST}
    statuses = {keys.status(StatusId(kind)).sk for kind in signs}
    named = {value for name, value in vars(records).items() if name.isupper() and isinstance(value, str)}
    named |= {records.hints("<vendor>"), records.sweep_list("<kind>"), records.cadence("<class>")}
    of_shapes = {name for shape in RECORDS for name in re.findall(r"`([A-Z#<a-z>]+)`", shape.__doc__ or "")}

    assert of_table - {"SYS", keys.TWIN_KEY} - statuses == named
    assert of_shapes >= named
    assert len(named) == len({name.partition("<")[0] for name in named}), "two records share a name"


def test_what_no_shape_says_is_told_by_the_two_that_a_plain_read_asks_by_hand() -> None:
    """`usecases/enode_mode.py` reads a field of each without loading the shapes; they spell it alike."""
    for name, held, is_asking in (
        (records.WEBHOOK, GuardRecord(id="hook-1"), True),
        (records.WEBHOOK, GuardRecord(is_active=False), False),
        (records.RECONCILE, ReconcileRecord({"since": "2026-03-01T12:00:00.000Z"}), True),
        (records.RECONCILE, ReconcileRecord({"since": None}), False),
    ):
        kept = FakeRecords()
        kept.write(name, held.write(), version=0)

        assert enode_mode.is_asking(kept) is is_asking


def test_a_fault_stands_for_as_long_as_it_is_found_again() -> None:
    """Thirty hours, to the moment; one that does not say when it was found does not stand."""
    found = StandingFault("user", id="anna", times=1, since=NOON, last_at=NOON)
    record = FaultsRecord((found, StandingFault("user", id="ben")))

    assert record.standing(NOON + record_shapes.STANDS_FOR) == (found,)
    assert record.standing(NOON + record_shapes.STANDS_FOR * 1.01) == ()


def test_what_is_none_is_not_written() -> None:
    """A record is read and written by everybody: it stays small."""
    assert UsersRecord(cursor=None, absent=("anna",)).write() == {
        "is_walking": False,
        "is_lacking": False,
        "absent": ["anna"],
    }
    assert CensusRecord(partial=PartialCount({"fresh": 1}, None)).write() == {
        "partial": {"counts": {"fresh": 1}}
    }
