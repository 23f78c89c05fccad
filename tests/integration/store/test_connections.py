"""Proves `store/client.py`, `store/requests.py`:
reads outlive what AWS does between two invocations: dropped connections, one fault, one throttle, keys left over.
"""

import json
import socket
import struct
import threading
from collections.abc import Callable, Iterator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any, cast

import pytest

from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceLog
from lastseen.errors import StoreUnavailable
from lastseen.store import client, requests
from lastseen.store.device_reader import DynamoDevices
from lastseen.store.keys import Key
from lastseen.store.log_reader import DynamoHistory
from lastseen.store.records import DynamoRecords

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

CAR = DeviceId(DeviceKind.VEHICLE, "car-1")
NOTHING: dict[str, object] = {"Items": [], "Count": 0, "ScannedCount": 0}
READS: dict[str, Callable[["DynamoDBClient"], object]] = {
    "GetItem": lambda dynamodb: DynamoDevices("devices", dynamodb).one("ada", CAR),
    "a record": lambda dynamodb: DynamoRecords("devices", dynamodb).read("SWEEP"),
    "Query": lambda dynamodb: list(DynamoDevices("devices", dynamodb).walk_user("ada")),
    "an index": lambda dynamodb: DynamoDevices("devices", dynamodb).owners("car-1"),
    "BatchGetItem": lambda dynamodb: DynamoDevices("devices", dynamodb).user("ada"),
    "the history": lambda dynamodb: list(DynamoHistory("history", dynamodb).entries(DeviceLog(CAR, "ada"))),
}


class DynamoDb(ThreadingHTTPServer):
    """Answers every question with nothing found, after the troubles it was given.

    Attributes:
        troubles: What becomes of the next requests, one after the other: `reset`, or an error's status and code.
        asked: Operations, as they came.
    """

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.troubles: list[str | tuple[int, str]] = []
        self.asked: list[str] = []

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server: DynamoDb

    def do_POST(self) -> None:
        """Answer one question."""
        self.rfile.read(int(self.headers["content-length"]))
        operation = self.headers["x-amz-target"].partition(".")[2]
        self.server.asked.append(operation)
        trouble = self.server.troubles.pop(0) if self.server.troubles else None
        if trouble == "reset":
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            self.close_connection = True
            self.connection.close()
            return
        status, body = 200, json.dumps({**NOTHING, "Responses": {}}).encode()
        if isinstance(trouble, tuple):
            status, code = trouble
            body = json.dumps(
                {"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "no"}
            ).encode()
        self.send_response(status)
        self.send_header("content-type", "application/x-amz-json-1.0")
        self.send_header("content-length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Keep silent."""


@pytest.fixture
def dynamodb_server() -> Iterator[DynamoDb]:
    """A DynamoDB of this test's own."""
    with DynamoDb() as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        yield server
        server.shutdown()


@pytest.fixture
def reading(dynamodb_server: DynamoDb, monkeypatch: pytest.MonkeyPatch) -> "DynamoDBClient":
    """The client of the read function, as it is composed there."""
    monkeypatch.setenv("AWS_ENDPOINT_URL_DYNAMODB", dynamodb_server.url)
    monkeypatch.setenv("AWS_DEFAULT_REGION", "eu-central-1")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "nobody")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "nothing")
    monkeypatch.setattr("botocore.retries.standard.ExponentialBackoff.delay_amount", lambda *_: 0.01)
    return client.reading_dynamodb()


@pytest.mark.parametrize("name", READS)
@pytest.mark.parametrize(
    "trouble",
    [
        "reset",
        (500, "InternalServerError"),
        (503, "ServiceUnavailable"),
        (400, "ThrottlingException"),
        (400, "ProvisionedThroughputExceededException"),
    ],
)
def test_a_read_outlives_two_troubles_in_a_row(
    dynamodb_server: DynamoDb, reading: "DynamoDBClient", name: str, trouble: str | tuple[int, str]
) -> None:
    """The first answer leaves a connection open, as a warm container has it; then it is of no use any more."""
    read = READS[name]
    read(reading)
    before = len(dynamodb_server.asked)
    dynamodb_server.troubles = [trouble, trouble]

    read(reading)

    assert len(dynamodb_server.asked) == before + 3


def test_what_does_not_pass_is_a_503_after_three_attempts(
    dynamodb_server: DynamoDb, reading: "DynamoDBClient"
) -> None:
    """More would not fit into the function's time."""
    dynamodb_server.troubles = [(500, "InternalServerError")] * 9

    with pytest.raises(StoreUnavailable):
        READS["GetItem"](reading)

    assert len(dynamodb_server.asked) == 3


def _leaves_over(counts: Sequence[int], pauses: list[float]) -> list[Any]:
    """Ask for 100 keys of a DynamoDB that leaves so many of them over, round by round."""
    left = iter(counts)
    rounds: list[int] = []

    def batch_get_item(*, RequestItems: dict[str, Any]) -> dict[str, Any]:  # noqa: N803 - boto3's name
        keys = RequestItems["devices"]["Keys"]
        rounds.append(len(keys))
        over = next(left)
        done, rest = keys[: len(keys) - over], keys[len(keys) - over :]
        unprocessed = {"devices": {"Keys": rest}} if rest else {}
        return {"Responses": {"devices": done}, "UnprocessedKeys": unprocessed}

    dynamodb = cast("DynamoDBClient", SimpleNamespace(batch_get_item=batch_get_item))
    wanted = [Key("USER#ada", f"DEVICE#vehicle#{number}") for number in range(100)]
    found = requests.get_items(dynamodb, "devices", wanted, pauses.append)
    assert sum(rounds) == 100 + sum(counts[: len(rounds)])
    return found


def test_keys_left_over_are_asked_for_again_after_a_pause_that_grows() -> None:
    """DynamoDB leaves them over because it throttles; who comes back at once is throttled again."""
    pauses: list[float] = []

    found = _leaves_over([60, 30, 10, 0], pauses)

    assert len(found) == 100
    assert len(pauses) == 3
    assert 0.02 < pauses[0] < 0.08
    assert 0.09 < pauses[2] < 0.31


def test_keys_left_over_for_ever_are_unavailable() -> None:
    """After five rounds and four pauses, of less than 1.2 seconds together."""
    pauses: list[float] = []

    with pytest.raises(StoreUnavailable):
        _leaves_over([100] * 9, pauses)

    assert len(pauses) == 4
    assert sum(pauses) < 1.2
