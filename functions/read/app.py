"""GET /vehicles/{id}, /users/{id}/devices, …: answer from the store, to the caller whose devices they are."""

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from lastseen.api import http, request, views
from lastseen.config import ReadSettings
from lastseen.domain.caller import Caller
from lastseen.errors import LastseenError, NotServed
from lastseen.observability import MetricUnit, logger, metrics
from lastseen.store import client
from lastseen.store.devices import DynamoDevices
from lastseen.store.log import DynamoHistory
from lastseen.usecases import read
from lastseen.usecases.ports import Devices, History

MOST_CHANGES = 1000


@dataclass(frozen=True)
class Collaborators:
    """Everything this door works with."""

    settings: ReadSettings
    devices: Devices
    history: History


type Route = Callable[[http.LambdaEvent, Caller, Collaborators, datetime], http.LambdaResponse]


@cache  # once per warm container; tests replace it
def build() -> Collaborators:
    """Compose the door from its environment."""
    settings = ReadSettings.from_env(os.environ)
    dynamodb = client.dynamodb()
    return Collaborators(
        settings=settings,
        devices=DynamoDevices(settings.devices_table, dynamodb),
        history=DynamoHistory(settings.history_table, dynamodb),
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Answer one question."""
    tools = build()
    route = event.get("routeKey", "")
    try:
        caller = request.caller(event, user_id_claim=tools.settings.user_id_claim)
        answer = ROUTES.get(route, not_served)(event, caller, tools, datetime.now(UTC))
    except LastseenError as error:
        answer = http.refusal(error)
    metrics.add_metric(name="Reads", unit=MetricUnit.Count, value=1)
    logger.info("read answered", route=route, status=answer["statusCode"])
    return answer


def list_devices(
    event: http.LambdaEvent, caller: Caller, tools: Collaborators, now: datetime
) -> http.LambdaResponse:
    """GET /users/{userId}/devices: every kind, with freshness."""
    found = read.devices_of(
        request.user_id(event), caller, devices=tools.devices, limits=tools.settings.limits, now=now
    )
    return http.answer(200, views.device_list(found))


def get_device(
    event: http.LambdaEvent, caller: Caller, tools: Collaborators, now: datetime
) -> http.LambdaResponse:
    """GET /vehicles/{deviceId} and its six siblings: Enode's document, freshness in headers."""
    kind = request.kind(event)
    found = read.device(
        request.device_id(event), kind, caller, devices=tools.devices, limits=tools.settings.limits, now=now
    )
    return http.answer(200, views.enode_document(found), views.freshness_headers(found.freshness))


def get_history(
    event: http.LambdaEvent, caller: Caller, tools: Collaborators, _now: datetime
) -> http.LambdaResponse:
    """GET /devices/{deviceId}/history: what changed, folded from the log."""
    page = read.changes(
        request.device_id(event),
        caller,
        devices=tools.devices,
        log=tools.history,
        since=request.moment(event, "from"),
        until=request.moment(event, "to"),
        most=MOST_CHANGES,
    )
    return http.answer(200, views.history(page))


def not_served(
    _event: http.LambdaEvent, _caller: Caller, _tools: Collaborators, _now: datetime
) -> http.LambdaResponse:
    """Everything else: say what there is."""
    raise NotServed(f"nothing is served here; there are {', '.join(sorted(ROUTES))}")


ROUTES: Mapping[str, Route] = {
    "GET /users/{userId}/devices": list_devices,
    "GET /devices/{deviceId}/history": get_history,
    "GET /{collection}/{deviceId}": get_device,
}
