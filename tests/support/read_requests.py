"""The read API's door, for tests: requests as HTTP API hands them over, and the function behind them."""

import base64
import gzip
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, cast
from urllib.parse import unquote, urlencode

from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.read import app
from lastseen.config import ReadSettings
from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.domain.pagination import MOST_LOOKED_AT
from lastseen.enode import delivery as enode_delivery
from lastseen.routes.request_context import Collaborators
from lastseen.routes.router import ROUTES
from lastseen.usecases import ingest
from lastseen.usecases.parallel_map import ParallelMap, one_by_one
from lastseen.usecases.ports import Devices, History
from lastseen.usecases.refresh import Refresher, RefreshOutcome
from lastseen.usecases.smart_charging import ChargingReader
from lastseen.usecases.split_twin import TwinSplitter
from tests.support.builders import NOON, TWIN_KEY, Json, a_delivery
from tests.support.fake_maintenance import FakeRecords
from tests.support.fakes import (
    FakeDevices,
    FakeHistory,
    FakeLog,
    FakeQuarantine,
    FakeStates,
)

CURSOR_KEY = b"an-example-key-of-the-cursors-32"
"""Signs what the tests' cursors say. Guards nothing."""

FLEET: Mapping[str, str] = {"sub": "the-backend-of-the-app", "scope": "openid fleet:read"}
"""The claims of a caller who sees every user."""

type Claims = Mapping[str, str]


def of(user_id: str) -> Claims:
    """The claims of a caller who sees one user."""
    return {"sub": user_id, "scope": "openid"}


ENVIRONMENT: Mapping[str, str] = {
    "DEVICES_TABLE": "devices",
    "HISTORY_TABLE": "history",
    "HISTORY_DAYS": "90",
    "TWIN_KEY_ARN": "arn:twins",
    "USER_ID_CLAIM": "sub",
    "OPERATOR_CLAIM": "scope",
    "OPERATOR_VALUE": "fleet:read",
    "FRESH_ACTIVE_SECONDS": "300",
    "FRESH_REGULAR_SECONDS": "900",
    "FRESH_HVAC_SECONDS": "300",
    "FRESH_CEILING_SECONDS": "7200",
    "ENODE_API_URL": "https://enode.example",
    "ENODE_TOKEN_URL": "https://oauth.example/oauth2/token",
    "ENODE_CLIENT_SECRET_ARN": "arn:enode-client",
    "CURSOR_SECRET_ARN": "arn:cursor-key",
    "CACHE_SECONDS": "0",
    "CHECK_BACKOFF_MAX_SECONDS": "21600",
    "HINT_BACKOFF_FIRST_SECONDS": "900",
    "HINT_BACKOFF_MAX_SECONDS": "86400",
    "HINT_SETTLE_SECONDS": "120",
}
"""What the template tells the read function."""


def route_of(method: str, path: str) -> tuple[str, dict[str, str]]:
    """Choose a route as API Gateway does: the most specific that fits, names before variables; else `$default`.

    Returns:
        Its key, and the path parameters, percent-decoded.
    """
    segments = path.strip("/").split("/")
    fitting: list[tuple[list[bool], str, dict[str, str]]] = []
    for own_key in ROUTES:
        key = own_key.replace("GET ", "HEAD ") if method == "HEAD" else own_key  # the template has both
        verb, _, template = key.partition(" ")
        parts = template.strip("/").split("/")
        if verb != method or len(parts) != len(segments) or not all(segments):
            continue
        is_name = [not part.startswith("{") for part in parts]
        if all(part == segment for part, segment, name in zip(parts, segments, is_name, strict=True) if name):
            values = {
                part.strip("{}"): unquote(segment)
                for part, segment, name in zip(parts, segments, is_name, strict=True)
                if not name
            }
            fitting.append((is_name, key, values))
    if not fitting:
        return "$default", {}
    _, key, values = max(fitting, key=lambda found: found[0])
    return key, values


def asked(
    path: str,
    query: Mapping[str, str] | None = None,
    *,
    claims: Claims = FLEET,
    headers: Mapping[str, str] | None = None,
    method: str = "GET",
) -> Json:
    """A request as HTTP API hands it to the function, payload format 2.0.

    Args:
        path: As it stands in the URL, percent-encoded.
        query: Parameters, decoded.
        claims: What the authorizer found in the caller's token.
        headers: Of the request; names in lower case, as API Gateway has them.
        method: GET, or another.
    """
    key, values = route_of(method, path)
    event: Json = {
        "version": "2.0",
        "routeKey": key,
        "rawPath": unquote(path),
        "rawQueryString": urlencode(query or {}, errors="replace"),
        "headers": {"host": "api.example", **(headers or {})},
        "requestContext": {
            "apiId": "api",
            "authorizer": {"jwt": {"claims": dict(claims), "scopes": None}},
            "http": {"method": method, "path": path, "protocol": "HTTP/1.1", "sourceIp": "192.0.2.1"},
            "requestId": "request-1",
            "routeKey": key,
            "stage": "$default",
        },
        "isBase64Encoded": False,
    }
    if values:
        event["pathParameters"] = values
    if query:
        event["queryStringParameters"] = dict(query)
    return event


