"""GET /vehicles, /users/{userId}/devices, …: answer from the store, to the caller whose devices they are."""

import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING, Any

from aws_lambda_powertools.utilities.typing import LambdaContext

from lastseen.api import http, respond
from lastseen.config import ReadSettings
from lastseen.domain.deadline import Deadline
from lastseen.errors import LastseenError
from lastseen.observability import MetricUnit, logger, metrics
from lastseen.routes.desk import Answer, Collaborators, Desk
from lastseen.routes.elsewhere import elsewhere
from lastseen.routes.table import ROUTES
from lastseen.store import client
from lastseen.store.batches import Batches
from lastseen.store.devices import DynamoDevices
from lastseen.store.log import DynamoHistory, DynamoLog
from lastseen.store.records import DynamoRecords
from lastseen.store.secrets import CursorKey, EnodeCredentials
from lastseen.store.states import DynamoStates
from lastseen.store.ward import DynamoWard
from lastseen.usecases.refresh import Refresher

if TYPE_CHECKING:
    from lastseen.enode.client import EnodeClient


@cache  # once per warm container; tests replace it
def build() -> Collaborators:
    """Compose the door from its environment."""
    settings = ReadSettings.from_env(os.environ)
    dynamodb = client.dynamodb()
    return Collaborators(
        settings=settings,
        devices=DynamoDevices(settings.devices_table, dynamodb),
        history=DynamoHistory(settings.history_table, dynamodb),
        records=DynamoRecords(settings.devices_table, dynamodb),
        cursor_key=lambda: cursor_key(settings.cursor_secret_arn).live(),
        refresher=lambda deadline: refresher(settings, deadline),
    )


@cache
def cursor_key(arn: str) -> CursorKey:
    """Give the key of cursors; its client is made when a list first needs a second page."""
    return CursorKey(arn, client.secrets_manager())


def refresher(settings: ReadSettings, deadline: Deadline) -> Refresher:
    """Compose what a refresh needs; only now is the HTTP client loaded."""
    enode, batches, pool = tools_of_refresh(settings)
    return Refresher(
        ward=DynamoWard(settings.devices_table, batches.client, batches, pool),
        log=DynamoLog(settings.history_table, batches, settings.history_kept),
        states=DynamoStates(settings.devices_table, batches),
        devices=DynamoDevices(settings.devices_table, batches.client),
        enode=enode.within(deadline),
        limits=settings.limits,
        pace=settings.pace,
        now=lambda: datetime.now(UTC),
        deadline=deadline,
    )


@cache
def tools_of_refresh(settings: ReadSettings) -> tuple["EnodeClient", Batches, ThreadPoolExecutor]:
    """What outlives one refresh: connections, a token, threads."""
    from lastseen.enode.client import EnodeClient  # noqa: PLC0415 - a plain read must not load httpx and pydantic
    from lastseen.enode.session import Session  # noqa: PLC0415

    credentials = EnodeCredentials(settings.enode_client_arn, client.secrets_manager())
    session = Session.open(settings.enode_url, settings.enode_token_url, credentials)
    pool = ThreadPoolExecutor(max_workers=2)
    return EnodeClient(session), Batches(client.dynamodb(), pool), pool


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Answer one question."""
    tools = build()
    route = event.get("routeKey", "")
    desk = Desk(event, tools, datetime.now(UTC))
    try:
        response = leave(event, ROUTES.get(route, elsewhere)(desk), tools.settings.cache_seconds)
    except LastseenError as error:
        response = http.refusal(error)
    metrics.add_metric(name="Reads", unit=MetricUnit.Count, value=1)
    logger.info("read answered", route=route, status=response["statusCode"])
    return response


def leave(event: http.LambdaEvent, answer: Answer, cache_seconds: int) -> http.LambdaResponse:
    """Let an answer leave in the form that suits it."""
    if not answer.body:
        return respond.nothing(answer.status, answer.headers)
    return respond.respond(
        event,
        answer.body,
        headers=answer.headers,
        status=answer.status,
        last_modified=answer.last_modified,
        max_age=cache_seconds,
    )
