"""However late words come, and however late and in whatever order entries expire, the window reads as if all stood."""

import random
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest

from lastseen.domain.deadline import Deadline
from lastseen.usecases import coverage
from lastseen.usecases.coverage import Covered
from lastseen.usecases.maintenance import anchors
from tests.integration.sweep.test_window import (
    CAR,
    QUIET,
    LogWithWitness,
    changes_of,
    document_at,
    reader_of,
    take,
)
from tests.support.builders import (
    Json,
    a_schedule,
    a_schedule_status,
    a_smart_charging_status,
    a_vehicle,
    an_action,
    an_event,
    just_found,
)
from tests.support.fake_anchors import FakeAnchors
from tests.support.fake_maintenance import FakeRecords
from tests.support.fakes import FakeDevices, FakeStates
from tests.support.world import DAY, HOUR

BEGAN = datetime.fromisoformat("2026-03-01T12:00Z")
STEP = timedelta(minutes=45)


@dataclass
class Arrivals:
    """Words of one car at random times, each as late as chance will have it, some of them twice."""

    seed: int
    waiting: list[tuple[datetime, Json]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.states, self.log, self.records = FakeStates(), LogWithWitness(term=DAY), FakeRecords()
        self.anchors = FakeAnchors(self.states, self.log)
        self.now = BEGAN
        self.said = 0

    def live(self, span: timedelta, *, words_a_day: float) -> None:
        """Let time pass."""
        until = self.now + span
        while self.now < until:
            self.now += STEP
            if self.dice.random() < words_a_day * (STEP / DAY):
                self._say(self.now)
            due = [event for at, event in self.waiting if at <= self.now]
            self.waiting = [one for one in self.waiting if one[0] > self.now]
            if due:
                take(due, log=self.log, states=self.states, now=self.now)
            anchors.run(
                anchors=self.anchors,
                records=self.records,
                kept=DAY,
                now=self.now,
                deadline=Deadline.after(HOUR, lambda: 0.0),
            )
            self.log.delete([key for key in self.log.expired(self.now) if self.dice.random() < 0.3])

    def _say(self, at: datetime) -> None:
        """Say something of a random stream; it comes now, or hours later, and perhaps once more."""
        self.said += 1
        own: Json = {"at": at, "user_id": "anna"}
        car = a_vehicle(id=QUIET, userId="anna", battery_percent=self.said % 100)
        action = {"targetId": QUIET, "targetType": "vehicle", "createdAt": "2026-03-01T11:59:00.000Z"}
        schedule = a_schedule_status(scheduleId=self.dice.choice(["one", "two"]), state=f"STATE:{self.said}")
        event = self.dice.choice(
            [
                an_event(**own, vehicle=car),
                an_event("user:vehicle:discovered", **own, vehicle=just_found(car)),
                an_event(
                    "user:vehicle:smart-charging-status-updated",
                    **own,
                    smartChargingStatus=a_smart_charging_status(vehicleId=QUIET, state=f"STATE:{self.said}"),
                ),
                an_event(
                    "user:schedule:execution-updated",
                    **own,
                    status=schedule,
                    schedule=a_schedule(targetId=QUIET),
                ),
                an_event(
                    "user:vendor-action:updated",
                    **own,
                    vendorAction=an_action(**action, id="act", state="PENDING", kind=f"KIND {self.said}"),
                ),
            ]
        )
        lateness = self.dice.choice([timedelta(), timedelta(), self.dice.random() * DAY])
        self.waiting.append((at + lateness, event))
        if self.dice.random() < 0.2:
            self.waiting.append((at + lateness + self.dice.random() * 2 * DAY, event))


@pytest.mark.parametrize("seed", range(12))
def test_the_window_reads_as_if_nothing_had_expired(seed: int) -> None:
    """Ten days of one car, some busy, some silent for days, with one day of history."""
    life = Arrivals(seed)
    take(
        [an_event(at=BEGAN, user_id="anna", vehicle=a_vehicle(id=QUIET, userId="anna"))],
        log=life.log,
        states=life.states,
        now=BEGAN,
    )
    checked = 0
    for _ in range(20):
        life.live(12 * HOUR, words_a_day=life.dice.choice([0, 0, 1, 3, 40]))
        covered = coverage.read(life.records)
        begin = covered.begin(life.now)
        assert begin is not None
        devices = FakeDevices(life.states)
        ours = reader_of(devices, life.log, life.now, covered)
        truth = reader_of(devices, life.log.whole, life.now, Covered())
        for at in (begin, life.now, *(begin + life.dice.random() * DAY for _ in range(5))):
            expected = document_at(truth, CAR, at)
            assert document_at(ours, CAR, at) == expected, at
            checked += expected is not None
        assert changes_of(ours, CAR) == changes_of(truth, CAR, since=begin)

    assert checked > 100
    assert len(life.log.kept) < len(life.log.whole.kept)
