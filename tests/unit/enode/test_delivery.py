"""Proves `enode/delivery.py`, `domain/delivery.py`:
reading never fails, and every element is either understood or kept byte for byte.
"""

import json
from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lastseen.domain.delivery import Delivery, Flaw, SetAside
from lastseen.domain.event import DeviceUpdate
from lastseen.enode import delivery as enode_delivery
from tests.support.builders import (
    EVENTS,
    NOON,
    SUBJECTS,
    Json,
    a_delivery,
    a_fleets_delivery,
    a_vehicle,
    an_event,
)
from tests.support.examples import examples

TOO_DEEP = [1_500, 10_000, 100_000]


def _read(body: bytes) -> Delivery:
    return enode_delivery.read(body, now=NOON)


def _update_with(value: bytes) -> bytes:
    """An update that says something odd, as the bytes that were sent."""
    return json.dumps(an_event(odd="?")).encode().replace(b'"?"', value)


def test_every_event_of_a_delivery_is_understood() -> None:
    """All 29 names in one delivery, in their order."""
    delivery = _read(a_delivery(map(an_event, EVENTS)))

    assert (delivery.received, delivery.set_aside) == (len(EVENTS), ())
    assert tuple(event.name for event in delivery.events) == EVENTS


@pytest.mark.parametrize("body", [b"[]", b" [ ] \r\n"])
def test_an_empty_delivery_is_simply_received(body: bytes) -> None:
    """Nothing came, nothing is kept."""
    assert _read(body) == Delivery(0, (), ())


def _nested(depth: int) -> list[bytes]:
    return [b"[" * depth + b"]" * depth, b'{"a":' * depth + b"1" + b"}" * depth]


@pytest.mark.parametrize(
    ("body", "flaw"),
    [
        (b"", Flaw.NOT_JSON),
        (b"hello", Flaw.NOT_JSON),
        (b"\x00", Flaw.NOT_JSON),
        (b"\xff\xfe[]", Flaw.NOT_JSON),
        ('[{"event":"system:heartbeat"}]'.encode("utf-16"), Flaw.NOT_JSON),
        (b"\xef\xbb\xbf" + a_delivery([an_event()]), Flaw.NOT_JSON),
        (a_delivery([an_event()])[:-1], Flaw.NOT_JSON),
        (a_delivery([an_event()]) + b"x", Flaw.NOT_JSON),
        (a_delivery([an_event()]) * 2, Flaw.NOT_JSON),
        (a_delivery([an_event()])[:-1] + b"}", Flaw.NOT_JSON),
        (b"[}", Flaw.NOT_JSON),
        (b"NaN", Flaw.NOT_JSON),
        (b"1e400", Flaw.NOT_AN_ARRAY),
        (b"null", Flaw.NOT_AN_ARRAY),
        (b'"[]"', Flaw.NOT_AN_ARRAY),
        (b"{}", Flaw.NOT_AN_ARRAY),
        (json.dumps(an_event()).encode(), Flaw.NOT_AN_ARRAY),
        (b'{"a":1,"a":2}', Flaw.NOT_JSON),
        *[(b"[" * depth, Flaw.NOT_JSON) for depth in TOO_DEEP],
        *[(_nested(depth)[1], Flaw.NOT_JSON) for depth in TOO_DEEP],
        (b"[" + b"1," * 1_000 + b"1]", Flaw.TOO_MANY_ELEMENTS),
        (b"[" + b"NaN," * 1_000 + b"1]", Flaw.TOO_MANY_ELEMENTS),
        (b"[" + b" " * 6_000_000 + b"]", Flaw.BODY_TOO_LARGE),
        (b"[" * 6_000_000, Flaw.BODY_TOO_LARGE),
        (a_delivery([an_event(more="x" * 6_000_000)]), Flaw.BODY_TOO_LARGE),
    ],
    ids=lambda given: repr(given[:20] if isinstance(given, bytes) else given.name),
)
def test_a_body_that_is_no_array_is_set_aside_whole(body: bytes, flaw: Flaw) -> None:
    """A refusal would be repeated for a day and end in the loss of everything queued; so it is kept and answered."""
    delivery = _read(body)

    assert delivery == Delivery(1, (), (SetAside(flaw, body, None),))


