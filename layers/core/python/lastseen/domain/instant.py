"""How does a moment in time look as text? One fixed-width UTC form, so that text order is time order."""

import re
from datetime import UTC, datetime

_WIRE = re.compile(r"\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:[.]\d{1,9})?(?:Z|[+-]\d{2}:?\d{2})?")


def parse(text: object) -> datetime | None:
    """Read one of Enode's timestamps.

    Args:
        text: `2026-03-01T12:00:00Z`, with or without a fraction, with `Z`, an offset or (one documented example)
            no zone at all, which is read as UTC. Anything else is tolerated.

    Returns:
        The moment as aware UTC, or None for what is not a timestamp of years 1 to 9999.

    Source:
        developers.enode.com/docs/webhooks and the examples of API 2024-10-01.

    >>> parse("2026-03-01T13:00:00.5+01:00")
    datetime.datetime(2026, 3, 1, 12, 0, 0, 500000, tzinfo=datetime.timezone.utc)
    >>> parse("yesterday") is None
    True
    """
    if not isinstance(text, str) or _WIRE.fullmatch(text) is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError):
        return None


def fixed(moment: datetime) -> str:
    """Write a moment as fixed-width UTC milliseconds, cut, not rounded; text order is time order.

    >>> fixed(datetime(2026, 3, 1, 12, 0, 0, 123999, tzinfo=UTC))
    '2026-03-01T12:00:00.123Z'
    """
    text = moment.astimezone(UTC).isoformat(timespec="milliseconds")
    return text[:23] + "Z"
