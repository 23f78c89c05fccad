"""DynamoDB remembers what the sweep did."""

from typing import Any

import pytest

from lastseen.domain.upkeep import Missing, Owned
from lastseen.store import keys
from lastseen.store.records import DynamoRecords
from lastseen.store.ward import DynamoWard
from tests.builders import NOON
from tests.integration.store.arrivals import NO_HURRY
from tests.integration.store.ward_contract import MINUTE, Store, WardContract
from tests.integration.tables import Tables


@pytest.fixture
def ward_store(fresh_tables: Tables) -> Store:
    """A store on fresh tables of a real engine."""
    return Store(
        ward=DynamoWard(
            fresh_tables.devices, fresh_tables.client, fresh_tables.batches, fresh_tables.pool, segments=3
        ),
        states=fresh_tables.states(),
        records=DynamoRecords(fresh_tables.devices, fresh_tables.client),
    )


class TestDynamoWard(WardContract):
    """On each engine."""


def _spoil(tables: Tables, owned: Owned, **attributes: Any) -> None:
    """Let an item stand as no release of ours writes it."""
    key: Any = {"pk": {"S": keys.user(owned[0])}, "sk": {"S": keys.device(owned[1])}}
    item: Any = tables.client.get_item(TableName=tables.devices, Key=key)["Item"]
    left: Any = {name: value for name, value in (item | attributes).items() if value is not None}
    tables.client.put_item(TableName=tables.devices, Item=left)


@pytest.mark.parametrize(
    "spoilt",
    [
        {"doc": {"B": b"\x63what a later release writes"}},
        {"doc": {"B": b""}},
        {"doc": {"B": b"\x01cut"}},
        {"doc": {"S": "text"}},
        {"seen": None},
        {"active": {"S": "yes"}},
        {"last_seen": {"S": "yesterday"}},
        {"checked_at": {"N": "7"}},
    ],
)
def test_an_item_that_cannot_be_read_keeps_nobody_from_being_found(
    fresh_tables: Tables, ward_store: Store, spoilt: dict[str, Any]
) -> None:
    """Written by a later release, or by somebody's hand: it is named where it was looked for, the others are found."""
    good, bad = ward_store.hear("good"), ward_store.hear("bad")
    ward_store.ward.mark_missing([Missing(good, NOON), Missing(bad, NOON)], run="run-1", deadline=NO_HURRY)
    _spoil(fresh_tables, bad, **spoilt)

    due = ward_store.look()
    unlisted = ward_store.ward.unlisted(since=NOON + MINUTE, run="run-2", but=(), most=9, deadline=NO_HURRY)
    missing = ward_store.ward.missing(run="run-1", most=9, deadline=NO_HURRY)
    counted = ward_store.ward.count(lambda _one, _since: "seen", start=None, deadline=NO_HURRY)
    many = ward_store.ward.many([good, bad])

    assert [patient.owned for patient in due.patients if patient.owned != bad] == [good]
    assert set(due.unreadable) <= {"U#anna D#vehicle#bad"}
    assert (good[1] in {one.device for one in unlisted}) is True
    assert good in {one.owned for one in missing}
    assert counted.counts["seen"] >= 1
    assert good in many


def test_an_item_of_a_later_release_is_named(fresh_tables: Tables, ward_store: Store) -> None:
    """By its key; and Enode's next word of the device replaces it."""
    bad = ward_store.hear("bad")
    _spoil(fresh_tables, bad, doc={"B": b"\x63what a later release writes"})
    before = ward_store.look()

    ward_store.hear("bad", at=NOON + MINUTE)

    assert (before.patients, list(before.unreadable)) == ([], ["U#anna D#vehicle#bad"])
    assert ward_store.due() == ["bad"]
