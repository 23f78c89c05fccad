"""What API Gateway does between a caller and a function, in this process: routes, tokens, events of format 2.0.

The routes are those of `template.yaml`. Give it the functions' handlers and the tokens that count, and call it as
you like: `answer` takes a request in pieces, `InProcess` lets an `httpx.Client` speak to it, `wsgi` any WSGI tool.

What it adds of its own is as measured on AWS: claims become text (`wire_claims`), what it refuses and what a function
fails to answer have bodies of its own (`Meets`), a preflight reaches the function of the route that takes it.
"""

import base64
import json
import re
import traceback
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import Enum
from functools import cached_property
from http import HTTPStatus
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qsl, quote, unquote

import httpx

from tests.integration import template

type Claims = Mapping[str, Any]
"""What a token says, as JSON has it: numbers, lists and nulls too."""

type Handler = Callable[[dict[str, Any]], dict[str, Any]]
"""A function's handler without its context."""

MOST_BYTES_OF_HEADERS = 10_240
"""The request line and the values of all headers together; a fixed quota of HTTP APIs."""

ALLOWED_HEADERS = ("access-control-allow-origin", "access-control-expose-headers")
PREFLIGHT_HEADERS = ("access-control-allow-methods", "access-control-allow-headers", "access-control-max-age")


class Meets(Enum):
    """What a request meets between its token and its function."""

    THROTTLED = HTTPStatus.TOO_MANY_REQUESTS
    """More than the route's limit."""

    BUSY = HTTPStatus.SERVICE_UNAVAILABLE
    """Lambda has no place for another execution, or nothing was answered within half a minute."""


class Answer(NamedTuple):
    """What goes back to the caller."""

    status: int
    headers: dict[str, str]
    body: bytes


class Route(NamedTuple):
    """One route of the template.

    Attributes:
        key: `GET /users/{userId}`, or `$default`.
        function: Logical id of the function that answers.
        needs_token: Whether the authorizer stands before it.
    """

    key: str
    function: str
    needs_token: bool

    def match(self, method: str, path: str) -> dict[str, str] | None:
        """Give the path parameters if the route fits; None if it does not."""
        if self.key == "$default":
            return {}
        own_method, _, own_path = self.key.partition(" ")
        form = re.sub(r"{(\w+)}", r"(?P<\1>[^/]+)", own_path)
        found = re.fullmatch(re.sub(r"{(\w+)[+]}", r"(?P<\1>.+)", form), path, re.DOTALL)
        if found is None or own_method not in (method, "ANY"):
            return None
        return {name: unquote(value) for name, value in found.groupdict().items()}

    @property
    def vagueness(self) -> tuple[int, ...]:
        """What API Gateway prefers comes first: words before parameters before greedy ones before `$default`."""
        if self.key == "$default":
            return (3,)
        segments = self.key.partition(" ")[2].split("/")[1:]
        return tuple(2 if one.endswith("+}") else int(one.startswith("{")) for one in segments)


