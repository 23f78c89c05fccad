"""The usual stack for reading: a resolver that validates, response models, a Table resource, native maps."""

from typing import Any

import boto3
from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.event_handler import APIGatewayHttpResolver
from aws_lambda_powertools.metrics import MetricUnit
from aws_lambda_powertools.utilities.typing import LambdaContext
from boto3.dynamodb.conditions import Key
from pydantic import BaseModel

logger = Logger(service="usual")
metrics = Metrics(namespace="Usual", service="usual")
app = APIGatewayHttpResolver(enable_validation=True)


class Information(BaseModel):
    displayName: str | None  # noqa: N815 - the wire's names
    vin: str | None
    brand: str | None
    model: str | None
    year: int | None


class ChargeState(BaseModel):
    batteryLevel: float | None  # noqa: N815
    range: float | None
    isPluggedIn: bool | None  # noqa: N815
    isCharging: bool | None  # noqa: N815
    isFullyCharged: bool | None  # noqa: N815
    batteryCapacity: float | None  # noqa: N815
    chargeLimit: float | None  # noqa: N815
    chargeRate: float | None  # noqa: N815
    chargeTimeRemaining: float | None  # noqa: N815
    lastUpdated: str | None  # noqa: N815
    maxCurrent: float | None  # noqa: N815
    powerDeliveryState: str | None  # noqa: N815
    pluggedInChargerId: str | None  # noqa: N815


class SmartChargingPolicy(BaseModel):
    isEnabled: bool  # noqa: N815
    deadline: str | None
    minimumChargeLimit: float | None  # noqa: N815


class Odometer(BaseModel):
    distance: float | None
    lastUpdated: str | None  # noqa: N815


class Location(BaseModel):
    id: str | None
    longitude: float | None
    latitude: float | None
    lastUpdated: str | None  # noqa: N815


class Capability(BaseModel):
    isCapable: bool  # noqa: N815
    interventionIds: list[str]  # noqa: N815


class Vehicle(BaseModel):
    id: str
    userId: str  # noqa: N815
    vendor: str
    lastSeen: str  # noqa: N815
    isReachable: bool | None  # noqa: N815
    information: Information
    chargeState: ChargeState  # noqa: N815
    smartChargingPolicy: SmartChargingPolicy  # noqa: N815
    odometer: Odometer
    location: Location
    capabilities: dict[str, Capability]
    scopes: list[str]


class Pagination(BaseModel):
    after: str | None = None
    before: str | None = None


class VehicleList(BaseModel):
    data: list[Vehicle]
    pagination: Pagination


class _Tables:
    devices: Any = None


def open_table() -> None:
    """Make the resource, once a container."""
    _Tables.devices = boto3.resource("dynamodb").Table("devices")


@app.get("/users/<user_id>/vehicles")
def list_vehicles(user_id: str) -> VehicleList:
    """List a user's vehicles."""
    found = _Tables.devices.query(
        KeyConditionExpression=Key("pk").eq(f"USER#{user_id}") & Key("sk").begins_with("DEVICE#vehicle#")
    )
    data = [Vehicle.model_validate(item["document"]) for item in found["Items"]]
    return VehicleList(data=data, pagination=Pagination())


@logger.inject_lambda_context
@metrics.log_metrics
def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Answer one question."""
    answer = app.resolve(event, context)
    metrics.add_metric(name="Reads", unit=MetricUnit.Count, value=1)
    logger.info("read answered")
    return answer
