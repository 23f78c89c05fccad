"""GET /vehicles, /users/{userId}/devices, …: answer from the store, to the caller whose devices they are."""

from __future__ import annotations

import os
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import TYPE_CHECKING, Any

from lastseen import cold_start  # isort: split

from lastseen.api import http, request, respond
from lastseen.config import ReadSettings
from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.domain.pagination import MOST_LOOKED_AT
from lastseen.errors import LastseenError
from lastseen.observability import MetricUnit, logger, metrics
from lastseen.routes.request_context import Collaborators, RequestContext, Response
from lastseen.routes.router import ROUTES
from lastseen.store import call_deadline, client
from lastseen.store.device_reader import DynamoDevices
from lastseen.store.log_reader import DynamoHistory
from lastseen.store.records import DynamoRecords

if TYPE_CHECKING:  # what a plain read does not need is loaded by the first question that does
    from aws_lambda_powertools.utilities.typing import LambdaContext
    from mypy_boto3_dynamodb import DynamoDBClient

    from lastseen.store.secrets import CursorKey, TwinKeySecret
    from lastseen.usecases.refresh import Refresher
    from lastseen.usecases.smart_charging import ChargingReader
    from lastseen.usecases.split_twin import TwinSplitter

LAMBDAS_TIMEOUT = timedelta(seconds=10)
"""The template's; a function that is killed answers nothing."""

TIME_TO_ANSWER = LAMBDAS_TIMEOUT - client.LONGEST_READ_ATTEMPT - timedelta(seconds=0.5)
"""Since API Gateway took the question. No call to AWS is begun after it, so that the last one ends in time."""


@cache  # once per warm container; tests replace it
def build() -> Collaborators:
    """Compose the door from its environment."""
    settings = ReadSettings.from_env(os.environ)
    dynamodb = client.reading_dynamodb()
    return Collaborators(
        settings=settings,
        devices=DynamoDevices(settings.store.devices_table, dynamodb, most=MOST_LOOKED_AT),
        history=DynamoHistory(settings.store.history_table, dynamodb),
        records=DynamoRecords(settings.store.devices_table, dynamodb),
        cursor_key=lambda: cursor_key(settings.cursor_secret_arn).live(),
        refresher=lambda deadline: refresher(settings, deadline, dynamodb),
        charging_reader=lambda deadline: charging_reader(settings, deadline, dynamodb),
        parallel_map=lambda do, many: pool().map(do, many),
        twin_splitter=lambda caller, deadline: twin_splitter(settings, caller, deadline, dynamodb),
        twin_key=lambda: twin_key(settings.twin_key_arn).live(),
    )


@cache
def pool() -> ThreadPoolExecutor:
    """Give threads for what must be asked of every device of a list by itself, as many as there are connections."""
    return ThreadPoolExecutor(max_workers=client.CONNECTIONS)


@cache
def cursor_key(arn: str) -> CursorKey:
    """Give the key of cursors; its client is made when a list first needs a second page."""
    from lastseen.store.secrets import CursorKey  # noqa: PLC0415 - as late as its client

    return CursorKey(arn, client.secrets_manager())


@cache
def twin_key(arn: str) -> TwinKeySecret:
    """Give the key of twins; a plain read needs none: the names stand in the items."""
    from lastseen.store.secrets import TwinKeySecret  # noqa: PLC0415 - as late as its client

    return TwinKeySecret(arn, client.secrets_manager())


def refresher(settings: ReadSettings, deadline: Deadline, dynamodb: DynamoDBClient) -> Refresher:
    """Give what refreshes a device. A plain read must not load it: it brings an HTTP client, models and writes."""
    from lastseen import composition  # noqa: PLC0415

    return composition.refresher(settings, deadline, dynamodb)


def charging_reader(settings: ReadSettings, deadline: Deadline, dynamodb: DynamoDBClient) -> ChargingReader:
    """Give what asks Enode for a smart-charging status; as heavy as what refreshes."""
    from lastseen import composition  # noqa: PLC0415

    return composition.charging_reader(settings, deadline, dynamodb)


def twin_splitter(
    settings: ReadSettings, caller: Caller, deadline: Deadline, dynamodb: DynamoDBClient
) -> TwinSplitter:
    """Give what splits twins; as heavy as what refreshes."""
    from lastseen import composition  # noqa: PLC0415

    return composition.twin_splitter(settings, caller, deadline, dynamodb)


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one question; a browser's preflight at once, before anything is composed, counted or logged for it."""
    if request.is_preflight(event):
        return respond.preflight()
    answered: dict[str, Any] = answer(event, context)
    return answered


@logger.inject_lambda_context
@metrics.log_metrics
def answer(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Answer one question of a caller."""
    now = datetime.now(UTC)
    deadline = Deadline.after(TIME_TO_ANSWER - (now - http.asked_at(event, now=now)), time.monotonic)
    collaborators = build()
    route = request.route(event)
    asked = RequestContext(event, collaborators, now, deadline)
    try:
        with call_deadline.until(deadline):
            response = leave(
                event, ROUTES.get(route, ROUTES["$default"])(asked), collaborators.settings.cache_seconds
            )
    except LastseenError as error:
        response = http.refusal(error)
    if request.is_head(event):
        response = respond.without_body(response)
    metrics.add_metric(name="Reads", unit=MetricUnit.Count, value=1)
    logger.info("read answered", route=route, status=response["statusCode"])
    return response


def leave(event: http.LambdaEvent, answer: Response, cache_seconds: int) -> http.LambdaResponse:
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


# A container starts with a whole processor, and nobody waits yet.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    build()
cold_start.over()
