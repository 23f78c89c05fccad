"""Proves `domain/device.py`: the names of the seven kinds."""

import pytest

from lastseen.domain.device import KIND_OF_COLLECTION, DeviceKind


@pytest.mark.parametrize(
    ("kind", "collection", "wire_key", "can_be_hinted"),
    [
        ("vehicle", "vehicles", "vehicle", True),
        ("charger", "chargers", "charger", True),
        ("battery", "batteries", "battery", True),
        ("inverter", "inverters", "inverter", True),
        ("hvac", "hvacs", "hvac", True),
        ("meter", "meters", "meter", True),
        ("hem-system", "hem-systems", "hemSystem", False),
    ],
)
def test_each_kind_has_the_names_that_enode_gives_it(
    kind: str, collection: str, wire_key: str, can_be_hinted: bool
) -> None:
    """In paths, in event names and inside events; and only HEM systems have no refresh-hint."""
    read = DeviceKind(kind)

    assert read.collection == collection
    assert read.wire_key == wire_key
    assert read.can_be_hinted is can_be_hinted
    assert KIND_OF_COLLECTION[collection] is read


def test_there_are_seven_kinds() -> None:
    """Enode API 2024-10-01."""
    assert len(DeviceKind) == len(KIND_OF_COLLECTION) == 7
