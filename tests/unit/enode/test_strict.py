"""Proves `enode/strict_json.py`: half characters become U+FFFD, and nothing else of a text is touched."""

import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lastseen.enode import strict_json

texts = st.text(st.sampled_from('a\\"\n\u00e5\ufffd\U0001f697\ud83d\ude97\udc00/u'), max_size=12)
json_values = st.recursive(
    texts | st.integers() | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=8,
)


def _said(text: str) -> str:
    """What a text says once each half has become U+FFFD; halves that fit side by side are one character."""
    return text.encode("utf-16-be", "surrogatepass").decode("utf-16-be", "replace")


def _repaired(value: Any) -> Any:
    if isinstance(value, str):
        return _said(value)
    if isinstance(value, list):
        return [_repaired(one) for one in value]
    if isinstance(value, dict):
        return {_repaired(name): _repaired(one) for name, one in value.items()}
    return value


def _names(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return (len(value) if isinstance(value, dict) else 0) + sum(map(_names, inside))


@given(json_values)
@example(["x\ud83d"])
@example(["\ud83d\\ud83d", "\\\ud83d", "\ud83d\ud83d\ude97", "\ude97\ud83d"])
@example({"\ud83d": 1, "\ufffd": 2})  # noqa: F601 - they are two, until one is repaired
def test_half_characters_become_replacement_characters_and_nothing_else_changes(value: Any) -> None:
    """Values and property names, however many backslashes stand before; two names that become one are refused."""
    written = json.dumps(value).encode()
    expected = _repaired(value)

    try:
        read = strict_json.parse(written)
    except ValueError:
        if _names(expected) < _names(value):
            with pytest.raises(ValueError, match="Detected duplicate key"):
                strict_json.repair(written)
            return
        read = strict_json.repair(written)

    assert read == expected
    json.dumps(read, ensure_ascii=False).encode()


HALF = rb"\ud83d"


@pytest.mark.parametrize(
    "written",
    [
        b'{"id":"a' + HALF + b'"}',
        b'{"user":{"id":"' + HALF + b'"}}',
        b'{"vehicle":{"vendor":"TES' + HALF + b'"}}',
        b'[{"targetId":"' + HALF + b'"}]',
        b'{"event":"user:' + HALF + b':updated"}',
        b'{"a":{"userId":"\xef\xbf\xbd' + HALF + b'"}}',
    ],
)
def test_what_names_something_is_never_repaired(written: bytes) -> None:
    """Two that differ in what was lost would become one."""
    with pytest.raises(strict_json.BrokenNameError):
        strict_json.repair(written)


def test_a_name_with_a_replacement_character_of_its_own_is_no_broken_one() -> None:
    """Somebody else put it there, and it is the same every time."""
    written = b'{"id":"a\xef\xbf\xbd","userId":"\\ufffd","displayName":"' + HALF + b'"}'

    assert strict_json.repair(written) == {"id": "a\ufffd", "userId": "\ufffd", "displayName": "\ufffd"}


@pytest.mark.parametrize(
    "written",
    [
        b'["\xed\xa0\xbd"]',
        b'["\xc3", "' + HALF + b'"]',
        b"[NaN, " + b'"' + HALF + b'"]',
        rb'["\ud8"]',
        rb'["\ud83',
        HALF,
        b"[" * 300 + b'"' + HALF + b'"' + b"]" * 300,
        rb'["\u{d83d}"]',
        b"[1]x",
    ],
)
def test_what_is_wrong_in_another_way_is_refused(written: bytes) -> None:
    """Bytes that are no UTF-8, numbers that are none, what is cut off: nothing is guessed."""
    with pytest.raises(ValueError, match=r".+"):
        strict_json.repair(written)
