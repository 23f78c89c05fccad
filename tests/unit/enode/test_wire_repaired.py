"""Proves that `enode/delivery.py` and `enode/client.py` keep the same: what can be told can be asked for, and back."""

import json
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain.delivery import Delivery, Flaw
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.diff import has_changes
from lastseen.domain.document import load
from lastseen.domain.event import DeviceUpdate, Source
from lastseen.domain.observation import Observation
from lastseen.domain.snapshot import Snapshot
from lastseen.enode import delivery as enode_delivery
from lastseen.errors import EnodeUnavailable
from tests.support.builders import NOON, a_delivery, a_vehicle, an_event
from tests.support.scripted_enode import ScriptedEnode, says

CAR = DeviceId(DeviceKind.VEHICLE, a_vehicle()["id"])


def _car(instead: bytes) -> bytes:
    """A car as Enode would write it, with something instead of a nickname."""
    written = json.dumps(a_vehicle(information={"displayName": "?"}), separators=(",", ":")).encode()
    return written.replace(b'"?"', instead)


def _told(car: bytes) -> Delivery:
    event = json.dumps(an_event(vehicle={"id": "?"}), separators=(",", ":")).encode()
    neighbour = an_event(vehicle=a_vehicle(id="neighbour"))
    start = event.index(b'"vehicle":') + len(b'"vehicle":')
    _, length = json.JSONDecoder().raw_decode(event[start:].decode())
    return enode_delivery.read(
        a_delivery([event[:start] + car + event[start + length :], neighbour]),
        now=NOON + timedelta(seconds=1),
    )


def _told_snapshot(car: bytes) -> Snapshot | None:
    delivery = _told(car)
    found = [
        effect.snapshot
        for event in delivery.events
        for effect in event.effects
        if isinstance(effect, DeviceUpdate) and effect.device == CAR
    ]
    assert delivery.received == 2
    assert len(delivery.events) == 1 + len(found)
    return found[0] if found else None


def _asked(car: bytes) -> Observation | None:
    client = ScriptedEnode(says(car), says(car)).client()
    try:
        return client.device(CAR)
    except EnodeUnavailable:
        with pytest.raises(EnodeUnavailable) as unusable:
            client.device(CAR)
    assert unusable.value.status == 200  # the device's own fault, not Enode's
    return None


def _listed(car: bytes) -> Observation | None:
    neighbour = json.dumps(a_vehicle(id="neighbour")).encode()
    body = b'{"pagination": {"after": "on"}, "data": [' + neighbour + b"," + car + b"," + neighbour + b"]}"
    page = ScriptedEnode(says(body)).client().devices(DeviceKind.VEHICLE)
    found = [reading for reading in page.items if reading.device == CAR]
    assert page.after == "on"
    assert len(page.items) == 2 + len(found)
    assert page.unusable == 1 - len(found)
    return found[0] if found else None


def _nested(levels: int) -> bytes:
    """A value with which a car, itself the first level and its information the second, nests so many levels."""
    return b"[" * (levels - 2) + b"]" * (levels - 2)


def _nested_value(levels: int) -> Any:
    return json.loads(_nested(levels))


@pytest.mark.parametrize(
    ("instead", "kept"),
    [
        (rb'"x\ud83d"', "x\ufffd"),
        (rb'"\udc00\ud83d!"', "\ufffd\ufffd!"),
        (rb'"\\\ud83d\\ud83d"', "\\\ufffd\\ud83d"),
        (rb'{"\ud83d":[1]}', {"\ufffd": [1]}),
        (b"1" * 308, int("1" * 308)),
    ],
)
@pytest.mark.parametrize("ask", [_asked, _listed])
def test_text_that_utf_8_cannot_say_costs_its_half_character_and_not_the_device(
    instead: bytes, kept: Any, ask: Callable[[bytes], Observation | None]
) -> None:
    """A nickname cut in half: told or asked for it is the same document, so that asking again is no news."""
    car = _car(instead)

    told, asked = _told_snapshot(car), ask(car)

    assert told is not None
    assert asked is not None
    assert load(told.seen.document)["information"]["displayName"] == kept
    entry, _ = asked.observed(Source.SWEEP)
    assert entry.document == told.seen.document
    assert not has_changes(told, asked.document)


def test_repaired_text_is_counted() -> None:
    """Operators can tell that something was changed on its way in."""
    body = b'{"data": [' + _car(rb'"\ud83d"') + b"," + _car(b'"x"') + b'], "pagination": {"after": null}}'
    client = ScriptedEnode(says(body), says(_car(rb'"\ud83d"'))).client()

    client.devices(DeviceKind.VEHICLE)
    client.device(CAR)

    assert client.stats.replaced == 2
    assert _told(_car(rb'"\ud83d"')).replaced == 1
    assert _told(_car(b'"x"')).replaced == 0


