"""Questions about now: Enode's resources in Enode's form, and ours."""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime

from lastseen.api import request, views
from lastseen.domain.answer import AllAsOf, Judged, Page, lightened
from lastseen.domain.device import in_any_case
from lastseen.domain.freshness import Verdict
from lastseen.domain.snapshot import Known
from lastseen.errors import BadRequest, UnknownDevice
from lastseen.routes.desk import Answer, Desk
from lastseen.usecases.read import lives, position, was_deleted_lately


def list_collection(desk: Desk) -> Answer:
    """GET /vehicles and its six siblings."""
    kind = request.collection(desk.event)
    return _enode_list(desk, desk.reader.of_kind(kind, desk.window(), keep=_shown_by(desk)))


def list_collection_of_user(desk: Desk) -> Answer:
    """GET /users/{userId}/vehicles and its six siblings, now or at a moment."""
    kind, user_id = request.collection(desk.event), request.user_id(desk.event)
    at = request.moment(desk.event, "at")
    if at is None:
        return _enode_list(desk, desk.reader.of_user(user_id, desk.window(), kind=kind, keep=_shown_by(desk)))
    then, page = _as_of(desk, desk.reader.of_user(user_id, desk.window(), kind=kind, keep=_any), at)
    shown = (one.known for one in then.items if desk.shows(one.known))
    listed = views.documents(shown, page, desk.cursors)
    return Answer(listed, views.as_of_summary(at, then.coverage_from))


def get_device(desk: Desk) -> Answer:
    """GET /vehicles/{deviceId} and its six siblings, now or at a moment."""
    kind, device_id = request.collection(desk.event), request.device_id(desk.event)
    at = request.moment(desk.event, "at")
    if at is None:
        found = desk.reader.device(device_id, kind)
        _must_show(desk, found.known)
        return Answer(
            views.document(found.known),
            views.freshness_header(found.freshness),
            last_modified=found.known.snapshot.current.at,
        )
    then = desk.chronicler.as_of(device_id, at, kind)
    _must_show(desk, then.known)
    return Answer(
        views.document(then.known), views.as_of_header(then), last_modified=then.known.snapshot.current.at
    )


def list_users(desk: Desk) -> Answer:
    """GET /users."""
    return Answer(views.users(desk.reader.users(desk.window(), keep=desk.shows_user), desk.cursors), {})


def get_user(desk: Desk) -> Answer:
    """GET /users/{userId}."""
    user_id = request.user_id(desk.event)
    return Answer(views.user(user_id, desk.reader.linked_vendors(user_id)), {})


def list_devices(desk: Desk) -> Answer:
    """GET /users/{userId}/devices: every kind, with freshness and filters, now or at a moment."""
    user_id, kind = request.user_id(desk.event), request.kind(desk.event)
    vendor, verdict, fields = (
        request.vendor(desk.event),
        request.verdict(desk.event),
        request.fields(desk.event),
    )
    at = request.moment(desk.event, "at")

    def is_wanted(judged: Judged) -> bool:
        if not _is_of(judged.known, vendor):
            return False
        # Deleted devices show only to those who ask for them.
        if verdict is Verdict.GONE:
            return was_deleted_lately(judged)
        return judged.freshness.verdict is verdict if verdict else lives(judged)

    if at is None:
        page = desk.reader.of_user(user_id, desk.window(), kind=kind, keep=is_wanted)
        return Answer(
            views.device_list(page, desk.cursors, fields),
            views.freshness_summary(page.items),
            last_modified=_newest(page),
        )
    if verdict is not None:
        raise BadRequest("'verdict' is about now, it cannot be asked for together with 'at'")
    then, page = _as_of(desk, desk.reader.of_user(user_id, desk.window(), kind=kind, keep=_any), at)
    wanted = [one for one in then.items if _is_of(one.known, vendor)]
    return Answer(
        views.device_list_as_of(wanted, page, desk.cursors, fields),
        views.as_of_summary(at, then.coverage_from),
    )


def get_any_device(desk: Desk) -> Answer:
    """GET /devices/{deviceId}: of whatever kind, with freshness, now or at a moment."""
    device_id, fields = request.device_id(desk.event), request.fields(desk.event)
    at = request.moment(desk.event, "at")
    if at is None:
        found = desk.reader.device(device_id)
        return Answer(
            views.device(found, fields),
            views.freshness_header(found.freshness),
            last_modified=found.known.snapshot.current.at,
        )
    then = desk.chronicler.as_of(device_id, at)
    return Answer(
        views.device_as_of(then, fields),
        views.as_of_header(then),
        last_modified=then.known.snapshot.current.at,
    )


def _enode_list(desk: Desk, page: Page[Judged]) -> Answer:
    return Answer(
        views.documents((judged.known for judged in page.items), page, desk.cursors),
        views.freshness_summary(page.items),
        last_modified=_newest(page),
    )


def _as_of(desk: Desk, page: Page[Judged], at: datetime) -> tuple[AllAsOf, Page[Judged]]:
    """Give what was known of a page of devices at a moment; of the page, as much as that leaves room for."""
    known = Page(tuple(judged.known for judged in page.items), page.after, page.before)
    then = desk.chronicler.all_as_of(known, at)
    told = {one.known.device: one for one in then.items}

    def weigh(judged: Judged) -> int:
        one = told.get(judged.known.device)
        return 0 if one is None else len(one.known.snapshot.current.document or b"")

    cut = lightened(page, desk.window(), at=position, weigh=weigh)
    listed = {judged.known.device for judged in cut.items}
    return replace(then, items=tuple(one for one in then.items if one.known.device in listed)), cut


def _newest(page: Page[Judged]) -> datetime | None:
    said = [judged.known.snapshot.current for judged in page.items]
    return max(said, key=lambda one: one.ord).at if said else None


def _is_of(known: Known, vendor: str | None) -> bool:
    """Whether a device is of the vendor that is asked for, in whatever case its document writes it."""
    own = known.snapshot.current.facts.vendor
    return vendor is None or (own is not None and in_any_case(own) == vendor)


def _shown_by(desk: Desk) -> Callable[[Judged], bool]:
    return lambda judged: lives(judged) and desk.shows(judged.known)


def _must_show(desk: Desk, known: Known) -> None:
    if not desk.shows(known):
        raise UnknownDevice.of(known.device.id)


def _any(_judged: Judged) -> bool:
    return True
