"""POST /webhooks/enode: take one delivery and answer inside Enode's 5-second limit."""

import os
import re
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from typing import Any

from lastseen import cold_start  # isort: split

from aws_lambda_powertools.utilities.typing import LambdaContext

from lastseen.api import http
from lastseen.config import IngestSettings
from lastseen.domain import lag
from lastseen.domain.deadline import Deadline
from lastseen.domain.delivery import Delivery
from lastseen.domain.twin import TwinKey
from lastseen.enode import delivery as enode_delivery
from lastseen.enode import events, signature
from lastseen.errors import BadSignature, LastseenError
from lastseen.observability import INGEST_LAGS, MetricUnit, add_values, logger, metrics
from lastseen.store import call_deadline, client
from lastseen.store.batches import Batches
from lastseen.store.log_writer import DynamoLog
from lastseen.store.quarantine import S3Quarantine
from lastseen.store.secret_batch import FirstTogether
from lastseen.store.secrets import TwinKeySecret, WebhookSecrets
from lastseen.store.state_writer import DynamoStates
from lastseen.store.twin_keys import TwinKeys, soon_checked
from lastseen.usecases import ingest
from lastseen.usecases.ports import Log, Quarantine, States

TIME_TO_ANSWER = timedelta(seconds=4)  # since API Gateway took it; Enode hangs up after five
PLAIN_NAME = re.compile(r"[a-z-]+(:[a-z-]+){1,3}")

MOST_LOGGED = 20
"""Wrong signatures that one container writes a line of in an hour. Anybody can send them, and lines cost money."""

LOGGED_ANEW = 3600.0


@dataclass(frozen=True)
class IngestCollaborators:
    """Everything this door works with."""

    secrets: WebhookSecrets
    log: Log
    states: States
    quarantine: Quarantine
    twins: Callable[[], TwinKey]


@dataclass
class Refused:
    """Lines about wrong signatures: the first of an hour are written, all others are only counted, as a metric.

    Attributes:
        clock: Monotonic seconds.
    """

    clock: Callable[[], float] = time.monotonic
    _since: float = float("-inf")
    _logged: int = 0

    def may_be_logged(self) -> bool:
        """Whether another line may be written; whoever asks writes it."""
        now = self.clock()
        if now - self._since >= LOGGED_ANEW:
            self._since, self._logged = now, 0
        self._logged += 1
        return self._logged <= MOST_LOGGED


REFUSED = Refused()  # of this container


