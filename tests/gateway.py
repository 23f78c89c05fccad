"""What API Gateway does between a caller and a function, in this process: routes, tokens, events of format 2.0.

The routes are those of `template.yaml`. Give it the functions' handlers and the tokens that count, and call it as
you like: `answer` takes a request in pieces, `InProcess` lets an `httpx.Client` speak to it, `wsgi` any WSGI tool.
"""

import base64
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from http import HTTPStatus
from typing import Any, NamedTuple, cast
from urllib.parse import parse_qsl, quote, unquote

import httpx

from tests.integration import template

type Claims = Mapping[str, str]
type Handler = Callable[[dict[str, Any]], dict[str, Any]]
"""A function's handler without its context."""


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
    """

    handlers: Mapping[str, Handler]
    claims_of: Callable[[str], Claims | None]
    stage: str = field(default="$default")

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
        route, parameters = next(
            (route, found)
            for route in self.routes
            if route.function in self.handlers and (found := route.match(method, path)) is not None
        )
        scheme, _, token = said.get("authorization", "").partition(" ")
        claims = self.claims_of(token) if scheme.lower() == "bearer" else None
        if route.needs_token and claims is None:
            return _own(HTTPStatus.UNAUTHORIZED, {"www-authenticate": "Bearer"})
        event = {
            "version": "2.0",
            "routeKey": route.key,
            "rawPath": unquote(path),
            "rawQueryString": query,
            "headers": said,
            "requestContext": {
                "http": {
                    "method": method,
                    "path": unquote(path),
                    "protocol": "HTTP/1.1",
                    "sourceIp": "127.0.0.1",
                },
                "routeKey": route.key,
                "stage": self.stage,
                "requestId": "request-1",
            },
            "isBase64Encoded": False,
        }
        if claims is not None and route.needs_token:
            event["requestContext"]["authorizer"] = {"jwt": {"claims": dict(claims), "scopes": None}}  # type: ignore[index]
        if parameters:
            event["pathParameters"] = parameters
        if query:
            event["queryStringParameters"] = _joined(parse_qsl(query, keep_blank_values=True))
        if body:
            event |= {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}
        return _answered(self.handlers[route.function](event))

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
