"""Enode's API: what a client with a token may ask."""

from __future__ import annotations

import json
from collections.abc import Awaitable, Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulator.clock import written
from local.simulator.cloud import Cached
from local.simulator.failures import Failure, What, answer
from local.simulator.fleet import COLLECTIONS
from local.simulator.pages import BadQuery, page
from local.simulator.simulator import Simulator
from local.simulator.webhooks import Webhook, objections

type Endpoint = Callable[[Request], Awaitable[Response]]

PROBLEMS = "https://developers.enode.com/api/problems/"


def problem(
    status: int, kind: str, title: str, detail: str, *, issues: list[str] | None = None, **headers: str
) -> Response:
    """Write a refusal as Enode does."""
    body: dict[str, Any] = {"type": PROBLEMS + kind, "title": title, "detail": detail}
    if issues:
        body["issues"] = [{"message": issue} for issue in issues]
    return JSONResponse(
        body,
        status,
        media_type="application/problem+json",
        headers={name.replace("_", "-"): value for name, value in headers.items()},
    )


def not_found(what: str = "asset") -> Response:
    """Refuse what is not there."""
    return problem(404, "not-found", "Not Found", f"The requested {what} wasn't found.")


class EnodeApi:
    """The endpoints, on one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        """Serve `simulator`."""
        self._simulator = simulator
        self._cloud = simulator.cloud

    def routes(self) -> list[Route]:
        """List every route: the token's without, all others behind a token."""
        routes = [
            Route("/oauth2/token", self.token, methods=["POST"]),
            Route("/health/ready", self.ready),
            self._route("/users", self.users),
            self._route("/users/{user}", self.user),
            self._route("/users/{user}", self.delete_authorization, "DELETE"),
            self._route("/users/{user}/authorization", self.delete_authorization, "DELETE"),
            self._route("/vehicles/{device}/smart-charging-status", self.smart_charging_status),
            self._route("/webhooks", self.list_webhooks),
            self._route("/webhooks", self.create_webhook, "POST"),
            self._route("/webhooks/{webhook}", self.get_webhook),
            self._route("/webhooks/{webhook}", self.change_webhook, "PATCH"),
            self._route("/webhooks/{webhook}", self.delete_webhook, "DELETE"),
            self._route("/webhooks/{webhook}/test", self.test_webhook, "POST"),
        ]
        for collection, kind in COLLECTIONS.items():
            routes += [
                self._route(f"/{collection}", self._list(kind)),
                self._route(f"/users/{{user}}/{collection}", self._list(kind)),
                self._route(f"/{collection}/{{device}}", self._get(kind)),
            ]
            if kind != "hem-system":
                routes.append(self._route(f"/{collection}/{{device}}/refresh-hint", self._hint(kind), "POST"))
        return routes

    def _route(self, path: str, endpoint: Endpoint, method: str = "GET") -> Route:
        return Route(path, self._guarded(endpoint), methods=[method])

    def _guarded(self, endpoint: Endpoint) -> Endpoint:
        """Put misbehaviour and the token before an endpoint."""
        simulator = self._simulator

        async def guarded(request: Request) -> Response:
            faults = simulator.faults
            if faults.strikes("api_hang"):
                await simulator.hang()
            if faults.strikes("api_429"):
                wait = str(faults.retry_after_seconds)
                return problem(
                    429, "too-many-requests", "Too Many Requests", "Come back later.", Retry_After=wait
                )
            if faults.strikes("api_500"):
                return problem(500, "internal", "Internal Server Error", "Something went wrong.")
            if not simulator.tokens.accepts(request.headers.get("authorization")):
                return problem(401, "unauthorized", "Unauthorized", "The access token is missing or invalid.")
            return await endpoint(request)

        return guarded

    async def token(self, request: Request) -> Response:
        """Give an access token to the client."""
        if not self._simulator.client.is_named_by(request.headers.get("authorization")):
            return JSONResponse({"error": "invalid_client"}, 401, headers={"WWW-Authenticate": "Basic"})
        if not await asks_for_client_credentials(request):
            return JSONResponse({"error": "unsupported_grant_type"}, 400)
        return JSONResponse(self._simulator.tokens.give())

    async def ready(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint
        """Say that the service is up."""
        return Response(status_code=204)

    async def users(self, request: Request) -> Response:
        """List the users."""
        if (failing := await self._failing(What.LIST, "users", {}, request)) is not None:
            return failing
        users = sorted(self._cloud.users.values(), key=lambda user: (user.created_at, user.id))
        return _paged(
            request,
            users,
            lambda user: (written(user.created_at), user.id),
            lambda user: {"id": user.id, "createdAt": written(user.created_at), "scopes": ["all"]},
        )

    async def user(self, request: Request) -> Response:
        """Show one user and the vendors linked."""
        user_id = request.path_params["user"]
        if user_id not in self._cloud.users:
            return not_found("user")
        if (failing := await self._failing(What.USER, user_id, {"id": user_id}, request)) is not None:
            return failing
        return JSONResponse({"id": user_id, "linkedVendors": self._cloud.linked_vendors(user_id)})

    async def delete_authorization(self, request: Request) -> Response:
        """Drop a user's authorisations; with the bare user's path, the user too. No event follows."""
        user_id = request.path_params["user"]
        if user_id not in self._cloud.users:
            return not_found("user")
        self._cloud.deauthorise(user_id)
        if not request.url.path.endswith("/authorization"):
            del self._cloud.users[user_id]
        return Response(status_code=204)

    async def smart_charging_status(self, request: Request) -> Response:
        """Show how a car's smart charging stands."""
        cached = self._cloud.find("vehicle", request.path_params["device"])
        return not_found() if cached is None else JSONResponse(self._simulator.plans.smart_charging(cached))

    def _list(self, kind: str) -> Endpoint:
        async def list_devices(request: Request) -> Response:
            user_id = request.path_params.get("user")
            if user_id is not None and user_id not in self._cloud.users:
                return not_found("user")
            name = request.url.path.removeprefix("/")
            if (failing := await self._failing(What.LIST, name, {}, request)) is not None:
                return failing
            hidden = self._cloud.failures.hidden
            listed = self._cloud.listing(kind, user_id)
            return _paged(
                request,
                [one for one in listed if one.id not in hidden] if hidden else listed,
                lambda cached: (written(cached.linked_at), cached.id),
                Cached.rendered,
            )

        return list_devices

    def _get(self, kind: str) -> Endpoint:
        async def get_device(request: Request) -> Response:
            cached = self._cloud.find(kind, request.path_params["device"])
            if cached is None:
                return not_found()
            document = cached.rendered()
            failing = await self._failing(What.DEVICE, cached.id, document, request)
            return JSONResponse(document) if failing is None else failing

        return get_device

    def _hint(self, kind: str) -> Endpoint:
        async def hint(request: Request) -> Response:
            cached = self._cloud.find(kind, request.path_params["device"])
            if cached is None:
                return not_found()
            if (failing := await self._failing(What.HINT, cached.id, {}, request)) is not None:
                return failing
            self._cloud.hint(cached)
            return Response(status_code=204)

        return hint

    async def _failing(
        self, what: What, name: str, document: dict[str, Any], request: Request
    ) -> Response | None:
        """Answer for what fails by itself; None if this does not."""
        mode = self._cloud.failures.mode(what, name, is_first_page="after" not in request.query_params)
        if mode is None:
            return None
        if mode is Failure.HANG:
            await self._simulator.hang()
        return answer(mode, document)

    async def list_webhooks(self, request: Request) -> Response:
        """List the webhooks."""
        webhooks = sorted(
            self._simulator.webhooks.values(), key=lambda webhook: (webhook.created_at, webhook.id)
        )
        return _paged(request, webhooks, lambda one: (written(one.created_at), one.id), Webhook.document)

    async def create_webhook(self, request: Request) -> Response:
        """Register a webhook; two with one address are refused."""
        body = await _json(request)
        if found := objections(body, is_new=True):
            return _bad_webhook(found)
        if any(webhook.url == body["url"] for webhook in self._simulator.webhooks.values()):
            return problem(400, "bad-request", "Webhook already exists", "There is a webhook with this url.")
        return JSONResponse(self._simulator.add_webhook(body).document())

    async def get_webhook(self, request: Request) -> Response:
        """Show one webhook."""
        webhook = self._webhook(request)
        return _no_webhook(request) if webhook is None else JSONResponse(webhook.document())

    async def change_webhook(self, request: Request) -> Response:
        """Change a webhook; whatever was changed, it is active again."""
        webhook = self._webhook(request)
        if webhook is None:
            return _no_webhook(request)
        body = await _json(request)
        if found := objections(body, is_new=False):
            return _bad_webhook(found)
        webhook.change(body)
        self._simulator.sender.revive(webhook)
        return JSONResponse(webhook.document())

    async def delete_webhook(self, request: Request) -> Response:
        """Forget a webhook."""
        webhook = self._webhook(request)
        if webhook is None:
            return _no_webhook(request)
        self._simulator.remove_webhook(webhook.id)
        return Response(status_code=204)

    async def test_webhook(self, request: Request) -> Response:
        """Send a test event now and tell how it went."""
        webhook = self._webhook(request)
        if webhook is None:
            return _no_webhook(request)
        answer, description = await self._simulator.sender.test(webhook)
        is_success = answer is not None and 200 <= answer.status < 300
        shown = answer and {"code": answer.status, "body": answer.body, "headers": list(answer.headers)}
        status = "SUCCESS" if is_success else "FAILURE"
        return JSONResponse({"status": status, "description": description, "response": shown})

    def _webhook(self, request: Request) -> Webhook | None:
        return self._simulator.webhooks.get(request.path_params["webhook"])


async def asks_for_client_credentials(request: Request) -> bool:
    """Tell whether a token request carries the one grant there is."""
    fields = (await request.body()).decode("latin-1").split("&")
    return "grant_type=client_credentials" in fields


async def _json(request: Request) -> Any:
    try:
        return json.loads(await request.body())
    except ValueError:
        return None


def _paged[T](
    request: Request,
    items: list[T],
    key: Callable[[T], tuple[str, str]],
    document: Callable[[T], dict[str, Any]],
) -> Response:
    try:
        this = page(items, key, request.query_params)
    except BadQuery as error:
        return problem(400, "bad-request", "Bad Request", str(error), issues=[str(error)])
    return JSONResponse(
        {
            "data": [document(item) for item in this.items],
            "pagination": {"after": this.after, "before": this.before},
        }
    )


def _bad_webhook(found: list[str]) -> Response:
    title = "Webhook input is not valid."
    return problem(400, "bad-request", title, "The webhook input is not valid.", issues=found)


def _no_webhook(request: Request) -> Response:
    detail = f"Could not find webhook {request.path_params['webhook']}"
    return problem(404, "not-found", "Webhook not found", detail)
