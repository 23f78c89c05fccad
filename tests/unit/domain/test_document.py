"""Proves `domain/document.py`: how documents are written, and the few facts read out of them."""

import json
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import document, instant
from lastseen.domain.contact import Doubt
from lastseen.domain.device import DeviceKind
from lastseen.domain.document import NO_FACTS, Facts
from tests.support.builders import LAST_SEEN, NOON, a_device, just_found

SEEN_AT = instant.parse(LAST_SEEN)

json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=15,
)
documents = st.dictionaries(st.text(), json_values, max_size=5)


@given(documents)
def test_a_document_comes_back_as_it_was(told: dict[str, Any]) -> None:
    """What Enode said is served as Enode said it: ints stay ints, floats floats, and unknown keys stay."""
    back = json.loads(document.encode(told))

    assert back == told
    assert _with_types(back) == _with_types(told)


def _with_types(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_types(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_with_types(inner) for inner in value]
    return type(value), value


@given(documents)
def test_equal_documents_give_equal_bytes_whatever_the_order_of_their_keys(told: dict[str, Any]) -> None:
    """Enode does not promise an order of keys; a redelivery must have the same digest."""
    backwards = dict(reversed(told.items()))

    assert document.encode(told) == document.encode(backwards)


@pytest.mark.parametrize("number", [float("nan"), float("inf"), float("-inf")])
def test_a_number_that_json_cannot_say_is_refused(number: float) -> None:
    """1e400 is read as infinity; written out it would be no JSON."""
    with pytest.raises(ValueError, match="not JSON compliant"):
        document.encode({"range": number})


def test_text_that_utf8_cannot_say_is_refused() -> None:
    """Half a surrogate pair is no text."""
    with pytest.raises(ValueError, match="surrogates not allowed"):
        document.encode({"name": "\ud800"})


@pytest.mark.parametrize(
    ("kind", "vendor", "is_reachable", "is_active"),
    [
        (DeviceKind.VEHICLE, "TESLA", True, True),
        (DeviceKind.CHARGER, "ZAPTEC", True, True),
        (DeviceKind.BATTERY, "TESLA", True, True),
        (DeviceKind.INVERTER, "ENPHASE", True, True),
        (DeviceKind.HVAC, "ADAX", True, True),
        (DeviceKind.METER, "TESLA", True, False),
        (DeviceKind.HEM_SYSTEM, "ENPHASE", None, False),
    ],
)
def test_the_facts_of_each_kind_are_found_where_enode_keeps_them(
    kind: DeviceKind, vendor: str, is_reachable: bool | None, is_active: bool
) -> None:
    """HEM systems keep vendor and lastSeen one level down and have no isReachable; meters are never active."""
    facts = document.facts(kind, a_device(kind), at=NOON)

    assert facts == Facts(vendor, SEEN_AT, is_reachable, is_active)


@pytest.mark.parametrize("leaves", [True, False], ids=["nulls inside the parts", "parts that are null"])
@pytest.mark.parametrize("kind", DeviceKind)
def test_a_discovered_device_full_of_nulls_has_few_facts_in_both_renderings(
    kind: DeviceKind, leaves: bool
) -> None:
    """Enode says that everything but `information` is null, not whether the parts are there."""
    facts = document.facts(kind, just_found(a_device(kind), leaves=leaves), at=NOON)

    assert facts == Facts(vendor=a_device(kind).get("vendor", "ENPHASE"))


@pytest.mark.parametrize(
    ("kind", "changes", "is_active"),
    [
        (DeviceKind.VEHICLE, {"chargeState": {"isCharging": False}}, False),
        (DeviceKind.VEHICLE, {"chargeState": {"isCharging": None}}, False),
        (DeviceKind.VEHICLE, {"chargeState": {"isCharging": "true"}}, False),
        (DeviceKind.VEHICLE, {"chargeState": {"powerDeliveryState": "PLUGGED_IN:DISCHARGING"}}, True),
        (
            DeviceKind.VEHICLE,
            {"chargeState": {"isCharging": False, "powerDeliveryState": "PLUGGED_IN:DISCHARGING"}},
            True,
        ),
        (
            DeviceKind.VEHICLE,
            {"chargeState": {"isCharging": False, "powerDeliveryState": "PLUGGED_IN:STOPPED"}},
            False,
        ),
        (DeviceKind.CHARGER, {"chargeState": {"powerDeliveryState": "PLUGGED_IN:DISCHARGING"}}, True),
        (DeviceKind.CHARGER, {"chargeState": {"powerDeliveryState": ["PLUGGED_IN:DISCHARGING"]}}, False),
        (DeviceKind.CHARGER, {"chargeState": {"isCharging": False}}, False),
        (DeviceKind.BATTERY, {"chargeState": {"status": "DISCHARGING"}}, True),
        (DeviceKind.BATTERY, {"chargeState": {"status": "IDLE"}}, False),
        (DeviceKind.BATTERY, {"chargeState": {"status": "OF_TOMORROW"}}, False),
        (DeviceKind.BATTERY, {"chargeState": {"status": ["CHARGING"]}}, False),
        (DeviceKind.INVERTER, {"productionState": {"isProducing": False}}, False),
        (DeviceKind.HVAC, {"temperatureState": {"isActive": False}}, False),
        (DeviceKind.HVAC, {"temperatureState": None}, False),
        (DeviceKind.METER, {"chargeState": {"isCharging": True}}, False),
    ],
)
def test_activity_is_read_from_the_part_that_knows_it(
    kind: DeviceKind, changes: dict[str, Any], is_active: bool
) -> None:
    """Active devices are polled more often, so they age sooner; only a plain yes counts."""
    facts = document.facts(kind, a_device(kind, **changes), at=NOON)

    assert facts.is_active is is_active


@pytest.mark.parametrize("kind", DeviceKind)
@pytest.mark.parametrize(
    "odd", [None, 1, 1.5, True, "", "..", "x" * 257, "odd", [], {}, [{}], {"lastSeen": {}}]
)
def test_odd_types_are_read_as_not_said(kind: DeviceKind, odd: object) -> None:
    """A device is stored as it came; a property of another type than documented must not cost us the device.

    Of its contact it is remembered that something was said, and could not be read.
    """
    names = ("lastSeen", "information", "status", "chargeState", "productionState", "temperatureState")

    facts = document.facts(kind, dict.fromkeys((*names, "vendor"), odd), at=NOON)

    is_named = (
        odd == "odd" and kind is not DeviceKind.HEM_SYSTEM
    )  # a vendor becomes a part of keys, as ids do
    is_said = odd is not None and kind is not DeviceKind.HEM_SYSTEM
    says_when = is_said or (isinstance(odd, dict) and "lastSeen" in odd)
    doubt = Doubt.UNREADABLE if says_when else None
    assert facts == Facts(vendor="odd" if is_named else None, doubt=doubt)


@given(st.sampled_from(DeviceKind), documents)
def test_reading_facts_never_fails(kind: DeviceKind, told: dict[str, Any]) -> None:
    """Whatever JSON object stands where a device should."""
    facts = document.facts(kind, told, at=NOON)

    assert facts == NO_FACTS or isinstance(facts.last_seen_at, datetime | None)
    assert facts.last_seen_at is None or facts.last_seen_at <= NOON


def test_reachability_is_passed_on_as_given() -> None:
    """Null is allowed for vehicles and means that nobody knows; it is not false."""
    told = [
        document.facts(DeviceKind.VEHICLE, {"isReachable": value}, at=NOON)
        for value in (True, False, None, "no", 0)
    ]

    assert [facts.is_reachable for facts in told] == [True, False, None, None, None]
