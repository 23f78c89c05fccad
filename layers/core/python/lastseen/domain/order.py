"""Order keys: what puts everything said of a device, or of a status, in one order; bounds, and their instants.

| part                 | example                          | orders                                              |
|----------------------|----------------------------------|-----------------------------------------------------|
| instant, nine digits | `2026-03-01T12:00:00.123456000Z` | by Enode's `createdAt`, or the moment of a read     |
| `#`                  |                                  |                                                     |
| rank                 | `0`                              | of one instant: words, the deletion, the discovery  |
| own time             | `-PxwEF-A`                       | by the document's own time: `lastSeen`, `updatedAt` |
| newest part          | `-PxwEF-A`                       | by the newest `lastUpdated` in it                   |
| digest               | `-TScWozKQJC`                    | whatever is left, alike for every arrival           |

All parts have a fixed width, so the order of text is the order of what they stand for.
"""

import hashlib
from binascii import b2a_base64
from datetime import UTC, datetime, timedelta
from enum import IntEnum
from typing import NamedTuple

from lastseen.domain import instant

FIRST, LAST = "", "~"
"""In front of every key, and behind every key."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MILLISECOND = timedelta(milliseconds=1)

_USUAL = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
# Digits of base 64 in the order of their characters. Python makes two times of eight digits each in one step, in a
# fifth of the time that nine digits of base 32 take it.
_ORDERED = bytes.maketrans(_USUAL, bytes(sorted(_USUAL.replace(b"+", b"-").replace(b"/", b"_"))))
_BITS, _BYTES, _DIGEST_BYTES = 48, 12, 8


class Rank(IntEnum):
    """What comes behind what if it was said in the same instant."""

    WORD = 0
    DELETED = 1
    DISCOVERED = 2


class Told(NamedTuple):
    """What a document says of its own age.

    Attributes:
        own: Its own time, aware UTC: of a device `lastSeen`, of a status `updatedAt` or `changedAt`; None without one.
        newest: The newest `lastUpdated` of its parts, aware UTC; None without one.
    """

    own: datetime | None = None
    newest: datetime | None = None


NOT_TOLD = Told()


def order_key(
    at: datetime, *said: bytes, told: Told = NOT_TOLD, rank: Rank = Rank.WORD, nanoseconds: int = 0
) -> str:
    """Give the key that orders everything said of a device: by time, then by what it is, tells and says.

    A pure function of the event, so that a redelivery, whole or re-batched, has the same key; two different events of
    one instant are put in an order that every arrival agrees on, and where their documents tell which is newer, in
    that one.

    Args:
        at: Enode's `createdAt`, or the moment of a read by Enode's clock; aware UTC.
        said: All that the event says, in bytes that are equal for equal events.
        told: What its document says of its own age.
        rank: What it is.
        nanoseconds: What `at` cannot say: 0 to 999.

    >>> order_key(datetime.fromisoformat("2026-03-01T12:00Z"), b"{}")
    '2026-03-01T12:00:00.000000000Z#0-----------------TTr7ExLQKB'
    """
    digest = hashlib.blake2b(b"\n".join(said), digest_size=_DIGEST_BYTES).digest()
    utc = at if at.tzinfo is UTC else at.astimezone(UTC)
    when = utc.replace(tzinfo=None).isoformat(timespec="microseconds")
    latest = instant.later(at, instant.FURTHEST_AHEAD)
    ages = _milliseconds(told.own, latest) << _BITS | _milliseconds(told.newest, latest)
    digits = b2a_base64(ages.to_bytes(_BYTES) + digest, newline=False).translate(_ORDERED, b"=").decode()
    return f"{when}{nanoseconds:03}Z#{rank:d}{digits}"


def instant_of(key: str) -> datetime:
    """Give when it was said, by its order key; aware UTC, to the microsecond.

    >>> instant_of(order_key(datetime.fromisoformat("2026-03-01T12:00:00.123456Z"), b"{}", nanoseconds=789))
    datetime.datetime(2026, 3, 1, 12, 0, 0, 123456, tzinfo=datetime.timezone.utc)
    """
    return datetime.fromisoformat(key.partition("#")[0])


def instant_in(key: str) -> str:
    """Give the instant that an order key begins with, as text in the order of time.

    >>> instant_in(order_key(datetime.fromisoformat("2026-03-01T12:00Z"), b"{}"))
    '2026-03-01T12:00:00.000000000Z'
    """
    return key.partition("#")[0]


def begin(moment: datetime) -> str:
    """Give the bound in front of every key of a moment's millisecond, and behind all earlier ones.

    A moment that somebody names, and that answers print, is a whole millisecond.

    >>> noon = datetime.fromisoformat("2026-03-01T12:00Z")
    >>> begin(noon) < order_key(noon, b"{}") < end(noon) < begin(noon + _MILLISECOND)
    True
    """
    return instant.fixed(moment)[:-1]


def end(moment: datetime) -> str:
    """Give the bound behind every key of a moment's millisecond, and in front of all later ones."""
    return f"{begin(moment)}{LAST}"


def just_before(bound: str) -> str:
    """Give a bound that has this key, or bound, behind it and everything in front of this in front of it.

    >>> noon = order_key(datetime.fromisoformat("2026-03-01T12:00Z"), b"{}")
    >>> just_before(noon) < noon, just_before(noon) > noon[:-1]
    (True, True)
    """
    return bound[:-1] + chr(ord(bound[-1]) - 1) + "\x7f"


def just_after(bound: str) -> str:
    """Give a bound that has this key in front of it, and everything behind this behind it.

    >>> noon = order_key(datetime.fromisoformat("2026-03-01T12:00Z"), b"{}")
    >>> noon < just_before(just_after(noon)) < just_after(noon)
    True
    """
    return f"{bound} "


def _milliseconds(moment: datetime | None, latest: datetime) -> int:
    """Count the milliseconds up to a moment; 0 for none, and for one that a wrong clock has told."""
    if moment is None or moment > latest:
        return 0
    return max((moment - _EPOCH) // _MILLISECOND, 0)
