"""POST refresh-hint: bring one device up to date."""

from lastseen.api import request
from lastseen.errors import EnodeUnavailable, Misconfigured
from lastseen.observability import MetricUnit, metrics
from lastseen.routes.request_context import RequestContext, Response


def refresh_device(context: RequestContext) -> Response:
    """POST /vehicles/{deviceId}/refresh-hint and its five siblings: 204, as at Enode."""
    judged = context.reader.device(request.device_id(context.event), request.collection(context.event))
    refresher = context.collaborators.refresher(context.deadline)
    try:
        refreshed = refresher.refresh(judged, name=request.name(context.event))
    except Misconfigured as error:  # reads go on; only this cannot be done
        raise EnodeUnavailable(str(error)) from error
    metrics.add_metric(name="Refreshes", unit=MetricUnit.Count, value=1)
    return Response("", {"lastseen-refresh": f'"{refreshed.value}"'}, status=204)
