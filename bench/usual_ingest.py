"""The usual stack for taking a delivery: a resolver, a validating parser, idempotency an event, a Table resource."""

import hashlib
import hmac
import json
from decimal import Decimal
from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from boto3.dynamodb.conditions import Attr

from bench.usual_read import Vehicle
from tests.support.builders import SECRET

logger = Logger(service="usual")
metrics = Metrics(namespace="Usual", service="usual")
app = APIGatewayHttpResolver()
_tables: dict[str, Any] = {}


def open_tables() -> None:
    """Make the Table resources, once per warm container."""
    resource = boto3.resource("dynamodb")
    _tables.update({name: resource.Table(name) for name in ("devices", "history", "idempotency")})


@app.post("/webhooks/enode")
def take() -> dict[str, int]:
    """Verify, validate, and keep one event after the other."""
    body = app.current_event.body or ""
    given = app.current_event.headers.get("x-enode-signature", "")
    expected = "sha1=" + hmac.new(SECRET.encode(), body.encode(), hashlib.sha1).hexdigest()
    if not hmac.compare_digest(given, expected):
        raise PermissionError("the signature does not fit")
    events = json.loads(body, parse_float=Decimal)
    for event in events:
        _keep(event)
    metrics.add_metric(name="Events", unit=MetricUnit.Count, value=len(events))
    return {"received": len(events)}


def _keep(event: dict[str, Any]) -> None:
    vehicle, at = Vehicle.model_validate(event["vehicle"]), event["createdAt"]
    key = hashlib.sha256(json.dumps(event, sort_keys=True, default=str).encode()).hexdigest()
    _tables["idempotency"].put_item(
        Item={"id": key, "status": "INPROGRESS"}, ConditionExpression=Attr("id").not_exists()
    )
    _tables["devices"].update_item(
        Key={"pk": f"USER#{vehicle.userId}", "sk": f"DEVICE#vehicle#{vehicle.id}"},
        UpdateExpression="SET document = :document, updated_at = :at",
        ConditionExpression=Attr("updated_at").not_exists() | Attr("updated_at").lt(at),
        ExpressionAttributeValues={":document": event["vehicle"], ":at": at},
    )
    _tables["history"].put_item(Item={"pk": f"DEVICE#{vehicle.id}", "sk": at, "event": event})
    _tables["idempotency"].update_item(
        Key={"id": key},
        UpdateExpression="SET #status = :done",
        ExpressionAttributeNames={"#status": "status"},
        ExpressionAttributeValues={":done": "COMPLETED"},
    )


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer."""
    return app.resolve(event, context)
