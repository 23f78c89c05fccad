"""What expires, and when: DynamoDB deletes by the attribute that the template names, if it is a number."""

from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from lastseen.domain.event import DeviceUpdate
from lastseen.domain.event_catalog import StatusKind
from lastseen.domain.observation import ListedUser, denied
from tests.contracts.store import CAR, entry, key, said, status, update
from tests.integration import template
from tests.integration.tables import Tables
from tests.support.arrivals import NO_HURRY
from tests.support.builders import NOON


def _expires(item: Any, table: str = "DevicesTable") -> datetime | None:
    expiry = item.get(template.expiry(table), {}).get("N")
    return None if expiry is None else datetime.fromtimestamp(int(expiry), tz=NOON.tzinfo)


def _device(tables: Tables) -> Any:
    return tables.item("U#anna", f"D#vehicle#{CAR.id}")


@pytest.mark.parametrize("before", [[], [update(seen=said(1))], [update(seen=said(1, 1), found=said(3))]])
@pytest.mark.parametrize(
    ("kept", "stays"),
    [(timedelta(days=90), timedelta(days=90)), (timedelta(days=1), timedelta(hours=72)), (None, None)],
    ids=["90", "1", "for ever"],
)
def test_a_tombstone_is_kept_as_long_as_the_log_and_without_documents(
    fresh_tables: Tables, before: list[Any], kept: timedelta | None, stays: timedelta | None
) -> None:
    """At least for as long as ingest still takes an event from before it, so that none revives the dead."""
    for effect in before:
        fresh_tables.states(kept=kept).merge([effect], NO_HURRY)

    fresh_tables.states(kept=kept).merge([update(gone=key(5))], NO_HURRY)

    item = _device(fresh_tables)
    assert _expires(item) == (None if stays is None else NOON + stays)
    assert [name for name, value in item.items() if "B" in value] == []


@pytest.mark.parametrize(
    "again", [update(seen=said(6)), update(found=said(6)), update(seen=said(7), found=said(8))]
)
def test_a_device_that_was_linked_again_does_not_expire(fresh_tables: Tables, again: DeviceUpdate) -> None:
    """Whatever brings it back takes the tombstone's end away."""
    states = fresh_tables.states(kept=timedelta(days=90))
    states.merge([update(seen=said(1), gone=key(5))], NO_HURRY)

    states.merge([again], NO_HURRY)

    assert _expires(_device(fresh_tables)) is None


def test_a_late_update_does_not_lengthen_a_tombstone(fresh_tables: Tables) -> None:
    """What is older than the deletion changes nothing about its end."""
    states = fresh_tables.states(kept=timedelta(days=90))
    states.merge([update(gone=key(5))], NO_HURRY)

    states.merge([update(seen=said(4))], NO_HURRY)

    item = _device(fresh_tables)
    assert _expires(item) == NOON + timedelta(days=90)
    assert [name for name, value in item.items() if "B" in value] == []


def test_an_action_expires_thirty_days_after_its_newest_word_and_other_statuses_never(
    fresh_tables: Tables,
) -> None:
    """Actions come and go; what a schedule or the credentials are stays true until it is said anew."""
    day = 24 * 60 * 60 * 1000
    kinds = [StatusKind.SMART_CHARGING, StatusKind.SCHEDULE, StatusKind.CREDENTIALS]
    fresh_tables.states().merge(
        [status(StatusKind.ACTION, "one"), *(status(kind, "x") for kind in kinds)], NO_HURRY
    )

    fresh_tables.states().merge([status(StatusKind.ACTION, "one", at=day)], NO_HURRY)

    expiries = {place: _expires(item) for place, item in fresh_tables.contents().items()}
    kept = {place[2]: expiry for place, expiry in expiries.items() if expiry is not None}
    assert kept == {"S#action#one": NOON + timedelta(days=31)}


def test_a_denied_user_expires_as_a_deleted_device_does_unless_listed_again(fresh_tables: Tables) -> None:
    """By then no slice of an old reconcile is under way that could list the user out of the past."""
    anna, ben = (ListedUser(name, b"{}", NOON) for name in ("anna", "ben"))
    later = NOON + timedelta(hours=1)
    fresh_tables.states().merge([anna.observed(), ben.observed()], NO_HURRY)

    fresh_tables.states().merge([denied("anna", at=later), denied("ben", at=later)], NO_HURRY)
    fresh_tables.states().merge([replace(ben, listed_at=later + timedelta(hours=1)).observed()], NO_HURRY)

    expiries = {place[1]: _expires(item) for place, item in fresh_tables.contents().items()}
    assert expiries == {"U#anna": later + timedelta(hours=72), "U#ben": None}


@pytest.mark.parametrize(
    ("kept", "expires"),
    [
        (timedelta(days=90), NOON + timedelta(days=97)),
        (timedelta(days=1), NOON + timedelta(days=1, hours=6)),
        (None, None),
    ],
    ids=["90", "1", "for ever"],
)
def test_an_entry_expires_so_long_after_it_happened(
    fresh_tables: Tables, kept: timedelta | None, expires: datetime | None
) -> None:
    """Counted from the event, so that a redelivery does not lengthen it, and a grace more; without a term it stays."""
    later = NOON + timedelta(hours=20)

    fresh_tables.log(kept=kept).append([entry(0)], received_at=later, delivery_id="-", deadline=NO_HURRY)

    (item,) = fresh_tables.contents().values()
    assert _expires(item, "HistoryTable") == expires


def test_an_entry_that_comes_when_its_time_is_over_stays_until_it_was_looked_at(fresh_tables: Tables) -> None:
    """It may be the word that held when the window begins: that is decided by the next visit of its stream."""
    late = NOON + timedelta(days=3)

    fresh_tables.log(kept=timedelta(days=1)).append(
        [entry(0)], received_at=late, delivery_id="-", deadline=NO_HURRY
    )

    (item,) = fresh_tables.contents().values()
    assert _expires(item, "HistoryTable") == late + timedelta(hours=6)
