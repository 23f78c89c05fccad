"""The devices that are read and told of in the measurements, and how they stand in either kind of table."""

import json
import re
from decimal import Decimal
from typing import Any

from boto3.dynamodb.types import TypeSerializer

from lastseen.domain import document, instant
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceUpdate, Source
from lastseen.domain.event_catalog import Family
from lastseen.domain.order import order_key
from lastseen.domain.snapshot import Register, Snapshot
from lastseen.store.codec import pack
from lastseen.store.device_statements import DeviceStatements
from tests.support.builders import NOON, Json, a_vehicle

USER = "bb28471e-cde6-4eff-ace4-9a7f4f50882a"


def vehicles(count: int) -> list[Json]:
    """So many vehicles of one user, as Enode documents them."""
    return [a_vehicle(id=f"05ee9df5-d072-4ee8-b773-{number:012}", userId=USER) for number in range(count)]


def our_item(device: Json) -> dict[str, Any]:
    """A device as it stands in our table: the very item that the store inserts."""
    text = document.encode(device)
    said = Register(order_key(NOON, text), text, document.facts(DeviceKind.VEHICLE, device, at=NOON))
    update = DeviceUpdate(DeviceId(DeviceKind.VEHICLE, device["id"]), device["userId"], Snapshot(seen=said))
    statement = DeviceStatements("devices", None).insert(update)
    names = re.findall(r"'(\w+)':\?", statement.text)
    return dict(zip(names, statement.values, strict=True))


def log_item(device: Json) -> dict[str, Any]:
    """What a webhook said of a device, as it stands in our log."""
    text = document.encode(device)
    return {
        "sk": {"S": f"{Family.DEVICE}#{order_key(NOON, text)}"},
        "event": {"S": "user:vehicle:updated"},
        "source": {"S": Source.WEBHOOK},
        "doc": {"B": pack(text, DeviceKind.VEHICLE)},
        "rest": {"S": "{}"},
        "received_at": {"S": instant.fixed(NOON)},
        "delivery_id": {"S": "3f2c9f0e-5d0e-4b61-9d3f-6a1f3f2d7c10"},
    }


def usual_item(device: Json) -> dict[str, Any]:
    """The same as a native map, as boto3's Table writes it."""
    exact = json.loads(json.dumps(device), parse_float=Decimal)
    serializer = TypeSerializer()
    item = {
        "pk": f"USER#{device['userId']}",
        "sk": f"DEVICE#vehicle#{device['id']}",
        "kind": "vehicle",
        "updated_at": instant.fixed(NOON),
        "document": exact,
    }
    return {name: serializer.serialize(value) for name, value in item.items()}
