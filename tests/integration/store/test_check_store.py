"""DynamoDB remembers what the sweep did."""

from datetime import timedelta
from typing import Any

import pytest

from lastseen.domain.device import DeviceKind, OwnedDevice
from lastseen.domain.freshness import LimitClass, Limits
from lastseen.domain.maintenance import NotFoundAtEnode
from lastseen.store import keys
from lastseen.store.attributes import ACTIVE, CHECKED_AT, DOC, LAST_SEEN, SEEN
from lastseen.store.check_store import DynamoCheckStore
from lastseen.store.records import DynamoRecords
from tests.contracts.check_store import MINUTE, CheckStoreContract, Store
from tests.integration.tables import Tables
from tests.support.arrivals import NO_HURRY
from tests.support.builders import NOON

TICK = timedelta(milliseconds=1)


@pytest.fixture
def check_store(fresh_tables: Tables) -> Store:
    """A store on fresh tables of a real engine."""
    return Store(
        checks=DynamoCheckStore(
            fresh_tables.devices, fresh_tables.client, fresh_tables.batches, fresh_tables.pool, segments=3
        ),
        states=fresh_tables.states(),
        records=DynamoRecords(fresh_tables.devices, fresh_tables.client),
    )


class TestDynamoCheckStore(CheckStoreContract):
    """On each engine."""


def _spoil(tables: Tables, owned: OwnedDevice, **attributes: Any) -> None:
    """Let an item stand as no release of ours writes it."""
    key: Any = {"pk": {"S": keys.user(owned[0])}, "sk": {"S": keys.device(owned[1])}}
    item: Any = tables.client.get_item(TableName=tables.devices, Key=key)["Item"]
    left: Any = {name: value for name, value in (item | attributes).items() if value is not None}
    tables.client.put_item(TableName=tables.devices, Item=left)


@pytest.mark.parametrize(
    "spoilt",
    [
        {DOC: {"B": b"\x63what a later release writes"}},
        {DOC: {"B": b""}},
        {DOC: {"B": b"\x01cut"}},
        {DOC: {"S": "text"}},
        {SEEN: None},
        {ACTIVE: {"S": "yes"}},
        {LAST_SEEN: {"S": "yesterday"}},
        {LAST_SEEN: {"N": "9" * 30}},
        {CHECKED_AT: {"N": "7"}},
    ],
)
def test_an_item_that_cannot_be_read_keeps_nobody_from_being_found(
    fresh_tables: Tables, check_store: Store, spoilt: dict[str, Any]
) -> None:
    """Written by a later release, or by somebody's hand: it is named where it was looked for, the others are found."""
    good, bad = check_store.hear("good"), check_store.hear("bad")
    check_store.checks.mark_missing(
        [NotFoundAtEnode(good, NOON), NotFoundAtEnode(bad, NOON)], run="run-1", deadline=NO_HURRY
    )
    _spoil(fresh_tables, bad, **spoilt)

    due = check_store.look()
    unlisted = check_store.checks.unlisted(
        since=NOON + MINUTE, run="run-2", but=(), most=9, deadline=NO_HURRY
    )
    missing = check_store.checks.missing(run="run-1", most=9, deadline=NO_HURRY)
    counted = check_store.checks.count(lambda _one, _since: "seen", start=None, deadline=NO_HURRY)
    many = check_store.checks.many([good, bad])

    assert [tracked.owned for tracked in due.tracked_devices if tracked.owned != bad] == [good]
    assert set(due.unreadable) <= {"U#anna D#vehicle#bad"}
    assert (good[1] in {one.device for one in unlisted}) is True
    assert good in {one.owned for one in missing}
    assert counted.counts["seen"] >= 1
    assert good in many


def test_an_item_of_a_later_release_is_named(fresh_tables: Tables, check_store: Store) -> None:
    """By its key; and Enode's next word of the device replaces it."""
    bad = check_store.hear("bad")
    _spoil(fresh_tables, bad, **{DOC: {"B": b"\x63what a later release writes"}})
    before = check_store.look()

    check_store.hear("bad", at=NOON + MINUTE)

    assert (before.tracked_devices, list(before.unreadable)) == ([], ["U#anna D#vehicle#bad"])
    assert check_store.due() == ["bad"]


def test_what_is_fresh_is_not_even_sent(fresh_tables: Tables, check_store: Store) -> None:
    """The filter leaves it out by the shortest limit that may hold: here not even that it cannot be read is noticed."""
    limits = Limits(special=(LimitClass(2 * MINUTE, vendors=frozenset({"MADE UP"}), is_active=True),))
    for id_, age, is_active in (("idle", 15 * MINUTE - TICK, False), ("active", 2 * MINUTE - TICK, True)):
        fresh = check_store.hear(id_, age=age, is_active=is_active)
        _spoil(fresh_tables, fresh, **{DOC: {"B": b"\x63what a later release writes"}})

    now = check_store.look(limits=limits)
    a_minute_later = check_store.look(NOON + MINUTE, limits)

    assert list(now.unreadable) == []
    assert sorted(a_minute_later.unreadable) == ["U#anna D#vehicle#active", "U#anna D#vehicle#idle"]


def test_any_number_of_classes_fits_into_the_filter(check_store: Store) -> None:
    """An expression may be 4 KB long and hold 300 operators; it tells kinds and activities apart, not vendors."""
    check_store.hear("old", age=3 * MINUTE, vendor="VENDOR 199", is_active=True)
    check_store.hear("new", age=3 * MINUTE, vendor="VENDOR 198", is_active=True)
    kinds = list(DeviceKind)
    classes = [
        LimitClass(
            (1 + n) * MINUTE, frozenset({kinds[n % 7]}), frozenset({f"VENDOR {n}"}), (True, False)[n % 2]
        )
        for n in range(198)
    ]
    classes += [LimitClass(4 * MINUTE, vendors=frozenset({"VENDOR 198"}))]
    classes += [LimitClass(2 * MINUTE, vendors=frozenset({"VENDOR 199"}))]

    assert check_store.due(limits=Limits(special=tuple(classes))) == ["old"]
