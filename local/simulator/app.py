"""The whole HTTP surface as one ASGI application, and a transport that calls it without sockets."""

from __future__ import annotations

from collections.abc import MutableMapping
from email.utils import format_datetime
from typing import Any

import httpx
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from local.simulator.api import EnodeApi, asks_for_client_credentials, problem
from local.simulator.control import Control
from local.simulator.simulator import Simulator
from local.simulator.transport import drive


def build(simulator: Simulator) -> ASGIApp:
    """Build the application: Enode's API, the issuer of the read API's tokens, and the control API."""
    app = Starlette(
        routes=[*EnodeApi(simulator).routes(), *_issuer_routes(simulator), *Control(simulator).routes()],
        exception_handlers={404: _no_route, 405: _no_route},
    )
    app.router.redirect_slashes = False
    return _Dated(app, simulator)


class InProcess(httpx.BaseTransport):
    """Lets a synchronous `httpx.Client` talk to a simulator in virtual time, without sockets or threads."""

    def __init__(self, simulator: Simulator) -> None:
        """Talk to `simulator`."""
        self._app = build(simulator)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request at once.

        Raises:
            httpx.ReadTimeout: The simulator was told to let a call hang.
        """
        url = request.url
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": request.method,
            "scheme": url.scheme,
            "path": url.path,
            "raw_path": url.raw_path.partition(b"?")[0],
            "query_string": url.query,
            "root_path": "",
            "headers": [(name.lower(), value) for name, value in request.headers.raw],
            "server": (url.host, url.port or 80),
            "client": ("in-process", 0),
        }
        body = request.read()
        status, headers, chunks = 500, [], []

        async def receive() -> MutableMapping[str, Any]:
            return {"type": "http.request", "body": body, "more_body": False}

        async def send(message: MutableMapping[str, Any]) -> None:
            nonlocal status, headers
            if message["type"] == "http.response.start":
                status, headers = message["status"], list(message["headers"])
            else:
                chunks.append(message.get("body", b""))

        try:
            drive(self._run(scope, receive, send))
        except TimeoutError as error:
            raise httpx.ReadTimeout(str(error), request=request) from error
        return httpx.Response(status, headers=headers, content=b"".join(chunks))

    async def _run(self, scope: Scope, receive: Receive, send: Send) -> None:
        await self._app(scope, receive, send)


class _Dated:
    """Puts the simulator's own time into every `Date` header."""

    def __init__(self, app: ASGIApp, simulator: Simulator) -> None:
        self._app = app
        self._simulator = simulator

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def dated(message: MutableMapping[str, Any]) -> None:
            if message["type"] == "http.response.start":
                date = format_datetime(self._simulator.clock.now(), usegmt=True)
                message["headers"] = [*message["headers"], (b"date", date.encode())]
            await send(message)

        await self._app(scope, receive, dated if scope["type"] == "http" else send)


def _issuer_routes(simulator: Simulator) -> list[Route]:
    issuer = simulator.issuer

    async def discovery(request: Request) -> Response:  # noqa: ARG001 - an endpoint
        return JSONResponse(issuer.discovery())

    async def keys(request: Request) -> Response:  # noqa: ARG001 - an endpoint
        return JSONResponse(issuer.keys())

    async def token(request: Request) -> Response:
        if not issuer.fleet.is_named_by(request.headers.get("authorization")):
            return JSONResponse({"error": "invalid_client"}, 401, headers={"WWW-Authenticate": "Basic"})
        if not await asks_for_client_credentials(request):
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        return JSONResponse(issuer.fleet_token())

    return [
        Route("/.well-known/openid-configuration", discovery),
        Route("/.well-known/jwks.json", keys),
        Route("/read-api/oauth2/token", token, methods=["POST"]),
    ]


async def _no_route(request: Request, error: Exception) -> Response:  # noqa: ARG001 - a handler
    return problem(404, "not-found", "Route not found", f"There is no {request.method} {request.url.path}.")
