"""Proves `enode/transport.py`, `enode/content_codings.py`:
one question and its answer: what is tried again, how long is waited, and what is told in the end.
"""

import gzip
import tomllib
import tracemalloc
import zlib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from lastseen import __version__
from lastseen.domain.deadline import Deadline
from lastseen.enode import transport as module
from lastseen.enode.transport import ApiResponse, RequestStats, Transport
from lastseen.errors import EnodeUnavailable
from tests.support.scripted_enode import DATE, NOON, URL, Reply, ScriptedEnode, refuses, says


def ask(transport: Transport, *, tries: int = 3) -> ApiResponse:
    return transport.send("GET", f"{URL}/vehicles", headers={}, tries=tries)


def within(enode: ScriptedEnode, seconds: float) -> Transport:
    return enode.transport(deadline=Deadline.after(timedelta(seconds=seconds), enode.time.clock))


class Trickle(httpx.SyncByteStream):
    """A body that comes byte by byte, and time passes meanwhile."""

    def __init__(self, enode: ScriptedEnode) -> None:
        self.enode = enode

    def __iter__(self) -> Iterator[bytes]:
        while True:
            self.enode.time.passed += 9
            yield b" "


PASSING: list[Reply] = [
    says(status=429),
    says(status=500),
    says(status=502),
    says(status=503),
    says(status=504),
    httpx.ConnectError("refused"),
    httpx.ReadTimeout("slow"),
    httpx.RemoteProtocolError("hung up"),
]


@pytest.mark.parametrize("failure", PASSING, ids=repr)
def test_what_may_pass_is_tried_again(failure: Reply) -> None:
    """A lost connection, 429 and 5xx say nothing about the question."""
    enode = ScriptedEnode(failure, says({"fine": True}))
    transport = enode.transport()

    answer = ask(transport)

    assert answer.content == b'{"fine": true}'
    assert (transport.stats.requests, transport.stats.retries) == (2, 1)


@pytest.mark.parametrize("status", [200, 204, 301, 400, 401, 403, 404, 422])
def test_any_other_status_is_an_answer_at_once(status: int) -> None:
    """What it means, the caller knows."""
    enode = ScriptedEnode(says({}, status))

    assert ask(enode.transport()).status == status
    assert enode.time.slept == []


def test_pauses_double_and_are_drawn() -> None:
    """Full jitter: those who failed together do not come back together."""
    enode = ScriptedEnode(*[says(status=503)] * 3)

    with pytest.raises(EnodeUnavailable):
        ask(enode.transport())

    assert enode.time.slept == [0.25, 0.5]


def test_the_last_failure_is_told_with_its_status() -> None:
    """The sweep stops and saves its cursor; it need not know how often was tried."""
    enode = ScriptedEnode(says(status=500), httpx.ReadTimeout("slow"), says(status=503))

    with pytest.raises(EnodeUnavailable, match="GET /vehicles: Enode fails") as raised:
        ask(enode.transport())

    assert (raised.value.status, raised.value.retry_after) == (503, None)


def test_no_answer_at_all_has_no_status() -> None:
    """A caller can tell an Enode that fails from one that is not there."""
    enode = ScriptedEnode(httpx.ConnectError("no route"))

    with pytest.raises(EnodeUnavailable, match=r"no answer \(ConnectError\)") as raised:
        ask(enode.transport(), tries=1)

    assert raised.value.status is None


def test_a_short_retry_after_is_honoured() -> None:
    """Never earlier than Enode asks for; a little later, so that not everybody comes at once."""
    enode = ScriptedEnode(says(status=429, retry_after="2"), says({}))

    ask(enode.transport())

    assert enode.time.slept == [2.25]


def test_a_retry_after_may_be_a_date_by_the_clock_of_who_wrote_it() -> None:
    """HTTP allows both forms; our clock may be minutes off and does not matter."""
    enode = ScriptedEnode(says(status=503, retry_after="Sun, 01 Mar 2026 12:00:03 GMT"), says({}))
    enode.time.passed = 120

    ask(enode.transport())

    assert enode.time.slept == [3.25]