@cache  # once per warm container; tests replace it
def build() -> IngestCollaborators:
    """Compose the door from its environment."""
    settings = IngestSettings.from_env(os.environ)
    batches = Batches(client.dynamodb(), ThreadPoolExecutor(max_workers=8))
    vault: Any = FirstTogether(client.secrets_manager(), (settings.webhook_secret_arn, settings.twin_key_arn))
    twin_key = TwinKeySecret(settings.twin_key_arn, vault)
    return IngestCollaborators(
        secrets=WebhookSecrets(settings.webhook_secret_arn, vault),
        log=DynamoLog(settings.history_table, batches, settings.history_kept),
        states=DynamoStates(settings.devices_table, batches, settings.history_kept),
        quarantine=S3Quarantine(settings.quarantine_bucket, client.s3()),
        twins=TwinKeys(settings.devices_table, batches, twin_key, soon_checked).live,
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:  # noqa: ARG001 - Lambda passes it
    """Answer 200 when every part of the delivery is kept, 401 for a wrong signature, 503 if trying again can help."""
    metrics.add_metric(name="Deliveries", unit=MetricUnit.Count, value=1)
    now = datetime.now(UTC)
    # Enode waits since API Gateway took the delivery. Everything that is asked of AWS ends by then, or is given up.
    deadline = Deadline.after(TIME_TO_ANSWER - (now - http.asked_at(event, now=now)), time.monotonic)
    collaborators = build()
    try:
        with call_deadline.until(deadline):
            return take(event, collaborators, now, deadline)
    except LastseenError as error:
        return refuse(error)


def take(
    event: dict[str, Any], collaborators: IngestCollaborators, now: datetime, deadline: Deadline
) -> dict[str, Any]:
    """Check the signature, read the delivery, keep it, and say so."""
    body = http.raw_body(event)  # the signature covers these bytes, not the parsed JSON
    verify(body, http.header(event, "x-enode-signature"), collaborators.secrets)
    delivery_id = (http.header(event, "x-enode-delivery") or "")[:128]
    delivery = enode_delivery.read(body, now=now, twins=collaborators.twins())
    outcome = ingest.take(
        delivery,
        log=collaborators.log,
        states=collaborators.states,
        quarantine=collaborators.quarantine,
        received_at=now,
        delivery_id=delivery_id,
        deadline=deadline,
    )
    if collaborators.secrets.is_stale:
        metrics.add_metric(name="SecretStale", unit=MetricUnit.Count, value=1)
    report(delivery, outcome, delivery_id)
    report_lag(delivery, http.asked_at(event, now=now))
    return http.summary(
        200, {"received": outcome.received, "stored": outcome.stored, "quarantined": outcome.quarantined}
    )


def verify(body: bytes, given: str | None, secrets: WebhookSecrets) -> None:
    """Check the signature against the cached secrets and, if it fits none, once against newer ones."""
    live = secrets.live()
    signature.check_secrets(live)
    try:
        signature.verify(body, given, secrets=live)
    except BadSignature:
        newer = secrets.reread()
        if newer is None:
            raise
        signature.check_secrets(newer)
        signature.verify(body, given, secrets=newer)


def refuse(error: LastseenError) -> dict[str, Any]:
    """Answer what we could not keep, and count it."""
    response = http.refusal(error)  # a misconfigured function has no answer: the invocation fails
    name = "BadSignatures" if isinstance(error, BadSignature) else "Unavailable"
    metrics.add_metric(name=name, unit=MetricUnit.Count, value=1)
    if not isinstance(error, BadSignature) or REFUSED.may_be_logged():
        logger.warning("delivery refused", error=type(error).__name__, reason=str(error))
    return response


def report(delivery: Delivery, outcome: ingest.DeliveryOutcome, delivery_id: str) -> None:
    """Write the one line and the metrics of a delivery that was kept."""
    unknown = [event.name for event in delivery.events if event.name not in events.KNOWN_EVENTS]
    names = {name for name in unknown if PLAIN_NAME.fullmatch(name)}  # nothing else of a body is ever logged
    metrics.add_metric(name="Events", unit=MetricUnit.Count, value=outcome.stored)
    metrics.add_metric(name="Quarantined", unit=MetricUnit.Count, value=outcome.quarantined)
    metrics.add_metric(name="UnknownEvents", unit=MetricUnit.Count, value=len(unknown))
    metrics.add_metric(name="Superseded", unit=MetricUnit.Count, value=outcome.superseded)
    if delivery.replaced:
        metrics.add_metric(name="TextReplaced", unit=MetricUnit.Count, value=delivery.replaced)
    logger.info(
        "delivery kept",
        delivery_id=delivery_id,
        **asdict(outcome),
        replaced=delivery.replaced,
        unknown=sorted(names)[:10],
        flaws=sorted({piece.flaw.value for piece in delivery.set_aside}),
    )


def report_lag(delivery: Delivery, arrived_at: datetime) -> None:
    """Say how late it came, and how long we took: whether it is Enode, or is us."""
    enodes, ours = INGEST_LAGS
    add_values(enodes, MetricUnit.Milliseconds, lag.of_enode(delivery.events, arrived_at=arrived_at))
    add_values(ours, MetricUnit.Milliseconds, [lag.milliseconds(datetime.now(UTC) - arrived_at)])


# A container starts with a whole processor, and nobody waits yet.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    build()
cold_start.over()
