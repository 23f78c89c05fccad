"""GET devices and users as of now, in Enode's form and in ours."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from lastseen.api import request, views
from lastseen.domain.answer import AllAsOf, DeviceWithFreshness
from lastseen.domain.device import in_any_case
from lastseen.domain.freshness import Verdict
from lastseen.domain.pagination import Page, lightened
from lastseen.domain.snapshot import StoredDevice
from lastseen.errors import BadRequest, UnknownDevice
from lastseen.routes.request_context import RequestContext, Response
from lastseen.usecases.reading.present import lives, position, was_deleted_lately

_NOW_ONLY = "'include' is about now, it cannot be asked for together with 'at'"


def list_collection(context: RequestContext) -> Response:
    """GET /vehicles and its six siblings."""
    kind = request.collection(context.event)
    return _enode_list(context, context.reader.of_kind(kind, context.page_request(), keep=_shown_by(context)))


def list_collection_of_user(context: RequestContext) -> Response:
    """GET /users/{userId}/vehicles and its six siblings, now or at a moment."""
    kind, user_id = request.collection(context.event), request.user_id(context.event)
    at = request.moment(context.event, "at")
    if at is None:
        return _enode_list(
            context,
            context.reader.of_user(user_id, context.page_request(), kind=kind, keep=_shown_by(context)),
        )
    then, page = _as_of(
        context, context.reader.of_user(user_id, context.page_request(), kind=kind, keep=_any), at
    )
    shown = (one.known for one in then.items if context.shows(one.known))
    listed = views.documents(shown, page, context.cursors)
    return Response(listed, views.as_of_summary(at, then.coverage_from, then.open_gap))


def get_device(context: RequestContext) -> Response:
    """GET /vehicles/{deviceId} and its six siblings, now or at a moment."""
    kind, device_id = request.collection(context.event), request.device_id(context.event)
    at = request.moment(context.event, "at")
    if at is None:
        found = context.reader.device(device_id, kind)
        _must_show(context, found.known)
        return Response(
            views.document(found.known),
            views.freshness_header(found.freshness),
            last_modified=found.known.snapshot.current.at,
        )
    then = context.history_reader.as_of(device_id, at, kind)
    _must_show(context, then.known)
    return Response(
        views.document(then.known), views.as_of_header(then), last_modified=then.known.snapshot.current.at
    )


def list_users(context: RequestContext) -> Response:
    """GET /users."""
    return Response(
        views.users(context.reader.users(context.page_request(), keep=context.shows_user), context.cursors),
        {},
    )


def get_user(context: RequestContext) -> Response:
    """GET /users/{userId}."""
    user_id = request.user_id(context.event)
    return Response(views.user(user_id, context.reader.linked_vendors(user_id)), {})


def list_devices(context: RequestContext) -> Response:
    """GET /users/{userId}/devices: every kind, with freshness and filters, now or at a moment."""
    user_id, kind = request.user_id(context.event), request.kind(context.event)
    vendor, verdict, fields = (
        request.vendor(context.event),
        request.verdict(context.event),
        request.fields(context.event),
    )
    at, include = request.moment(context.event, "at"), request.includes_blocks(context.event)

    def is_wanted(judged: DeviceWithFreshness) -> bool:
        if not _is_of(judged.known, vendor):
            return False
        # Deleted devices show only to those who ask for them.
        if verdict is Verdict.GONE:
            return was_deleted_lately(judged)
        return judged.freshness.verdict is verdict if verdict else lives(judged)

    if at is None:
        page = context.reader.of_user(user_id, context.page_request(), kind=kind, keep=is_wanted)
        return Response(
            views.device_list(page, context.cursors, fields, _blocks() if include else None),
            views.freshness_summary(page.items),
            last_modified=_newest(page),
        )
    if verdict is not None:
        raise BadRequest("'verdict' is about now, it cannot be asked for together with 'at'")
    if include:
        raise BadRequest(_NOW_ONLY)
    then, page = _as_of(
        context, context.reader.of_user(user_id, context.page_request(), kind=kind, keep=_any), at
    )
    wanted = [one for one in then.items if _is_of(one.known, vendor)]
    return Response(
        views.device_list_as_of(wanted, page, context.cursors, fields, then),
        views.as_of_summary(at, then.coverage_from, then.open_gap),
    )


def get_any_device(context: RequestContext) -> Response:
    """GET /devices/{deviceId}: of whatever kind, with freshness and the age of its blocks, now or at a moment."""
    device_id, fields = request.device_id(context.event), request.fields(context.event)
    at, include = request.moment(context.event, "at"), request.includes_blocks(context.event)
    if at is None:
        from lastseen.api import block_view  # noqa: PLC0415 - a plain list needs none of it

        links = context.links(device_id)
        found = context.reader.best_of(links, device_id) if links else context.reader.device(device_id)
        blocks = block_view.of(found)
        aliases = [link.device.id for link in links] or None
        return Response(
            views.device(found, fields, lambda _: block_view.body(blocks), aliases),
            {**views.freshness_header(found.freshness), **block_view.header(found.known.device.kind, blocks)},
            last_modified=found.known.snapshot.current.at,
        )
    if include:
        raise BadRequest(_NOW_ONLY)
    links = context.links(device_id)
    then = (
        context.twin_past(device_id, links).as_of(at)
        if links
        else context.history_reader.as_of(device_id, at)
    )
    return Response(
        views.device_as_of(then, fields),
        views.as_of_header(then),
        last_modified=then.known.snapshot.current.at,
    )


def _blocks() -> Callable[[DeviceWithFreshness], str]:
    from lastseen.api import block_view  # noqa: PLC0415 - a plain list needs none of it

    return block_view.blocks


def _enode_list(context: RequestContext, page: Page[DeviceWithFreshness]) -> Response:
    return Response(
        views.documents((judged.known for judged in page.items), page, context.cursors),
        views.freshness_summary(page.items),
        last_modified=_newest(page),
    )


def _as_of(
    context: RequestContext, page: Page[DeviceWithFreshness], at: datetime
) -> tuple[AllAsOf, Page[DeviceWithFreshness]]:
    """Give what was known of a page of devices at a moment; of the page, as much as that leaves room for."""
    known = Page(tuple(judged.known for judged in page.items), page.after, page.before)
    then = context.history_reader.all_as_of(known, at)
    told = {one.known.device: one for one in then.items}

    def size_of(judged: DeviceWithFreshness) -> int:
        one = told.get(judged.known.device)
        return 0 if one is None else len(one.known.snapshot.current.document or b"")

    cut = lightened(page, context.page_request(), at=position, size_of=size_of)
    listed = {judged.known.device for judged in cut.items}
    return replace(then, items=tuple(one for one in then.items if one.known.device in listed)), cut


def _newest(page: Page[DeviceWithFreshness]) -> datetime | None:
    said = [judged.known.snapshot.current for judged in page.items]
    return max(said, key=lambda one: one.ord).at if said else None


def _is_of(known: StoredDevice, vendor: str | None) -> bool:
    """Whether a device is of the vendor that is asked for, in whatever case its document writes it."""
    own = known.snapshot.current.facts.vendor
    return vendor is None or (own is not None and in_any_case(own) == vendor)


def _shown_by(context: RequestContext) -> Callable[[DeviceWithFreshness], bool]:
    return lambda judged: lives(judged) and context.shows(judged.known)


def _must_show(context: RequestContext, known: StoredDevice) -> None:
    if not context.shows(known):
        raise UnknownDevice.of(known.device.id)


def _any(_judged: DeviceWithFreshness) -> bool:
    return True
