"""Proves `usecases/refresh.py`, `usecases/store_readings.py`, `routes/refresh.py`:
one question a device at a time, one hint a period, and the truth in between.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from lastseen.domain.answer import DeviceWithFreshness
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.document import facts
from lastseen.domain.event import DeviceUpdate
from lastseen.domain.freshness import Limits
from lastseen.domain.observation import LinkedVendor, ListedUser, ListPage, Observation
from lastseen.domain.snapshot import Snapshot
from lastseen.errors import EnodeUnavailable, NotServed, TooEarly, UnknownDevice
from lastseen.usecases.reading.present import Reader
from lastseen.usecases.refresh import Refresher, RefreshOutcome
from tests.support.builders import NOON, a_device, said
from tests.support.fake_maintenance import FakeCheckStore
from tests.support.fakes import FakeDevices, FakeLog, FakeStates

CAR = DeviceId(DeviceKind.VEHICLE, "car")
LONG_AGO = NOON - timedelta(hours=3)
UNTIL_DOOMSDAY = Deadline(1.0, lambda: 0.0)


def a_car(seen: datetime, **changes: object) -> dict[str, object]:
    """A car of Anna's whose last contact was then."""
    return {
        **a_device(DeviceKind.VEHICLE, id="car", userId="anna"),
        "lastSeen": seen.isoformat(),
        "isReachable": True,
        **changes,
    }


@dataclass
class OneCarEnode:
    """An Enode that has one car, or says what it is told to."""

    car: dict[str, object] | None
    at: datetime = NOON
    asked: int = 0
    hints: int = 0
    fails: EnodeUnavailable | None = None
    meanwhile: Callable[[], None] = field(default=lambda: None)

    def device(self, device: DeviceId) -> Observation | None:
        """Get the car."""
        self.asked += 1
        self.meanwhile()
        if self.fails is not None:
            raise self.fails
        return None if self.car is None else Observation(device, str(self.car["userId"]), self.car, self.at)

    def hint(self, device: DeviceId) -> bool:
        """Count a hint."""
        self.hints += 1
        return self.car is not None

    def devices(
        self, kind: DeviceKind, *, user_id: str | None = None, after: str | None = None
    ) -> ListPage[Observation]:
        """No refresh walks a list."""
        raise AssertionError("a refresh asked for a list")

    def users(self, *, after: str | None = None) -> ListPage[ListedUser]:
        """Nor this one."""
        raise AssertionError("a refresh asked for users")

    def linked_vendors(self, user_id: str) -> list[LinkedVendor] | None:
        """Nor a user."""
        raise AssertionError("a refresh asked for a user")


@dataclass
class World:
    """A cached car and everything around it."""

    enode: OneCarEnode
    now: datetime = NOON
    states: FakeStates = field(default_factory=FakeStates)
    log: FakeLog = field(default_factory=FakeLog)
    checks: FakeCheckStore = field(init=False)

    def __post_init__(self) -> None:
        self.checks = FakeCheckStore(self.states)

    def knows(self, document: dict[str, object], device: DeviceId = CAR) -> "World":
        """Cache a document, said a moment ago."""
        at = NOON - timedelta(seconds=2)
        snapshot = Snapshot(seen=said(at, b"{}", facts(device.kind, document, at=at)))
        self.states.merge([DeviceUpdate(device, "anna", snapshot)], UNTIL_DOOMSDAY)
        return self

    def judged(self, device: DeviceId = CAR) -> DeviceWithFreshness:
        """The device as a reader gets it."""
        reader = Reader(Caller("anna"), FakeDevices(self.states), Limits(), self.now)
        return reader.device(device.id, device.kind)

    def refresh(self, device: DeviceId = CAR) -> RefreshOutcome:
        """Pull to refresh."""
        refresher = Refresher(
            checks=self.checks,
            log=self.log,
            states=self.states,
            devices=FakeDevices(self.states),
            enode=self.enode,
            limits=Limits(),
            backoff=BackoffPolicy(),
            now=lambda: self.now,
            deadline=UNTIL_DOOMSDAY,
        )
        return refresher.refresh(self.judged(device), name="request")


def test_a_fresh_device_costs_no_question() -> None:
    """The cache is the answer; Enode's own advice."""
    world = World(OneCarEnode(a_car(NOON))).knows(a_car(NOON))

    assert world.refresh() is RefreshOutcome.WAS_FRESH
    assert world.enode.asked == 0