def test_a_retry_after_in_the_past_means_now() -> None:
    """It is no reason to give up either."""
    enode = ScriptedEnode(says(status=503, retry_after="Sun, 01 Mar 2026 11:00:00 GMT"), says({}))

    ask(enode.transport())

    assert enode.time.slept == [0.25]


def test_a_long_retry_after_is_handed_on_at_once() -> None:
    """Lambda is paid by the second: who is to stay away for half a minute stops and says when to come back."""
    enode = ScriptedEnode(refuses(429, retry_after="30"))

    with pytest.raises(EnodeUnavailable) as raised:
        ask(enode.transport())

    assert (raised.value.status, raised.value.retry_after) == (429, 30.0)
    assert enode.time.slept == []


@pytest.mark.parametrize("nonsense", ["soon", "-3", "1.5", "", "9" * 30, "Sun, 99 Mar 2026 12:00:03 GMT"])
def test_a_retry_after_that_says_nothing_is_not_heard(nonsense: str) -> None:
    """The usual pause is made."""
    enode = ScriptedEnode(says(status=503, retry_after=nonsense), says({}))

    ask(enode.transport())

    assert enode.time.slept == [0.25]


def test_a_deadline_is_not_slept_over() -> None:
    """Two seconds of pause do not fit into one second."""
    enode = ScriptedEnode(says(status=503, retry_after="2"))

    with pytest.raises(EnodeUnavailable) as raised:
        ask(within(enode, 1))

    assert (raised.value.retry_after, enode.time.slept) == (2.0, [])


def test_after_the_deadline_nothing_is_asked() -> None:
    """Nobody would wait for the answer."""
    enode = ScriptedEnode()

    with pytest.raises(EnodeUnavailable, match="no time is left"):
        ask(within(enode, 0))

    assert enode.asked == []


@pytest.mark.parametrize(
    ("left", "connect", "read"), [(None, 3.0, 10.0), (60.0, 3.0, 10.0), (6.0, 2.0, 4.0), (0.3, 0.1, 0.2)]
)
def test_time_outs_shrink_with_the_time_that_is_left(left: float | None, connect: float, read: float) -> None:
    """Connecting and reading follow each other; together they must end in time."""
    enode = ScriptedEnode(says({}))

    ask(enode.transport() if left is None else within(enode, left))

    timeout = enode.asked[0].extensions["timeout"]
    assert timeout["connect"] == pytest.approx(connect)
    assert timeout["read"] == pytest.approx(read)


def test_an_answer_that_trickles_is_given_up() -> None:
    """A read time-out is for a single byte; a hundred bytes could take a quarter of an hour."""
    enode = ScriptedEnode()
    enode.replies.append(httpx.Response(200, stream=Trickle(enode)))

    with pytest.raises(EnodeUnavailable, match="too slow"):
        ask(enode.transport(), tries=1)

    assert enode.time.passed == 36


def test_a_time_out_that_our_own_deadline_brought_says_nothing_of_what_was_asked_for() -> None:
    """Of an answer that had all its time, it does."""

    def is_general(left: float | None, longest: float = 30.0) -> bool:
        enode = ScriptedEnode()
        enode.replies.append(httpx.ReadTimeout("slow"))
        transport = enode.transport() if left is None else within(enode, left)
        with pytest.raises(EnodeUnavailable) as raised:
            ask(replace(transport, longest_answer=longest), tries=1)
        return raised.value.is_general

    assert [is_general(None), is_general(60), is_general(29), is_general(29, longest=12)] == [
        False,
        False,
        True,
        False,
    ]


def test_an_answer_without_end_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory is not for filling."""
    monkeypatch.setattr(module, "LARGEST_ANSWER", 100)
    enode = ScriptedEnode(says(b"x" * 101))

    with pytest.raises(EnodeUnavailable, match="too large"):
        ask(enode.transport(), tries=1)


def test_a_zipped_answer_is_unzipped() -> None:
    """Enode may zip; that is the transport's business."""
    zipped = gzip.compress(b"{}")
    enode = ScriptedEnode(says(zipped, content_encoding="gzip"), says(b"no zip", content_encoding="gzip"))
    transport = enode.transport()

    assert ask(transport).content == b"{}"
    with pytest.raises(EnodeUnavailable, match="DecodingError"):
        ask(transport, tries=1)


