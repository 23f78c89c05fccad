"""Until when AWS is asked: one deadline for all calls of an invocation, whatever the service and whoever asks.

A time-out of botocore's bounds one silence, not a call, and knows nothing of the calls before it. A function that is
killed for them writes no line and answers nothing.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import cache
from typing import Any

from botocore.exceptions import BotoCoreError

from lastseen.domain.deadline import Deadline

_FIRST_SERVER_FAULT = 500


class OutOfTimeError(BotoCoreError):
    """Nothing more is asked of AWS: the answer would come too late. The stores make StoreUnavailable of it."""

    fmt = "no time is left to ask AWS"


class _Limit:
    """The deadline of the present invocation. A process has one at a time; its threads share it."""

    def __init__(self) -> None:
        self.deadline: Deadline | None = None

    @property
    def is_over(self) -> bool:
        """Whether nothing may be asked any more."""
        return self.deadline is not None and not self.deadline.left

    def before_send(self, **_: Any) -> None:
        """Hook of botocore's, before each attempt."""
        if self.is_over:
            raise OutOfTimeError

    def after_attempt(
        self, response: Any = None, caught_exception: Exception | None = None, **_: Any
    ) -> None:
        """Hook of botocore's, after each attempt: do not sleep before one that will not be made."""
        has_failed = caught_exception is not None or (
            response is not None and response[0].status_code >= _FIRST_SERVER_FAULT
        )
        if has_failed and self.is_over:
            raise OutOfTimeError


_limit = _Limit()


@contextmanager
def until(deadline: Deadline) -> Iterator[None]:
    """Let no call to AWS be begun after this moment, whatever client makes it, for as long as this lasts."""
    before, _limit.deadline = _limit.deadline, deadline
    try:
        yield
    finally:
        _limit.deadline = before


def left() -> float:
    """Seconds in which AWS may still be asked; infinite outside of an invocation."""
    return float("inf") if _limit.deadline is None else _limit.deadline.left


def watched[Client](client: Client) -> Client:
    """Have a client of botocore's heed the limit, before each attempt."""
    events: Any = client.meta.events  # type: ignore[attr-defined] # every client has them, and no base class in common
    events.register_first("before-send", _limit.before_send)
    events.register_first("needs-retry", _limit.after_attempt)
    return client


def waited[Answer](call: Callable[[], Answer], *, longest: timedelta) -> Answer:
    """Make one call, and wait for it no longer than this, nor longer than the limit.

    For calls that are made rarely, alone, and have to end in time even if they hang: a thread of their own costs
    nothing there. One that is given up goes on until botocore's own time-outs, and nobody hears of it.

    Raises:
        OutOfTimeError: It did not answer in time; it may or may not be done.
    """
    patience = min(longest.total_seconds(), left())
    if not patience:
        raise OutOfTimeError
    waiting = _pool().submit(call)
    try:
        return waiting.result(patience)
    except TimeoutError as error:
        waiting.cancel()
        raise OutOfTimeError from error


@cache
def _pool() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=8, thread_name_prefix="waited")
