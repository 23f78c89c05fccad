"""Proves `store/kind_index.py`, `store/query_pages.py`:
what a page of a long list reads, counted on real engines: no more than it may, wherever it begins, both ways.
"""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import batched, islice
from typing import Any

import pytest

from lastseen.domain.caller import Caller
from lastseen.domain.device import DeviceId, DeviceKind, escaped
from lastseen.domain.freshness import Limits
from lastseen.domain.pagination import MOST_LOOKED_AT, Page, PageRequest, Position
from lastseen.store.device_reader import DynamoDevices
from lastseen.usecases.reading.present import MOST_OF_A_KIND, Reader
from tests.contracts.store import key, said, update
from tests.integration.tables import Tables
from tests.support.arrivals import NO_HURRY
from tests.support.builders import NOON

MOST, CROWD = 40, 130
"""How many items these walks may look at, as 2,000 elsewhere; and how many devices one user has."""

type Ask = Callable[[PageRequest], Page[Any]]


@contextmanager
def counted(tables: Tables) -> Iterator[list[int]]:
    """Count the items that Queries give while this lasts; all that is fetched by its key follows from those."""
    read: list[int] = []

    def count(parsed: dict[str, Any], **_: object) -> None:
        read.append(parsed["Count"])

    events = tables.client.meta.events
    events.register("after-call.dynamodb.Query", count)
    try:
        yield read
    finally:
        events.unregister("after-call.dynamodb.Query", count)


def _reader(tables: Tables, most: int = MOST) -> Reader:
    devices = DynamoDevices(tables.devices, tables.client, most)
    return Reader(Caller(None, sees_all=True), devices, Limits(), NOON)


def _crowd(tables: Tables, user_id: str = "crowd", many: int = CROWD, **registers: Any) -> list[str]:
    """A user with many vehicles, and their ids."""
    ids = [f"car-{number:05}" for number in range(many)]
    updates = (update(DeviceId(DeviceKind.VEHICLE, id_), user_id, **registers) for id_ in ids)
    for some in batched(updates, 500, strict=False):
        tables.states().merge(some, NO_HURRY)
    return ids


def _pages(tables: Tables, ask: Ask, size: int, *, backwards: bool, most: int = MOST) -> list[Page[Any]]:
    """Every page of a list, each of which may read so much and no more."""
    cursor: Position | None = () if backwards else None
    pages: list[Page[Any]] = []
    while True:
        with counted(tables) as read:
            page = ask(PageRequest(size, before=cursor) if backwards else PageRequest(size, after=cursor))
        assert sum(read) <= most, read
        following = page.before if backwards else page.after
        pages.append(page)
        if following is None:
            return pages[::-1] if backwards else pages
        assert following != cursor, "a page that leads nowhere"
        cursor = following


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("size", [1, 15, 100])
def test_a_page_of_the_fleet_reads_a_bounded_number_of_one_users_devices(
    fresh_tables: Tables, size: int, backwards: bool
) -> None:
    """A user who has more than one page may look at is no reason to read them all, nor to lose one."""
    crowd = _crowd(fresh_tables, seen=said(1))
    for user_id in ("anna", "zoe"):
        _crowd(fresh_tables, user_id, 2, seen=said(1))
    reader = _reader(fresh_tables)

    pages = _pages(
        fresh_tables,
        lambda window: reader.of_kind(DeviceKind.VEHICLE, window),
        size,
        backwards=backwards,
    )

    listed = [(one.known.user_id, one.known.device.id) for page in pages for one in page.items]
    few = [("car-00000"), ("car-00001")]
    expected = (
        [("anna", id_) for id_ in few] + [("crowd", id_) for id_ in crowd] + [("zoe", id_) for id_ in few]
    )
    assert listed == expected


@pytest.mark.parametrize("backwards", [False, True])
def test_a_list_of_tombstones_is_walked_in_empty_pages(fresh_tables: Tables, backwards: bool) -> None:
    """An empty page with a cursor is progress; the living one at the end is found, whichever end that is."""
    _crowd(fresh_tables, gone=key(5))
    _crowd(fresh_tables, "aaron", 1, seen=said(1))
    _crowd(fresh_tables, "zoe", 1, seen=said(1))
    reader = _reader(fresh_tables)
    asks: dict[str, Ask] = {
        "fleet": lambda window: reader.of_kind(DeviceKind.VEHICLE, window),
        "user": lambda window: reader.of_user("crowd", window),
        "kind": lambda window: reader.of_user("crowd", window, kind=DeviceKind.VEHICLE),
    }

    for name, ask in asks.items():
        pages = _pages(fresh_tables, ask, 50, backwards=backwards, most=MOST + 8)  # 8: is there such a user?
        listed = [one.known.user_id for page in pages for one in page.items]
        assert listed == (["aaron", "zoe"] if name == "fleet" else [])
        assert len(pages) >= CROWD // MOST


