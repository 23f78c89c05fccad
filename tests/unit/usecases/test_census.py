"""The census: everything counted by verdict, told until the next count, and gone on with where the time was short."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.document import Facts
from lastseen.domain.event import DeviceUpdate
from lastseen.domain.freshness import Limits
from lastseen.domain.snapshot import Said, Snapshot
from lastseen.usecases import census
from lastseen.usecases.census import Census
from tests.builders import NOON
from tests.fake_upkeep import FakeRecords, FakeWard
from tests.fakes import FakeStates

HOUR = timedelta(hours=1)
NO_HURRY = Deadline.after(HOUR, lambda: 0.0)


@pytest.fixture
def ward() -> FakeWard:
    """Seven cars: three in contact, four not."""
    states = FakeStates()
    for number in range(7):
        seen = NOON - (timedelta(minutes=1) if number < 3 else 2 * HOUR)
        ord_ = f"{NOON.isoformat()}#{number}"
        said = Said(ord_, b"{}", Facts("TESLA", seen, is_reachable=True, is_active=False))
        device = DeviceId(DeviceKind.VEHICLE, f"car-{number}")
        states.merge([DeviceUpdate(device, "anna", Snapshot(seen=said))], NO_HURRY)
    return FakeWard(states)


def _run(
    ward: FakeWard, records: FakeRecords, *, now: datetime = NOON, deadline: Deadline = NO_HURRY
) -> Census:
    return census.run(ward=ward, records=records, limits=Limits(), every=HOUR, now=now, deadline=deadline)


def _counts(known: Census) -> tuple[int, int] | None:
    return None if known.verdicts is None else (known.verdicts["fresh"], known.verdicts["unverified"])


def test_devices_are_counted_by_verdict(ward: FakeWard) -> None:
    """As each is for a reader; a verdict that nobody has counts zero."""
    found = _run(ward, FakeRecords())

    assert _counts(found) == (3, 4)
    assert found.verdicts is not None
    assert (found.verdicts["stale"], found.at) == (0, NOON)
    assert "gone" not in found.verdicts


def test_the_newest_count_is_told_until_the_next_is_due(ward: FakeWard) -> None:
    """Alarms look every few minutes; the table is read once an hour."""
    records = FakeRecords()
    _run(ward, records)
    ward.states.devices.clear()

    between = _run(ward, records, now=NOON + HOUR - timedelta(seconds=1))
    after = _run(ward, records, now=NOON + HOUR)

    assert _counts(between) == (3, 4)
    assert _counts(after) == (0, 0)


def test_a_fleet_that_one_run_cannot_count_is_counted_by_several(ward: FakeWard) -> None:
    """It used to be counted never, and nobody was told. The last whole count stands meanwhile."""
    records = FakeRecords()
    _run(ward, records)
    ward.counts_at_once = 3
    ward.states.devices.pop(next(iter(ward.states.devices)))

    moments: Iterator[datetime] = (NOON + HOUR + timedelta(minutes=5 * number) for number in range(9))
    told = [_run(ward, records, now=next(moments)) for _ in range(2)]

    assert [_counts(one) for one in told] == [(3, 4), (0, 6)]
    assert [one.at for one in told] == [NOON, NOON + HOUR + timedelta(minutes=5)]


def test_a_first_count_that_is_not_whole_tells_nothing_yet(ward: FakeWard) -> None:
    """Half a fleet would look like a loss."""
    records = FakeRecords()
    ward.counts_at_once = 3

    told = [_run(ward, records) for _ in range(3)]

    assert [_counts(one) for one in told] == [None, None, (3, 4)]


def test_without_time_left_nothing_is_begun_and_a_first_count_grows_overdue(ward: FakeWard) -> None:
    """The sweep before it has used it up; if each does, no count is ever whole, and an alarm must see that."""
    records = FakeRecords()
    no_time = Deadline.after(timedelta(), lambda: 0.0)

    first, second = (_run(ward, records, now=NOON + hours * HOUR, deadline=no_time) for hours in (0, 4))

    assert [_counts(one) for one in (first, second)] == [None, None]
    assert (first.at, second.at) == (NOON, NOON)
    assert "partial" not in records.read("CENSUS").said
    assert _counts(_run(ward, records, now=NOON + 5 * HOUR)) is not None
    assert _run(ward, records, now=NOON + 5 * HOUR).at == NOON + 5 * HOUR


def test_a_first_count_that_needs_several_runs_is_waited_for_since_the_first(ward: FakeWard) -> None:
    """Going on does not begin the waiting anew."""
    records = FakeRecords()
    ward.counts_at_once = 3

    told = [_run(ward, records, now=NOON + hours * HOUR) for hours in range(3)]

    assert [one.at for one in told] == [NOON, NOON, NOON + 2 * HOUR]
