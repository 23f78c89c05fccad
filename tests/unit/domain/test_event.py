"""Proves `domain/event.py`: the key that orders everything."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import document
from lastseen.domain.event import order_key
from tests.builders import NOON, an_event


def test_the_key_is_a_pure_function_of_the_event() -> None:
    """A redelivery, whole or re-batched, days later and by another container, must have the same key."""
    event = an_event(at=NOON)
    shuffled = dict(reversed(event.items()))

    keys = {order_key(NOON, document.encode(told)) for told in (event, dict(event), shuffled)}

    assert keys == {"2026-03-01T12:00:00.000Z#" + next(iter(keys))[25:]}
    assert order_key(NOON.astimezone(ZoneInfo("Asia/Kathmandu")), document.encode(event)) in keys


@given(
    st.datetimes(timezones=st.just(NOON.tzinfo)),
    st.datetimes(timezones=st.just(NOON.tzinfo)),
    st.binary(),
    st.binary(),
)
def test_the_earlier_event_has_the_smaller_key(
    one: datetime, other: datetime, its_bytes: bytes, other_bytes: bytes
) -> None:
    """Time decides first, down to the millisecond; the content cannot overrule it."""
    earlier, later = sorted((one, other))

    if later - earlier >= timedelta(milliseconds=1):
        assert order_key(earlier, its_bytes) < order_key(later, other_bytes)


@given(st.lists(st.binary(), min_size=2, max_size=20, unique=True))
def test_events_of_one_millisecond_have_one_order_and_none_is_lost(contents: list[bytes]) -> None:
    """Equal times are decided by the digest: distinct events, distinct keys, the same order for every arrival."""
    keys = [order_key(NOON, content) for content in contents]

    assert len(set(keys)) == len(contents)
    assert sorted(keys) == sorted(order_key(NOON, content) for content in reversed(contents))


def test_microseconds_that_json_may_carry_do_not_change_the_width_of_a_key() -> None:
    """All keys have one width, else text order would not be time order."""
    keys = [order_key(NOON + timedelta(microseconds=micros), b"{}") for micros in (0, 1, 999, 1000, 999999)]

    assert {len(key) for key in keys} == {24 + 1 + 16}
    assert keys[0] == keys[1] == keys[2] < keys[3] < keys[4]