@pytest.mark.parametrize("backwards", [False, True])
def test_a_filter_that_nothing_passes_ends_a_page_in_time(fresh_tables: Tables, backwards: bool) -> None:
    """Whatever the filter."""
    _crowd(fresh_tables, seen=said(1))
    reader = _reader(fresh_tables)

    pages = _pages(
        fresh_tables,
        lambda window: reader.of_user("crowd", window, keep=lambda _: False),
        100,
        backwards=backwards,
        most=MOST + 8,
    )

    assert len(pages) >= CROWD // MOST
    assert not any(page.items for page in pages)


@pytest.mark.parametrize("backwards", [False, True])
@pytest.mark.parametrize("size", [1, 3, 50])
def test_a_list_of_users_does_not_read_all_their_devices(
    fresh_tables: Tables, size: int, backwards: bool
) -> None:
    """Whoever has many devices is passed over in one step."""
    for user_id in ("crowd", "crowd 2"):
        _crowd(fresh_tables, user_id, seen=said(1))
    others = ["anna", "ben", "crowd#", "crowd$", "zoe"]
    for user_id in others:
        _crowd(fresh_tables, user_id, 1, seen=said(1))
    reader = _reader(fresh_tables)

    pages = _pages(fresh_tables, reader.users, size, backwards=backwards, most=MOST + 9)

    expected = sorted(["crowd", "crowd 2", *others], key=escaped)
    assert [user.id for page in pages for user in page.items] == expected


def test_a_page_that_begins_amid_a_users_devices_reads_none_of_those_before(fresh_tables: Tables) -> None:
    """The index knows the place of each."""
    crowd = _crowd(fresh_tables, seen=said(1))
    reader = DynamoDevices(fresh_tables.devices, fresh_tables.client)
    middle = ("crowd", DeviceId(DeviceKind.VEHICLE, crowd[100]))

    for backwards, expected in ((False, crowd[101:106]), (True, crowd[95:100][::-1])):
        with counted(fresh_tables) as read:
            walk = reader.walk_kind(DeviceKind.VEHICLE, start=middle, backwards=backwards, page=6)
            found = [one.known.device.id for one in islice(walk, 5)]

        assert found == expected
        assert sum(read) == 8  # with the place itself, and one to know where the last ends


def test_the_vendors_of_a_user_with_very_many_devices_are_those_of_the_first_of_each_kind(
    fresh_tables: Tables,
) -> None:
    """The answer has no pages; every kind is looked at, however many devices another one has."""
    _crowd(fresh_tables, many=MOST_OF_A_KIND + 300, seen=said(1))
    late = DeviceId(DeviceKind.VEHICLE, "car-late")
    kinds = (DeviceKind.BATTERY, DeviceKind.METER)
    few = [update(DeviceId(kind, "one"), "crowd", seen=said(1, kind=kind)) for kind in kinds]
    fresh_tables.states().merge([*few, update(late, "crowd", seen=said(1, vendor="LATE"))], NO_HURRY)
    hvacs = [
        update(DeviceId(DeviceKind.HVAC, f"hvac-{number:05}"), "crowd", seen=said(1, kind=DeviceKind.HVAC))
        for number in range(MOST_OF_A_KIND + 50)
    ]
    fresh_tables.states().merge(hvacs, NO_HURRY)

    with counted(fresh_tables) as read:
        found = _reader(fresh_tables, MOST_LOOKED_AT).linked_vendors("crowd")

    assert sum(read) <= MOST_LOOKED_AT
    assert [(one.vendor, one.vendor_type) for one in found] == [
        ("BMW", kind) for kind in ("battery", "hvac", "meter", "vehicle")
    ] or [(one.vendor, one.vendor_type) for one in found] == [
        ("TESLA", kind) for kind in ("battery", "hvac", "meter", "vehicle")
    ]


@pytest.mark.parametrize("backwards", [False, True])
def test_ids_too_long_for_the_index_are_listed_in_their_order(fresh_tables: Tables, backwards: bool) -> None:
    """The index holds as much of a place as it can; where that is alike, the whole ids tell."""
    users = ["\U0001f697" * 225, "\U0001f697" * 224, "\0" * 256]
    ids = ["\U0001f697" * 30, "\U0001f697" * 31, "å" * 200 + "1", "å" * 200 + "2", "x" * 256, "a", "\0" * 256]
    owned = [(user_id, DeviceId(DeviceKind.VEHICLE, id_)) for user_id in users for id_ in ids]
    fresh_tables.states().merge(
        [update(device, user_id, seen=said(1)) for user_id, device in owned], NO_HURRY
    )
    reader = _reader(fresh_tables)

    pages = _pages(
        fresh_tables, lambda window: reader.of_kind(DeviceKind.VEHICLE, window), 1, backwards=backwards
    )

    listed = [(one.known.user_id, one.known.device) for page in pages for one in page.items]
    assert listed == sorted(owned, key=lambda one: (escaped(one[0]), escaped(one[1].id)))