BROKEN = {
    "NaN": (_update_with(b"NaN"), Flaw.NOT_JSON),
    "Infinity": (_update_with(b"-Infinity"), Flaw.NOT_JSON),
    "1e400": (_update_with(b"1e400"), Flaw.NUMBER_OUT_OF_RANGE),
    "-1e400 in a list": (_update_with(b"[-1e400]"), Flaw.NUMBER_OUT_OF_RANGE),
    "5,000 digits": (_update_with(b"7" * 5_000), Flaw.NOT_JSON),
    "400 digits": (_update_with(b"-" + b"7" * 400), Flaw.NUMBER_OUT_OF_RANGE),
    "400 digits, deep in a list": (
        _update_with(b'[{"a":[1,' + b"7" * 400 + b"]}]"),
        Flaw.NUMBER_OUT_OF_RANGE,
    ),
    "half a character in an id": (_update_with(b"1").replace(b"05ee9df5-", rb"\ud83d"), Flaw.BAD_ID),
    "half a character in a vendor": (_update_with(b"1").replace(b'"TESLA"', rb'"TESL\udc00"'), Flaw.BAD_ID),
    "half a character in the event": (_update_with(b"1").replace(b":updated", rb":upd\ud83d"), Flaw.BAD_ID),
    "names that half characters tell apart": (_update_with(rb'{"\ud83d":1,"\udc00":2}'), Flaw.NOT_JSON),
    "a name with U+FFFD and one with a half": (_update_with(rb'{"\ud83d":1,"\ufffd":2}'), Flaw.NOT_JSON),
    "half a character and NaN": (_update_with(rb'["\ud83d", NaN]'), Flaw.NOT_JSON),
    "broken UTF-8": (_update_with(b'"\xc3"'), Flaw.NOT_JSON),
    "surrogate in UTF-8": (_update_with(b'"\xed\xa0\x80"'), Flaw.NOT_JSON),
    "control character": (_update_with(b'"\x01"'), Flaw.NOT_JSON),
    "BOM inside": (b"\xef\xbb\xbf{}", Flaw.NOT_JSON),
    "key said twice": (_update_with(b'{"a":1,"a":2}'), Flaw.NOT_JSON),
    "event said twice": (_update_with(b'1,"event":"user:vehicle:deleted"'), Flaw.NOT_JSON),
    "no JSON at all": (b"hello", Flaw.NOT_JSON),
    "nothing": (b"", Flaw.NOT_JSON),
    "crossed brackets": (_update_with(b"[}"), Flaw.NOT_JSON),
    "leading zero": (_update_with(b"01"), Flaw.NOT_JSON),
    "comment": (_update_with(b"/* */ 1"), Flaw.NOT_JSON),
    "190 lists in an object": (_update_with(_nested(190)[0]), Flaw.TOO_DEEP),
    "190 objects in an object": (_update_with(_nested(190)[1]), Flaw.TOO_DEEP),
    "1,500 lists": (_update_with(_nested(1_500)[0]), Flaw.NOT_JSON),
    "1,500 objects": (_update_with(_nested(1_500)[1]), Flaw.NOT_JSON),
    "a number": (b"1", Flaw.NOT_AN_OBJECT),
    "null": (b"null", Flaw.NOT_AN_OBJECT),
    "a string with brackets": (rb'"]},{[\""', Flaw.NOT_AN_OBJECT),
    "an array": (b"[[{}]]", Flaw.NOT_AN_OBJECT),
    "an empty object": (b"{}", Flaw.NO_NAME),
    "no createdAt": (b'{"event":"system:heartbeat"}', Flaw.NO_TIME),
    "year 9999": (_update_with(b"1").replace(b"2026-03-01T12", b"9999-03-01T12"), Flaw.TIME_OUT_OF_RANGE),
    "year 1970": (_update_with(b"1").replace(b"2026-03-01T12", b"1970-03-01T12"), Flaw.TIME_OUT_OF_RANGE),
    "no user": (_update_with(b"1").replace(b'"user"', b'"usher"'), Flaw.NO_USER),
    "no vehicle": (_update_with(b"1").replace(b'"vehicle":', b'"whatever":'), Flaw.NO_SUBJECT),
    "an id of two dots": (a_delivery([an_event(vehicle=a_vehicle(id=".."))])[1:-1], Flaw.BAD_ID),
    "an empty id": (a_delivery([an_event(vehicle=a_vehicle(id=""))])[1:-1], Flaw.BAD_ID),
    "id of 2 KB": (_update_with(b"1").replace(b"05ee9df5-", b"5" * 2048), Flaw.BAD_ID),
    "too large": (_update_with(b'"' + b"x" * 200_000 + b'"'), Flaw.TOO_LARGE),
}


