"""Proves `enode/json_array.py`: an array falls into its elements, byte for byte, whatever the elements are."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.enode import json_array

blanks = st.text(" \t\r\n", max_size=3).map(str.encode)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.text('[]{},"\\', max_size=6),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=5), inner, max_size=4),
    max_leaves=12,
)
elements = st.builds(
    lambda value, ascii_, indent: json.dumps(value, ensure_ascii=ascii_, indent=indent).encode(
        "utf-8", "surrogatepass"
    ),
    json_values,
    st.booleans(),
    st.sampled_from([None, 1]),
)
# Not JSON, yet nobody can mistake where it ends.
rubbish = st.sampled_from(
    [
        b"NaN",
        b"-Infinity",
        b"01",
        b"nul",
        b"'a'",
        b"{1:2}",
        b"{]",
        b'{"a":1,"a":2}',
        b"\xff\xfe",
        b"\x00",
        b"1 2",
    ]
)


@given(st.lists(st.tuples(blanks, elements | rubbish, blanks), min_size=1, max_size=8), blanks, blanks)
def test_an_array_is_cut_into_exactly_its_elements(
    told: list[tuple[bytes, bytes, bytes]], before: bytes, after: bytes
) -> None:
    """Each comes back byte for byte, without the white space around it."""
    body = before + b"[" + b",".join(b"".join(parts) for parts in told) + b"]" + after

    assert json_array.split_elements(body) == [element for _, element, _ in told]


@pytest.mark.parametrize("body", [b"[]", b"[ ]", b" [\r\n] ", b"\t[\t]\n"])
def test_an_empty_array_has_no_elements(body: bytes) -> None:
    """Nothing came, so there is nothing to set aside."""
    assert json_array.split_elements(body) == []


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b" ",
        b"x",
        b"{}",
        b'"[1]"',
        b"1",
        b"[",
        b"[1",
        b"[1,",
        b"[[1]",
        b'[{"a":1]',
        b'["a]',
        b'["a\\"]',
        b"[1]]",
        b"[1][2]",
        b"[1] x",
        b"x [1]",
        b"\xef\xbb\xbf[1]",
        b"[" * 100_000,
        b"]",
        b"[}",
        b"[ }",
        b"[1}",
        b'"' * 1001,
        b"[" + b'\\"' * 1000 + b"]",
    ],
)
def test_what_has_no_clear_end_is_not_cut(body: bytes) -> None:
    """Then the whole body is kept: a guess could lose bytes."""
    assert json_array.split_elements(body) is None


@given(st.binary(max_size=300) | st.text('[]{},":\\ 1a', max_size=60).map(str.encode))
def test_cutting_never_fails_and_loses_nothing_but_white_space(body: bytes) -> None:
    """Whatever bytes were signed: put together again, the pieces are the body."""
    found = json_array.split_elements(body)

    if found is not None:
        assert _bare(b"[" + b",".join(found) + b"]") == _bare(body)


def _bare(text: bytes) -> bytes:
    return re.sub(rb"[ \t\r\n]", b"", text)


class _CountingPattern:
    """The module's pattern, counting what it finds and how far it has to look back."""

    def __init__(self, pattern: re.Pattern[bytes]) -> None:
        self.pattern = pattern
        self.found = 0
        self.end = 0

    def finditer(self, body: bytes, start: int) -> Iterator[re.Match[bytes]]:
        for match in self.pattern.finditer(body, start):
            assert match.start() >= self.end
            self.found += 1
            self.end = match.end()
            yield match


@pytest.mark.parametrize(
    "unit",
    [b"[", b"[]", b"{}", b"[[],", b'"', b'"\\', b'\\"', b"\\", b'"a",', b"1,", b"{", b'{"a":'],
    ids=repr,
)
def test_the_work_grows_with_the_length_and_not_faster(unit: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten times the bytes, ten times the steps: no input makes a container think for minutes."""
    counts = []
    for length in (1_000, 10_000):
        counting: Any = _CountingPattern(json_array._TOKEN)
        with monkeypatch.context() as patch:
            patch.setattr(json_array, "_TOKEN", counting)
            json_array.split_elements(b"[" + unit * length)
        counts.append(counting.found)

    assert counts[1] <= 10 * counts[0] + 10
    assert counts[1] <= 2 * len(unit) * 10_000 + 2
