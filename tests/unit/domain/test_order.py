"""Proves `domain/order.py`: the key that orders everything, and the bounds that are compared with it."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import document, order
from lastseen.domain.device import DeviceKind
from lastseen.domain.order import Rank, Told, order_key
from lastseen.enode import delivery as enode_delivery
from tests.support.builders import (
    NOON,
    Json,
    a_delivery,
    a_device,
    a_schedule_status,
    a_smart_charging_status,
    a_vehicle,
    an_action,
    an_event,
    just_found,
)

_moments = st.datetimes(timezones=st.just(NOON.tzinfo))
_told = st.builds(Told, st.none() | _moments, st.none() | _moments)
_keys = st.builds(
    order_key,
    _moments,
    st.binary(),
    told=_told,
    rank=st.sampled_from(Rank),
    nanoseconds=st.integers(0, 999),
)

WIDTH = 30 + 1 + 1 + 8 + 8 + 11


def _key(event: Json) -> str:
    """The order key of an event, read as the door reads it."""
    entry = enode_delivery.read(a_delivery([event]), now=NOON).events[0].entry
    assert entry is not None
    return entry.ord


def test_the_key_is_a_pure_function_of_the_event() -> None:
    """A redelivery, whole or re-batched, days later and by another container, must have the same key."""
    event = an_event(at=NOON)
    shuffled = dict(reversed(event.items()))

    keys = {order_key(NOON, document.encode(told)) for told in (event, dict(event), shuffled)}

    assert keys == {"2026-03-01T12:00:00.000000000Z#" + next(iter(keys))[31:]}
    assert order_key(NOON.astimezone(ZoneInfo("Asia/Kathmandu")), document.encode(event)) in keys


@given(_moments, _moments, st.tuples(st.binary(), _told, st.sampled_from(Rank)), st.binary())
def test_the_earlier_event_has_the_smaller_key(
    one: datetime, other: datetime, what: tuple[bytes, Told, Rank], other_bytes: bytes
) -> None:
    """Time decides first, down to the microsecond; neither rank, nor age, nor content can overrule it."""
    earlier, later = sorted((one, other))
    its_bytes, told, rank = what

    if earlier < later:
        assert order_key(earlier, its_bytes, told=told, rank=rank) < order_key(later, other_bytes)


@pytest.mark.parametrize("digits", ["0000001", "000001", "00000100", "001", "1234567", "123456789", "9"])
def test_each_of_nine_digits_of_a_second_counts(digits: str) -> None:
    """As many as Enode may write: what is later by a nanosecond is later, in whatever form it stands."""
    padded = digits.ljust(9, "0")
    before = f"{int(padded) - 1:09}"

    earlier, later, same = (
        _key(an_event(at=f"2026-03-01T11:59:59.{fraction}Z", vehicle=a_vehicle()))
        for fraction in (before, digits, padded)
    )

    assert earlier < later
    assert later.startswith(f"2026-03-01T11:59:59.{padded}Z#")
    assert later[:48] == same[:48]


@given(st.permutations(range(8)))
def test_of_one_instant_the_document_tells_which_word_is_newer(digests: list[int]) -> None:
    """By its `lastSeen`, then by its newest `lastUpdated`, at whatever depth; never by chance."""
    cars = [
        {
            "id": "car",
            "lastSeen": f"2026-03-01T11:0{seen}:00.000Z",
            "odometer": {
                "number": digests[2 * seen + part],
                "lastUpdated": f"2026-03-01T11:00:0{part}+01:00",
            },
            "location": {"at": [{"lastUpdated": f"2026-03-01T10:30:0{part}.5Z"}], "lastUpdated": None},
        }
        for seen in range(4)
        for part in range(2)
    ]

    keys = [_key(an_event(at=NOON, vehicle=car)) for car in cars]

    assert keys == sorted(keys)
    assert {key[:32] for key in keys} == {"2026-03-01T12:00:00.000000000Z#0"}


@pytest.mark.parametrize(
    ("name", "make"),
    [
        ("user:vehicle:smart-charging-status-updated", a_smart_charging_status),
        ("user:vendor-action:updated", an_action),
        ("user:charge-action:updated", an_action),
    ],
)
def test_of_one_instant_a_status_tells_which_word_is_newer(name: str, make: object) -> None:
    """By its `updatedAt`."""
    assert callable(make)
    part = {
        "user:vendor-action:updated": "vendorAction",
        "user:charge-action:updated": "chargeAction",
    }.get(name, "smartChargingStatus")

    keys = [
        _key(an_event(name, at=NOON, **{part: make(updatedAt=f"2026-03-01T11:59:{second:02}Z")}))
        for second in range(20)
    ]

    assert keys == sorted(keys)


def test_of_one_instant_a_schedule_tells_which_word_is_newer() -> None:
    """By its status's `changedAt`."""
    name = "user:schedule:execution-updated"
    statuses = [a_schedule_status(changedAt=f"2026-03-01T11:59:{second:02}Z") for second in range(20)]

    keys = [_key(an_event(name, at=NOON, status=status)) for status in statuses]

    assert keys == sorted(keys)


