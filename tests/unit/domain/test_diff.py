"""Proves `domain/diff.py`:
what counts as a difference between two documents: what a person would call a change, path by path.
"""

import json
from time import process_time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import property_path
from lastseen.domain.diff import Difference, differences
from tests.support.builders import (
    Json,
    a_hem_system,
    a_smart_charging_status,
    a_vehicle,
    just_found,
)

_names = st.sampled_from(["a", "b", "c", "isReachable"])
_leaves = st.none() | st.booleans() | st.integers(-2, 2) | st.sampled_from([0.5, 1.0, "", "x", "1"])
_values = st.recursive(
    _leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_names, inner, max_size=3),
    max_leaves=12,
)
_documents = st.dictionaries(_names, _values, max_size=4)


def _between(before: Json, after: Json) -> list[Difference]:
    return list(differences(before, after))


def _flat(node: Json, prefix: str = "") -> Json:
    """A document by its leaves, told apart as JSON tells values apart; null is nothing."""
    found: Json = {}
    for name, value in node.items():
        if isinstance(value, dict):
            found |= _flat(value, f"{prefix}{name}.")
        elif value is not None:
            found[f"{prefix}{name}"] = json.dumps(value, sort_keys=True).replace("1.0", "1")
    return found


@given(_documents)
def test_nothing_differs_from_itself(document: Json) -> None:
    """Also when read anew."""
    assert _between(document, json.loads(json.dumps(document))) == []


@given(_documents, _documents)
def test_the_differences_are_those_of_the_leaves(before: Json, after: Json) -> None:
    """Nothing is missed, nothing invented. A leaf that becomes an object is one difference, there."""
    found = {one.path for one in _between(before, after)}

    old, new = _flat(before), _flat(after)
    for path in old.keys() | new.keys():
        told = any(path == one or path.startswith(f"{one}.") for one in found)
        assert told is (old.get(path) != new.get(path)) or _is_inside_a_whole(path, found)
    for path in found:
        assert any(
            leaf == path or leaf.startswith(f"{path}.") for leaf in old.keys() | new.keys()
        ) or _is_emptied(before, after, path)


def _is_inside_a_whole(path: str, found: set[str]) -> bool:
    """Whether a path is told as part of a value that was replaced by one of another form."""
    return any(path.startswith(f"{one}.") for one in found)


def _is_emptied(before: Json, after: Json, path: str) -> bool:
    """Whether a leaf and an object without leaves replaced each other there: the one difference without a leaf."""

    def value(node: Any) -> Any:
        for name in path.split("."):
            node = node.get(name) if isinstance(node, dict) else None
        return node

    return isinstance(value(before), dict) != isinstance(value(after), dict)


@given(_documents, _documents)
def test_the_way_back_is_the_same_with_before_and_after_exchanged(before: Json, after: Json) -> None:
    """A difference has no direction of its own."""
    there = {(one.path, repr(one.before), repr(one.after)) for one in _between(before, after)}
    back = {(one.path, repr(one.after), repr(one.before)) for one in _between(after, before)}

    assert there == back


@given(_documents, _documents)
def test_each_path_is_told_once(before: Json, after: Json) -> None:
    """Paths of one comparison are distinct."""
    paths = [one.path for one in _between(before, after)]

    assert len(paths) == len(set(paths))


def test_an_old_contact_made_anew_is_no_difference() -> None:
    """`lastSeen` moves on every look; freshness reports it, history does not."""
    assert _between(a_vehicle(), a_vehicle(lastSeen="2026-03-01T23:00:00Z")) == []

    hem = a_hem_system()
    moved = a_hem_system(status={**hem["status"], "lastSeen": "2026-03-01T23:00:00Z"})
    assert _between(hem, moved) == []


def test_a_smart_charging_plan_looked_at_anew_is_no_difference() -> None:
    """Under the path at which history tells it."""
    one, other = a_smart_charging_status(), a_smart_charging_status(updatedAt="2026-03-01T23:00:00Z")

    assert list(differences(one, other, "smartChargingStatus.")) == []


def test_a_property_of_the_device_that_is_named_as_ours_is_the_devices_own() -> None:
    """What differs in it is told under another path, and nothing of it is passed over."""
    one, other = {"smartChargingStatus": {"updatedAt": 1}}, {"smartChargingStatus": {"updatedAt": 2}}

    assert _between(one, other) == [Difference("\\smartChargingStatus.updatedAt", 1, 2)]


