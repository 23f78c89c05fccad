"""Proves `domain/blocks.py`, `api/block_view.py`:
every part of a device tells its own age, and only a measurement of an active device is ever called old.
"""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.api import block_view
from lastseen.domain import document, instant
from lastseen.domain.answer import DeviceWithFreshness
from lastseen.domain.blocks import BLOCKS, LAST_UPDATED, BlockAge, BlockVerdict, ages
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.document import Facts
from lastseen.domain.freshness import Freshness, Verdict
from lastseen.domain.order import order_key
from lastseen.domain.snapshot import EMPTY_SNAPSHOT, Register, Snapshot, StoredDevice
from tests.support.builders import NOON, Json, a_device, a_vehicle
from tests.unit.api import fields

LIMIT = timedelta(minutes=5)
MINUTE = timedelta(minutes=1)
ACTIVE, RESTING = Facts(is_active=True), Facts(is_active=False)
HELD = {BlockVerdict.UNTIL_CHANGED, None}


def _parts(value: Json, path: tuple[str, ...] = ()) -> Iterator[tuple[str, Json]]:
    """Every object of a document that has a `lastUpdated`, by its path."""
    if LAST_UPDATED in value:
        yield ".".join(path), value
    for name, inner in value.items():
        if isinstance(inner, dict):
            yield from _parts(inner, (*path, name))


def _with(kind: DeviceKind, path: str, updated: object) -> Json:
    """A device of which one part says this of its age."""
    whole: Json = json.loads(json.dumps(a_device(kind)))
    part = whole
    for name in path.split("."):
        part = part[name]
    part[LAST_UPDATED] = updated
    return whole


def _told(kind: DeviceKind, path: str, updated: object, facts: Facts) -> BlockAge:
    told = ages(kind, _with(kind, path, updated), facts, word_at=NOON, now=NOON, limit=LIMIT)
    return next(one for one in told if one.block.path == path)


TABLE = [(kind, block) for kind, table in BLOCKS.items() for block in table]


@pytest.mark.parametrize("kind", DeviceKind)
def test_the_table_knows_every_block_that_enode_documents(kind: DeviceKind) -> None:
    """A part with a `lastUpdated` is a block, and each of its properties is a state, a measurement, or of a place."""
    documented = dict(_parts(a_device(kind)))

    assert {block.path for block in BLOCKS[kind]} >= set(documented)
    for block in BLOCKS[kind]:
        sorted_in = {*block.states, *block.measurements}
        assert len(sorted_in) == len(block.states) + len(block.measurements)
        left = set(documented.get(block.path, {})) - sorted_in - {LAST_UPDATED}
        if sorted_in and block.path in documented:
            assert left <= {"unit", "latitude", "longitude"}, block.path


@pytest.mark.parametrize(("kind", "block"), TABLE)
@pytest.mark.parametrize("age", [timedelta(), LIMIT, LIMIT + timedelta(milliseconds=1), timedelta(days=400)])
@pytest.mark.parametrize("facts", [ACTIVE, RESTING])
def test_only_a_measurement_of_an_active_device_ages(
    kind: DeviceKind, block: Any, age: timedelta, facts: Facts
) -> None:
    """States are true until changed, a location has no verdict, and what rests has no reason to move."""
    told = _told(kind, block.path, instant.fixed(NOON - age), facts)

    assert told.age == age
    is_measuring = facts.is_active or kind in {DeviceKind.METER, DeviceKind.HEM_SYSTEM}
    if not block.measurements:
        expected = BlockVerdict.UNTIL_CHANGED if block.states else None
    elif not is_measuring:
        expected = BlockVerdict.IDLE
    else:
        expected = BlockVerdict.AGED if age > LIMIT else BlockVerdict.CURRENT
    assert told.verdict is expected


@pytest.mark.parametrize(
    "updated", [None, "yesterday", 7, instant.fixed(NOON + timedelta(days=1)), {"at": "noon"}]
)
@pytest.mark.parametrize(("kind", "block"), TABLE)
def test_an_age_that_nobody_knows_is_judged_by_nobody(kind: DeviceKind, block: Any, updated: object) -> None:
    """Neither a date that cannot be read nor one of a wrong clock makes a measurement current or aged."""
    told = _told(kind, block.path, updated, ACTIVE)

    assert (told.updated_at, told.age, told.at_least) == (None, None, None)
    assert told.verdict in HELD


def test_a_part_a_little_ahead_was_learnt_with_its_word() -> None:
    """Clocks differ by seconds: the age is zero, never negative."""
    told = _told(DeviceKind.VEHICLE, "chargeState", instant.fixed(NOON + 3 * MINUTE), ACTIVE)

    assert (told.updated_at, told.age) == (NOON, timedelta())


def test_a_block_of_tomorrow_is_told_by_its_age_alone() -> None:
    """Whatever Enode adds with a `lastUpdated`, some of it; the names of other kinds' blocks are no exception."""
    added = {f"part{number}": {LAST_UPDATED: instant.fixed(NOON - MINUTE)} for number in range(500)}
    car = a_vehicle() | {"config": added["part0"], "a.b": added["part0"], **added}

    told = {one.block.path: one for one in ages(DeviceKind.VEHICLE, car, ACTIVE, NOON, now=NOON, limit=LIMIT)}

    assert told["config"].age == MINUTE
    assert told["config"].verdict is None
    assert r"a\.b" in told
    assert len(told) == len(BLOCKS[DeviceKind.VEHICLE]) + 8


