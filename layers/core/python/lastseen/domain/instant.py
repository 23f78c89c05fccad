"""A moment in time as text, read and written: one fixed-width UTC form, so that text order is time order."""

import re
from datetime import UTC, datetime, timedelta

_WIRE = re.compile(
    r"\d{4}-\d{2}-\d{2}[Tt](?:[01]\d|2[0-3]):\d{2}:(?:[0-5]\d|(?P<leap>60))(?:[.]\d{1,9})?(?:[Zz]|[+-]\d{2}:?\d{2})?",
    re.ASCII,
)

_FINER = re.compile(r"[.]\d{6}(\d{1,3})")

_END = datetime.max.replace(tzinfo=UTC)

FURTHEST_AHEAD = timedelta(minutes=10)
"""How far a time from outside may be ahead of the word, or the moment, that carries it. Clocks differ by seconds; what
is further ahead comes from one that is wrong."""


def parse(text: object) -> datetime | None:
    """Read one of Enode's timestamps.

    Args:
        text: `2026-03-01T12:00:00Z`, with or without a fraction of up to nine digits, with `Z`, an offset or (one
            documented example) no zone at all, which is read as UTC. Letters may be small and a second may be the
            60th, which is the first of the next minute. Anything else is tolerated.

    Returns:
        The moment as aware UTC, or None for what is not a timestamp of years 1 to 9999.

    Source:
        developers.enode.com/docs/webhooks and the examples of API 2024-10-01; RFC 3339, 5.6.

    >>> parse("2026-03-01T13:00:00.5+01:00")
    datetime.datetime(2026, 3, 1, 12, 0, 0, 500000, tzinfo=datetime.timezone.utc)
    >>> parse("yesterday") is None
    True
    """
    if not isinstance(text, str) or (form := _WIRE.fullmatch(text)) is None:
        return None
    try:
        if form["leap"] is None:
            moment = datetime.fromisoformat(text.upper())
        else:
            moment = datetime.fromisoformat(f"{text[:17]}59{text[19:]}".upper()) + timedelta(seconds=1)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def nanoseconds(text: str) -> int:
    """Give what `parse` cuts off a timestamp that it can read: the seventh to ninth digit of the second's fraction.

    >>> nanoseconds("2026-03-01T12:00:00.1234567Z"), nanoseconds("2026-03-01T12:00:00.123Z")
    (700, 0)
    """
    finer = _FINER.search(text)
    return 0 if finer is None else int(finer[1].ljust(3, "0"))


def later(moment: datetime, span: timedelta) -> datetime:
    """Add a span to a moment that somebody told us, which may be one of the year 9999: there time stands still.

    >>> later(datetime(9999, 12, 31, 23, 59, tzinfo=UTC), timedelta(days=1)).year
    9999
    """
    return moment + span if moment <= _END - span else _END


def bounded(moment: datetime, *, by: datetime) -> datetime | None:
    """Give a moment that somebody told us by a clock of theirs, at most the one that we know to be true.

    Args:
        moment: What was told, aware UTC.
        by: What it cannot be later than.

    Returns:
        The moment, or `by` if it is a little later; None if it is so much later that the clock was wrong.

    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> bounded(noon + FURTHEST_AHEAD, by=noon) == noon, bounded(noon + timedelta(hours=1), by=noon)
    (True, None)
    """
    if moment <= by:
        return moment
    return by if moment - by <= FURTHEST_AHEAD else None


def cut(moment: datetime) -> datetime:
    """Cut a moment to the milliseconds that are kept of it."""
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def kept(text: str) -> datetime | None:
    """Read what `fixed` wrote, or None where it was left empty; nothing is tolerated, and it takes no time.

    >>> kept(fixed(datetime(2026, 3, 1, 12, tzinfo=UTC))), kept("")
    (datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.timezone.utc), None)
    """
    return datetime.fromisoformat(text) if text else None


def fixed(moment: datetime) -> str:
    """Write a moment as fixed-width UTC milliseconds, cut, not rounded; text order is time order.

    >>> fixed(datetime(2026, 3, 1, 12, 0, 0, 123999, tzinfo=UTC))
    '2026-03-01T12:00:00.123Z'
    """
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.replace(tzinfo=None).isoformat(timespec="milliseconds") + "Z"
