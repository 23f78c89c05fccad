"""JSON of devices, users, history and snapshots: Enode's documents as they came, and what we add around them."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from lastseen.api import coverage_view
from lastseen.api.cursor import Cursors
from lastseen.domain import instant
from lastseen.domain.answer import AllAsOf, AsOf, DeviceWithFreshness, HistoryPage, SnapshotPage
from lastseen.domain.document import load
from lastseen.domain.freshness import Freshness, Verdict
from lastseen.domain.pagination import Page, Position
from lastseen.domain.property_path import names
from lastseen.domain.snapshot import StoredDevice

_quoted = json.encoder.encode_basestring
"""Text as a string of JSON, in C; nothing but what must be is escaped."""

if TYPE_CHECKING:  # as in `domain.answer`
    from lastseen.domain.diff import Difference
    from lastseen.domain.event import Entry, Source
    from lastseen.domain.gap import Gap
    from lastseen.domain.history import Change
    from lastseen.domain.observation import LinkedVendor, ListedUser


def document(known: StoredDevice) -> str:
    """Give Enode's own resource, as it came."""
    return (known.snapshot.current.document or b"{}").decode()


def documents(devices: Iterable[StoredDevice], page: Page[DeviceWithFreshness], cursors: Cursors) -> str:
    """Give a list of Enode's own resources in Enode's own form."""
    return _list(map(document, devices), page, cursors)


def freshness_header(freshness: Freshness) -> Mapping[str, str]:
    """Say in a header how far an Enode-shaped answer can be trusted: its schema has no room for it.

    A structured field (RFC 9651): the verdict, the reason, `age` in whole seconds since Enode's last contact where
    there was one, and when Enode was last asked.
    """
    age = "" if freshness.age is None else f";age={int(freshness.age.total_seconds())}"
    checked = "" if freshness.checked_at is None else f';checked="{instant.fixed(freshness.checked_at)}"'
    return {"lastseen-freshness": f'{freshness.verdict};reason="{freshness.reason}"{age}{checked}'}


def freshness_summary(page: Iterable[DeviceWithFreshness]) -> Mapping[str, str]:
    """Say the same of a list: how many of each verdict, and the greatest age among them in whole seconds."""
    found: dict[Verdict, list[Freshness]] = {}
    for judged in page:
        found.setdefault(judged.freshness.verdict, []).append(judged.freshness)
    members: list[str] = []
    for verdict, alike in sorted(found.items()):
        ages = [freshness.age for freshness in alike if freshness.age is not None]
        oldest = f";oldest={int(max(ages).total_seconds())}" if ages else ""
        members.append(f"{verdict};count={len(alike)}{oldest}")
    return {"lastseen-freshness": ", ".join(members)} if members else {}


def as_of_header(then: AsOf) -> Mapping[str, str]:
    """Say in a header of which moment an Enode-shaped answer is, from when on the log knows, and what it may lack.

    Inside a gap, `gap` is its cause, with `gap-from` and `gap-to` where they are known.
    """
    return as_of_summary(then.at, then.coverage_from, then.open_gap)


def as_of_summary(
    at: datetime, coverage_from: datetime | None, open_gap: Gap | None = None
) -> Mapping[str, str]:
    """Say the same of a list: from when on the log knows of any of its devices."""
    since = "" if coverage_from is None else f';coverage="{instant.fixed(coverage_from)}"'
    return {"lastseen-as-of": f'"{instant.fixed(at)}"{since}{coverage_view.parameters(open_gap)}'}


def device(
    judged: DeviceWithFreshness,
    fields: Sequence[str] | None = None,
    blocks: Callable[[DeviceWithFreshness], str] | None = None,
    aliases: Sequence[str] | None = None,
) -> str:
    """Give a device as a resource of ours.

    Args:
        judged: The device.
        fields: Only these paths of Enode's document; None to let it pass through without being read.
        blocks: Gives the blocks of a device; None to leave them out.
        aliases: Of a twin, Enode's ids of all its links; None of a single device.
    """
    told = "" if blocks is None else f',"blocks":{blocks(judged)}'
    also = "" if aliases is None else f',"aliases":{json.dumps(aliases, ensure_ascii=False)}'
    return (
        f'{{{_outside(judged.known)}{also},"freshness":{_freshness(judged.freshness)}{told},'
        f'"document":{_projected(judged.known, fields)}}}'
    )


