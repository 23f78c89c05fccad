"""Two users whose every word is marked, so that what belongs to one can be recognised wherever it turns up."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from lastseen.domain.device import DeviceKind
from lastseen.domain.freshness import Verdict
from lastseen.routes.router import ROUTES
from tests.support.builders import (
    Json,
    a_device,
    a_schedule,
    a_schedule_status,
    a_smart_charging_status,
    an_action,
    an_event,
    an_inverters_statistics,
    just_found,
)
from tests.support.read_requests import Kept, route_of

ANNA, BEN = "anna2c9e", "ben7f3a"
"""Users. Every id, name and number of theirs begins with theirs."""

NOW = datetime.now(UTC)
"""The present moment: the read door has a clock of its own."""

BEGAN = (NOW - timedelta(hours=5)).replace(microsecond=0)
CHANGED = BEGAN + timedelta(hours=2)
"""When each of their devices was first heard of, and when it changed."""


def device_id(user_id: str, kind: DeviceKind) -> str:
    """The id of a user's device."""
    return f"{user_id}-{kind}"


def a_marked(kind: DeviceKind, user_id: str, **changes: Any) -> Json:
    """A device of a user, whose words all begin with the user's."""
    device = a_device(kind, **changes)
    marked: Json = _marked(device, user_id)
    return marked | {"id": device_id(user_id, kind), "userId": user_id} | changes


def _marked(value: Any, mark: str, name: str = "") -> Any:
    if isinstance(value, dict):
        return {key: _marked(inner, mark, key) for key, inner in value.items()}
    if isinstance(value, list):
        return [_marked(inner, mark) for inner in value]
    told_apart = ("lastSeen", "lastUpdated", "status", "mode", "powerDeliveryState")
    return f"{mark}-{value}" if isinstance(value, str) and name not in told_apart else value


def a_life(user_id: str) -> Iterable[Json]:
    """What Enode tells of a user with a device of each kind, all of which are discovered, seen, and change."""

    def told(name: str, at: datetime, **body: Any) -> Json:
        return an_event(name, at=at, user_id=user_id, **body)

    minute = timedelta(minutes=1)
    for kind in DeviceKind:
        car, key = a_marked(kind, user_id), kind.wire_key
        changed = a_marked(kind, user_id, isReachable=False)
        yield told(f"user:{kind}:discovered", BEGAN, **{key: just_found(car)})
        yield told(f"user:{kind}:updated", BEGAN + minute, **{key: car})
        yield told(f"user:{kind}:updated", CHANGED, **{key: changed})
        yield told(f"user:{kind}:updated", CHANGED + minute, **{key: car})
    vehicle, charger = device_id(user_id, DeviceKind.VEHICLE), device_id(user_id, DeviceKind.CHARGER)
    status = a_smart_charging_status(vehicleId=vehicle, userId=user_id, consideration={"name": user_id})
    yield told("user:vehicle:smart-charging-status-updated", CHANGED, smartChargingStatus=status)
    yield told(
        "user:schedule:execution-updated",
        CHANGED,
        status=a_schedule_status(scheduleId=f"{user_id}-schedule"),
        schedule=a_schedule(id=f"{user_id}-schedule", targetId=vehicle, locationId=f"{user_id}-home"),
    )
    action = an_action(id=f"{user_id}-action", userId=user_id, targetId=charger)
    yield told("user:vendor-action:updated", CHANGED, vendorAction=action)
    statistics = an_inverters_statistics(inverterId=device_id(user_id, DeviceKind.INVERTER), timezone=user_id)
    yield told("user:inverter:statistics-updated", CHANGED, statistics=statistics)
    yield told("user:credentials:invalidated", CHANGED, vendor=f"{user_id}-ADAX")
    gone = a_marked(DeviceKind.HVAC, user_id, id=f"{user_id}-gone")
    yield told("user:hvac:updated", BEGAN, hvac=gone)
    yield told("user:hvac:deleted", CHANGED, hvac=gone)


def a_world() -> Kept:
    """The stores after both lives."""
    kept = Kept()
    for user_id in (ANNA, BEN):
        kept.deliver(*a_life(user_id), now=NOW)
    return kept


def paths_of(user_id: str, *, of_the_fleet: bool = True) -> list[str]:
    """A path for every route of the table that answers 200, for each kind where there is a choice.

    Args:
        user_id: Of whose devices.
        of_the_fleet: Whether to name also those that name no user and no device.
    """
    moment = f"{CHANGED:%Y-%m-%dT%H:%M:%SZ}"
    vehicle = device_id(user_id, DeviceKind.VEHICLE)
    named = [
        f"/users/{user_id}",
        f"/users/{user_id}/devices",
        f"/users/{user_id}/devices?at={moment}",
        f"/users/{user_id}/devices?include=blocks",
        f"/users/{user_id}/devices?kind=vehicle&vendor={user_id}-TESLA&fields=information",
        *(f"/users/{user_id}/devices?verdict={verdict}" for verdict in Verdict),
        f"/vehicles/{vehicle}/smart-charging-status",
        f"/devices/{user_id}-gone/history",
        f"/devices/{user_id}-gone/snapshots",
        f"/devices/{user_id}-gone/why?field=$exists",
        f"/devices/{device_id(user_id, DeviceKind.CHARGER)}/why?field=vendorActions.{user_id}-action.state",
    ]
    for kind in DeviceKind:
        id_ = device_id(user_id, kind)
        named += [
            f"/users/{user_id}/{kind.collection}",
            f"/users/{user_id}/{kind.collection}?at={moment}",
            f"/{kind.collection}/{id_}",
            f"/{kind.collection}/{id_}?at={moment}",
            f"/devices/{id_}",
            f"/devices/{id_}?at={moment}&fields=information",
            f"/devices/{id_}/history",
            f"/devices/{id_}/history?order=desc&field=isReachable",
            f"/devices/{id_}/snapshots?order=desc",
            f"/devices/{id_}/why?field=userId",
            f"/devices/{id_}/why?field=$exists&at={moment}",
            f"/devices/{id_}/links",
            f"/devices/{id_}/diff?from={BEGAN + timedelta(minutes=2):%Y-%m-%dT%H:%M:%SZ}&to={moment}",
        ]
    return (
        [*named, "/users", "/openapi.json", *(f"/{kind.collection}" for kind in DeviceKind)]
        if of_the_fleet
        else named
    )


def unnamed_routes() -> set[str]:
    """Routes of the table that no path of `paths_of` takes; a new route must be added there, or here with a reason."""
    taken = {route_of("GET", path.partition("?")[0])[0] for path in paths_of(ANNA)}
    taken |= {
        "$default",
        "GET /health",
        "GET /health/ready",
        "POST /{collection}/{deviceId}/refresh-hint",
        "PUT /devices/{deviceId}/split",
        "DELETE /devices/{deviceId}/split",
    }  # have tests of their own
    return set(ROUTES) - taken