def test_a_device_that_was_only_quiet_is_read_and_not_hinted() -> None:
    """Silence is normal: Enode had contact a moment ago, and nothing had changed."""
    world = World(OneCarEnode(a_car(NOON))).knows(a_car(LONG_AGO))

    assert world.refresh() is RefreshOutcome.CURRENT
    assert (world.enode.asked, world.enode.hints) == (1, 0)
    assert world.judged().freshness.verdict == "fresh"


def test_a_stale_device_is_hinted_once_and_not_again_within_its_period() -> None:
    """A hint is a favour that is asked rarely; who asks again is told when."""
    world = World(OneCarEnode(a_car(LONG_AGO))).knows(a_car(LONG_AGO))
    assert world.refresh() is RefreshOutcome.HINTED

    world.now += timedelta(minutes=5)
    with pytest.raises(TooEarly) as refusal:
        world.refresh()

    assert world.enode.hints == 1
    assert 0 < refusal.value.retry_after <= timedelta(minutes=10).total_seconds() + 1


@pytest.mark.parametrize("changes", [{"isReachable": False}, {"isReachable": None}])
def test_what_a_hint_cannot_help_is_not_hinted(changes: dict[str, object]) -> None:
    """Out of reach, a hint goes nowhere; what was read is kept all the same."""
    world = World(OneCarEnode(a_car(LONG_AGO, **changes))).knows(a_car(LONG_AGO))

    assert world.refresh() is RefreshOutcome.BEYOND_REACH
    assert world.enode.hints == 0
    assert world.log.kept


@pytest.mark.parametrize(
    "told", ["2038-01-19T03:14:07Z", "2026-03-01T13:00:00Z", 1772366400, "2026-03-01T24:00:00Z"]
)
def test_a_contact_that_is_not_believed_is_asked_for_and_not_hinted(told: object) -> None:
    """It is not fresh, so Enode is asked; what Enode says is no better, and no hint can mend its clock."""
    world = World(OneCarEnode(a_car(NOON, lastSeen=told))).knows(a_car(NOON, lastSeen=told))

    assert world.judged().freshness.verdict == "unverified"
    assert world.refresh() is RefreshOutcome.UNKNOWN
    assert (world.enode.asked, world.enode.hints) == (1, 0)
    assert world.judged().freshness.verdict == "unverified"


def test_a_second_request_meanwhile_asks_nothing() -> None:
    """Concurrent requests for one device make one call."""
    world = World(OneCarEnode(a_car(NOON))).knows(a_car(LONG_AGO))
    others: list[RefreshOutcome] = []
    world.enode.meanwhile = lambda: others.append(world.refresh())

    world.refresh()

    assert others == [RefreshOutcome.UNDERWAY]
    assert world.enode.asked == 1


def test_when_enode_is_down_the_plan_of_the_device_stays_as_it_was() -> None:
    """The claim is given back: the next request, or the sweep, asks again at once."""
    world = World(OneCarEnode(None, fails=EnodeUnavailable("down", status=503))).knows(a_car(LONG_AGO))
    before = world.checks.one(("anna", CAR))

    for _ in range(2):
        with pytest.raises(EnodeUnavailable):
            world.refresh()

    after = world.checks.one(("anna", CAR))
    assert world.enode.asked == 2
    assert before is not None
    assert after is not None
    assert after.check.next_check_at == before.check.next_check_at


def test_a_device_that_enode_no_longer_has_is_unknown_but_not_deleted() -> None:
    """One answer is no deletion: a reconcile confirms, and knows how many others are missing."""
    world = World(OneCarEnode(None)).knows(a_car(LONG_AGO))

    with pytest.raises(UnknownDevice):
        world.refresh()

    tracked = world.checks.one(("anna", CAR))
    assert tracked is not None
    assert tracked.known.denied_at is not None


def test_a_hem_system_has_no_refresh() -> None:
    """Nor has it at Enode."""
    home = DeviceId(DeviceKind.HEM_SYSTEM, "home")
    world = World(OneCarEnode(None)).knows(a_device(DeviceKind.HEM_SYSTEM, id="home", userId="anna"), home)

    with pytest.raises(NotServed):
        world.refresh(home)
