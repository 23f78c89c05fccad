"""GET /health."""

from lastseen.routes.request_context import RequestContext, Response


def get_health(context: RequestContext) -> Response:
    """GET /health: heartbeat, webhook, last sweep and reconcile, devices by verdict."""
    from lastseen.api import health_view  # noqa: PLC0415 - with the shapes of all records; asked rarely
    from lastseen.usecases.reading import health  # noqa: PLC0415

    seen = health.read_health(
        context.caller,
        devices=context.collaborators.devices,
        records=context.collaborators.records,
        now=context.now,
    )
    return Response(health_view.health(seen), {})
