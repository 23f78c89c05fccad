"""GET history, snapshots and diff of one device."""

from lastseen.api import request, views
from lastseen.routes.request_context import RequestContext, Response


def get_history(context: RequestContext) -> Response:
    """GET /devices/{deviceId}/history: what changed."""
    page = context.history_reader.changes(
        request.device_id(context.event),
        context.span(),
        context.page_request(),
        field=request.field(context.event),
    )
    return Response(views.history(page, context.cursors), {})


def get_snapshots(context: RequestContext) -> Response:
    """GET /devices/{deviceId}/snapshots: what was said, whole."""
    page = context.history_reader.snapshots(
        request.device_id(context.event), context.span(), context.page_request()
    )
    return Response(views.snapshots(page, context.cursors), {})


def get_difference(context: RequestContext) -> Response:
    """GET /devices/{deviceId}/diff: what differs between two moments."""
    before, after, found = context.history_reader.difference(
        request.device_id(context.event),
        request.needed_moment(context.event, "from"),
        request.needed_moment(context.event, "to"),
    )
    return Response(views.difference(before, after, found), {})