@given(st.recursive(st.none() | st.integers() | st.text(), lambda inner: st.dictionaries(st.text(), inner)))
def test_whatever_stands_in_a_blocks_place_costs_nobody_the_answer(value: Any) -> None:
    """A block that is null, a number or anything else tells nothing."""
    for kind in DeviceKind:
        odd = a_device(kind, **{block.path.split(".")[0]: value for block in BLOCKS[kind]})

        told = list(ages(kind, odd, ACTIVE, NOON, now=NOON, limit=LIMIT))

        assert len(told) >= len(BLOCKS[kind])


@given(st.timedeltas(timedelta(), timedelta(days=5000)))
def test_an_age_in_steps_is_no_more_than_the_age_and_half_of_it_at_least(age: timedelta) -> None:
    """From five minutes on, the steps are never further apart than that."""
    told = BlockAge(BLOCKS[DeviceKind.VEHICLE][1], NOON, age, None)

    at_least = timedelta(seconds=told.at_least or 0)
    assert at_least <= age
    assert at_least * 3 >= age or age < 5 * MINUTE


# ------------------------------------------------------------------------------------------ how it looks


def _judged(car: Json, now: Any = NOON) -> DeviceWithFreshness:
    text = document.encode(car)
    said = Register(order_key(NOON, text), text, document.facts(DeviceKind.VEHICLE, car, at=NOON))
    known = StoredDevice(DeviceId(DeviceKind.VEHICLE, "car-1"), "anna", Snapshot(seen=said))
    return DeviceWithFreshness(known, Freshness(Verdict.FRESH, now, LIMIT, NOON))


def _parked_since(span: timedelta) -> Json:
    car: Json = json.loads(json.dumps(a_vehicle()))
    car["location"][LAST_UPDATED] = instant.fixed(NOON - span)
    return car


def test_an_old_location_beside_a_fresh_charge_state_tells_its_age() -> None:
    """Both in the body, in steps, and exactly in the header."""
    judged = _judged(_parked_since(timedelta(days=3, seconds=7)))

    told = json.loads(block_view.blocks(judged))
    items = dict(
        fields.members(block_view.header(DeviceKind.VEHICLE, block_view.of(judged))["lastseen-blocks"])
    )

    assert told["location"] == {
        "updatedAt": "2026-02-26T11:59:53.000Z",
        "ageAtLeastSeconds": 3 * 86_400,
        "verdict": None,
        "measurements": [],
    }
    assert told["chargeState"] == {
        "updatedAt": "2026-03-01T11:57:26.000Z",
        "ageAtLeastSeconds": 0,
        "verdict": "current",
        "measurements": ["batteryLevel", "chargeRate", "chargeTimeRemaining", "range"],
    }
    assert items["location"] == {"age": 3 * 86_400 + 7}
    assert items["chargeState"] == {"age": 154, "verdict": "current"}


def test_a_body_does_not_age_while_its_header_does() -> None:
    """The same state gives the same bytes a minute later, so a caller who has them is told so; ages go on."""
    car = _parked_since(timedelta(days=3, seconds=7))
    now, later = _judged(car), _judged(car, NOON + MINUTE)

    assert block_view.blocks(now) == block_view.blocks(later)
    assert block_view.header(DeviceKind.VEHICLE, block_view.of(now)) != block_view.header(
        DeviceKind.VEHICLE, block_view.of(later)
    )


def test_a_header_carries_only_names_that_a_header_can() -> None:
    """What Enode adds tomorrow stands in the body alone: its name may hold anything."""
    judged = _judged(a_vehicle() | {'né"w': {LAST_UPDATED: None}})

    assert 'né"w' in json.loads(block_view.blocks(judged))
    header = block_view.header(DeviceKind.VEHICLE, block_view.of(judged))["lastseen-blocks"]
    assert [name for name, _ in fields.members(header)] == ["chargeState", "location", "odometer"]


def test_what_was_never_said_has_no_blocks() -> None:
    """Of a device of which only a deletion is known, nothing can be as old as anything."""
    judged = _judged(a_vehicle())
    nothing = replace(judged, known=replace(judged.known, snapshot=EMPTY_SNAPSHOT))

    assert block_view.blocks(nothing) == "{}"
    assert block_view.header(DeviceKind.VEHICLE, []) == {}


def test_a_document_too_deep_for_the_fast_parser_is_read_by_the_other() -> None:
    """What an older release let in is read as far as it may be."""
    deep = b'{"chargeState":{"lastUpdated":"2026-03-01T11:57:26Z"},"x":' + b"[" * 250 + b"]" * 250 + b"}"
    judged = _judged(a_vehicle())
    said = replace(judged.known.snapshot.seen, document=deep)

    told = block_view.of(replace(judged, known=replace(judged.known, snapshot=Snapshot(seen=said))))

    assert told[0].updated_at == NOON - timedelta(seconds=154)