@pytest.mark.parametrize("kind", DeviceKind)
def test_of_one_instant_a_device_is_updated_then_deleted_then_discovered(kind: DeviceKind) -> None:
    """So a deletion ends what was said with it, and a relink of the same instant lives; of every kind."""
    for number in range(20):
        device = a_device(kind) | {"number": number}
        updated, deleted, discovered = (
            _key(an_event(f"user:{kind}:{verb}", at=NOON, user_id=device["userId"], **{kind.wire_key: said}))
            for verb, said in [
                ("updated", device),
                ("deleted", device),
                ("discovered", just_found(device)),
            ]
        )

        assert updated < deleted < discovered


def test_a_clock_ahead_of_the_word_that_carries_it_decides_nothing() -> None:
    """More than ten minutes ahead is a time of no clock of ours; up to there, clocks differ."""
    wrong, most, right = (
        order_key(NOON, b"", told=Told(NOON + timedelta(milliseconds=ahead)))
        for ahead in (600_001, 600_000, -3_600_000)
    )

    assert wrong < right < most


@given(st.lists(st.binary(), min_size=2, max_size=20, unique=True))
def test_events_of_one_instant_have_one_order_and_none_is_lost(contents: list[bytes]) -> None:
    """Where nothing else tells, the digest does: distinct events, distinct keys, the same order for every arrival."""
    keys = [order_key(NOON, content) for content in contents]

    assert len(set(keys)) == len(contents)
    assert sorted(keys) == sorted(order_key(NOON, content) for content in reversed(contents))


@given(_keys)
def test_all_keys_have_one_width_and_lie_between_the_bounds(key: str) -> None:
    """Else text order would not be time order."""
    assert len(key) == WIDTH
    assert order.FIRST < order.just_before(key) < key < order.LAST


@given(_keys, _moments)
def test_the_bounds_of_a_moment_hold_exactly_the_keys_of_its_millisecond(key: str, moment: datetime) -> None:
    """`at`, `from` and `to` name a whole millisecond, as answers print it, whatever stands behind it in a key."""
    said_at = order.instant_of(key)
    first, last = order.begin(moment), order.end(moment)

    is_of_it = (said_at - moment.replace(microsecond=moment.microsecond // 1000 * 1000)) // timedelta(
        milliseconds=1
    )

    assert (key < first, first < key < last, last < key) == (is_of_it < 0, is_of_it == 0, is_of_it > 0)
    assert order.begin(said_at) < key < order.end(said_at)
    assert order.begin(said_at) < order.just_before(key)


@given(_keys, _keys)
def test_there_is_nothing_between_a_key_and_just_before_it(one: str, other: str) -> None:
    """So a bound that is included can leave one out."""
    assert (other < order.just_before(one)) == (other < one)
