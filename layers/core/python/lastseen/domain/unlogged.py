"""The mark of a read without news: it stands in the state alone, until something older is written behind its back."""

import hashlib
from binascii import b2a_base64

from lastseen.domain import order
from lastseen.domain.device import DeviceId
from lastseen.domain.event import DeviceLog, Entry, Source
from lastseen.domain.event_catalog import READ
from lastseen.domain.snapshot import Register, Snapshot

_DIGEST = 8
"""Characters that name a key. The key itself, once more, would be seven times as much in an item of a kilobyte."""


def mark(ord_: str, source: Source) -> str:
    """Name a read that the log does not hold: a digest of its key, and who read. Void once anything newer is `seen`.

    >>> mark("2026-03-01T12:00:00.000000000Z#0-----------------TTr7ExLQKB", Source.SWEEP)
    '7dGF2uyNsweep'
    """
    return f"{_named(ord_)}{source}"


def _named(ord_: str) -> str:
    return b2a_base64(hashlib.blake2b(ord_.encode(), digest_size=6).digest(), newline=False).decode()


def owed(
    marked: str | None, seen: Register, written: Snapshot, *, device: DeviceId, user_id: str
) -> Entry | None:
    """Give what the log needs after something was written that is not newer than all that stood there.

    A read without news is equal to the word before it in the log. Something written between the two makes it a change:
    it takes back what was written there.

    Args:
        marked: The mark that stands; None if there never was one.
        seen: The newest full observation that stands.
        written: What was written.
        device: Of which device.
        user_id: Of which user.

    Returns:
        The read, as it would stand in the log had it been news; None if it is there, or need not be.
    """
    if marked is None or seen.document is None or marked[:_DIGEST] != _named(seen.ord):
        return None
    ord_, source = seen.ord, Source(marked[_DIGEST:])
    if not any("" < one < ord_ for one in (written.seen.ord, written.found.ord, written.gone)):
        return None
    return Entry(DeviceLog(device, user_id), ord_, order.instant_of(ord_), READ, source, seen.document, b"{}")
