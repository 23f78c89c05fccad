"""The table: API Gateway's route keys, as `template.yaml` has them, and who answers."""

from collections.abc import Callable, Mapping

from lastseen.routes import about, now, past, refresh
from lastseen.routes.desk import Answer, Desk
from lastseen.routes.elsewhere import elsewhere

type Route = Callable[[Desk], Answer]

ROUTES: Mapping[str, Route] = {
    "GET /openapi.json": about.get_openapi,
    "GET /users": now.list_users,
    "GET /users/{userId}": now.get_user,
    "GET /users/{userId}/devices": now.list_devices,
    "GET /users/{userId}/{collection}": now.list_collection_of_user,
    "GET /devices/{deviceId}": now.get_any_device,
    "GET /devices/{deviceId}/history": past.get_history,
    "GET /devices/{deviceId}/snapshots": past.get_snapshots,
    "GET /devices/{deviceId}/diff": past.get_difference,
    "GET /vehicles/{deviceId}/smart-charging-status": now.get_smart_charging_status,
    "GET /{collection}": now.list_collection,
    "GET /{collection}/{deviceId}": now.get_device,
    "POST /{collection}/{deviceId}/refresh-hint": refresh.refresh_device,
    "$default": elsewhere,
}
