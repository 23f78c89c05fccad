"""HTTP transport to Enode: one request with time-outs, retries and Retry-After, and statistics of both."""

import random
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx

from lastseen import __version__
from lastseen.domain import instant
from lastseen.domain.deadline import Deadline
from lastseen.enode.content_codings import ACCEPTED, chunks, coding_of
from lastseen.errors import EnodeUnavailable

FIRST_PAUSE = 0.5
"""Seconds. The pause before the second try is drawn from 0 to this, before the third from 0 to twice this."""

LONGEST_PAUSE = 5.0
"""Seconds: the longest Retry-After we wait for; a longer one fails the call."""

LONGEST_ANSWER = 30.0
"""Seconds from question to last byte. A read time-out alone lets an answer that trickles last for ever."""

LARGEST_ANSWER = 8 * 1024 * 1024
"""Bytes, inflated. A page of fifty vehicles is 80 KB; fifty of the largest documents that are kept are 6.25 MB."""

CLOCKS_DIFFER = timedelta(seconds=5)
"""Taken off our own clock where Enode's is not to be had: an observation dated too early only loses to an event that
says more, one dated too late would overrule it."""

FURTHEST_OFF = instant.FURTHEST_AHEAD
"""A `Date` further from our own clock is a mistake. In the future it would win against every true event until then; in
the past it would lose against all of them, and make every contact a later one than can be believed."""

_TOO_MANY = 429
_CLIENT_ERROR = 400
_NOT_FOUND = 404
_SERVER_ERROR = 500
_SECONDS = re.compile(r"\d{1,9}")


def http_client(transport: httpx.BaseTransport | None = None) -> httpx.Client:
    """Make the one HTTP client of a process; it keeps its connections.

    Args:
        transport: Another way than the network.
    """
    headers = {
        "User-Agent": f"lastseen/{__version__}",
        "Accept": "application/json",
        "Accept-Encoding": ACCEPTED,
    }
    return httpx.Client(transport=transport, headers=headers)


@dataclass
class RequestStats:
    """What happened between us and Enode, for whoever publishes metrics. Threads may share it.

    Attributes:
        requests: Sent, repeated ones and those for tokens among them.
        retries: How many of them were repetitions.
        tokens: Access tokens received.
        unanswered: Requests without a whole answer: refused, broken off, or too slow.
        refused: Answers of 4xx but 429, and but a 404 that denies what was asked for: that is an answer.
        rate_limited: Answers of 429.
        failed: Answers of 5xx.
        unusable: Elements of lists that were left out.
        replaced: Documents that held half a character, with U+FFFD in its place now.
    """

    requests: int = 0
    retries: int = 0
    tokens: int = 0
    unanswered: int = 0
    refused: int = 0
    rate_limited: int = 0
    failed: int = 0
    unusable: int = 0
    replaced: int = 0

    def __post_init__(self) -> None:
        self._lock = threading.Lock()

    def add(self, **counts: int) -> None:
        """Add to counts, by name."""
        with self._lock:
            for name, count in counts.items():
                setattr(self, name, getattr(self, name) + count)

    def counts(self) -> dict[str, int]:
        """Give every count by its name."""
        with self._lock:
            return asdict(self)


@dataclass(frozen=True, slots=True)
class ApiResponse:
    """What came back.

    Attributes:
        question: Method and path, for messages.
        status: The HTTP status.
        content: The body, which may hold personal data or a token.
        at: When Enode said so, aware UTC.
    """

    question: str
    status: int
    content: bytes = field(repr=False)
    at: datetime

    @property
    def is_success(self) -> bool:
        """Whether Enode did what was asked."""
        return 200 <= self.status < 300  # noqa: PLR2004 - that is what 2xx means

    def unexpected(self, why: str) -> EnodeUnavailable:
        """Make the error that says what is wrong with it, without a word of its body."""
        return EnodeUnavailable(f"{self.question}: {why} (status {self.status})", status=self.status)