def device_list(
    page: Page[DeviceWithFreshness],
    cursors: Cursors,
    fields: Sequence[str] | None = None,
    blocks: Callable[[DeviceWithFreshness], str] | None = None,
) -> str:
    """Give devices of every kind as a list of ours; `fields` and `blocks` as for one."""
    return _list((device(judged, fields, blocks) for judged in page.items), page, cursors)


def device_as_of(then: AsOf, fields: Sequence[str] | None = None) -> str:
    """Give a device as it was known at a moment."""
    caution = "" if then.open_gap is None else f',"caution":{_quoted(coverage_view.caution(then.open_gap))}'
    as_of = f'{{"at":{_moment(then.at)},"coverageFrom":{_moment(then.coverage_from)}{caution}}}'
    coverage = _json(coverage_view.coverage(then.coverage_from, then.gaps))
    return (
        f'{{{_outside(then.known)},"asOf":{as_of},"coverage":{coverage},'
        f'"document":{_projected(then.known, fields)}}}'
    )


def device_list_as_of(
    found: Iterable[AsOf],
    page: Page[DeviceWithFreshness],
    cursors: Cursors,
    fields: Sequence[str] | None = None,
    coverage: AllAsOf | None = None,
) -> str:
    """Give devices as they were known at a moment."""
    listed = _list((device_as_of(then, fields) for then in found), page, cursors)
    if coverage is None:
        return listed
    return (
        f'{listed[:-1]},"coverage":{_json(coverage_view.coverage(coverage.coverage_from, coverage.gaps))}}}'
    )


def users(page: Page[ListedUser], cursors: Cursors) -> str:
    """Return Enode's user entries; `createdAt` is null for users known only from events."""
    return _list(
        (
            _json({"id": user.id, "createdAt": None, "scopes": []})
            if user.entry is None
            else user.entry.decode()
            for user in page.items
        ),
        page,
        cursors,
    )


def user(user_id: str, vendors: Iterable[LinkedVendor]) -> str:
    """Give a user in Enode's own form."""
    linked = [
        {"vendor": vendor.vendor, "vendorType": vendor.vendor_type, "isValid": vendor.is_valid}
        for vendor in vendors
    ]
    return _json({"id": user_id, "linkedVendors": linked})


def history(page: HistoryPage, cursors: Cursors, *, tells_delivery: bool = False) -> str:
    """Give the changes of a device; to callers of the whole fleet, with what delivered them."""
    return _json(
        {
            **log_of(page.known, page.coverage_from, page.gaps),
            **_aliases(page.links),
            "data": [
                {**_change(change, tells_delivery=tells_delivery), **_link(change.link, page.links)}
                for change in page.changes.items
            ],
            "pagination": pagination(page.changes.after, page.changes.before, cursors),
        }
    )


def snapshots(page: SnapshotPage, cursors: Cursors, *, tells_delivery: bool = False) -> str:
    """Give what was said of a device, whole, one by one; `tells_delivery` as for `history`."""
    from lastseen.domain.history import link_of  # noqa: PLC0415 - a question about now needs nothing of the log

    entries = (
        f"{_json({**_entry(entry, tells_delivery=tells_delivery), **_link(link_of(entry), page.links)})[:-1]},"
        f'"document":{entry.document.decode()}}}'
        for entry in page.entries.items
    )
    outside = _json({**log_of(page.known, page.coverage_from, page.gaps), **_aliases(page.links)})
    return f"{outside[:-1]},{_list(entries, page.entries, cursors)[1:]}"


def difference(before: AsOf, after: AsOf, found: Iterable[Difference]) -> str:
    """Give what differs between two moments."""
    return _json(
        {
            **log_of(before.known, before.coverage_from, before.gaps),
            "from": instant.fixed(before.at),
            "to": instant.fixed(after.at),
            "data": [{"path": one.path, "before": one.before, "after": one.after} for one in found],
        }
    )


# Of what is put between quotation marks here, nothing needs escaping: not a kind, nor a moment, nor a sentence of ours.
# To ask all the same would double the time that a list takes. Ids may hold anything, and are asked.


