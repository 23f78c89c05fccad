"""Proves `store/call_deadline.py`: no call to AWS is begun after an invocation's deadline, and none is waited
for beyond it.
"""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from botocore.awsrequest import AWSResponse
from botocore.compat import HTTPHeaders
from botocore.config import Config

from functions.ingest import app as ingest
from functions.read import app as read
from functions.sweep import app as sweep
from lastseen.domain.deadline import Deadline
from lastseen.errors import StoreUnavailable
from lastseen.store import call_deadline, client
from lastseen.store.call_deadline import OutOfTimeError
from lastseen.store.device_reader import DynamoDevices
from lastseen.store.records import DynamoRecords
from lastseen.store.secrets import CursorKey
from tests.integration import template

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

AT_ONCE = 1.0
"""Seconds; generous, because others work on this machine too."""

MAKERS: dict[str, Callable[[], Any]] = {
    "ingest": client.dynamodb,
    "read": client.reading_dynamodb,
    "sweep": client.patient_dynamodb,
}


class Silence:
    """A server that takes every connection and never answers; counts them."""

    def __init__(self) -> None:
        self._socket = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._taken: list[socket.socket] = []
        self._thread = threading.Thread(target=self._take, daemon=True)
        self._thread.start()

    @property
    def asked(self) -> int:
        """How often it was asked."""
        return len(self._taken)

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def _take(self) -> None:
        while True:
            try:
                self._taken.append(self._socket.accept()[0])
            except OSError:
                return

    def close(self) -> None:
        """End it."""
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
        for one in self._taken:
            one.close()


@pytest.fixture
def silence(monkeypatch: pytest.MonkeyPatch) -> Iterator[Silence]:
    """AWS, as it is when nothing answers, and clients that have less patience, so that a test has an end."""
    server = Silence()
    monkeypatch.setenv("AWS_ENDPOINT_URL", server.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    for name in ("IN_A_HURRY", "READING", "SCANNING", "PATIENT"):
        monkeypatch.setattr(client, name, getattr(client, name).merge(Config(read_timeout=0.3)))
    yield server
    server.close()


def _span(seconds: float) -> Deadline:
    return Deadline.after(timedelta(seconds=seconds), time.monotonic)


@pytest.mark.parametrize("who", MAKERS)
def test_after_the_deadline_nothing_is_asked(silence: Silence, who: str) -> None:
    """Whatever is asked, and however often botocore would try."""
    dynamodb = MAKERS[who]()

    with call_deadline.until(_span(0)), pytest.raises(StoreUnavailable):
        DynamoRecords("devices", dynamodb).read("SWEEP")
    with call_deadline.until(_span(0)), pytest.raises(StoreUnavailable):
        list(DynamoDevices("devices", dynamodb).walk_user("anna"))

    assert silence.asked == 0


@pytest.mark.parametrize("who", MAKERS)
def test_a_call_that_hangs_is_tried_again_only_while_there_is_time(silence: Silence, who: str) -> None:
    """Nor does anybody sleep before an attempt that will not be made: the last one ends soon after the deadline."""
    dynamodb: DynamoDBClient = MAKERS[who]()
    time_passes = _Late()
    events: Any = dynamodb.meta.events
    events.register("before-send", time_passes.pass_by)  # behind the limit's own hook
    begun = time.monotonic()

    with call_deadline.until(time_passes.deadline), pytest.raises(StoreUnavailable):
        DynamoRecords("devices", dynamodb).read("SWEEP")

    assert time_passes.attempts == 1
    assert time.monotonic() - begun < 0.3 + 5 * AT_ONCE


def test_a_secret_is_waited_for_no_longer_than_there_is_time(silence: Silence) -> None:
    """In any function."""
    key = CursorKey("arn:cursors", client.secrets_manager())
    begun = time.monotonic()

    with call_deadline.until(_span(0.1)), pytest.raises(StoreUnavailable):
        key.live()

    assert time.monotonic() - begun < 0.1 + 2 * AT_ONCE


def test_the_deadline_is_over_when_the_invocation_is(silence: Silence) -> None:
    """What is frozen and wakes up has the time of the next one."""
    with call_deadline.until(_span(0)), pytest.raises(OutOfTimeError):
        call_deadline.waited(lambda: 7, longest=timedelta(seconds=9))

    assert call_deadline.waited(lambda: 7, longest=timedelta(seconds=9)) == 7
    dynamodb, sent = client.dynamodb(), _Late()
    events: Any = dynamodb.meta.events
    events.register("before-send", sent.pass_by)
    with pytest.raises(StoreUnavailable):
        DynamoRecords("devices", dynamodb).read("SWEEP")
    assert sent.attempts == 1


def test_a_fault_of_the_caller_is_told_as_it_is_though_time_is_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """A condition that did not hold is an answer, however late it comes."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_DEFAULT_REGION"):
        monkeypatch.setenv(name, "eu-central-1")
    dynamodb = client.reading_dynamodb()
    hook: Any = dynamodb.meta.events

    said = _Late()
    hook.register("before-send", said.answer)

    with (
        call_deadline.until(said.deadline),
        pytest.raises(dynamodb.exceptions.ConditionalCheckFailedException),
    ):
        dynamodb.put_item(TableName="t", Item={"pk": {"S": "a"}})


class _Late:
    """An answer that comes when the time is up."""

    def __init__(self) -> None:
        self._now = 0.0
        self.attempts = 0
        self.deadline = Deadline(1.0, lambda: self._now)

    def pass_by(self, **_: Any) -> None:
        """Hook `before-send`: the time is up while the answer is waited for."""
        self.attempts += 1
        self._now = 2.0

    def answer(self, **_: Any) -> AWSResponse:
        """Hook `before-send`."""
        self.pass_by()
        return AWSResponse("http://dynamodb", 400, HTTPHeaders(), self)

    def stream(self, **_: Any) -> Iterator[bytes]:
        """The body."""
        yield b'{"__type":"com.amazonaws.dynamodb.v20120810#ConditionalCheckFailedException","message":"no"}'


def test_every_attempt_fits_the_function_that_makes_it() -> None:
    """The longest that a call may take beyond its deadline is what the doors reckon with."""
    for config, longest in [
        (client.READING, client.LONGEST_READ_ATTEMPT),
        (client.IN_A_HURRY, client.LONGEST_READ_ATTEMPT),
        (client.SCANNING, client.LONGEST_SCAN_ATTEMPT),
    ]:
        told: Any = config
        assert told.connect_timeout + told.read_timeout <= longest.total_seconds()
    # A door's deadline, and its last attempt, end before Lambda does.
    assert ingest.TIME_TO_ANSWER.total_seconds() < template.time_out("IngestFunction")
    last_read = read.TIME_TO_ANSWER + client.LONGEST_READ_ATTEMPT
    assert (
        last_read.total_seconds() < template.time_out("ReadFunction") == read.LAMBDAS_TIMEOUT.total_seconds()
    )
    assert sweep.LAST_CALL > client.LONGEST_SCAN_ATTEMPT
    assert (sweep.LONGEST + sweep.LAST_CALL).total_seconds() < template.time_out("SweepFunction")
