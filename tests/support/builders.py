"""Valid things to test with. A builder takes only what matters; the rest are the values Enode's documentation shows."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from lastseen.domain import instant
from lastseen.domain.device import DeviceKind
from lastseen.domain.document import NO_FACTS, Facts
from lastseen.domain.order import order_key
from lastseen.domain.snapshot import Register
from lastseen.domain.twin import TwinKey
from tests.support.device_documents import (
    CHARGER,
    HEM_SYSTEM,
    LAST_SEEN,
    LOCATION,
    UPDATED,
    USER,
    VEHICLE,
    Json,
    a_battery,
    a_charger,
    a_device,
    a_hem_system,
    a_meter,
    a_vehicle,
    an_hvac,
    an_inverter,
    just_found,
)

__all__ = [
    "ACTION",
    "CHARGER",
    "DEVICE_EVENTS",
    "EVENTS",
    "HEM_SYSTEM",
    "LAST_SEEN",
    "LOCATION",
    "NOON",
    "ODD_IDS",
    "SCHEDULE",
    "SECRET",
    "SUBJECTS",
    "UPDATED",
    "USER",
    "VEHICLE",
    "Json",
    "a_battery",
    "a_charger",
    "a_delivery",
    "a_device",
    "a_fleets_delivery",
    "a_hem_system",
    "a_meter",
    "a_schedule",
    "a_schedule_status",
    "a_smart_charging_status",
    "a_vehicle",
    "an_action",
    "an_event",
    "an_hvac",
    "an_inverter",
    "an_inverters_statistics",
    "just_found",
    "posted",
    "said",
    "signature_of",
    "signed",
]

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)

TWIN_KEY = TwinKey(b"a-key-of-twins-for-tests-of-44-bytes-in-all.")
"""The present moment of every test that does not say another one."""

SECRET = "an-example-secret-of-32-characters"
"""Signs what the builders sign and what lies in `events/ingest`. Guards nothing."""

ODD_IDS = (
    *(
        "a b",
        " ",
        "o'neil",
        "user/1",
        "/",
        "Åsa",
        "{guid}",
        "a%2Fb",
        "%",
        "100%",
        "a%20b",
        "%25",
        "a?b=c&d",
        "a;b",
        "-",
        "~",
    ),
    *(
        "a#b",
        "#",
        "!",
        "!TESLA",
        "a!b",
        '"',
        'a"b',
        "a\\b",
        "$",
        "$default",
        "a$b",
        "*",
        "...",
        ".a",
        "a.b_c-d:e+f=g~h,i",
    ),
    *(
        "\0",
        "a\0b",
        "a\nb",
        "a\r\nx: y",
        "\t",
        "\x7f",
        "\u200b",
        "\u2028",
        "é",
        "e\u0301",
        "\ufffd",
        "\uffff",
        "\U0001f697",
    ),
    *(
        "U#anna",
        "D#vehicle#x",
        "SYS",
        "USER",
        "null",
        "undefined",
        "__proto__",
        "<script>",
        "' OR 1=1 --",
        "../users",
        "a/../b",
    ),
    *("x" * 256, "\0" * 256, "\U0001f697" * 225, "å" * 256),
)
"""Ids that a careless key, path, header, log line or sentence would stumble over. All of them are ids."""

SCHEDULE = "4eaeb363-296d-4ccc-a973-7805e6f400bd"
ACTION = "0f1b1c6e-3a0b-4a53-8c3f-6a6d4f0b8f10"


def a_smart_charging_status(**changes: Any) -> Json:
    """What a smart charging plan does now."""
    status = {
        "updatedAt": UPDATED,
        "vehicleId": VEHICLE,
        "userId": USER,
        "vendor": "TESLA",
        "state": "PLAN:EXECUTING:STARTING",
        "stateChangedAt": UPDATED,
        "consideration": None,
        "plan": None,
        "smartOverride": None,
    }
    return status | changes


def a_schedule_status(**changes: Any) -> Json:
    """Whether a device does what its schedule says."""
    status = {
        "scheduleId": SCHEDULE,
        "scheduleType": "CHARGE",
        "changedAt": UPDATED,
        "state": "ALIGNED",
        "isCharging": True,
        "isChargingExpected": True,
        "upcomingTransitions": [{"at": "2026-03-01T17:00:00Z", "shouldCharge": False}],
        "smartOverride": None,
    }
    return status | changes


def a_schedule(**changes: Any) -> Json:
    """The schedule itself, which says whom it is for."""
    rule = {
        "hourMinute": {"from": "08:00", "to": "09:00"},
        "weekdays": [0, 1, 2, 3, 4],
        "shouldCharge": False,
    }
    schedule = {
        "id": SCHEDULE,
        "targetId": VEHICLE,
        "targetType": "vehicle",
        "locationId": LOCATION,
        "isEnabled": True,
        "defaultShouldCharge": True,
        "rules": [rule],
    }
    return schedule | changes


def an_action(**changes: Any) -> Json:
    """A command on its way to a vendor, which failed."""
    action = {
        "id": ACTION,
        "userId": USER,
        "createdAt": UPDATED,
        "updatedAt": UPDATED,
        "completedAt": UPDATED,
        "state": "FAILED",
        "targetId": CHARGER,
        "targetType": "charger",
        "kind": "START",
        "failureReason": {"type": "NO_RESPONSE", "detail": "The device remained unreachable."},
    }
    return action | changes


def an_inverters_statistics(**changes: Any) -> Json:
    """A day of production."""
    rows = [{"date": "2026-02-28T00:15:00+01:00", "value": 1.1}]
    statistics = {
        "inverterId": an_inverter()["id"],
        "year": 2026,
        "month": 2,
        "day": 28,
        "timezone": "Europe/Oslo",
        "resolutions": {"QUARTER_HOUR": {"unit": "kWh", "data": rows}},
    }
    return statistics | changes


_BESIDES: Mapping[str, Callable[[], Json]] = {
    "user:vehicle:smart-charging-status-updated": lambda: {
        "smartChargingStatus": a_smart_charging_status(),
        "updatedFields": ["state"],
    },
    "user:schedule:execution-updated": lambda: {
        "status": a_schedule_status(),
        "schedule": a_schedule(),
        "updatedFields": ["state"],
    },
    "user:vendor-action:updated": lambda: {"vendorAction": an_action(), "updatedFields": ["state"]},
    "user:charge-action:updated": lambda: {"chargeAction": an_action(), "updatedFields": ["state"]},
    "user:inverter:statistics-updated": lambda: {"statistics": an_inverters_statistics()},
    "user:credentials:invalidated": lambda: {"vendor": "TESLA"},
    "system:heartbeat": lambda: {"pendingEvents": 0},
    "enode:webhook:test": dict,
}

DEVICE_EVENTS: Mapping[str, DeviceKind] = {
    f"user:{kind}:{verb}": kind for kind in DeviceKind for verb in ("discovered", "updated", "deleted")
}
EVENTS = (*DEVICE_EVENTS, *_BESIDES)
"""Every event name of API 2024-10-01, the deprecated `user:charge-action:updated` among them."""

SUBJECTS: Mapping[str, str] = {
    **{name: kind.wire_key for name, kind in DEVICE_EVENTS.items()},
    "user:vehicle:smart-charging-status-updated": "smartChargingStatus",
    "user:schedule:execution-updated": "status",
    "user:vendor-action:updated": "vendorAction",
    "user:charge-action:updated": "chargeAction",
    "user:inverter:statistics-updated": "statistics",
}
"""Under which property each event carries what it is about, where it is an object."""


def an_event(
    name: str = "user:vehicle:updated",
    *,
    at: datetime | str = NOON,
    user_id: str = USER,
    **changes: Any,
) -> Json:
    """A whole event, as one element of a delivery.

    Args:
        name: Any name. One that Enode does not have yet carries a user and nothing else.
        at: Its `createdAt`.
        user_id: Its user; system events have none.
        changes: Replace or add properties: `vehicle=a_vehicle(battery_percent=20)`.
    """
    event: Json = {
        "event": name,
        "createdAt": at if isinstance(at, str) else instant.fixed(at),
        "version": "2024-10-01",
    }
    if name not in ("system:heartbeat", "enode:webhook:test"):
        event["user"] = {"id": user_id}
    if name in DEVICE_EVENTS:
        kind, verb = DEVICE_EVENTS[name], name.rpartition(":")[2]
        device = a_device(kind)
        event[kind.wire_key] = just_found(device) if verb == "discovered" else device
        if verb == "updated":
            event["updatedFields"] = ["chargeState"]
    return event | _BESIDES.get(name, dict)() | changes


def a_fleets_delivery(count: int, *, at: datetime = NOON) -> list[Json]:
    """Updates of so many vehicles, each its own."""
    return [an_event(at=at, vehicle=a_vehicle(id=f"vehicle-{number:03}")) for number in range(count)]


def a_delivery(events: Iterable[object]) -> bytes:
    """The body of one delivery: any JSON values in an array; what is bytes already goes in as it is."""
    parts = [
        event
        if isinstance(event, bytes)
        else json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
        for event in events
    ]
    return b"[" + b",".join(parts) + b"]"


def signature_of(body: bytes, secret: str = SECRET) -> str:
    """What Enode puts into `x-enode-signature`."""
    return "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()


def posted(body: bytes, headers: Mapping[str, str], *, encoded: bool = False) -> Json:
    """A POST to the webhook as HTTP API hands it to a function, payload format 2.0."""
    request = {
        "method": "POST",
        "path": "/webhooks/enode",
        "protocol": "HTTP/1.1",
        "sourceIp": "192.0.2.1",
        "userAgent": "enode",
    }
    return {
        "version": "2.0",
        "routeKey": "POST /webhooks/enode",
        "rawPath": "/webhooks/enode",
        "rawQueryString": "",
        "headers": {"content-type": "application/json", **headers},
        "requestContext": {
            "apiId": "api",
            "http": request,
            "requestId": "request-1",
            "routeKey": "POST /webhooks/enode",
            "stage": "$default",
        },
        "body": base64.b64encode(body).decode() if encoded else body.decode(),
        "isBase64Encoded": encoded,
    }


def signed(
    body: bytes, secret: str = SECRET, *, encoded: bool = False, delivery_id: str = "delivery-1"
) -> Json:
    """A delivery as it comes through the door, signed as Enode signs.

    Args:
        body: The exact bytes.
        secret: The webhook's secret.
        encoded: Whether HTTP API chose base64 for the body.
        delivery_id: Enode's `x-enode-delivery`.
    """
    headers = {"x-enode-delivery": delivery_id, "x-enode-signature": signature_of(body, secret)}
    return posted(body, headers, encoded=encoded)


def said(at: datetime, document: bytes = b"{}", facts: Facts = NO_FACTS) -> Register:
    """Something said of a device at a moment."""
    return Register(order_key(at, document), document, facts)
