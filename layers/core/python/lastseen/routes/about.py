"""Questions about the API itself. They need no token."""

from lastseen.api import description
from lastseen.domain.event import StatusId, StatusKind
from lastseen.routes.desk import Answer, Desk


def get_openapi(_desk: Desk) -> Answer:
    """GET /openapi.json: what is served here, for people and for generators of clients."""
    return Answer(description.text(), {})


def get_ready(desk: Desk) -> Answer:
    """GET /health/ready: 204 as at Enode, once the state has answered; raises StoreUnavailable, which is 503."""
    desk.tools.devices.status(StatusId(StatusKind.HEARTBEAT))
    return Answer("", {}, status=204)
