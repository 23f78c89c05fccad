"""GET the links of a device's twin; PUT and DELETE its split, for operators."""

from lastseen.api import request, twin_view
from lastseen.domain.snapshot import StoredDevice
from lastseen.routes.request_context import RequestContext, Response
from lastseen.usecases.reading.present import find

MOST_HOLDERS = 100
"""Other links of a physical device that an operator is shown; a number that more have is no identity."""


def get_links(context: RequestContext) -> Response:
    """GET /devices/{deviceId}/links: all that is one physical device; for operators, under every user."""
    device_id = request.device_id(context.event)
    links = context.links(device_id)
    known = links[0] if links else find(device_id, None, context.caller, context.collaborators.devices)
    twin_id = device_id if links else known.twin_id
    if not links and twin_id != known.device.id:
        links = context.links(twin_id)
    physical_id, others = None, list[StoredDevice]()
    if context.caller.sees_all and known.snapshot.identity.name is not None:
        physical_id = known.snapshot.identity.name.physical_id
        others = _others(context, physical_id, links)
    return Response(twin_view.links(twin_id, links or [known], others, physical_id=physical_id), {})


def split_twin(context: RequestContext) -> Response:
    """PUT /devices/{deviceId}/split: a twin of its own from now on."""
    context.collaborators.twin_splitter(context.caller, context.deadline).split(
        request.device_id(context.event), name=request.name(context.event)
    )
    return Response("", {}, status=204)


def unsplit_twin(context: RequestContext) -> Response:
    """DELETE /devices/{deviceId}/split: as if it had never been split off."""
    context.collaborators.twin_splitter(context.caller, context.deadline).unsplit(
        request.device_id(context.event), name=request.name(context.event)
    )
    return Response("", {}, status=204)


def _others(context: RequestContext, physical_id: str, links: list[StoredDevice]) -> list[StoredDevice]:
    """Who else has, or had, the physical device: of other users, or split off by hand."""
    devices = context.collaborators.devices
    shown = {(link.user_id, link.device) for link in links}
    found = devices.holders(physical_id, most=MOST_HOLDERS)
    known = (devices.one(*owned) for owned in found if owned not in shown)
    return [one for one in known if one is not None]