FLEET: list[object] = [an_event(vehicle={"id": f"vehicle-{number}"}) for number in range(99)]


@pytest.mark.parametrize("place", [0, 49, 99], ids=["first", "in the middle", "last"])
@pytest.mark.parametrize("sort", BROKEN)
def test_one_broken_element_costs_only_itself(sort: str, place: int) -> None:
    """Ninety-nine good neighbours are understood, and the broken one is kept as it was signed."""
    raw, flaw = BROKEN[sort]

    delivery = _read(a_delivery([*FLEET[:place], raw, *FLEET[place:]]))

    assert delivery.received == 100
    assert len(delivery.events) == 99
    assert delivery.set_aside == (SetAside(flaw, raw, place),)


@pytest.mark.parametrize("shape", [0, 1], ids=["lists", "objects"])
@pytest.mark.parametrize("depth", [10_000, 100_000])
def test_an_element_as_deep_as_a_well_costs_only_itself(depth: int, shape: int) -> None:
    """No parser follows it down, and none has to."""
    raw = _update_with(_nested(depth)[shape])

    delivery = _read(a_delivery([an_event(), raw, an_event()]))

    assert len(delivery.events) == 2
    assert delivery.set_aside == (SetAside(Flaw.NOT_JSON, raw, 1),)


@pytest.mark.parametrize("name", ["system:heartbeat", "enode:webhook:test", "user:of:tomorrow"])
def test_a_heartbeat_in_the_middle_ends_nothing(name: str) -> None:
    """It is an event like any other; what follows it is read too."""
    delivery = _read(a_delivery([*FLEET[:50], an_event(name), *FLEET[50:]]))

    assert (len(delivery.events), delivery.set_aside) == (100, ())


def test_broken_elements_of_every_sort_at_once_are_each_set_aside() -> None:
    """Raw and in their order, with the good ones between them."""
    told: list[object] = []
    for raw, _ in BROKEN.values():
        told += [raw, an_event()]

    delivery = _read(a_delivery(told))

    assert len(delivery.events) == len(delivery.set_aside) == len(told) / 2
    assert [piece.raw for piece in delivery.set_aside] == [raw for raw in told if isinstance(raw, bytes)]
    assert [piece.index for piece in delivery.set_aside] == list(range(0, len(told), 2))


def test_white_space_is_not_part_of_what_is_set_aside() -> None:
    """Enode sends none; whoever redrives the piece gets the element itself."""
    delivery = _read(b"\n[ " + json.dumps(an_event(), indent=2).encode() + b" ,\r\n  NaN\t] ")

    assert len(delivery.events) == 1
    assert delivery.set_aside == (SetAside(Flaw.NOT_JSON, b"NaN", 1),)


@pytest.mark.parametrize(
    ("number", "read"),
    [
        (b"66", 66),
        (b"66.0", 66.0),
        (b"-0", 0),
        (b"0.1", 0.1),
        (b"1E5", 1e5),
        (b"6.939", 6.939),
        (b"10.719748600000001", 10.719748600000001),
        (b"5e-324", 5e-324),
        (b"1.7976931348623157e308", 1.7976931348623157e308),
        (b"12345678901234567890123", 12345678901234567890123),
    ],
)
def test_numbers_are_stored_as_they_came(number: bytes, read: float) -> None:
    """An integer where floats are usual stays one, and no digit of a float is lost."""
    body = a_delivery([an_event(vehicle=a_vehicle(battery_percent=-1))]).replace(
        b'"batteryLevel":-1', b'"batteryLevel":' + number
    )

    event = _read(body).events[0]

    (effect,) = event.effects
    assert isinstance(effect, DeviceUpdate)
    kept = json.loads(effect.snapshot.seen.document or b"")["chargeState"]["batteryLevel"]
    assert (kept, type(kept)) == (read, type(read))


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=6),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner, max_size=3),
    max_leaves=8,
)


