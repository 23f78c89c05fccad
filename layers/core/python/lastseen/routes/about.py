"""Questions about the API itself. They need no token."""

from lastseen.api import description
from lastseen.domain.event import StatusId, StatusKind
from lastseen.routes.desk import Answer, Desk

FOR_ALL = {"cache-control": "public, max-age=3600", "vary": "accept-encoding"}
"""It is the same for everybody and changes with a release only: caches between may answer, so a flood costs less."""


def get_openapi(_desk: Desk) -> Answer:
    """GET /openapi.json: what is served here, for people and for generators of clients."""
    return Answer(description.text(), FOR_ALL)


def get_ready(desk: Desk) -> Answer:
    """GET /health/ready: 204 as at Enode, once the state has answered; raises StoreUnavailable, which is 503."""
    desk.tools.devices.status(StatusId(StatusKind.HEARTBEAT))
    return Answer("", {}, status=204)