@dataclass(frozen=True)
class Answer:
    """What the function gave back, as a client has it after decoding.

    Attributes:
        status: HTTP status.
        headers: Names in lower case.
        text: The body, inflated.
        raw_size: Bytes of the whole response as Lambda hands it on, body encoded.
    """

    status: int
    headers: Mapping[str, str]
    text: str
    raw_size: int

    @property
    def json(self) -> Any:
        """The body, parsed."""
        return json.loads(self.text)

    @property
    def data(self) -> list[Any]:
        """The items of a list."""
        found: list[Any] = self.json["data"]
        return found

    @property
    def ids(self) -> list[str]:
        """The ids of the items of a list."""
        return [item["id"] for item in self.data]

    @property
    def after(self) -> str | None:
        """The cursor of the next page."""
        found: str | None = self.json["pagination"]["after"]
        return found

    @property
    def before(self) -> str | None:
        """The cursor of the page before."""
        found: str | None = self.json["pagination"]["before"]
        return found


def read(response: Mapping[str, Any]) -> Answer:
    """Decode a response of the function."""
    body = str(response.get("body", ""))
    size = len(
        json.dumps(response, ensure_ascii=False).encode()
    )  # as Lambda's runtime for Python 3.13 writes it
    if response.get("isBase64Encoded"):
        raw = base64.b64decode(body)
        body = (
            gzip.decompress(raw) if response["headers"].get("content-encoding") == "gzip" else raw
        ).decode()
    return Answer(response["statusCode"], response["headers"], body, size)


class Context:
    """What Lambda tells a function of its invocation."""

    function_name = "read"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:read"
    aws_request_id = "request-1"


class _AlwaysCurrent:
    """In place of what asks Enode: these tests are about who may ask."""

    def refresh(self, *_: Any, **__: Any) -> RefreshOutcome:
        return RefreshOutcome.CURRENT


def nobody_asks(_deadline: Deadline) -> ChargingReader:
    """In place of what asks Enode for a smart-charging status: here nobody may."""
    raise AssertionError("Enode was asked for a smart-charging status")


@dataclass
class ReadDoor:
    """The read function and the stores behind it; `app.build` must give `collaborators`.

    Attributes:
        devices: The state.
        history: The log.
        told: What the deployment was told.
        parallel_map: How something is asked of many devices.
        records: What the system remembers of itself.
        charging_reader: Gives what asks Enode for a smart-charging status.
    """

    devices: Devices
    history: History
    told: ReadSettings = field(default_factory=lambda: ReadSettings.from_env(ENVIRONMENT))
    parallel_map: ParallelMap = one_by_one
    records: FakeRecords = field(default_factory=FakeRecords)
    charging_reader: Callable[[Deadline], ChargingReader] = nobody_asks

    def collaborators(self) -> Collaborators:
        """What outlives one question."""
        return Collaborators(
            settings=self.told,
            devices=self.devices,
            history=self.history,
            records=self.records,
            cursor_key=lambda: CURSOR_KEY,
            refresher=lambda _deadline: cast("Refresher", _AlwaysCurrent()),
            charging_reader=self.charging_reader,
            parallel_map=self.parallel_map,
            twin_key=lambda: TWIN_KEY,
            twin_splitter=self._twin_splitter,
        )

    def _twin_splitter(self, caller: Caller, deadline: Deadline) -> TwinSplitter:
        kept: Any = self
        return TwinSplitter(
            caller, kept.history.log, kept.devices.states, self.devices, lambda: datetime.now(UTC), deadline
        )

    def send(self, event: Json) -> Answer:
        """Invoke the function."""
        return read(app.handler(event, cast("LambdaContext", Context())))

    def get(
        self,
        path: str,
        query: Mapping[str, str] | None = None,
        *,
        claims: Claims = FLEET,
        headers: Mapping[str, str] | None = None,
    ) -> Answer:
        """Ask one question."""
        return self.send(asked(path, query, claims=claims, headers=headers))

    def pages(
        self, path: str, query: Mapping[str, str] | None = None, *, claims: Claims = FLEET
    ) -> Iterable[Answer]:
        """Ask for every page of a list, one after the other."""
        cursor: dict[str, str] = {}
        while True:
            page = self.get(path, {**(query or {}), **cursor}, claims=claims)
            assert page.status == 200, page.text
            yield page
            if page.after is None:
                return
            cursor = {"after": page.after}


@dataclass
class Kept:
    """Fake stores, filled through the front door of ingest."""

    log: FakeLog = field(default_factory=FakeLog)
    states: FakeStates = field(default_factory=FakeStates)

    def deliver(self, *events: Json, now: datetime = NOON) -> None:
        """Let one delivery in; every event of it must be good."""
        delivery = enode_delivery.read(a_delivery(events), now=now, twins=TWIN_KEY)
        assert not delivery.set_aside, [piece.flaw for piece in delivery.set_aside]
        ingest.take(
            delivery,
            log=self.log,
            states=self.states,
            quarantine=FakeQuarantine(),
            received_at=now,
            delivery_id="delivery-1",
            deadline=Deadline.after(timedelta(seconds=30), lambda: 0.0),
        )

    @property
    def door(self) -> ReadDoor:
        """The read API over these stores."""
        return ReadDoor(FakeDevices(self.states, MOST_LOOKED_AT), FakeHistory(self.log))
