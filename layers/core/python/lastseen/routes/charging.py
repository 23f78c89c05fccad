"""GET /vehicles/{deviceId}/smart-charging-status: the newest that Enode sent; where it sent none, it is asked once."""

from lastseen.api import request
from lastseen.domain.device import DeviceKind
from lastseen.domain.snapshot import Known
from lastseen.errors import EnodeUnavailable, Misconfigured, NoEnodeClient, UnknownDevice, called
from lastseen.routes.desk import Answer, Desk


def get_smart_charging_status(desk: Desk) -> Answer:
    """Give the status of this life of the vehicle: what a former one had is not told of it."""
    vehicle = desk.reader.device(request.device_id(desk.event), DeviceKind.VEHICLE).known
    status = desk.reader.smart_charging_status(vehicle)
    if status is None:
        status = _asked(desk, vehicle)
    return Answer(status.decode(), {})


def _asked(desk: Desk, vehicle: Known) -> bytes:
    unknown = UnknownDevice(
        f"Enode has sent no smart-charging status of {called('vehicle', vehicle.device.id)} yet"
    )
    if not desk.is_asking:
        raise unknown
    try:
        reader = desk.tools.charging_reader(desk.deadline)
        return reader.read(vehicle, name=request.name(desk.event))
    except NoEnodeClient:
        raise unknown from None
    except Misconfigured as error:  # reads go on; only this cannot be done
        raise EnodeUnavailable(str(error)) from error
