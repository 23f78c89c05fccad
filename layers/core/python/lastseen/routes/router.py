"""Router: API Gateway's route keys, as `template.yaml` has them, to functions."""

from collections.abc import Callable, Mapping

from lastseen.api import request
from lastseen.routes import health, openapi, past, present, refresh, smart_charging, twins
from lastseen.routes.fallback import fallback
from lastseen.routes.request_context import RequestContext, Response

type Route = Callable[[RequestContext], Response]


def _no_route(context: RequestContext) -> Response:
    """What has no route, told apart by those that there are."""
    return fallback(context, ROUTES)


def _of_collection(route: Route) -> Route:
    """The same route, but for collections that are none of ours: those are Enode's own, or nobody's."""

    def answer(context: RequestContext) -> Response:
        return route(context) if request.names_collection(context.event) else _no_route(context)

    return answer


def _of_now(route: Route) -> Route:
    """The same route, but for questions about the past: the present must not be told under a date of yesterday."""

    def answer(context: RequestContext) -> Response:
        request.must_be_about_now(context.event)
        return route(context)

    return answer


ROUTES: Mapping[str, Route] = {
    "GET /health": _of_now(health.get_health),
    "GET /health/ready": openapi.get_ready,
    "GET /openapi.json": openapi.get_openapi,
    "GET /users": _of_now(present.list_users),
    "GET /users/{userId}": _of_now(present.get_user),
    "GET /users/{userId}/devices": present.list_devices,
    "GET /users/{userId}/{collection}": _of_collection(present.list_collection_of_user),
    "GET /devices/{deviceId}": present.get_any_device,
    "GET /devices/{deviceId}/history": _of_now(past.get_history),
    "GET /devices/{deviceId}/snapshots": _of_now(past.get_snapshots),
    "GET /devices/{deviceId}/why": past.get_why,
    "GET /devices/{deviceId}/diff": _of_now(past.get_difference),
    "GET /devices/{deviceId}/links": _of_now(twins.get_links),
    "PUT /devices/{deviceId}/split": _of_now(twins.split_twin),
    "DELETE /devices/{deviceId}/split": _of_now(twins.unsplit_twin),
    "GET /vehicles/{deviceId}/smart-charging-status": _of_now(smart_charging.get_smart_charging_status),
    "GET /{collection}": _of_collection(_of_now(present.list_collection)),
    "GET /{collection}/{deviceId}": _of_collection(present.get_device),
    "POST /{collection}/{deviceId}/refresh-hint": _of_collection(_of_now(refresh.refresh_device)),
    "$default": _no_route,
}
