"""GET history, snapshots and diff of one device."""

from lastseen.api import request, views
from lastseen.routes.request_context import RequestContext, Response


def get_history(context: RequestContext) -> Response:
    """GET /devices/{deviceId}/history: what changed."""
    device_id, field = request.device_id(context.event), request.field(context.event)
    span, page_request = context.span(), context.page_request()
    if links := context.links(device_id):
        page = context.twin_past(device_id, links).changes(span, page_request, field=field)
    else:
        page = context.history_reader.changes(device_id, span, page_request, field=field)
    return Response(views.history(page, context.cursors), {})


def get_snapshots(context: RequestContext) -> Response:
    """GET /devices/{deviceId}/snapshots: what was said, whole."""
    device_id, span, page_request = request.device_id(context.event), context.span(), context.page_request()
    if links := context.links(device_id):
        page = context.twin_past(device_id, links).snapshots(span, page_request)
    else:
        page = context.history_reader.snapshots(device_id, span, page_request)
    return Response(views.snapshots(page, context.cursors), {})


def get_difference(context: RequestContext) -> Response:
    """GET /devices/{deviceId}/diff: what differs between two moments."""
    device_id = request.device_id(context.event)
    since = request.needed_moment(context.event, "from")
    until = request.needed_moment(context.event, "to")
    if links := context.links(device_id):
        before, after, found = context.twin_past(device_id, links).difference(since, until)
    else:
        before, after, found = context.history_reader.difference(device_id, since, until)
    return Response(views.difference(before, after, found), {})
