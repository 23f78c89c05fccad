import asyncio

import httpx
import pytest

from local.simulator.courier import HttpCourier, drive


def a_courier(answer: httpx.Response | Exception) -> HttpCourier:
    """Make a courier whose receiver answers so."""

    def receive(request: httpx.Request) -> httpx.Response:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return HttpCourier(httpx.MockTransport(receive))


def test_an_answer_is_brought_back() -> None:
    """Status, body and headers; the test call of the API shows them."""

    async def carry() -> tuple[int, str]:
        courier = a_courier(httpx.Response(202, text="taken"))
        answer = await courier.carry("https://receiver.example", {}, b"[]")
        await courier.close()
        return answer.status, answer.body

    assert asyncio.run(carry()) == (202, "taken")


def test_nobody_there_is_an_error_of_the_system() -> None:
    """The sender knows no httpx."""

    async def carry() -> None:
        await a_courier(httpx.ConnectError("refused")).carry("https://receiver.example", {}, b"[]")

    with pytest.raises(OSError, match="nobody there"):
        asyncio.run(carry())


def test_in_virtual_time_nothing_may_wait() -> None:
    """A coroutine that waits for real has no place there; it is found at once."""
    with pytest.raises(RuntimeError, match="virtual"):
        drive(asyncio.sleep(0))
