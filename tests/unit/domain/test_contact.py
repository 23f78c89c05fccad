"""Proves `domain/contact.py`: a foreign clock is believed for ten minutes, and an unreadable moment is no silence."""

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import document, instant
from lastseen.domain.contact import Doubt, settle
from lastseen.domain.device import DeviceKind
from tests.support.builders import NOON, a_device

WORD_AT = NOON - timedelta(hours=2)
TICK = timedelta(milliseconds=1)


@pytest.mark.parametrize("before", [timedelta(), TICK, timedelta(hours=1), timedelta(days=9000)])
def test_a_contact_before_its_word_is_what_it_is(before: timedelta) -> None:
    """The device was last seen before Enode spoke of it: nothing to doubt."""
    assert settle(instant.fixed(WORD_AT - before), word_at=WORD_AT) == (WORD_AT - before, None)


@pytest.mark.parametrize("ahead", [TICK, timedelta(seconds=3), timedelta(minutes=10)])
def test_a_contact_a_little_ahead_of_its_word_counts_as_the_words_moment(ahead: timedelta) -> None:
    """Clocks differ by seconds; what was said at a moment was seen at that moment at the latest."""
    assert settle(instant.fixed(WORD_AT + ahead), word_at=WORD_AT) == (WORD_AT, None)


@pytest.mark.parametrize(
    "told",
    [
        instant.fixed(WORD_AT + timedelta(minutes=10) + TICK),
        instant.fixed(WORD_AT + timedelta(hours=1)),  # local time sent as UTC
        instant.fixed(
            WORD_AT + timedelta(hours=2)
        ),  # which is now: that the clock is wrong does not heal with time
        instant.fixed(WORD_AT + timedelta(days=1)),
        "2038-01-19T03:14:07Z",
        "9999-12-31T23:59:59.999Z",
    ],
)
def test_a_contact_far_ahead_of_its_word_is_unknown_for_ever(told: str) -> None:
    """Whenever it is asked, tomorrow too: it is settled by the word alone."""
    assert settle(told, word_at=WORD_AT) == (None, Doubt.AHEAD)


@pytest.mark.parametrize(
    "told",
    [
        "2026-03-01T10:00:00.123456789012Z",
        "2026-03-01T10:00:00,5Z",
        "2026-02-28T24:00:00Z",
        "2026-03-01 10:00:00Z",
        "yesterday",
        "",
        1772359200,
        1772359200000,
        1772359200.5,
        True,
        [],
        {"at": "2026-03-01T10:00:00Z"},
    ],
)
def test_a_moment_that_cannot_be_read_is_not_taken_for_one_that_was_not_said(told: object) -> None:
    """Enode does say when; only not in a form of RFC 3339."""
    assert settle(told, word_at=WORD_AT) == (None, Doubt.UNREADABLE)


def test_what_is_not_said_leaves_no_doubt() -> None:
    """A device that was only discovered has no contact yet, and nothing is wrong with that."""
    assert settle(None, word_at=WORD_AT) == (None, None)


def test_the_words_moment_counts_to_the_millisecond_that_is_kept_of_it() -> None:
    """Read again out of its order key, a word must settle its contact as it did at first."""
    written = WORD_AT + timedelta(microseconds=700)

    assert settle(instant.fixed(WORD_AT + TICK), word_at=written) == (WORD_AT, None)


@pytest.mark.parametrize("kind", DeviceKind)
def test_of_every_kind_the_contact_is_settled_where_the_kind_keeps_it(kind: DeviceKind) -> None:
    """HEM systems keep theirs one level down."""
    ahead = "2038-01-19T03:14:07Z"
    part = {"status": {"lastSeen": ahead}} if kind is DeviceKind.HEM_SYSTEM else {"lastSeen": ahead}

    facts = document.facts(kind, a_device(kind, **part), at=NOON)

    assert (facts.last_seen_at, facts.doubt) == (None, Doubt.AHEAD)


@given(
    told=st.none() | st.text() | st.integers() | st.datetimes().map(lambda at: at.isoformat()),
    at=st.datetimes(),
)
def test_no_contact_is_ever_later_than_its_word(told: Any, at: Any) -> None:
    """Whatever was told: so nothing kept can be fresh for longer than its limit after the word."""
    word_at = instant.parse(at.isoformat())
    assert word_at is not None

    contact, doubt = settle(told, word_at=word_at)

    assert contact is None or contact <= word_at
    assert (doubt is None) is (contact is not None or told is None)
