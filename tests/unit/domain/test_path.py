"""Proves `domain/property_path.py`: a path leads to one property only, whatever names a document holds."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import property_path
from lastseen.domain.device import DeviceKind
from lastseen.domain.diff import MOST_TOLD, differences, told
from lastseen.domain.event_catalog import Family
from lastseen.domain.history import EXISTENCE, Stream, families_of
from tests.support.builders import Json

_name = st.text(st.sampled_from("a.\\$,é "), max_size=4) | st.sampled_from(
    [
        *property_path.OURS,
        "$exists",
        "chargeState",
        "lastSeen",
        "status.lastSeen",
        "smartChargingStatus.updatedAt",
    ]
)
_names = st.lists(_name, min_size=1, max_size=4)


def _path(names: list[str]) -> str:
    return ".".join([property_path.first(names[0]), *map(property_path.step, names[1:])])


def _document(names: list[str], leaf: object) -> Json:
    inside: object = leaf
    for name in reversed(names):
        inside = {name: inside}
    assert isinstance(inside, dict)
    return inside


@given(_names)
def test_a_path_leads_through_the_names_that_it_was_made_of(names: list[str]) -> None:
    """Dots, backslashes and dollars in them included."""
    assert property_path.names(_path(names)) == names


@given(_names)
def test_every_path_can_be_asked_for(names: list[str]) -> None:
    """As it was told, or with a backslash in front of every character that is no separator."""
    told = _path(names)
    every = ".".join(re.sub(r"[\s\S]", r"\\\g<0>", name) for name in names)

    assert property_path.canonical(told) == told
    assert property_path.is_path(told) == (told != "")
    if names[0]:
        assert property_path.canonical(every) == told
        assert property_path.is_path(every)


@pytest.mark.parametrize(
    "name", ["$", "$x", "x$y", "$exists", "a.b", "a\\", "schedules", "2nd", "é", "a b/c", ""]
)
def test_what_history_tells_can_be_asked_for_as_it_was_told(name: str) -> None:
    """Wherever in a document such a name stands."""
    for names in ([name], ["chargeState", name], ["chargeState", name, "level"]):
        assert property_path.is_path(_path(names)) or names == [""], _path(names)


@given(_names, _names, st.sampled_from(Family), _name)
def test_no_two_properties_have_one_path(one: list[str], other: list[str], family: Family, id_: str) -> None:
    """Nor has any the path of what belongs to a device beside its document, or of its existence."""
    ours = Stream(family, id_).path

    assert (_path(one) == _path(other)) == (one == other)
    assert _path(one) != EXISTENCE
    if family is not Family.DEVICE:
        assert not property_path.is_inside(_path(one), property_path.parts(ours, ".")[0])


@given(_names)
def test_a_difference_is_told_under_the_path_of_its_property(names: list[str]) -> None:
    """But for contact times; a name that only looks like one of theirs is no contact time."""
    found = [one.path for one in differences(_document(names, 1), _document(names, 2))]

    is_contact = names[:1] == ["lastSeen"] or names[:2] == ["status", "lastSeen"]
    assert found == ([] if is_contact else [_path(names)])


@given(_names)
def test_a_field_filter_asks_the_family_that_can_tell(names: list[str]) -> None:
    """Of a device's own property always the device itself."""
    assert families_of(_path(names), DeviceKind.VEHICLE) == (Family.DEVICE,)
    assert families_of(f"vendorActions.{property_path.step('a.b')}", DeviceKind.VEHICLE) == (Family.ACTIONS,)
    assert families_of("smartChargingStatus", DeviceKind.CHARGER) == ()
    assert families_of(None, DeviceKind.CHARGER) == (Family.DEVICE, Family.SCHEDULES, Family.ACTIONS)


@given(st.lists(_names.map(_path), min_size=1, max_size=4))
def test_paths_joined_by_commas_are_taken_apart_again(paths: list[str]) -> None:
    """A comma in a name has a backslash in front of it."""
    joined = ",".join(one.replace(",", "\\,") for one in paths)

    assert [property_path.names(one) for one in property_path.parts(joined, ",")] == [
        property_path.names(one) for one in paths
    ]


@pytest.mark.parametrize("prefix", ["", "vendorActions.one."])
def test_paths_that_outweigh_their_documents_are_not_told_leaf_by_leaf(prefix: str) -> None:
    """A document of 128 KB whose names lie 190 deep has 24 MB of paths; it is told property by property."""
    deep = _document(["n" * 600] * 150, {str(number): number for number in range(1500)})
    before, after = {**deep, "same": 1, "level": 1}, {"same": 1, "level": 2}

    found = told(before, after, prefix)

    assert [(one.path, one.after) for one in found] == [
        (f"{prefix}level", 2),
        (f"{prefix}{'n' * 600}", None),
    ]
    assert found[1].before == deep["n" * 600]
    assert sum(len(one.path) for one in told({}, {"a": deep})) < MOST_TOLD
