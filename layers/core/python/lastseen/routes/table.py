"""The table: API Gateway's route keys, as `template.yaml` has them, and who answers."""

from collections.abc import Callable, Mapping

from lastseen.api import request
from lastseen.routes import about, charging, health, now, past, refresh
from lastseen.routes.desk import Answer, Desk
from lastseen.routes.elsewhere import elsewhere

type Route = Callable[[Desk], Answer]


def _of_collection(route: Route) -> Route:
    """The same route, but for collections that are none of ours: those are Enode's own, or nobody's."""

    def answer(desk: Desk) -> Answer:
        return route(desk) if request.names_collection(desk.event) else elsewhere(desk)

    return answer


def _of_now(route: Route) -> Route:
    """The same route, but for questions about the past: the present must not be told under a date of yesterday."""

    def answer(desk: Desk) -> Answer:
        request.must_be_about_now(desk.event)
        return route(desk)

    return answer


ROUTES: Mapping[str, Route] = {
    "GET /health": _of_now(health.get_health),
    "GET /health/ready": about.get_ready,
    "GET /openapi.json": about.get_openapi,
    "GET /users": _of_now(now.list_users),
    "GET /users/{userId}": _of_now(now.get_user),
    "GET /users/{userId}/devices": now.list_devices,
    "GET /users/{userId}/{collection}": _of_collection(now.list_collection_of_user),
    "GET /devices/{deviceId}": now.get_any_device,
    "GET /devices/{deviceId}/history": _of_now(past.get_history),
    "GET /devices/{deviceId}/snapshots": _of_now(past.get_snapshots),
    "GET /devices/{deviceId}/diff": _of_now(past.get_difference),
    "GET /vehicles/{deviceId}/smart-charging-status": _of_now(charging.get_smart_charging_status),
    "GET /{collection}": _of_collection(_of_now(now.list_collection)),
    "GET /{collection}/{deviceId}": _of_collection(now.get_device),
    "POST /{collection}/{deviceId}/refresh-hint": _of_collection(_of_now(refresh.refresh_device)),
    "$default": elsewhere,
}
