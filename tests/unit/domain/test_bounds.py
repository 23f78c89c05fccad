"""Proves `domain/document_bounds.py`: how deep a document may nest and which numbers it may hold, told from
its bytes.
"""

import json
import sys
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import document, document_bounds
from lastseen.domain.document_bounds import MOST_LEVELS

json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.text('[]{}"\\,:a0', max_size=8)
    | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text('[]{}"a', max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)


def _levels(value: Any) -> int:
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else None
    return 0 if inside is None else 1 + max(map(_levels, inside), default=0)


def _wrapped(value: Any, levels: int) -> Any:
    for level in range(levels):
        value = [value] if level % 2 else {"a[": value}
    return value


@given(json_values, st.integers(MOST_LEVELS - 4, MOST_LEVELS + 2))
def test_levels_are_counted_whatever_stands_in_strings_and_beside(value: Any, levels: int) -> None:
    """Objects and lists alike; brackets in texts and names are none, and what is wide is not deep."""
    nested = [*([[]] * 200), _wrapped(value, levels)]

    assert document_bounds.is_shallow(document.encode({"": nested})) is (_levels(nested) + 1 <= MOST_LEVELS)


@given(json_values, st.integers(MOST_LEVELS - 4, MOST_LEVELS + 20))
def test_what_is_pruned_is_shallow_and_says_the_rest(value: Any, levels: int) -> None:
    """Only what lies too deep is null; a document that nests no deeper is the same."""
    told = document.encode({"before": value, "deep": _wrapped(value, levels), "after": value})

    kept = document_bounds.pruned(told)

    assert document_bounds.is_shallow(kept)
    assert (kept == told) is document_bounds.is_shallow(told)
    said = json.loads(kept)
    assert (said["before"], said["after"]) == (value, value)


@pytest.mark.parametrize("levels", [191, 1_000, 40_000])
def test_a_stored_document_is_read_however_deep_it_is(levels: int) -> None:
    """What an older version let in must not fail a delivery or a read of today."""
    stored = (
        b'{"lastSeen":"2026-03-01T12:00:00Z","odd":' + b"[" * levels + b"]" * levels + b',"vendor":"TESLA"}'
    )

    read = document.load(stored)

    assert (read["lastSeen"], read["vendor"]) == ("2026-03-01T12:00:00Z", "TESLA")
    assert _levels(read) == MOST_LEVELS < sys.getrecursionlimit()


LARGEST = int(sys.float_info.max)


@pytest.mark.parametrize(
    ("number", "fits"),
    [
        (LARGEST, True),
        (-LARGEST, True),
        (2**1024 - 2**970 - 1, True),  # still rounds to the largest double
        (2**1024 - 2**970, False),
        (-(2**1024), False),
        (10**308, True),
        (10**309, False),
        (-(10**4_000), False),
    ],
    ids=lambda given: f"{given:.3e}" if isinstance(given, bool) else str(given)[:12],
)
@pytest.mark.parametrize("before", [0, 1, 57, 99, 100, 4_321])
def test_a_whole_number_that_no_double_holds_is_found_wherever_it_stands(
    number: int, fits: bool, before: int
) -> None:
    """As Python's own conversion has it."""
    said = {"a": "x" * before, "n": [{"m": number}], "z": 1.5}

    assert document_bounds.has_only_doubles(said, document.encode(said)) is fits
    if fits:
        assert float(number) == pytest.approx(number)
    else:
        with pytest.raises(OverflowError):
            float(number)


def test_digits_that_are_no_number_are_no_number() -> None:
    """A text of digits, or a name of them, may be as long as it likes."""
    said = {"7" * 400: "7" * 5_000}

    assert document_bounds.has_only_doubles(said, document.encode(said))
