"""How is a document kept? Deflated, so that state and log are one write unit each instead of two.

A vehicle is 1,424 bytes of JSON and about 630 deflated. Every item says which codec wrote it, so that a better one
(a preset dictionary) can come without touching what is stored.
"""

import zlib
from functools import lru_cache

CODEC = "1"
"""Raw deflate of compact UTF-8 JSON. The value of every item's `codec` attribute, a number."""

_RAW = -15


@lru_cache(maxsize=256)  # the log and the state of one delivery keep the same documents
def pack(document: bytes | None) -> bytes:
    """Deflate a document; nothing stays nothing: empty bytes.

    >>> unpack(pack(b'{"a":1}'))
    b'{"a":1}'
    """
    return b"" if document is None else zlib.compress(document, wbits=_RAW)


def unpack(packed: bytes) -> bytes | None:
    """Inflate what `pack` wrote; None for empty bytes."""
    return zlib.decompress(packed, wbits=_RAW) if packed else None