@given(st.dictionaries(st.text(max_size=6), json_values, max_size=4), st.booleans())
def test_the_stored_document_says_what_the_bytes_said(more: Json, ascii_: bool) -> None:
    """From Enode's bytes to ours: every key, text and number, however they were escaped."""
    vehicle = a_vehicle() | {f"x-{key}": value for key, value in more.items()}

    event = _read(json.dumps([an_event(vehicle=vehicle)], ensure_ascii=ascii_).encode()).events[0]

    (effect,) = event.effects
    assert isinstance(effect, DeviceUpdate)
    assert json.loads(effect.snapshot.seen.document or b"") == vehicle


def _is_all_accounted_for(delivery: Delivery) -> bool:
    places = Counter(piece.index for piece in delivery.set_aside)
    return (
        len(delivery.events) + len(delivery.set_aside) == delivery.received
        and max(places.values(), default=1) == 1
    )


@settings(max_examples=examples(200))
@given(st.binary(max_size=200) | st.text('[]{},":\\ 01eE.-+nulltrueNaN\n', max_size=80).map(str.encode))
@example(b"[,]")
@example(b"[]]")
@example(b"[{]")
def test_no_bytes_make_reading_fail(body: bytes) -> None:
    """Whatever was signed: an answer, never an error, and nothing unaccounted for."""
    delivery = _read(body)

    assert _is_all_accounted_for(delivery)
    assert delivery.received or body.strip().replace(b" ", b"").strip() in (b"[]", b"[\n]")


GOOD = a_delivery(
    [an_event("system:heartbeat"), an_event("user:charger:updated"), an_event("user:of:tomorrow")]
)
positions = st.integers(0, len(GOOD) - 1)
edits = st.lists(st.tuples(positions, st.integers(0, 12), st.binary(max_size=6)), min_size=1, max_size=4)


@settings(max_examples=examples(200))
@given(edits)
def test_no_damage_to_a_delivery_makes_reading_fail(damage: list[tuple[int, int, bytes]]) -> None:
    """Bytes cut out, put in and changed anywhere in a real delivery."""
    body = GOOD
    for start, length, instead in damage:
        body = body[:start] + instead + body[start + length :]

    delivery = _read(body)

    assert _is_all_accounted_for(delivery)
    assert all(piece.raw in body for piece in delivery.set_aside)


PROPERTIES = (*SUBJECTS.values(), "event", "createdAt", "user", "schedule", "vendor", "version")
odd_events = st.builds(
    lambda name, key, value: an_event(name) | {key: value},
    st.sampled_from(EVENTS),
    st.sampled_from(PROPERTIES),
    json_values,
)


@given(st.lists(odd_events | json_values, max_size=6))
def test_no_json_value_anywhere_makes_reading_fail(told: list[object]) -> None:
    """Any value in the place of any property of any event, or of the event itself."""
    delivery = _read(a_delivery(told))

    assert _is_all_accounted_for(delivery)
    assert delivery.received == len(told)


@given(st.permutations(range(6)), st.integers(0, 6))
def test_an_event_is_read_the_same_in_any_delivery(order: list[int], cut: int) -> None:
    """Whole, split or shuffled: the events, their keys and their effects do not depend on their neighbours."""
    told: list[object] = [*a_fleets_delivery(4), an_event("system:heartbeat"), b"NaN"]
    shuffled = [told[index] for index in order]

    whole = _read(a_delivery(told))
    parts = [_read(a_delivery(shuffled[:cut])), _read(a_delivery(shuffled[cut:]))]

    assert {event for part in parts for event in part.events} == set(whole.events)
    assert [piece.raw for part in parts for piece in part.set_aside] == [b"NaN"]
