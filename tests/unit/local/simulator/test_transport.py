import asyncio

import httpx
import pytest

from local.simulator.transport import HttpTransport, drive


def a_transport(answer: httpx.Response | Exception) -> HttpTransport:
    """Make a transport whose receiver answers so."""

    def receive(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return HttpTransport(httpx.MockTransport(receive))


def test_an_answer_is_brought_back() -> None:
    """Status, body and headers; the test call of the API shows them."""

    async def carry() -> tuple[int, str]:
        transport = a_transport(httpx.Response(202, text="taken"))
        answer = await transport.carry("https://receiver.example", {}, b"[]")
        await transport.close()
        return answer.status, answer.body

    assert asyncio.run(carry()) == (202, "taken")


def test_nobody_there_is_an_error_of_the_system() -> None:
    """The sender knows no httpx."""

    async def carry() -> None:
        await a_transport(httpx.ConnectError("refused")).carry("https://receiver.example", {}, b"[]")

    with pytest.raises(OSError, match="nobody there"):
        asyncio.run(carry())


def test_in_virtual_time_nothing_may_wait() -> None:
    """A coroutine that waits for real has no place there; it is found at once."""
    with pytest.raises(RuntimeError, match="virtual"):
        drive(asyncio.sleep(0))