def test_restless_names_elsewhere_are_differences() -> None:
    """Only the very paths are passed over, not every property of that name."""
    assert [one.path for one in _between({"status": {"updatedAt": 1}}, {"status": {"updatedAt": 2}})] == [
        "status.updatedAt"
    ]
    assert [one.path for one in _between({"a": {"lastSeen": 1}}, {"a": {"lastSeen": 2}})] == ["a.lastSeen"]


def test_when_a_part_was_learnt_is_a_difference() -> None:
    """`chargeState.lastUpdated` moves only when Enode learns something new of the part."""
    car = a_vehicle()
    later = a_vehicle(chargeState={**car["chargeState"], "lastUpdated": "2026-03-01T23:00:00Z"})

    assert _between(car, later) == [
        Difference("chargeState.lastUpdated", "2026-03-01T11:57:26Z", "2026-03-01T23:00:00Z")
    ]


def test_missing_null_and_nothing_but_nulls_are_the_same() -> None:
    """Enode does not say which of them `discovered` sends: the parts full of nulls, or null themselves."""
    car = a_vehicle()

    assert (
        _between(just_found(car, leaves=True), just_found(car, leaves=False) | {"scopes": car["scopes"]})
        == []
    )
    assert _between({}, {"a": {"b": None, "c": {}}}) == []
    assert _between({"a": None}, {}) == []


def test_what_was_unknown_is_told_leaf_by_leaf_when_it_is_learnt() -> None:
    """So that a filter on one path finds its beginning."""
    assert _between({"a": None}, {"a": {"b": 1, "c": {"d": 2}, "e": None}}) == [
        Difference("a.b", None, 1),
        Difference("a.c.d", None, 2),
    ]


@pytest.mark.parametrize(
    ("one", "other", "is_same"),
    [
        (2, 2.0, True),
        (0, -0.0, True),
        (1, True, False),
        (0, False, False),
        ("1", 1, False),
        ([1, True], [1, 1], False),
        ([2, 1], [1, 2], False),
        ([{"a": 1}], [{"a": 1.0}], True),
        ([{"a": 1}], [{"a": True}], False),
        ([{"a": 1}], [{"b": 1}], False),
        ([], None, False),
        ([], {}, False),
        ("", None, False),
        (0, None, False),
        (False, None, False),
        ([1], [1, 1], False),
    ],
)
def test_values_are_compared_as_json_has_them(one: object, other: object, is_same: bool) -> None:
    """2 and 2.0 are one number; true is not 1, though Python thinks so; lists are compared whole and in order."""
    assert (_between({"a": one}, {"a": other}) == []) is is_same
    assert (_between({"a": other}, {"a": one}) == []) is is_same


def test_the_order_is_that_of_the_later_document() -> None:
    """What is only in the earlier one comes last."""
    assert [one.path for one in _between({"x": 1, "y": 1, "z": 1}, {"z": 2, "x": 2})] == ["z", "x", "y"]


def _deep(name: str, leaf: int) -> Json:
    """A document of 150 levels, and at the bottom a thousand lists and a number."""
    inside: Json = {**{f"list-{number}": [number] for number in range(1000)}, "number": leaf}
    for _ in range(150):
        inside = {name: inside}
    return inside


def test_long_names_that_lie_deep_cost_no_path_where_nothing_differs() -> None:
    """A path of a tenth of a megabyte is made once, of what differs; of each of a thousand lists it took 40 ms."""
    before, after = _deep("x" * 800, 1), _deep("x" * 800, 2)

    began = process_time()
    found = [list(differences(before, after)) for _ in range(10)]
    took = process_time() - began

    assert [(len(one.path), one.before, one.after) for one in found[0]] == [(150 * 801 + 6, 1, 2)]
    assert took < 0.2


@pytest.mark.parametrize("name", ["x" * 800, "x.y" * 100, "a", "\\" * 150])
def test_a_path_is_the_same_however_long_it_has_become(name: str) -> None:
    """It leads through every name, escaped as everywhere."""
    (one,) = differences(_deep(name, 1), _deep(name, 2))

    assert property_path.names(one.path) == [*[name] * 150, "number"]