@dataclass(frozen=True)
class Gateway:
    """An HTTP API.

    Attributes:
        handlers: The functions, by logical id.
        claims_of: Gives the claims of a token that is valid, None for any other.
        stage: Its name.
        meets: Says what a request to a route meets before its function.
        cors: The headers that its CORS configuration adds, if it has one.
        now: The time at which requests arrive.
    """

    handlers: Mapping[str, Handler]
    claims_of: Callable[[str], Claims | None]
    stage: str = field(default="$default")
    meets: Callable[[str], Meets | None] = field(default=lambda _route: None)
    cors: Mapping[str, str] = field(default_factory=dict)
    now: Callable[[], datetime] = field(default=lambda: datetime.now(UTC))

    @cached_property
    def routes(self) -> Sequence[Route]:
        """The template's routes, the one to prefer first."""
        routes = [Route(key, *where) for key, where in template.http_routes().items()]
        return sorted(routes, key=lambda route: route.vagueness)

    def answer(
        self, method: str, target: str, headers: Iterable[tuple[str, str]] = (), body: bytes = b""
    ) -> Answer:
        """Answer one request.

        Args:
            method: `GET`.
            target: Path and query as they stand in the request line, percent-encoded.
            headers: Names in any case; of several with one name the values are joined, as HTTP API does.
            body: Its bytes.
        """
        path, _, query = target.partition("?")
        said: dict[str, str] = {}
        for name, value in headers:
            said[name.lower()] = f"{said[name.lower()]},{value}" if name.lower() in said else value
        if len(f"{method} {target} HTTP/1.1") + sum(map(len, said.values())) > MOST_BYTES_OF_HEADERS:
            return _own(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE, {})
        route, parameters = next(
            (route, found)
            for route in self.routes
            if route.function in self.handlers and (found := route.match(method, path)) is not None
        )
        scheme, _, token = said.get("authorization", "").partition(" ")
        claims = self.claims_of(token) if scheme.lower() == "bearer" else None
        if met := self.meets(route.key):
            answer = _own(met.value, {})
        elif route.needs_token and claims is None:
            answer = _own(HTTPStatus.UNAUTHORIZED, {"www-authenticate": "Bearer"})
        else:
            event = self._event(method, path, query, said, route)
            if claims is not None and route.needs_token:
                authorizer = {"jwt": {"claims": wire_claims(claims), "scopes": None}}
                event["requestContext"]["authorizer"] = authorizer
            if parameters:
                event["pathParameters"] = parameters
            if body:
                event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
            answer = _invoked(self.handlers[route.function], event)
        return self._with_cors(method, said, answer)

    def _event(
        self, method: str, path: str, query: str, said: Mapping[str, str], route: Route
    ) -> dict[str, Any]:
        now = self.now()
        event: dict[str, Any] = {
            "version": "2.0",
            "routeKey": route.key,
            "rawPath": unquote(path),
            "rawQueryString": query,
            "headers": {name: value for name, value in said.items() if name != "cookie"},
            "requestContext": {
                "accountId": "123456789012",
                "apiId": "an-api",
                "domainName": "an-api.execute-api.eu-central-1.amazonaws.com",
                "domainPrefix": "an-api",
                "http": {
                    "method": method,
                    "path": unquote(path),
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                    "userAgent": said.get("user-agent", ""),
                },
                "routeKey": route.key,
                "stage": self.stage,
                "requestId": "request-1",
                "time": now.strftime("%d/%b/%Y:%H:%M:%S +0000"),
                "timeEpoch": int(now.timestamp() * 1000),
            },
            "isBase64Encoded": False,
        }
        if "cookie" in said:
            event["cookies"] = said["cookie"].split("; ")
        if query:
            event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
        return event

    def _with_cors(self, method: str, said: Mapping[str, str], answer: Answer) -> Answer:
        """Put the configured headers over the function's own, wherever a page of another origin asks."""
        if not self.cors or "origin" not in said:
            return answer
        is_preflight = method == "OPTIONS" and "access-control-request-method" in said
        wanted = ALLOWED_HEADERS + (PREFLIGHT_HEADERS if is_preflight else ())
        own = {name: value for name, value in self.cors.items() if name in wanted}
        theirs = {
            name: value for name, value in answer.headers.items() if not name.startswith("access-control-")
        }
        return answer._replace(headers={**theirs, **own})

    def wsgi(self, environ: Mapping[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        """Be a WSGI application."""
        target = environ.get("REQUEST_URI") or quote(environ["PATH_INFO"].encode("latin-1"))
        if "?" not in target and environ.get("QUERY_STRING"):
            target = f"{target}?{environ['QUERY_STRING']}"
        headers = [
            (name[5:].replace("_", "-"), value) for name, value in environ.items() if name.startswith("HTTP_")
        ]
        body = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
        answer = self.answer(environ["REQUEST_METHOD"], target, headers, body)
        start_response(f"{answer.status} {HTTPStatus(answer.status).phrase}", list(answer.headers.items()))
        return [answer.body]


class InProcess(httpx.BaseTransport):
    """Lets a synchronous `httpx.Client` speak to a gateway."""

    def __init__(self, gateway: Gateway) -> None:
        """Speak to this one."""
        self._gateway = gateway

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request at once."""
        target = request.url.raw_path.decode("ascii")
        status, headers, body = self._gateway.answer(
            request.method, target, request.headers.multi_items(), request.read()
        )
        return httpx.Response(status, headers=headers, content=body)


def wire_claims(claims: Claims) -> dict[str, str]:
    """Write claims as the authorizer hands them over: all of it text, and no nulls.

    >>> wire_claims({"sub": "ada", "groups": ["a", "b"], "exp": 1790000000, "verified": True, "phone": None})
    {'sub': 'ada', 'groups': '[a b]', 'exp': '1790000000', 'verified': 'true'}
    >>> wire_claims({"address": {"city": "Oslo", "zip": 150}})
    {'address': 'map[city:Oslo zip:150]'}
    """
    return {name: _text(value) for name, value in claims.items() if value is not None}


def _text(value: Any) -> str:
    match value:
        case str():
            return value
        case bool():
            return str(value).lower()
        case list() | tuple():
            return f"[{' '.join(map(_text, value))}]"
        case dict():
            return f"map[{' '.join(f'{name}:{_text(one)}' for name, one in sorted(value.items()))}]"
        case None:
            return "<nil>"
    return json.dumps(value)


def _invoked(handler: Handler, event: dict[str, Any]) -> Answer:
    try:
        return _answered(handler(json.loads(json.dumps(event))))
    except Exception:  # noqa: BLE001 - whatever it is: the caller hears nothing of it, the log does
        traceback.print_exc()
        return _own(HTTPStatus.INTERNAL_SERVER_ERROR, {})


def _joined(pairs: Iterable[tuple[str, str]]) -> dict[str, str]:
    """HTTP API's way with a name that is given twice."""
    found: dict[str, str] = {}
    for name, value in pairs:
        found[name] = f"{found[name]},{value}" if name in found else value
    return found


def _answered(response: Mapping[str, Any]) -> Answer:
    body = cast("str", response.get("body", ""))
    raw = base64.b64decode(body) if response.get("isBase64Encoded") else body.encode()
    headers = dict(response.get("headers", {}))
    status = int(response["statusCode"])
    if status not in (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED):
        headers["content-length"] = str(len(raw))
    return Answer(status, headers, raw)


def _own(status: HTTPStatus, headers: Mapping[str, str]) -> Answer:
    """What API Gateway says by itself."""
    body = json.dumps({"message": status.phrase}).encode()
    return Answer(int(status), {"content-type": "application/json", **headers}, body)
