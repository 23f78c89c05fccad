"""Proves `domain/instant.py`."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import instant

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-03-01T12:00:00Z", NOON),
        ("2026-03-01T12:00:00.000Z", NOON),
        ("2026-03-01T12:00:00.5Z", NOON + timedelta(milliseconds=500)),
        ("2026-03-01T12:00:00.596Z", NOON + timedelta(milliseconds=596)),
        ("2026-03-01T12:00:00.123456Z", NOON + timedelta(microseconds=123456)),
        ("2026-03-01T12:00:00.123456789Z", NOON + timedelta(microseconds=123456)),
        ("2026-03-01T13:00:00+01:00", NOON),
        ("2026-03-01T13:00:00+0100", NOON),
        ("2026-03-01T08:30:00-03:30", NOON),
        ("2026-03-01t12:00:00z", NOON),
        ("2026-03-01T12:00:00.5z", NOON + timedelta(milliseconds=500)),
        ("2026-03-01T11:59:60Z", NOON),
        ("2026-03-01T12:59:60.250+01:00", NOON + timedelta(milliseconds=250)),
        ("2016-12-31t23:59:60z", datetime(2017, 1, 1, tzinfo=UTC)),
        ("2026-03-01T12:00:00", NOON),
        ("2026-03-01T12:00:00.000", NOON),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
        ("0001-01-01T00:00:00Z", datetime(1, 1, 1, tzinfo=UTC)),
        ("9999-12-31T23:59:59.999Z", datetime(9999, 12, 31, 23, 59, 59, 999000, tzinfo=UTC)),
    ],
)
def test_every_documented_form_of_a_timestamp_is_read(text: str, moment: datetime) -> None:
    """Enode writes instants with and without a fraction, with Z, an offset, and in one example without a zone."""
    read = instant.parse(text)

    assert read == moment
    assert read is not None
    assert read.tzinfo is UTC


@pytest.mark.parametrize(
    "text",
    [
        None,
        True,
        0,
        1772366400,
        1772366400.5,
        [],
        {},
        "",
        "yesterday",
        "2026-03-01",
        "2026-03-01 12:00:00Z",
        "2026-03-01T12:00Z",
        "2026-03-01T24:00:00Z",
        "2026-03-01T12:00:61Z",
        "2026-03-01T12:60:60Z",
        "9999-12-31T23:59:60Z",
        "2026-03-01T12:00:00,5Z",
        "2026-03-01T12:00:00.Z",
        "2026-03-01T12:00:00.1234567890Z",
        "2026-03-01T12:00:00.123456789012Z",
        "2026-03-01T12:00:00Z ",
        " 2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00Z\n",
        "2026-02-30T12:00:00Z",
        "2026-13-01T12:00:00Z",
        "2026-03-01T25:00:00Z",
        "2026-03-01T12:60:00Z",
        "2026-03-01T12:00:00+25:00",
        "0000-01-01T00:00:00Z",
        "10000-01-01T00:00:00Z",
        "-2026-03-01T12:00:00Z",
        "2026-W09-7T12:00:00Z",
        "\u0662\u0660\u0662\u0666-03-01T12:00:00Z",  # digits, but not ours
        "0001-01-01T00:00:00+01:00",  # before the first year, in UTC
        "9999-12-31T23:59:59-01:00",  # after the last one
        "2026-03-01T12:00:00Z\x00",
        "2" * 5000,
    ],
)
def test_what_is_no_timestamp_is_none_and_never_an_error(text: object) -> None:
    """A wrong moment would order a device's history wrongly for ever; none at all is seen and set aside."""
    read = instant.parse(text)

    assert read is None


@pytest.fixture
def _far_from_greenwich(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "Asia/Kathmandu")
        time.tzset()
        yield
    time.tzset()


@pytest.mark.usefixtures("_far_from_greenwich")
def test_a_moment_without_a_zone_is_utc_wherever_we_run() -> None:
    """A laptop's own zone must not move what Enode said."""
    assert instant.parse("2026-03-01T12:00:00") == NOON
    assert instant.fixed(NOON) == "2026-03-01T12:00:00.000Z"


@given(st.datetimes(timezones=st.timezones() | st.just(timezone(timedelta(hours=14)))))
def test_fixed_text_has_one_width_and_comes_back_to_the_millisecond(moment: datetime) -> None:
    """Keys are compared as text: one width, one zone, nothing rounded up into the future."""
    try:
        in_utc = moment.astimezone(UTC)
    except OverflowError:
        return

    text = instant.fixed(moment)

    assert len(text) == len("2026-03-01T12:00:00.000Z")
    assert instant.parse(text) == in_utc.replace(microsecond=in_utc.microsecond // 1000 * 1000)


@pytest.mark.parametrize(
    ("ahead", "bound"),
    [
        (-timedelta(days=9), NOON - timedelta(days=9)),
        (timedelta(), NOON),
        (instant.FURTHEST_AHEAD, NOON),
        (instant.FURTHEST_AHEAD + timedelta(microseconds=1), None),
        (timedelta(days=365_000), None),
    ],
)
def test_a_foreign_moment_is_bounded_by_one_that_we_know(ahead: timedelta, bound: datetime | None) -> None:
    """A little ahead, it is taken for that one; far ahead, its clock was wrong and tells nothing."""
    assert instant.bounded(NOON + ahead, by=NOON) == bound


@given(st.datetimes(timezones=st.just(UTC)), st.datetimes(timezones=st.just(UTC)))
def test_text_order_is_time_order(one: datetime, other: datetime) -> None:
    """DynamoDB knows only text: the earlier moment must be the smaller string, whatever its year."""
    earlier, later = sorted((one, other))

    assert instant.fixed(earlier) <= instant.fixed(later)
