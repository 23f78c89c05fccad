"""Proves `usecases/maintenance/lease.py`:
of two runs that overlap, one holds the lease on asking Enode; whoever crashed with it keeps nobody away for long.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest

from lastseen.domain.records import Record
from lastseen.errors import StoreUnavailable
from lastseen.usecases.maintenance import lease
from lastseen.usecases.maintenance.lease import Lease
from lastseen.usecases.ports import Records
from tests.support.builders import NOON
from tests.support.fake_maintenance import FakeRecords

SPAN = timedelta(seconds=120)


@dataclass
class Clock:
    """A time that stands until it is moved."""

    moment: datetime = NOON

    def __call__(self) -> datetime:
        return self.moment


@dataclass
class Meddled:
    """Records in which something else happens between reading and writing.

    Attributes:
        meanwhile: What happens, once.
        loses_answer: Whether a write is applied, but its answer lost, so that the client sends it again.
    """

    kept: FakeRecords = field(default_factory=FakeRecords)
    meanwhile: Callable[[], object] | None = None
    loses_answer: bool = False

    def read(self, name: str) -> Record:
        """Read."""
        return self.kept.read(name)

    def write(self, name: str, said: Mapping[str, Any], *, version: int) -> bool:
        """Write, after what happens meanwhile."""
        if self.meanwhile is not None:
            happens, self.meanwhile = self.meanwhile, None
            happens()
        if self.loses_answer:
            self.kept.write(name, said, version=version)
        return self.kept.write(name, said, version=version)


@pytest.fixture
def clock() -> Clock:
    """Noon, at first."""
    return Clock()


def _take(records: Records, holder: str, clock: Clock) -> Lease | None:
    return lease.take(records, holder=holder, span=SPAN, now=clock)


def test_only_one_of_two_runs_holds_it(clock: Clock) -> None:
    """The second gives up its turn; when the first has ended, whoever comes holds it."""
    records = FakeRecords()

    first = _take(records, "a", clock)
    second = _take(records, "b", clock)
    assert first is not None
    lease.give_back(records, first, now=clock)

    assert second is None
    assert _take(records, "c", clock) is not None


def test_one_event_that_is_delivered_twice_makes_two_runs(clock: Clock) -> None:
    """Lambda's queue may do that, under one request id: the door gives each run a name of its own, as here."""
    records = FakeRecords()

    assert _take(records, "request-1-x", clock) is not None
    assert _take(records, "request-1-y", clock) is None


def test_of_two_that_find_it_free_at_once_one_holds_it(clock: Clock) -> None:
    """Both read before either writes: the version that was read decides."""
    records = Meddled()
    records.meanwhile = lambda: taken.append(_take(records.kept, "faster", clock))
    taken: list[Lease | None] = []

    slower = _take(records, "slower", clock)

    assert slower is None
    assert taken != [None]


def test_a_lease_whose_answer_was_lost_is_held_all_the_same(clock: Clock) -> None:
    """The client's second attempt finds its own first one; to give up then would keep everybody away for nothing."""
    records = Meddled(loses_answer=True)

    held = _take(records, "a", clock)

    assert held is not None
    records.loses_answer = False
    lease.give_back(records, held, now=clock)
    assert _take(records, "b", clock) is not None


def test_the_lease_of_a_run_that_crashed_expires(clock: Clock) -> None:
    """It holds as long as a run can last, and no longer."""
    records = FakeRecords()
    _take(records, "crashed", clock)

    clock.moment += SPAN - timedelta(seconds=1)
    too_early = _take(records, "next", clock)
    clock.moment += timedelta(seconds=1)

    assert too_early is None
    assert _take(records, "next", clock) is not None


def test_whoever_comes_late_does_not_end_the_lease_of_the_next(clock: Clock) -> None:
    """A run that hung for longer than its lease must not open the way for a third beside the second."""
    records = FakeRecords()
    hung = _take(records, "hung", clock)
    clock.moment += SPAN
    _take(records, "next", clock)

    assert hung is not None
    lease.give_back(records, hung, now=clock)

    assert _take(records, "third", clock) is None


def test_a_store_that_is_down_at_the_end_of_a_run_does_not_fail_it(clock: Clock) -> None:
    """The work is done and written down; the lease expires."""

    class Down(FakeRecords):
        def write(self, *_: object, **__: object) -> bool:
            raise StoreUnavailable("no answer")

    lease.give_back(Down(), Lease("a", 1), now=clock)


@pytest.mark.parametrize("ahead", [timedelta(minutes=10), timedelta(days=365 * 20)])
def test_a_clock_that_is_far_ahead_keeps_nobody_away_for_longer_than_a_lease(
    clock: Clock, ahead: timedelta
) -> None:
    """Its lease is believed only if it could be one of now; then nobody would look after devices for years."""
    records = FakeRecords()
    assert _take(records, "far ahead", Clock(clock.moment + ahead)) is not None

    assert _take(records, "a", clock) is not None
    assert _take(records, "b", clock) is None


@pytest.mark.parametrize("ahead", [timedelta(seconds=-30), timedelta(seconds=30)])
def test_clocks_that_differ_by_seconds_do_not_break_a_lease(clock: Clock, ahead: timedelta) -> None:
    """Those of two containers are never the same."""
    records = FakeRecords()
    assert _take(records, "a", Clock(clock.moment + ahead)) is not None

    assert _take(records, "b", clock) is None