@pytest.mark.parametrize("coding", ["gzip", "GZIP", "x-gzip", "deflate", "identity", ""])
def test_each_coding_that_is_read_is_read(coding: str) -> None:
    """Whole or in single bytes, and whatever follows its end."""
    plain = b'{"a":1}' * 99
    coded = {"deflate": zlib.compress(plain), "identity": plain, "": plain}.get(coding, gzip.compress(plain))
    whole = says(coded + (b"more" if coding.startswith("g") else b""), content_encoding=coding)
    drop_by_drop = httpx.Response(200, headers=whole.headers, stream=Drops(coded))
    transport = ScriptedEnode(whole, drop_by_drop).transport()

    assert [ask(transport).content, ask(transport).content] == [plain] * 2


class Drops(httpx.SyncByteStream):
    """A body that comes byte by byte."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def __iter__(self) -> Iterator[bytes]:
        return (bytes([byte]) for byte in self._content)


def _zipped(times: int, size: int) -> bytes:
    content = b"[" * size
    for _ in range(times):
        content = gzip.compress(content)
    return content


@pytest.mark.parametrize(
    "coding", ["gzip, gzip", "gzip,identity", "br", "zstd", "compress", "gzip;q=1", "??"]
)
def test_what_is_coded_twice_or_otherwise_is_not_even_begun(coding: str) -> None:
    """640 bytes of gzip inside gzip become 650 MB. We say what we read; who sends something else is not read."""
    stream = Watched(_zipped(2, 1_000_000))
    enode = ScriptedEnode(httpx.Response(200, headers={"content-encoding": coding}, stream=stream))

    with pytest.raises(EnodeUnavailable, match="coded in a way") as raised:
        ask(enode.transport(), tries=1)

    assert raised.value.status == 200
    assert not stream.handed_out
    assert enode.asked[0].headers["accept-encoding"] == "gzip"


class Watched(httpx.SyncByteStream):
    """A body that knows how much of it was read."""

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.handed_out = 0

    def __iter__(self) -> Iterator[bytes]:
        for start in range(0, len(self._content), 1_000):
            self.handed_out += 1_000
            yield self._content[start : start + 1_000]


@pytest.mark.parametrize("size", [2 * module.LARGEST_ANSWER, 20 * module.LARGEST_ANSWER])
def test_a_bomb_is_inflated_no_further_than_an_answer_may_be_large(size: int) -> None:
    """A thousandth of it is sent; neither memory nor time is spent on the rest."""
    stream = Watched(_zipped(1, size))
    enode = ScriptedEnode(httpx.Response(200, headers={"content-encoding": "gzip"}, stream=stream))
    tracemalloc.start()
    try:
        with pytest.raises(EnodeUnavailable, match="too large"):
            ask(enode.transport(), tries=1)
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()

    assert most < 3 * module.LARGEST_ANSWER
    assert stream.handed_out < len(_zipped(1, module.LARGEST_ANSWER)) + 3_000


def test_an_endless_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty blocks inflate to nothing, however many are sent."""
    monkeypatch.setattr(module, "LARGEST_ANSWER", 10_000)
    stream = Watched(zlib.compress(b"")[:2] + b"\x00\x00\x00\xff\xff" * 5_000)
    enode = ScriptedEnode(httpx.Response(200, headers={"content-encoding": "deflate"}, stream=stream))

    with pytest.raises(EnodeUnavailable, match="too large"):
        ask(enode.transport(), tries=1)

    assert stream.handed_out <= 11_000


