"""Proves `domain/device.py`: the names of the seven kinds; what an id may be, and how it stands in a key."""

import re

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lastseen.domain.device import (
    ID_PATTERN,
    KIND_OF_COLLECTION,
    DeviceKind,
    escaped,
    in_any_case,
    is_id,
    is_vendor,
    unescaped,
)
from tests.support.builders import ODD_IDS

_texts = st.text(max_size=30) | st.text(alphabet='%0123456789ABCDEF #!"$&', max_size=8)


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


@pytest.mark.parametrize("id_", ODD_IDS, ids=lambda id_: ascii(id_)[:30])
def test_any_text_is_an_id(id_: str) -> None:
    """Enode lets the app choose those of its users; a strange one must not be set aside for ever."""
    assert is_id(id_)
    assert is_vendor(id_)
    assert re.fullmatch(ID_PATTERN, id_)


@pytest.mark.parametrize(
    "text",
    [
        *("", ".", "..", "x" * 257, "\0" * 257),
        *("\U0001f697" * 226, "\u0905" * 256 + "x"),
        *("\ud83d", "x\ud83d", "\udc00\ud800"),
        *(None, 5, True, b"anna", ["anna"], {}),
    ],
    ids=lambda text: ascii(text)[:20],
)
def test_what_no_key_and_no_path_can_hold_is_no_id(text: object) -> None:
    """Nothing, too much, what leads elsewhere, what UTF-8 cannot say, and what is no text."""
    assert not is_id(text)
    assert not is_vendor(text)


def test_an_id_is_bounded_as_it_stands_in_a_key() -> None:
    """900 bytes, of the 1,024 that a key may have."""
    for letter, most in (("x", 256), ("\0", 256), ("%", 256), ("\u0905", 256), ("\U0001f697", 225)):
        assert [is_id(letter * many) for many in (most, most + 1)] == [True, False], ascii(letter)
        assert len(escaped(letter * most).encode()) <= 900


@given(_texts)
@example("%25")
@example("%2G")
@example("".join(map(chr, range(256))))
def test_an_id_is_read_out_of_a_key_as_it_was_written(text: str) -> None:
    """And in the key there is nothing that parts one, nor anything that comes before `!`."""
    part = escaped(text)

    assert unescaped(part) == text
    assert all(character > "#" for character in part)


def test_only_what_keys_are_made_of_is_escaped() -> None:
    """Every other character stands for itself."""
    changed = {chr(code) for code in range(0x110000) if escaped(chr(code)) != chr(code)}

    assert changed == {*map(chr, range(0x24)), "%"}


@given(_texts, _texts, _texts, _texts)
def test_keys_of_several_ids_are_in_the_order_of_their_ids(one: str, two: str, three: str, four: str) -> None:
    """As escaped, one after the other: `#` comes before every character of an id."""
    first, second = (f"{escaped(a)}#{escaped(b)}" for a, b in ((one, two), (three, four)))

    assert (first < second) == ((escaped(one), escaped(two)) < (escaped(three), escaped(four)))
    assert (first == second) == ((one, two) == (three, four))


@given(_texts)
def test_the_form_in_which_vendors_are_compared_is_one_of_their_own(text: str) -> None:
    """Compared again, it stays what it is, and any case leads to it."""
    form = in_any_case(text)

    assert in_any_case(form) == form
    if text.isascii():
        assert in_any_case(text.lower()) == in_any_case(text.swapcase()) == form
