"""Transports of deliveries: a function call in virtual time, HTTP in real time."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Protocol

import httpx

PATIENCE = timedelta(seconds=5)

type Send = Callable[[str, dict[str, str], bytes], int]


@dataclass(frozen=True)
class Reply:
    """What the receiver said."""

    status: int
    body: str = ""
    headers: tuple[str, ...] = ()


class Transport(Protocol):
    """Carries one delivery and brings the answer back."""

    is_instant: bool  # True: no time passes while it carries, so waiting in vain must be booked extra

    async def carry(self, url: str, headers: dict[str, str], body: bytes) -> Reply:
        """Carry it.

        Raises:
            TimeoutError: No answer within five seconds.
            OSError: Nobody there.
        """
        ...


class CallTransport:
    """Hands deliveries to a plain function, at once."""

    is_instant = True

    def __init__(self, send: Send) -> None:
        """Deliver to `send(url, headers, body)`, which returns a status or raises OSError."""
        self.send = send

    async def carry(self, url: str, headers: dict[str, str], body: bytes) -> Reply:
        """Call the function."""
        return Reply(self.send(url, headers, body))


class HttpTransport:
    """Posts deliveries; the five seconds are real ones, at any speed, as the receiver's are."""

    is_instant = False

    def __init__(self, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """Open no connection yet; `transport` replaces the network."""
        self._transport = transport
        self._client: httpx.AsyncClient | None = None

    async def carry(self, url: str, headers: dict[str, str], body: bytes) -> Reply:
        """Post it."""
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=None, trust_env=False, transport=self._transport)  # noqa: S113 - the limit is below
        try:
            # httpx limits each step by itself; Enode's five seconds are for all of them together.
            async with asyncio.timeout(PATIENCE.total_seconds()):
                response = await self._client.post(url, headers=headers, content=body)
        except httpx.HTTPError as error:
            raise OSError(f"nobody there: {type(error).__name__}") from error
        return Reply(
            response.status_code,
            response.text[:1000],
            tuple(f"{k}: {v}" for k, v in response.headers.items()),
        )

    async def close(self) -> None:
        """Close what is open."""
        if self._client is not None:
            await self._client.aclose()


def drive[T](coroutine: Coroutine[Any, Any, T]) -> T:
    """Run a coroutine that never waits, to its end, without an event loop.

    Raises:
        RuntimeError: It does wait for something.
    """
    try:
        coroutine.send(None)
    except StopIteration as end:
        value: T = end.value
        return value
    coroutine.close()
    raise RuntimeError("in virtual time nothing may wait")
