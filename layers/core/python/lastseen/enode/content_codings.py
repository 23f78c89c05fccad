"""Inflate an answer no further than a bound: 640 bytes of gzip inside gzip would become 650 MB."""

import zlib
from collections.abc import Iterator
from typing import Protocol

import httpx

ACCEPTED = "gzip"
"""What we say we read. `deflate` is read too, for who sends it all the same; nothing else, and nothing twice."""

_EITHER_HEADER = zlib.MAX_WBITS | 32  # gzip's or zlib's, whichever comes
_INFLATED = {"gzip", "x-gzip", "deflate"}
_READ = _INFLATED | {"", "identity"}


class Coding(Protocol):
    """How a body was coded for its way."""

    @property
    def is_whole(self) -> bool:
        """Whether nothing is missing at its end."""

    def take(self, chunk: bytes, most: int) -> bytes:
        """Decode the next bytes, to at most so many and one; raises DecodingError."""


class Plain:
    """Not at all."""

    is_whole = True

    def take(self, chunk: bytes, most: int) -> bytes:
        """Give them back."""
        return chunk[: most + 1]


class Deflated:
    """By gzip or deflate."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(_EITHER_HEADER)

    @property
    def is_whole(self) -> bool:
        """Whether its end has come."""
        return self._inflate.eof

    def take(self, chunk: bytes, most: int) -> bytes:
        """Inflate; what follows the end is passed over."""
        if self.is_whole:
            return b""
        try:
            return self._inflate.decompress(chunk, most + 1)
        except zlib.error as error:
            raise httpx.DecodingError(f"{error}") from error


def coding_of(response: httpx.Response) -> Coding | None:
    """Say how a response is coded; None if in a way we do not read, or in more ways than one."""
    name = response.headers.get("content-encoding", "").strip().lower()
    if name not in _READ:
        return None
    is_plain = name not in _INFLATED or response.is_stream_consumed
    return Plain() if is_plain else Deflated()


def chunks(response: httpx.Response) -> Iterator[bytes]:
    """Give a body as it comes over the network, coded; of a transport that has read and decoded it, the whole."""
    return response.iter_bytes() if response.is_stream_consumed else response.iter_raw()
