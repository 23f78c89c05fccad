"""The one thing that can be asked to be done: bring a device up to date."""

from lastseen.api import request
from lastseen.errors import EnodeUnavailable, Misconfigured
from lastseen.observability import MetricUnit, metrics
from lastseen.routes.desk import Answer, Desk


def refresh_device(desk: Desk) -> Answer:
    """POST /vehicles/{deviceId}/refresh-hint and its five siblings: 204, as at Enode."""
    judged = desk.reader.device(request.device_id(desk.event), request.collection(desk.event))
    refresher = desk.tools.refresher(desk.deadline)
    try:
        refreshed = refresher.refresh(judged, name=request.name(desk.event))
    except Misconfigured as error:  # reads go on; only this cannot be done
        raise EnodeUnavailable(str(error)) from error
    metrics.add_metric(name="Refreshes", unit=MetricUnit.Count, value=1)
    return Answer("", {"lastseen-refresh": f'"{refreshed.value}"'}, status=204)
