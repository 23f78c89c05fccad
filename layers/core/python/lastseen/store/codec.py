"""Compress documents: deflate against a preset dictionary, so that state and log are one write unit each.

A vehicle is 1,424 bytes of JSON, about 620 deflated and 260 with its dictionary, which is also the fastest of the
three to write and to read. The first byte of what is kept says how: 0 without a dictionary, else the kind's number.
"""

import zlib
from functools import lru_cache

from lastseen.domain.device import DeviceKind
from lastseen.store.zlib_dictionaries import BY_KIND

_PLAIN = 0
# Numbers are for ever; a new dictionary gets a new one. It is read from one release on, and written from the next on:
# two releases run at once while one takes over, and whoever goes back by one must be able to read what was written.
WRITES = {
    DeviceKind.VEHICLE: 1,
    DeviceKind.CHARGER: 2,
    DeviceKind.BATTERY: 3,
    DeviceKind.INVERTER: 4,
    DeviceKind.HVAC: 5,
    DeviceKind.METER: 6,
    DeviceKind.HEM_SYSTEM: 7,
}
READS = {_PLAIN: b""} | {number: BY_KIND[kind] for kind, number in WRITES.items()}

# A window of 4 KB holds a dictionary and a document; a larger one only costs the time to clear it.
_WINDOW, _MEMORY = -12, 5


@lru_cache(maxsize=256)  # the log and the state of one delivery keep the same documents
def pack(document: bytes, kind: DeviceKind | None = None) -> bytes:
    """Deflate a document.

    Args:
        document: Compact JSON.
        kind: The kind of device it is of, or near to; None for anything else.

    >>> unpack(pack(b'{"a":1}', DeviceKind.METER))
    b'{"a":1}'
    """
    number = _PLAIN if kind is None else WRITES[kind]
    deflate = zlib.compressobj(
        zlib.Z_DEFAULT_COMPRESSION,
        zlib.DEFLATED,
        _WINDOW,
        _MEMORY,
        zlib.Z_DEFAULT_STRATEGY,
        READS[number],
    )
    return bytes([number]) + deflate.compress(document) + deflate.flush()


def unpack(packed: bytes) -> bytes:
    """Inflate what `pack` wrote; raises a LookupError, ValueError or zlib.error of what it did not."""
    inflate = zlib.decompressobj(_WINDOW, READS[packed[0]])
    document = inflate.decompress(packed[1:])
    if not inflate.eof:
        raise ValueError("a document that was cut off")
    return document
