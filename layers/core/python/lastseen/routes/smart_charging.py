"""GET /vehicles/{deviceId}/smart-charging-status: the newest that Enode sent; where it sent none, it is asked once."""

from lastseen.api import request
from lastseen.domain.device import DeviceKind
from lastseen.domain.snapshot import StoredDevice
from lastseen.errors import (
    EnodeUnavailable,
    Misconfigured,
    NoEnodeClient,
    UnknownDevice,
    called,
)
from lastseen.routes.request_context import RequestContext, Response


def get_smart_charging_status(context: RequestContext) -> Response:
    """Give the status of this life of the vehicle: what a former one had is not told of it."""
    vehicle = context.reader.device(request.device_id(context.event), DeviceKind.VEHICLE).known
    status = context.reader.smart_charging_status(vehicle)
    if status is None:
        status = _asked(context, vehicle)
    return Response(status.decode(), {})


def _asked(context: RequestContext, vehicle: StoredDevice) -> bytes:
    unknown = UnknownDevice(
        f"Enode has sent no smart-charging status of {called('vehicle', vehicle.device.id)} yet"
    )
    if not context.is_asking:
        raise unknown
    try:
        reader = context.collaborators.charging_reader(context.deadline)
        return reader.read(vehicle, name=request.name(context.event))
    except NoEnodeClient:
        raise unknown from None
    except Misconfigured as error:  # reads go on; only this cannot be done
        raise EnodeUnavailable(str(error)) from error
