"""Proves `usecases/ingest.py`: the log first, then the state, then what could not be understood."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from lastseen.domain.deadline import Deadline
from lastseen.domain.delivery import Delivery, SetAside
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceUpdate, Entry, Joined, Status, StatusId
from lastseen.domain.event_catalog import StatusKind
from lastseen.enode import delivery as enode_delivery
from lastseen.errors import StoreUnavailable
from lastseen.usecases import ingest
from lastseen.usecases.ingest import DeliveryOutcome
from tests.support.builders import (
    NOON,
    USER,
    VEHICLE,
    a_delivery,
    a_fleets_delivery,
    a_schedule_status,
    a_vehicle,
    an_event,
)
from tests.support.fakes import FakeLog, FakeQuarantine, FakeStates

THE_VEHICLE = DeviceId(DeviceKind.VEHICLE, VEHICLE)
DEADLINE = Deadline(4.0, lambda: 0.0)


@dataclass
class Stores:
    """All three stores, which tell in which order they were used and may fail one of them."""

    log: "LogInOrder" = field(init=False)
    states: "StatesInOrder" = field(init=False)
    quarantine: "QuarantineInOrder" = field(init=False)
    used: list[str] = field(default_factory=list)
    effects: list[Sequence[DeviceUpdate | Status]] = field(default_factory=list)
    failing: str = ""

    def __post_init__(self) -> None:
        self.log, self.states, self.quarantine = (
            LogInOrder(self),
            StatesInOrder(self),
            QuarantineInOrder(self),
        )

    def use(self, store: str) -> None:
        self.used.append(store)
        if store == self.failing:
            raise StoreUnavailable(f"the {store} did not answer")

    def take(self, told: Sequence[object], *, delivery_id: str = "delivery-1") -> DeliveryOutcome:
        return self.take_read(enode_delivery.read(a_delivery(told), now=NOON), delivery_id=delivery_id)

    def take_read(self, delivery: Delivery, *, delivery_id: str = "delivery-1") -> DeliveryOutcome:
        return ingest.take(
            delivery,
            log=self.log,
            states=self.states,
            quarantine=self.quarantine,
            received_at=NOON,
            delivery_id=delivery_id,
            deadline=DEADLINE,
        )


class LogInOrder(FakeLog):
    """A log that tells when it is used."""

    def __init__(self, stores: Stores) -> None:
        super().__init__()
        self.stores = stores

    def append(
        self, entries: Sequence[Entry], *, received_at: datetime, delivery_id: str, deadline: Deadline
    ) -> None:
        """Append, unless this is the store that fails."""
        self.stores.use("log")
        assert deadline is DEADLINE
        super().append(entries, received_at=received_at, delivery_id=delivery_id, deadline=deadline)


class StatesInOrder(FakeStates):
    """A state that tells when it is used, and with what."""

    def __init__(self, stores: Stores) -> None:
        super().__init__()
        self.stores = stores

    def merge(self, effects: Sequence[DeviceUpdate | Status], deadline: Deadline) -> Joined:
        """Merge, unless this is the store that fails."""
        self.stores.use("state")
        assert deadline is DEADLINE
        self.stores.effects.append(effects)
        return super().merge(effects, deadline)


class QuarantineInOrder(FakeQuarantine):
    """A quarantine that tells when it is used."""

    def __init__(self, stores: Stores) -> None:
        super().__init__()
        self.stores = stores

    def keep(self, pieces: Sequence[SetAside], *, delivery_id: str) -> None:
        """Keep, unless this is the store that fails."""
        self.stores.use("quarantine")
        super().keep(pieces, delivery_id=delivery_id)


@pytest.fixture
def stores() -> Stores:
    return Stores()


def test_the_log_comes_first_then_the_state_then_the_quarantine(stores: Stores) -> None:
    """State never knows what the log does not; good events never wait for a bucket."""
    stores.take([an_event(), b"NaN"])

    assert stores.used == ["log", "state", "quarantine"]


@pytest.mark.parametrize(
    ("told", "used"),
    [
        ([], []),
        ([b"NaN"], ["quarantine"]),
        ([an_event("system:heartbeat")], ["state"]),
        ([an_event("user:of:tomorrow")], ["log"]),
        ([an_event()], ["log", "state"]),
    ],
    ids=["nothing", "only rubbish", "a heartbeat", "an unknown event", "an update"],
)
def test_a_store_with_nothing_to_do_is_not_called(
    told: list[object], used: list[str], stores: Stores
) -> None:
    """Calls cost time and money, and an empty batch is refused by DynamoDB."""
    stores.take(told)

    assert stores.used == used


def test_a_delivery_is_counted_by_what_became_of_it(stores: Stores) -> None:
    """Received is what came; stored and quarantined together are all of it."""
    fleet = a_fleets_delivery(3)
    told = [
        *fleet,
        fleet[0],
        an_event("system:heartbeat"),
        an_event("user:of:tomorrow"),
        b"NaN",
        {"event": ""},
    ]

    outcome = stores.take(told)

    assert outcome == DeliveryOutcome(received=8, stored=6, quarantined=2, devices=4, superseded=0)
    assert len(stores.log.kept) == 4
    assert len(stores.states.devices) == 3
    assert {piece.raw for piece in stores.quarantine.kept} == {b"NaN", b'{"event":""}'}


def test_every_event_is_logged_but_each_device_is_written_once(stores: Stores) -> None:
    """Three minutes of charging in one delivery: three entries, one state, the newest, whatever their order."""
    minutes = [
        an_event(at=NOON + timedelta(minutes=minute), vehicle=a_vehicle(battery_percent=60 + minute))
        for minute in (1, 3, 2)
    ]

    outcome = stores.take(minutes)

    assert len(stores.log.kept) == 3
    assert (outcome.devices, [len(effects) for effects in stores.effects]) == (1, [1])
    newest = stores.states.devices[USER, THE_VEHICLE].seen
    assert b'"batteryLevel":63' in (newest.document or b"")


def test_a_whole_life_in_one_delivery_is_joined_before_it_is_written(stores: Stores) -> None:
    """Discovered, updated and deleted at once: one write that holds all three words."""
    life = [
        an_event("user:vehicle:deleted", at=NOON + timedelta(seconds=2)),
        an_event("user:vehicle:discovered", at=NOON),
        an_event("user:vehicle:updated", at=NOON + timedelta(seconds=1)),
    ]

    stores.take(life)
    one_by_one = Stores()
    for event in life:
        one_by_one.take([event])

    assert stores.states.devices == one_by_one.states.devices
    assert [len(effects) for effects in stores.effects] == [1]


def test_devices_are_told_apart_by_user_kind_and_id(stores: Stores) -> None:
    """Two users may link one car, and ids are unique within a kind only."""
    told = [
        an_event(vehicle=a_vehicle(id="same")),
        an_event(vehicle=a_vehicle(id="same"), user_id="another"),
        an_event("user:charger:updated", charger={"id": "same"}),
    ]

    outcome = stores.take(told)

    assert outcome.devices == len(stores.states.devices) == 3


def test_the_newest_word_on_a_status_wins_within_a_delivery(stores: Stores) -> None:
    """Statuses are one register each: newest by `createdAt`, not by place in the array."""
    told = [
        an_event(
            "user:schedule:execution-updated",
            at=NOON + timedelta(seconds=second),
            status=a_schedule_status(state=f"STATE-{second}"),
        )
        for second in (0, 2, 1)
    ]

    outcome = stores.take(told)

    (status,) = stores.states.statuses.values()
    assert outcome.devices == 1
    assert status.id == StatusId(StatusKind.SCHEDULE, USER, a_schedule_status()["scheduleId"])
    assert b"STATE-2" in status.document


def test_a_redelivery_changes_nothing_and_says_so(stores: Stores) -> None:
    """The same delivery again, or an older one: stored, acknowledged, superseded."""
    fleet = a_fleets_delivery(5)
    stores.take(fleet)
    before = dict(stores.states.devices), set(stores.log.kept)

    again = stores.take(fleet, delivery_id="delivery-2")
    older = stores.take(a_fleets_delivery(5, at=NOON - timedelta(hours=1)))

    assert (again.stored, again.superseded) == (5, 5)
    assert (older.stored, older.superseded) == (5, 5)
    assert stores.states.devices == before[0]
    assert len(stores.log.kept) == len(before[1]) + 5


@pytest.mark.parametrize(
    ("failing", "used"),
    [
        ("log", ["log"]),
        ("state", ["log", "state"]),
        ("quarantine", ["log", "state", "quarantine"]),
    ],
)
def test_an_unavailable_store_stops_everything_and_a_redelivery_completes_it(
    failing: str, used: list[str]
) -> None:
    """Nothing is acknowledged; doing all of it again ends where one clean pass would have."""
    told: list[object] = [*a_fleets_delivery(3), b"NaN"]
    stores, clean = Stores(failing=failing), Stores()

    with pytest.raises(StoreUnavailable):
        stores.take(told)
    broken_off_after = list(stores.used)
    stores.failing = ""
    stores.take(told)
    clean.take(told)

    assert broken_off_after == used
    assert stores.log.kept == clean.log.kept
    assert stores.states.devices == clean.states.devices
    assert stores.quarantine.kept == clean.quarantine.kept
