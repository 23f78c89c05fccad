"""The simulator's own API: what is true, what was sent, and misbehaviour on request. No token is needed."""

from __future__ import annotations

import json
from collections import Counter
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from local.simulator.api import problem
from local.simulator.clock import written
from local.simulator.cloud import Cached
from local.simulator.faults import CHANCES
from local.simulator.scenario_actions import ACTIONS, run_action
from local.simulator.simulator import Simulator

PAGE = 1000


class Control:
    """The endpoints under `/_sim`, on one simulator."""

    def __init__(self, simulator: Simulator) -> None:
        """Control `simulator`."""
        self._simulator = simulator

    def routes(self) -> list[Route]:
        """List every route."""
        return [
            Route("/_sim/truth", self.truth),
            Route("/_sim/events", self.events),
            Route("/_sim/deliveries", self.deliveries),
            Route("/_sim/status", self.status),
            Route("/_sim/tokens", self.tokens),
            Route("/_sim/pause", self.pause, methods=["POST"]),
            Route("/_sim/resume", self.resume, methods=["POST"]),
            Route("/_sim/faults", self.faults),
            Route("/_sim/faults", self.change_faults, methods=["POST"]),
        ]

    async def truth(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint
        """Tell what Enode's cache holds now; `describe_truth` says how."""
        return JSONResponse(describe_truth(self._simulator))

    async def events(self, request: Request) -> Response:
        """List events in the order they were made, at most `limit` after number `after`."""
        after, limit = _number(request, "after", 0), _number(request, "limit", PAGE)
        found: list[dict[str, Any]] = []
        for event in self._simulator.event_log.after(after):
            if len(found) == limit:
                break
            found.append(
                {
                    "number": event.number,
                    "name": event.name,
                    "createdAt": written(event.created_at),
                    "webhookId": event.webhook_id or None,
                    "event": event.payload,
                }
            )
        return JSONResponse({"last": self._simulator.event_log.count, "events": found})

    async def deliveries(self, request: Request) -> Response:
        """List attempts to deliver, at most `limit` after number `after`."""
        after, limit = _number(request, "after", 0), _number(request, "limit", PAGE)
        sender = self._simulator.sender
        return JSONResponse(
            {"last": sender.delivery_count, "deliveries": sender.deliveries_after(after)[:limit]}
        )

    async def status(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint
        """Count what happened so far."""
        return JSONResponse(describe_status(self._simulator))

    async def tokens(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint
        """Hand out the clients' secrets and a fresh read token for each user."""
        issuer = self._simulator.issuer
        return JSONResponse(
            {
                "fleet": issuer.fleet.document(),
                "users": [
                    {"id": home.user_id, "token": issuer.user_token(home.user_id)}
                    for home in self._simulator.fleet.homes
                ],
                "enode": self._simulator.client.document(),
            }
        )

    async def pause(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint
        """Stop the world; what waits is still sent."""
        self._simulator.pause()
        return JSONResponse({"paused": True, "pending": self._simulator.sender.pending})

    async def resume(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint
        """Let the world go on."""
        self._simulator.resume()
        return JSONResponse({"paused": False, "pending": self._simulator.sender.pending})

    async def faults(self, request: Request) -> Response:  # noqa: ARG002 - an endpoint
        """Tell the chances of faults, and what may be asked for."""
        return JSONResponse(self._describe_faults())

    async def change_faults(self, request: Request) -> Response:
        """Change chances (by name), let things happen `once`, or `do` something to a device, user or vendor."""
        faults = self._simulator.faults
        try:
            body = json.loads(await request.body() or b"{}")
            if not isinstance(body, dict):
                raise ValueError("the body must be an object")  # noqa: TRY004, TRY301 - one kind of refusal
            body = dict(body)
            once, requests = body.pop("once", []), body.pop("do", [])
            faults.retry_after_seconds = int(body.pop("retryAfterSeconds", faults.retry_after_seconds))
            faults.set(body)
            for name in [once] if isinstance(once, str) else once:
                if name == "unknown_event":  # an occasion of its own: a quiet fleet may say nothing for hours
                    run_action(self._simulator, {"action": name})
                else:
                    faults.once(name)
            done = [
                run_action(self._simulator, request)
                for request in ([requests] if isinstance(requests, dict) else requests)
            ]
        except (ValueError, TypeError) as error:
            return problem(400, "bad-request", "Bad Request", str(error))
        return JSONResponse({**self._describe_faults(), "done": done})

    def _describe_faults(self) -> dict[str, Any]:
        faults, outages = self._simulator.faults, self._simulator.cloud.outages
        return {
            "chances": {name: getattr(faults.chances, name) for name in CHANCES},
            "happened": dict(faults.happened),
            "vendors": {vendor: outage.mode for vendor, outage in outages.of_vendor.items()},
            "devices": {device: outage.mode for device, outage in outages.of_device.items()},
            "actions": sorted(ACTIONS),
        }


def describe_truth(simulator: Simulator) -> dict[str, Any]:
    """Tell what Enode's cache holds now.

    `document` is what Enode's GET answers, also for a device that is gone. `eventDocument` is what the last
    `updated` event carried and `discoveredDocument` what the last `discovered` did (None: there was none); they are
    all a receiver can know without asking.
    """
    return {
        "paused": simulator.world.is_paused,
        "pending": simulator.sender.pending,
        "users": [
            {
                "id": user.id,
                "isAuthorised": user.is_authorised,
                "linkedVendors": simulator.cloud.linked_vendors(user.id),
            }
            for user in simulator.cloud.users.values()
        ],
        "devices": [_describe_device(cached) for cached in simulator.cloud.devices.values()],
    }


def describe_status(simulator: Simulator) -> dict[str, Any]:
    """Count what happened so far."""
    cloud, sender = simulator.cloud, simulator.sender
    return {
        "at": written(simulator.clock.now()),
        "worldAt": written(simulator.world.now()),
        "speed": simulator.world.speed,
        "seed": simulator.seed,
        "paused": simulator.world.is_paused,
        "users": len(cloud.users),
        "devices": dict(Counter(cached.kind for cached in cloud.devices.values() if cached.is_alive)),
        "polls": cloud.polls,
        "hints": sum(cached.hints for cached in cloud.devices.values()),
        "events": simulator.event_log.count,
        "deliveries": sender.delivery_count,
        "pending": sender.pending,
        "webhooks": [
            {
                "id": box.webhook.id,
                "isActive": box.webhook.is_active,
                "pending": box.pending,
                "failures": box.failures,
            }
            for box in sender.boxes.values()
        ],
    }


def _describe_device(cached: Cached) -> dict[str, Any]:
    return {
        "kind": cached.kind,
        "id": cached.id,
        "userId": cached.user_id,
        "alive": cached.is_alive,
        "document": cached.rendered(),
        "eventDocument": cached.event_document,
        "discoveredDocument": cached.discovered_document,
        "lastEventAt": written(cached.last_event_at) if cached.last_event_at else None,
        "hints": cached.hints,
    }


def _number(request: Request, name: str, default: int) -> int:
    text = request.query_params.get(name, "")
    return int(text) if text.isascii() and text.isdigit() else default
