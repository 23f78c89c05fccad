"""GET history, snapshots, diff and why of one device."""

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
    return Response(views.history(page, context.cursors, tells_delivery=context.caller.sees_all), {})


def get_snapshots(context: RequestContext) -> Response:
    """GET /devices/{deviceId}/snapshots: what was said, whole."""
    device_id, span, page_request = request.device_id(context.event), context.span(), context.page_request()
    if links := context.links(device_id):
        page = context.twin_past(device_id, links).snapshots(span, page_request)
    else:
        page = context.history_reader.snapshots(device_id, span, page_request)
    return Response(views.snapshots(page, context.cursors, tells_delivery=context.caller.sees_all), {})


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


def get_why(context: RequestContext) -> Response:
    """GET /devices/{deviceId}/why: which entry set a value, and what has confirmed it since; now or at a moment."""
    from lastseen.api import why_view  # noqa: PLC0415 - asked rarely
    from lastseen.usecases.reading.why import explain  # noqa: PLC0415

    device_id, field = request.device_id(context.event), request.needed_field(context.event)
    at = request.moment(context.event, "at")
    # Of a twin, the link that it is seen through is explained.
    ids = [link.device.id for link in context.links(device_id)] or [device_id]
    found = explain(context.history_reader, ids[0], field, context.page_request(), at=at)
    return Response(why_view.why(found, context.cursors, tells_delivery=context.caller.sees_all), {})
