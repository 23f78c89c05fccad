"""What can go wrong between us and DynamoDB, done on purpose at botocore's event hooks, at a call that we choose.

No local engine throttles, leaves items unprocessed, or loses an answer; here each call can be made to.
"""

import json
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from botocore.awsrequest import AWSPreparedRequest, AWSResponse
from botocore.compat import HTTPHeaders
from botocore.exceptions import EndpointConnectionError, ReadTimeoutError

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

PUT = "BatchWriteItem"
EXECUTE = "BatchExecuteStatement"


class Fault(StrEnum):
    """One way in which a call can fail."""

    THROTTLED = "the whole call is throttled"
    THROTTLED_IN_PART = "every second item or statement is throttled, the others are applied"
    CONFLICT_IN_PART = "every second item or statement meets a passing fault of another name"
    SERVER_ERROR = "the answer is 500"
    NO_CONNECTION = "the call never leaves"
    ANSWER_LOST = "the call is applied, its answer never comes"
    OUTAGE = "this call and the next two of its kind are throttled: more than is tried again"
    CRASH_BEFORE = "the process dies before the call is sent"
    CRASH_AFTER = "the process dies when the call has been applied"


class CrashError(Exception):
    """The process died here. Every later call of the same attempt dies too."""


@dataclass
class Faults:
    """Counts the calls of a client and makes chosen ones fail.

    Attributes:
        plan: Which call, counted from 0 over all attempts, fails how.
        calls: Operations sent so far, in order.
        seen: The same with their beginnings and ends: `("begin", "BatchWriteItem")`.
    """

    plan: Mapping[int, Fault] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    seen: list[tuple[str, str]] = field(default_factory=list)
    _is_dead: bool = False
    _outages: dict[str, int] = field(default_factory=dict)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _mine: threading.local = field(default_factory=threading.local)

    def revive(self) -> None:
        """A new attempt begins: a new process, if the last one died."""
        self._is_dead = False

    def choose(self, params: dict[str, Any], model: Any, **_: Any) -> dict[str, Any] | None:
        """Hook `provide-client-params`: count the call, decide its fate, take out what is to be left undone."""
        operation = model.name
        with self._lock:
            if self._is_dead:
                raise CrashError
            fault = self.plan.get(len(self.calls))
            self.calls.append(operation)
            self.seen.append(("begin", operation))
            if fault is Fault.OUTAGE:
                self._outages[operation] = 3
            if self._outages.get(operation, 0):
                self._outages[operation] -= 1
                fault = Fault.THROTTLED
            if fault in (Fault.CRASH_BEFORE, Fault.CRASH_AFTER):
                self._is_dead = True
        self._mine.fault, self._mine.left = fault, None
        if fault is Fault.CRASH_BEFORE:
            raise CrashError
        if fault in (Fault.THROTTLED_IN_PART, Fault.CONFLICT_IN_PART):
            return self._leave_out(params, operation)
        return None

    def _leave_out(self, params: dict[str, Any], operation: str) -> dict[str, Any] | None:
        left: Any
        if operation == EXECUTE:
            statements = params["Statements"]
            left, kept, result = len(statements), statements[1::2], {**params, "Statements": statements[1::2]}
        else:
            ((table, items),) = params["RequestItems"].items()
            left, kept, result = {table: items[::2]}, items[1::2], {"RequestItems": {table: items[1::2]}}
        if not kept:
            self._mine.fault = Fault.THROTTLED  # of one, the half is all
            return None
        self._mine.left = left
        return result

    def intercept(self, request: AWSPreparedRequest, **_: Any) -> AWSResponse | None:
        """Hook `before-send`: answer in DynamoDB's place."""
        match self._mine.fault:
            case Fault.THROTTLED:
                return _refusal(request.url, 400, "ProvisionedThroughputExceededException")
            case Fault.SERVER_ERROR:
                return _refusal(request.url, 500, "InternalServerError")
            case Fault.NO_CONNECTION:
                raise EndpointConnectionError(endpoint_url=request.url)
        return None

    def lose(self, **_: Any) -> None:
        """Hook `response-received`: the call was applied, nobody hears of it."""
        match self._mine.fault:
            case Fault.ANSWER_LOST:
                raise ReadTimeoutError(endpoint_url="http://dynamodb")
            case Fault.CRASH_AFTER:
                raise CrashError

    def complete(self, parsed: dict[str, Any], model: Any, **_: Any) -> None:
        """Hook `after-call`: say of what was left undone that it was."""
        left = self._mine.left
        with self._lock:
            self.seen.append(("end", model.name))
        if left is None:
            return
        if model.name == PUT:
            parsed["UnprocessedItems"] = left
            return
        throttled = self._mine.fault is Fault.THROTTLED_IN_PART
        error = {"Error": {"Code": "ThrottlingError" if throttled else "TransactionConflict", "Message": "-"}}
        applied = iter(parsed["Responses"])
        parsed["Responses"] = [next(applied) if index % 2 else error for index in range(left)]


@contextmanager
def injected(client: "DynamoDBClient", plan: Mapping[int, Fault] | None = None) -> Iterator[Faults]:
    """Watch the batch calls of a client, and let those of the plan fail."""
    faults = Faults(plan or {})
    hooks: list[tuple[str, Callable[..., Any]]] = [
        ("provide-client-params", faults.choose),
        ("before-send", faults.intercept),
        ("response-received", faults.lose),
        ("after-call", faults.complete),
    ]
    events = client.meta.events
    places = [(f"{name}.dynamodb.{op}", hook) for name, hook in hooks for op in (PUT, EXECUTE)]
    for name, hook in places:
        events.register(name, hook)
    try:
        yield faults
    finally:
        for name, hook in places:
            events.unregister(name, hook)


class _Body:
    """The body of an answer that no wire carried."""

    def __init__(self, content: bytes) -> None:
        self._content = content

    def stream(self) -> Iterator[bytes]:
        yield self._content


def _refusal(url: str, status: int, code: str) -> AWSResponse:
    body = json.dumps({"__type": f"com.amazonaws.dynamodb.v20120810#{code}", "message": "-"}).encode()
    headers = HTTPHeaders.from_dict({"content-type": "application/x-amz-json-1.0"})
    return AWSResponse(url, status, headers, _Body(body))
