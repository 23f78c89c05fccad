"""AWS in this process: what DynamoDB and Secrets Manager would answer, at botocore's last hook before the wire."""

import base64
import json
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from io import BytesIO
from typing import Any

import boto3
import botocore.handlers
from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders

type Answer = Callable[[bytes], bytes]
"""Gives the body of a response for that of a request."""

ACCOUNT = {
    "AWS_ACCESS_KEY_ID": "bench",
    "AWS_SECRET_ACCESS_KEY": "bench",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_ENDPOINT_URL": "http://127.0.0.1:9",  # nobody is there, should anything get so far
}


@dataclass
class Canned:
    """Answers in AWS's place, and counts.

    Attributes:
        answers: By operation: `Query`.
        seconds: How long each call takes.
        calls: Operations so far, in order.
        trips: How many calls, or sets of calls at once, were made one after the other.
    """

    answers: Mapping[str, Answer]
    seconds: float = 0.0
    calls: list[str] = field(default_factory=list)
    bodies: list[tuple[str, bytes]] = field(default_factory=list)
    keeps_bodies: bool = False
    trips: int = 0
    _under_way: int = 0
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def answer(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse:
        """Hook `before-send`."""
        target = request.headers.get("X-Amz-Target") or b"PutObject"  # S3 has no such header
        operation = (target.decode() if isinstance(target, bytes) else target).rpartition(".")[2]
        asked = request.body if isinstance(request.body, bytes) else str(request.body).encode()
        with self._lock:
            self.calls.append(operation)
            if self.keeps_bodies:
                self.bodies.append((operation, asked))
            self.trips += not self._under_way
            self._under_way += 1
        if self.seconds:
            time.sleep(self.seconds)
        body = self.answers[operation](asked)
        with self._lock:
            self._under_way -= 1
        headers = HTTPHeaders()
        headers["Content-Type"] = "application/x-amz-json-1.0"
        headers["Content-Length"] = str(len(body))
        return AWSResponse(request.url, 200, headers, _Raw(body))

    def forget(self) -> None:
        """Count from here on."""
        self.calls.clear()
        self.bodies.clear()
        self.trips = 0


class _Raw(BytesIO):
    """A body as urllib3 hands it on."""

    def stream(self, **_: Any) -> Iterator[bytes]:
        yield self.read()


@contextmanager
def account(canned: Canned, settings: Mapping[str, str]) -> Iterator[None]:
    """Let every client made inside speak to these answers, and the environment be that of a deployment."""
    before = dict(os.environ)
    os.environ.update({**ACCOUNT, **settings})
    boto3.DEFAULT_SESSION = None
    hook: Any = ("before-send", canned.answer)
    botocore.handlers.BUILTIN_HANDLERS.append(hook)  # what every new session begins with
    try:
        yield
    finally:
        botocore.handlers.BUILTIN_HANDLERS.remove(hook)
        boto3.DEFAULT_SESSION = None
        os.environ.clear()
        os.environ.update(before)


def wire(item: Any) -> Any:
    """Write DynamoDB attribute values as JSON does: bytes in base64."""
    match item:
        case {"B": bytes(raw)}:
            return {"B": base64.b64encode(raw).decode()}
        case dict():
            return {name: wire(value) for name, value in item.items()}
        case list():
            return [wire(value) for value in item]
    return item


def always(answer: Any) -> Answer:
    """The same answer to everything."""
    body = json.dumps(wire(answer)).encode()
    return lambda _: body