def _outside(known: StoredDevice) -> str:
    id_, user_id = _quoted(known.device.id), _quoted(known.user_id)
    # A twin's id that is none of Enode's holds nothing that needs escaping either.
    twin_id = id_ if known.twin_id == known.device.id else f'"{known.twin_id}"'
    return f'"id":{id_},"twinId":{twin_id},"kind":"{known.device.kind}","userId":{user_id}'


def log_of(known: StoredDevice, coverage_from: datetime | None, gaps: Sequence[Gap]) -> Mapping[str, object]:
    """Say whose log it is, from when on it knows, and its gaps."""
    device = {
        "deviceId": known.device.id,
        "twinId": known.twin_id,
        "kind": known.device.kind,
        "userId": known.user_id,
    }
    return {**device, "coverage": coverage_view.coverage(coverage_from, gaps)}


def _aliases(links: Sequence[str]) -> Mapping[str, object]:
    """Of a twin, the ids of its links; of a single device, nothing."""
    return {"aliases": list(links)} if links else {}


def _link(device_id: str, links: Sequence[str]) -> Mapping[str, object]:
    """Of a twin, under which link something was told; of a single device, that goes without saying."""
    return {"deviceId": device_id} if links else {}


def _freshness(freshness: Freshness) -> str:
    # No age: it grows while nothing else changes, and every answer would be a new one. It is in the header.
    return (
        f'{{"verdict":"{freshness.verdict}","reason":"{freshness.reason}",'
        f'"lastSeenAt":{_moment(freshness.last_seen_at)},"freshUntil":{_moment(freshness.fresh_until)},'
        f'"limitSeconds":{freshness.limit_seconds},"expectedEverySeconds":{freshness.expected or "null"},'
        f'"checkedAt":{_moment(freshness.checked_at)},"nextCheckAt":{_moment(freshness.next_check_at)}}}'
    )


def _moment(moment: datetime | None) -> str:
    return "null" if moment is None else f'"{instant.fixed(moment)}"'


def _projected(known: StoredDevice, fields: Sequence[str] | None) -> str:
    if fields is None:
        return document(known)
    whole = load(known.snapshot.current.document)
    projected: dict[str, object] = {}
    for field in fields:
        _copy(whole, projected, names(field))
    return _json(projected)


def _copy(source: Mapping[str, object], target: dict[str, object], path: Sequence[str]) -> None:
    """Copy the value of a path with the objects around it; a path that leads nowhere copies nothing."""
    name, *rest = path
    if name not in source:
        return
    value = source[name]
    if not rest:
        target[name] = value
    elif isinstance(value, dict):
        inside = target.get(name, {})
        if isinstance(inside, dict):
            _copy(value, inside, rest)
            if inside:
                target[name] = inside


def _change(change: Change, *, tells_delivery: bool) -> Mapping[str, object]:
    return {
        "path": change.path,
        "before": change.before,
        "after": change.after,
        "at": instant.fixed(change.at),
        "event": change.event,
        **_arrival(change.source, change.received_at, change.delivery_id, tells_delivery=tells_delivery),
        **_between(change),
    }


def _between(change: Change) -> Mapping[str, object]:
    if change.between is None:
        return {}
    begin, end = change.between
    return {"between": {"from": instant.fixed(begin), "to": instant.fixed(end)}}


def _entry(entry: Entry, *, tells_delivery: bool) -> dict[str, object]:
    at = instant.fixed(entry.at)
    arrival = _arrival(entry.source, entry.received_at, entry.delivery_id, tells_delivery=tells_delivery)
    return {"at": at, "event": entry.name, **arrival}


def _arrival(
    source: Source, received_at: datetime | None, delivery_id: str | None, *, tells_delivery: bool
) -> dict[str, object]:
    told: dict[str, object] = {
        "source": source,
        "receivedAt": coverage_view.told(received_at),
    }
    return {**told, "deliveryId": delivery_id} if tells_delivery else told


def _list[T](items: Iterable[str], page: Page[T], cursors: Cursors) -> str:
    return (
        f'{{"data":[{",".join(items)}],"pagination":{_json(pagination(page.after, page.before, cursors))}}}'
    )


def pagination(after: Position | None, before: Position | None, cursors: Cursors) -> Mapping[str, object]:
    """Give the cursors of a page; null where there is no such page."""
    return {"after": cursors.seal(after), "before": cursors.seal(before)}


def _json(value: Mapping[str, object]) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