@dataclass(frozen=True, kw_only=True)
class Transport:
    """How questions are put. A value: `dataclasses.replace` makes one with another deadline or statistics.

    Attributes:
        http: The one client of the process, whose connections are kept; safe to share between threads.
        stats: Counts what happens.
        deadline: After which nobody waits for an answer any more; None for no such moment.
        connect_timeout: Seconds to get a connection.
        read_timeout: Seconds without a byte after which a connection counts as dead.
        longest_answer: Seconds from question to last byte.
        now: The time of day, aware UTC.
        clock: Monotonic seconds.
        sleep: Waits.
        draw: A random number from 0 to 1.
    """

    http: httpx.Client
    stats: RequestStats = field(default_factory=RequestStats)
    deadline: Deadline | None = None
    connect_timeout: float = 3.0
    read_timeout: float = 10.0
    longest_answer: float = LONGEST_ANSWER
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], object] = time.sleep
    draw: Callable[[], float] = random.random

    @property
    def left(self) -> float:
        """Seconds that an answer may take."""
        return self.longest_answer if self.deadline is None else min(self.longest_answer, self.deadline.left)

    def send(
        self,
        method: str,
        url: str,
        *,
        headers: Mapping[str, str],
        tries: int,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
        form: Mapping[str, str] | None = None,
    ) -> ApiResponse:
        """Put one question, again if that may help.

        Args:
            method: `GET`.
            url: In full, without its query.
            headers: Beside the client's own.
            tries: How often at most; more than once only where asking twice does no harm.
            params: The query.
            json: A body.
            form: A body of another kind.

        Returns:
            The answer, whatever its status, but neither 429 nor 5xx.

        Raises:
            EnodeUnavailable: No answer, or 429 or 5xx, and either there were no tries left, or Enode or the deadline
                do not allow for a pause of a few seconds; `retry_after` is what Enode asked for. It is general where
                there was no answer because the deadline left less time than an answer may take.
        """
        for number in range(1, tries + 1):
            try:
                return self._send_once(method, url, headers=headers, params=params, json=json, data=form)
            except EnodeUnavailable as failure:
                pause = self._pause(number, failure.retry_after)
                if number == tries or pause >= min(LONGEST_PAUSE, self.left):
                    raise
            self.stats.add(retries=1)
            self.sleep(pause)
        raise ValueError("ask at least once")

    def _pause(self, number: int, retry_after: float | None) -> float:
        # Full jitter, so that those who failed together do not come back together.
        if retry_after is None:
            return self.draw() * FIRST_PAUSE * 2.0 ** (number - 1)
        return retry_after + self.draw() * FIRST_PAUSE

    def _send_once(self, method: str, url: str, **what: Any) -> ApiResponse:
        question = f"{method} {httpx.URL(url).raw_path.decode()}"  # as it is sent: an id may hold anything
        left = self.left
        if left <= 0:
            raise EnodeUnavailable(f"{question}: no time is left to ask", is_general=True)
        # In thirds, because the two follow each other.
        timeout = httpx.Timeout(
            min(self.read_timeout, left * 2 / 3), connect=min(self.connect_timeout, left / 3)
        )
        asked_at, ends = self.now(), self.clock() + left
        self.stats.add(requests=1)
        try:
            with self.http.stream(method, url, timeout=timeout, **what) as response:
                content = self._body(question, response, ends, is_cut_short=left < self.longest_answer)
        except httpx.RequestError as error:
            self.stats.add(unanswered=1)
            # What is said of a broken protocol quotes the bytes that broke it, and they may be anything.
            is_quoting = isinstance(error, httpx.ProtocolError | httpx.DecodingError)
            message = f"{question}: no answer ({type(error).__name__})"
            raise EnodeUnavailable(message, is_general=left < self.longest_answer) from (
                None if is_quoting else error
            )
        answer = ApiResponse(question, response.status_code, content, _said_at(response.headers, asked_at))
        self._judge(answer, response.headers, asked_at)
        return answer

    def _body(self, question: str, response: httpx.Response, ends: float, *, is_cut_short: bool) -> bytes:
        def unusable(why: str, *, is_general: bool = False) -> EnodeUnavailable:
            self.stats.add(unanswered=1)
            message = f"{question}: the answer is {why}"
            return EnodeUnavailable(message, status=response.status_code, is_general=is_general)

        coding = coding_of(response)
        if coding is None:
            raise unusable("coded in a way that we do not read")
        body, sent = bytearray(), 0
        for chunk in chunks(response):
            sent += len(chunk)
            body += coding.take(chunk, LARGEST_ANSWER - len(body))
            if max(len(body), sent) > LARGEST_ANSWER:
                raise unusable("too large")
            if self.clock() > ends:
                raise unusable("too slow", is_general=is_cut_short)
        if sent and not coding.is_whole:
            raise unusable("cut off")
        return bytes(body)

    def _judge(self, answer: ApiResponse, headers: httpx.Headers, asked_at: datetime) -> None:
        status = answer.status
        if status == _TOO_MANY:
            self.stats.add(rate_limited=1)
        elif status >= _SERVER_ERROR:
            self.stats.add(failed=1)
        else:
            if status >= _CLIENT_ERROR and not _is_denial(answer):
                self.stats.add(refused=1)
            return
        why = "Enode asks us to slow down" if status == _TOO_MANY else "Enode fails"
        raise EnodeUnavailable(
            f"{answer.question}: {why} (status {status})",
            status=status,
            retry_after=_retry_after(headers, _date(headers.get_list("date")) or asked_at),
        )


def _said_at(headers: httpx.Headers, asked_at: datetime) -> datetime:
    """Enode's own `Date`; where there is none to be used, our clock just before we asked, less a margin."""
    date = _date(headers.get_list("date"))
    is_plausible = date is not None and abs(date - asked_at) <= FURTHEST_OFF
    return date if date is not None and is_plausible else asked_at - CLOCKS_DIFFER


def _retry_after(headers: httpx.Headers, now: datetime) -> float | None:
    """Seconds, from either form that HTTP has: a number, or a date by the clock of whoever wrote it."""
    text = headers.get("retry-after", "").strip()
    if _SECONDS.fullmatch(text):
        return float(text)
    date = _date([text])
    return None if date is None else max(0.0, (date - now).total_seconds())


def _date(values: list[str]) -> datetime | None:
    if len(values) != 1:
        return None
    try:
        date = parsedate_to_datetime(values[0])
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None


def _is_denial(answer: ApiResponse) -> bool:
    """Whether a 404 says that Enode does not have what was asked for, rather than that it does not serve the path."""
    return (
        answer.status == _NOT_FOUND
        and b'"title"' in answer.content
        and b"Route not found" not in answer.content
    )
