"""GET /openapi.json."""

from lastseen.api import openapi
from lastseen.domain.event import StatusId
from lastseen.domain.event_catalog import StatusKind
from lastseen.routes.request_context import RequestContext, Response

FOR_ALL = {"cache-control": "public, max-age=3600", "vary": "accept-encoding"}
"""It is the same for everybody and changes with a release only: caches between may answer, so a flood costs less."""


def get_openapi(_context: RequestContext) -> Response:
    """GET /openapi.json: what is served here, for people and for generators of clients."""
    return Response(openapi.text(), FOR_ALL)


def get_ready(context: RequestContext) -> Response:
    """GET /health/ready: 204 as at Enode, once the state has answered; raises StoreUnavailable, which is 503."""
    context.collaborators.devices.status(StatusId(StatusKind.HEARTBEAT))
    return Response("", {}, status=204)
