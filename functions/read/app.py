"""GET /vehicles, /users/{userId}/devices, …: answer from the store, to the caller whose devices they are."""

import os
from datetime import UTC, datetime
from functools import cache
from typing import Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from lastseen.api import http, respond
from lastseen.config import ReadSettings
from lastseen.errors import LastseenError
from lastseen.observability import MetricUnit, logger, metrics
from lastseen.routes.desk import Collaborators, Desk
from lastseen.routes.elsewhere import elsewhere
from lastseen.routes.table import ROUTES
from lastseen.store import client
from lastseen.store.devices import DynamoDevices
from lastseen.store.log import DynamoHistory
from lastseen.store.secrets import CursorKey


@cache  # once per warm container; tests replace it
def build() -> Collaborators:
    """Compose the door from its environment."""
    settings = ReadSettings.from_env(os.environ)
    dynamodb = client.dynamodb()
    return Collaborators(
        settings=settings,
        devices=DynamoDevices(settings.devices_table, dynamodb),
        history=DynamoHistory(settings.history_table, dynamodb),
        cursor_key=lambda: cursor_key(settings.cursor_secret_arn).live(),
    )


@cache
def cursor_key(arn: str) -> CursorKey:
    """Give the key of cursors; its client is made when a list first needs a second page."""
    return CursorKey(arn, client.secrets_manager())


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Answer one question."""
    tools = build()
    route = event.get("routeKey", "")
    desk = Desk(event, tools, datetime.now(UTC))
    try:
        answer = ROUTES.get(route, elsewhere)(desk)
        response = respond.respond(
            event,
            answer.body,
            headers=answer.headers,
            status=answer.status,
            last_modified=answer.last_modified,
            max_age=tools.settings.cache_seconds,
        )
    except LastseenError as error:
        response = http.refusal(error)
    metrics.add_metric(name="Reads", unit=MetricUnit.Count, value=1)
    logger.info("read answered", route=route, status=response["statusCode"])
    return response
