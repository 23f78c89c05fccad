"""The census: everything counted by verdict, told until the next count, and gone on with where the time was short."""

from collections.abc import Iterator
from datetime import datetime, timedelta

import pytest

from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.document import Facts
from lastseen.domain.event import DeviceUpdate
from lastseen.domain.freshness import Limits
from lastseen.domain.snapshot import Register, Snapshot
from lastseen.usecases.maintenance import freshness_census
from lastseen.usecases.maintenance.freshness_census import Census
from tests.support.builders import NOON
from tests.support.fake_maintenance import FakeCheckStore, FakeRecords
from tests.support.fakes import FakeStates

HOUR = timedelta(hours=1)
NO_HURRY = Deadline.after(HOUR, lambda: 0.0)


@pytest.fixture
def checks() -> FakeCheckStore:
    """Seven cars: three in contact, four not."""
    states = FakeStates()
    for number in range(7):
        seen = NOON - (timedelta(minutes=1) if number < 3 else 2 * HOUR)
        ord_ = f"{NOON.isoformat()}#{number}"
        said = Register(ord_, b"{}", Facts("TESLA", seen, is_reachable=True, is_active=False))
        device = DeviceId(DeviceKind.VEHICLE, f"car-{number}")
        states.merge([DeviceUpdate(device, "anna", Snapshot(seen=said))], NO_HURRY)
    return FakeCheckStore(states)


def _run(
    checks: FakeCheckStore, records: FakeRecords, *, now: datetime = NOON, deadline: Deadline = NO_HURRY
) -> Census:
    return freshness_census.run(
        checks=checks, records=records, limits=Limits(), every=HOUR, now=now, deadline=deadline
    )


def _counts(known: Census) -> tuple[int, int] | None:
    return None if known.verdicts is None else (known.verdicts["fresh"], known.verdicts["unverified"])


def test_devices_are_counted_by_verdict(checks: FakeCheckStore) -> None:
    """As each is for a reader; a verdict that nobody has counts zero."""
    found = _run(checks, FakeRecords())

    assert _counts(found) == (3, 4)
    assert found.verdicts is not None
    assert (found.verdicts["stale"], found.at) == (0, NOON)
    assert "gone" not in found.verdicts


def test_the_newest_count_is_told_until_the_next_is_due(checks: FakeCheckStore) -> None:
    """Alarms look every few minutes; the table is read once an hour."""
    records = FakeRecords()
    _run(checks, records)
    checks.states.devices.clear()

    between = _run(checks, records, now=NOON + HOUR - timedelta(seconds=1))
    after = _run(checks, records, now=NOON + HOUR)

    assert _counts(between) == (3, 4)
    assert _counts(after) == (0, 0)


def test_a_fleet_that_one_run_cannot_count_is_counted_by_several(checks: FakeCheckStore) -> None:
    """It used to be counted never, and nobody was told. The last whole count stands meanwhile."""
    records = FakeRecords()
    _run(checks, records)
    checks.counts_at_once = 3
    checks.states.devices.pop(next(iter(checks.states.devices)))

    moments: Iterator[datetime] = (NOON + HOUR + timedelta(minutes=5 * number) for number in range(9))
    told = [_run(checks, records, now=next(moments)) for _ in range(2)]

    assert [_counts(one) for one in told] == [(3, 4), (0, 6)]
    assert [one.at for one in told] == [NOON, NOON + HOUR + timedelta(minutes=5)]


def test_a_first_count_that_is_not_whole_tells_nothing_yet(checks: FakeCheckStore) -> None:
    """Half a fleet would look like a loss."""
    records = FakeRecords()
    checks.counts_at_once = 3

    told = [_run(checks, records) for _ in range(3)]

    assert [_counts(one) for one in told] == [None, None, (3, 4)]


def test_without_time_left_nothing_is_begun_and_a_first_count_grows_overdue(checks: FakeCheckStore) -> None:
    """The sweep before it has used it up; if each does, no count is ever whole, and an alarm must see that."""
    records = FakeRecords()
    no_time = Deadline.after(timedelta(), lambda: 0.0)

    first, second = (_run(checks, records, now=NOON + hours * HOUR, deadline=no_time) for hours in (0, 4))

    assert [_counts(one) for one in (first, second)] == [None, None]
    assert (first.at, second.at) == (NOON, NOON)
    assert "partial" not in records.read("CENSUS").content
    assert _counts(_run(checks, records, now=NOON + 5 * HOUR)) is not None
    assert _run(checks, records, now=NOON + 5 * HOUR).at == NOON + 5 * HOUR


def test_a_first_count_that_needs_several_runs_is_waited_for_since_the_first(checks: FakeCheckStore) -> None:
    """Going on does not begin the waiting anew."""
    records = FakeRecords()
    checks.counts_at_once = 3

    told = [_run(checks, records, now=NOON + hours * HOUR) for hours in range(3)]

    assert [one.at for one in told] == [NOON, NOON, NOON + 2 * HOUR]