def test_a_zipped_answer_that_is_cut_off_is_no_answer() -> None:
    """What is there may look like a whole list."""
    enode = ScriptedEnode(says(gzip.compress(b"[]" * 999)[:-9], content_encoding="gzip"))

    with pytest.raises(EnodeUnavailable, match="cut off"):
        ask(enode.transport(), tries=1)


def test_an_answer_is_as_old_as_enode_says() -> None:
    """One clock orders everything: Enode's, whatever ours shows."""
    enode = ScriptedEnode(says({}))
    enode.time.passed = -300

    assert ask(enode.transport()).at == NOON


@pytest.mark.parametrize(
    "dates",
    [
        [],
        ["yesterday"],
        ["Sun, 01 Mar 2026 13:00:00 GMT"],  # an hour ahead
        ["Sun, 01 Mar 2026 11:00:00 GMT"],  # an hour behind: every contact would be one of the future
        ["Thu, 01 Jan 1970 00:00:00 GMT"],
        ["Sun, 01 Mar 9999 13:00:00 GMT"],
        [DATE, DATE],
    ],
    ids=repr,
)
def test_without_a_usable_date_an_answer_is_dated_before_the_question(dates: list[str]) -> None:
    """Too early only loses to an event that says more; too late would overrule a true one."""
    head = [("date", date) for date in dates]
    enode = ScriptedEnode(httpx.Response(200, headers=head))

    assert ask(enode.transport()).at == NOON - timedelta(seconds=5)


def test_a_date_without_a_zone_is_utc() -> None:
    """HTTP knows no other."""
    enode = ScriptedEnode(says({}, date="Sun, 01 Mar 2026 12:00:00 -0000"))

    assert ask(enode.transport()).at == NOON


def test_everything_is_counted() -> None:
    """The sweep publishes what happened between us and Enode."""
    enode = ScriptedEnode(
        says(status=429), says(status=500), says(status=404), httpx.ReadTimeout("slow"), says(status=200)
    )
    transport = enode.transport()

    ask(transport)
    ask(transport)

    counts = transport.stats.counts()
    assert {name: count for name, count in counts.items() if count} == {
        "requests": 5,
        "retries": 3,
        "unanswered": 1,
        "refused": 1,
        "rate_limited": 1,
        "failed": 1,
    }


@pytest.mark.parametrize(
    ("answer", "refused"),
    [
        (refuses(404, "Not Found"), 0),
        (refuses(404, "Route not found"), 1),
        (says(status=404), 1),
        (refuses(403, "Forbidden"), 1),
        (refuses(400, "Bad Request"), 1),
    ],
)
def test_a_denial_is_an_answer_and_no_refusal(answer: Reply, refused: int) -> None:
    """A reconcile confirms each departure by a 404: many of them must not ring as if our client were refused."""
    transport = ScriptedEnode(answer).transport()

    ask(transport, tries=1)

    assert transport.stats.counts()["refused"] == refused


def test_threads_may_count_together() -> None:
    """The sweep asks four questions at once."""
    stats = RequestStats()

    def count_a_lot(_: int) -> None:
        for _ in range(500):
            stats.add(requests=1)

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(count_a_lot, range(4)))

    assert stats.requests == 2000


def test_a_redirect_is_not_followed() -> None:
    """It would carry the token to another host."""
    enode = ScriptedEnode(says(status=302, location="https://elsewhere.example/"))

    assert ask(enode.transport()).status == 302
    assert len(enode.asked) == 1


def test_we_say_who_we_are() -> None:
    """Enode's people can tell our calls from others."""
    enode = ScriptedEnode(says({}))

    ask(enode.transport())

    assert enode.asked[0].headers["user-agent"] == "lastseen/0.1.0"


def test_a_question_is_asked_at_least_once() -> None:
    """No tries is a mistake of ours."""
    with pytest.raises(ValueError, match="at least once"):
        ask(ScriptedEnode().transport(), tries=0)


def test_the_product_has_one_version() -> None:
    """The user agent and the package agree."""
    pyproject = Path(__file__).parents[3] / "pyproject.toml"
    project: Any = tomllib.loads(pyproject.read_text())["project"]

    assert project["version"] == __version__
