"""Questions about the past of one device."""

from lastseen.api import request, views
from lastseen.routes.desk import Answer, Desk


def get_history(desk: Desk) -> Answer:
    """GET /devices/{deviceId}/history: what changed."""
    page = desk.chronicler.changes(
        request.device_id(desk.event), desk.span(), desk.window(), field=request.field(desk.event)
    )
    return Answer(views.history(page, desk.cursors), {})


def get_snapshots(desk: Desk) -> Answer:
    """GET /devices/{deviceId}/snapshots: what was said, whole."""
    page = desk.chronicler.snapshots(request.device_id(desk.event), desk.span(), desk.window())
    return Answer(views.snapshots(page, desk.cursors), {})


def get_difference(desk: Desk) -> Answer:
    """GET /devices/{deviceId}/diff: what differs between two moments."""
    before, after, found = desk.chronicler.difference(
        request.device_id(desk.event),
        request.needed_moment(desk.event, "from"),
        request.needed_moment(desk.event, "to"),
    )
    return Answer(views.difference(before, after, found), {})