BROKEN = {
    "half a character in the id": _car(b'"x"').replace(CAR.id.encode(), CAR.id.encode() + rb"\ud83d"),
    "half a character in the vendor": _car(b'"x"').replace(b'"TESLA"', rb'"TESL\ud83d"'),
    "two names that become one": _car(rb'{"\ud83d":1,"\udc00":2}'),
    "a name said twice": _car(b'{"a":1,"a":2}'),
    "no UTF-8": _car(b'"\xc3"'),
    "a half in UTF-8": _car(b'"\xed\xa0\x80"'),
    "NaN": _car(b"NaN"),
    "1e400": _car(b"1e400"),
    "400 digits": _car(b"7" * 400),
    "5,000 digits": _car(b"[" + b"7" * 5_000 + b"]"),
    "309 digits, negative": _car(b"[-" + b"2" + b"0" * 308 + b"]"),
    **{
        f"{levels} levels": _car(_nested(levels))
        for levels in (191, 195, 199, 200, 201, 202, 250, 6_000, 50_000)
    },
    "too large": _car(b'"' + b"x" * 200_000 + b'"'),
}


@pytest.mark.parametrize("sort", BROKEN)
def test_what_cannot_be_kept_costs_itself_alone_at_every_entrance(sort: str) -> None:
    """Set aside from a delivery, the device's own fault from a read, left out of a list; never its neighbours."""
    car = BROKEN[sort]

    assert (_told_snapshot(car), _asked(car), _listed(car)) == (None, None, None)


@pytest.mark.parametrize("levels", [100, 189, 190])
def test_what_nests_as_deep_as_is_allowed_is_kept_at_every_entrance(levels: int) -> None:
    """One rule for all: what came in by one way can be read back on every other."""
    car = _car(_nested(levels))

    told, asked, listed = _told_snapshot(car), _asked(car), _listed(car)

    assert told is not None
    assert asked is not None
    assert listed == asked
    assert not has_changes(told, asked.document)


@pytest.mark.parametrize("levels", [189, 190, 191])
def test_an_event_that_is_kept_whole_has_the_same_bound(levels: int) -> None:
    """It is a document itself."""
    event = an_event("user:of:tomorrow", odd="?")
    raw = json.dumps(event).encode().replace(b'"?"', b"[" * (levels - 1) + b"]" * (levels - 1))

    delivery = enode_delivery.read(a_delivery([raw]), now=NOON)

    assert [piece.flaw for piece in delivery.set_aside] == [Flaw.TOO_DEEP] * (levels > 190)


texts = st.text(st.sampled_from('ab\u00e5\ufffd\ud83d\ude97"\\'), max_size=4)
odd_values = st.recursive(
    texts
    | st.none()
    | st.floats()
    | st.integers()
    | st.sampled_from([10**308, 10**309, -(10**400)])
    | st.sampled_from([188, 189, 190, 250]).map(_nested_value),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(texts | st.sampled_from(["id", "userId", "vendor", "event"]), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(odd_values)
def test_every_entrance_decides_alike_and_keeps_the_same(odd: Any) -> None:
    """Whatever stands in a car: told, asked for or listed it is kept as the same document, or not at all."""
    car = _car(json.dumps(odd).encode())

    told, asked, listed = _told_snapshot(car), _asked(car), _listed(car)

    assert listed == asked
    assert (told is None) is (asked is None)
    if told is not None and asked is not None:
        assert load(told.seen.document) == asked.document
        assert not has_changes(told, asked.document)


def _event(odd: Any, number: int) -> bytes:
    return json.dumps(an_event(vehicle=a_vehicle(id=f"car-{number}"), odd=odd)).encode()


good = st.builds(_event, texts | st.integers(-5, 5), st.integers(0, 9))
broken = st.sampled_from(
    [
        b"NaN",
        b"{]",
        b'{"a":1,"a":2}',
        b'{"event":"system:heartbeat"}',
        b"[" * 400 + b"]" * 400,
        _event("x", 0).replace(b'"x"', rb'{"\ud83d":1,"\udc00":2}'),
        _event("x", 0).replace(b'"x"', b"7" * 400),
        _event("x", 0).replace(b'"x"', b"[" * 250 + b"]" * 250),
        _event("x", 0).replace(b'"car-0"', rb'"car-\ud83d"'),
        _event("x", 0).replace(b'"x"', b'"\xc3"'),
    ]
)


@given(st.lists(st.tuples(good, st.just(True)) | st.tuples(broken, st.just(False)), max_size=12))
def test_every_element_of_a_made_up_delivery_is_judged_alone(told: list[tuple[bytes, bool]]) -> None:
    """With whatever neighbours: understood as it is when it comes by itself, or set aside byte for byte."""
    delivery = enode_delivery.read(a_delivery([raw for raw, _ in told]), now=NOON)

    alone = [enode_delivery.read(a_delivery([raw]), now=NOON) for raw, _ in told]
    assert delivery.received == len(told)
    assert [piece.raw for piece in delivery.set_aside] == [raw for raw, is_good in told if not is_good]
    assert delivery.events == tuple(event for one in alone for event in one.events)
    assert delivery.replaced == sum(one.replaced for one in alone)
