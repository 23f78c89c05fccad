"""Proves `routes/smart_charging.py`, `usecases/smart_charging.py`:
how a vehicle's smart charging stands when no event has told it: Enode is asked once, and only where it can be.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.read import app
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.document import load
from lastseen.domain.event import DeviceLog, Source
from lastseen.domain.event_catalog import Family
from lastseen.domain.observation import ChargingReading
from lastseen.errors import EnodeUnavailable, Misconfigured, NoEnodeClient
from lastseen.usecases.recent_failures import RecentFailures
from lastseen.usecases.smart_charging import ChargingReader
from tests.support.builders import Json, a_smart_charging_status, a_vehicle, an_event
from tests.support.fakes import FakeDevices, FakeHistory
from tests.support.read_requests import FLEET, Answer, Claims, Kept, of

NOW = datetime.now(UTC).replace(microsecond=0)
URL = "/vehicles/car/smart-charging-status"
CAR = DeviceId(DeviceKind.VEHICLE, "car")
LOG = DeviceLog(CAR, "anna", Family.SMART_CHARGING)


def a_status(state: str, user_id: str = "anna") -> Json:
    """How the car's smart charging stands."""
    return dict(a_smart_charging_status(vehicleId="car", userId=user_id, state=state))


@dataclass
class ChargingEnode:
    """An Enode that says of every vehicle what it is told to."""

    status: Json | None = field(default_factory=lambda: a_status("DISABLED"))
    at: datetime = NOW
    fails: Exception | None = None
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], None] = lambda: None

    def smart_charging_status(self, vehicle_id: str) -> ChargingReading | None:
        """Say it."""
        self.asked.append(vehicle_id)
        self.meanwhile()
        if self.fails is not None:
            raise self.fails
        if self.status is None:
            return None
        device = DeviceId(DeviceKind.VEHICLE, vehicle_id)
        return ChargingReading(device, self.status["userId"], self.status, self.at)


@dataclass
class World:
    """A car of Anna's, the read function, and Enode."""

    monkeypatch: pytest.MonkeyPatch
    kept: Kept = field(default_factory=Kept)
    enode: ChargingEnode = field(default_factory=ChargingEnode)
    records: dict[str, Any] = field(default_factory=lambda: {"WEBHOOK": {"id": "hook-1"}})
    failures: RecentFailures = field(default_factory=RecentFailures)
    now: datetime = NOW

    def tell(self, verb: str, ago: float, user_id: str = "anna") -> None:
        """Let in an event of the car, so many seconds ago."""
        car, at = a_vehicle(id="car", userId=user_id), NOW - timedelta(seconds=ago)
        self.kept.deliver(an_event(f"user:vehicle:{verb}", at=at, user_id=user_id, vehicle=car), now=NOW)

    def tell_status(self, state: str, ago: float) -> None:
        """Let in a status of Anna's car."""
        event = an_event(
            "user:vehicle:smart-charging-status-updated",
            at=NOW - timedelta(seconds=ago),
            user_id="anna",
            smartChargingStatus=a_status(state),
        )
        self.kept.deliver(event, now=NOW)

    def ask(self, claims: Claims = FLEET, url: str = URL, **query: str) -> Answer:
        """Ask the read function."""
        door = self.kept.door
        for name, said in self.records.items():
            door.records.write(name, said, version=0)
        door.charging_reader = self._reader
        self.monkeypatch.setattr(app, "build", door.collaborators)
        return door.get(url, query, claims=claims)

    @property
    def logged(self) -> list[tuple[str, Source, str]]:
        """Name, source and state of each status in the log."""
        entries = FakeHistory(self.kept.log).entries(LOG)
        return [(one.name, one.source, load(one.document)["state"]) for one in entries]

    def _reader(self, deadline: Deadline) -> ChargingReader:
        kept = self.kept
        return ChargingReader(
            log=kept.log,
            states=kept.states,
            devices=FakeDevices(kept.states),
            enode=self.enode,
            now=lambda: self.now,
            deadline=deadline,
            failures=self.failures,
        )


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """Anna has a car of which no status was told."""
    world = World(monkeypatch)
    world.tell("updated", 60)
    return world


@pytest.mark.parametrize("claims", [FLEET, of("anna")])
def test_a_status_that_no_event_has_told_is_asked_for_once_and_kept(world: World, claims: Claims) -> None:
    """As at Enode: 200 from the first question on; the log names the read and who asked."""
    answers = [world.ask(claims) for _ in range(3)]

    assert [(one.status, one.json) for one in answers] == [(200, a_status("DISABLED"))] * 3
    assert world.enode.asked == ["car"]
    assert world.logged == [("lastseen:read-smart-charging-status", Source.REFRESH, "DISABLED")]


def test_a_read_status_is_history_of_smart_charging_and_none_of_the_car(world: World) -> None:
    """The car's own document does not become a status, now or as of a moment."""
    before = world.ask(url="/vehicles/car").json
    world.ask()

    changes = world.ask(url="/devices/car/history").data

    assert world.ask(url="/vehicles/car").json == before
    assert world.ask(url="/vehicles/car", at=f"{NOW:%Y-%m-%dT%H:%M:%SZ}").json == before
    assert [(one["path"], one["event"], one["source"]) for one in changes] == [
        ("smartChargingStatus", "lastseen:read-smart-charging-status", "refresh")
    ]


def test_an_event_is_answered_without_a_question_and_overrules_a_read(world: World) -> None:
    """A read is dated a second early, so that an event of its own second is the later word."""
    world.ask()
    world.tell_status("CONSIDERING", 0)

    assert world.ask().json["state"] == "CONSIDERING"
    assert world.enode.asked == ["car"]


def test_an_event_that_comes_while_enode_is_asked_is_the_answer(world: World) -> None:
    """The newer word stands, and is told; the older is history."""
    world.enode.meanwhile = lambda: world.tell_status("CONSIDERING", 0)

    assert world.ask().json["state"] == "CONSIDERING"
    assert [state for *_, state in world.logged] == ["DISABLED", "CONSIDERING"]


def test_two_who_ask_at_once_write_the_same_down(world: World) -> None:
    """The key is a function of what Enode said, and when."""

    def another_asks() -> None:
        world.enode.meanwhile = lambda: None
        world.ask()

    world.enode.meanwhile = another_asks

    assert world.ask().json == a_status("DISABLED")
    assert world.enode.asked == ["car", "car"]
    assert len(world.logged) == 1


@pytest.mark.parametrize("relinked_as", ["updated", "discovered"])
def test_the_status_of_a_former_life_is_not_told_of_the_present_one(world: World, relinked_as: str) -> None:
    """Deleted and linked again, with smart charging not yet switched on."""
    world.tell_status("PLAN:EXECUTING:STARTED", 50)
    world.tell("deleted", 40)
    assert world.ask().status == 404
    world.tell(relinked_as, 30)

    answers = [world.ask().json["state"] for _ in range(2)]

    assert answers == ["DISABLED", "DISABLED"]
    assert world.enode.asked == ["car"]


def test_where_nobody_asks_enode_a_former_life_is_not_told_either(world: World) -> None:
    """404 until an event tells of this life."""
    world.records = {}
    world.tell_status("PLAN:EXECUTING:STARTED", 50)
    world.tell("deleted", 40)
    world.tell("updated", 30)
    before = world.ask()
    world.tell_status("CONSIDERING", 20)

    assert before.status == 404
    assert world.ask().json["state"] == "CONSIDERING"
    assert world.enode.asked == []


def test_a_late_word_of_a_former_life_does_not_come_back(world: World) -> None:
    """Delivered after the deletion, dated before it."""
    world.tell("deleted", 40)
    world.tell("updated", 30)
    world.tell_status("PLAN:EXECUTING:STARTED", 50)

    assert world.ask().json["state"] == "DISABLED"


def test_a_read_that_is_dated_before_the_deletion_is_told_and_not_kept(world: World) -> None:
    """Linked again within the second that a read is dated early: it would be a word of the former life."""
    world.tell("deleted", 0.9)
    world.tell("updated", 0.5)

    assert world.ask().json == a_status("DISABLED")
    assert world.logged == []
    world.enode.at = NOW + timedelta(seconds=2)
    assert [world.ask().json["state"] for _ in range(2)] == ["DISABLED"] * 2
    assert len(world.enode.asked) == 2


@pytest.mark.parametrize("claims", [of("ben"), of("")])
def test_enode_is_not_asked_for_what_is_not_the_callers(world: World, claims: Claims) -> None:
    """404, whoever's it is, and no question spent on it."""
    assert world.ask(claims).status in (403, 404)
    assert world.ask(url="/vehicles/nobodys/smart-charging-status").status == 404
    assert world.enode.asked == []


def test_a_status_of_another_user_is_not_told(world: World) -> None:
    """The vehicle has moved, and no event has told so yet: nothing of its new owner is kept or said."""
    world.enode.status = a_status("CONSIDERING", "ben")

    answer = world.ask(of("anna"))

    assert (answer.status, "CONSIDERING" in answer.text, world.logged) == (404, False, [])
    assert world.kept.states.statuses == {}


def test_a_vehicle_that_enode_does_not_have_is_404(world: World) -> None:
    """As at Enode; to delete it is the reconcile's to decide."""
    world.enode.status = None

    assert world.ask().status == 404
    assert world.ask(url="/vehicles/car").status == 200
    assert world.logged == []


@pytest.mark.parametrize(
    ("failure", "wait"),
    [
        (EnodeUnavailable("down", status=500), "5"),
        (EnodeUnavailable("slow down", status=429, retry_after=30.0), "30"),
        (Misconfigured("the secret holds no client"), "5"),
    ],
)
def test_an_enode_that_does_not_answer_is_503_as_for_a_refresh(
    world: World, failure: Exception, wait: str
) -> None:
    """With Enode's own seconds, where it gave some; nothing is kept, and what is known is told on."""
    world.enode.fails = failure

    answer = world.ask()

    assert (answer.status, answer.headers["retry-after"], world.logged) == (503, wait, [])
    world.tell_status("CONSIDERING", 0)
    assert world.ask().status == 200


@pytest.mark.parametrize(
    ("failure", "status", "seconds"),
    [
        (None, 404, 60),
        (EnodeUnavailable("down", status=500), 503, 10),
        (EnodeUnavailable("down", status=503, retry_after=20.0), 503, 20),
        (EnodeUnavailable("slow down", status=429, retry_after=3600.0), 503, 60),
    ],
    ids=["denied", "down", "back in twenty seconds", "slow down"],
)
def test_what_enode_has_just_failed_to_tell_is_not_asked_for_again_at_once(
    world: World, failure: Exception | None, status: int, seconds: int
) -> None:
    """Whoever asks in a loop gets the same answer from us, with what is left of the wait; then Enode is asked again."""
    world.enode.status, world.enode.fails = None, failure
    first = world.ask()

    world.now += timedelta(seconds=seconds - 1)
    second = world.ask()

    assert (first.status, second.status, len(world.enode.asked)) == (status, status, 1)
    assert first.json == second.json
    assert second.headers.get("retry-after") == (None if failure is None else "1")
    world.now += timedelta(seconds=1)
    world.enode.status, world.enode.fails = a_status("DISABLED"), None
    assert world.ask().status == 200
    assert len(world.enode.asked) == 2


def test_a_vehicle_that_was_linked_again_is_asked_for_whatever_failed_before(world: World) -> None:
    """What Enode denied was the former life."""
    world.enode.status = None
    assert world.ask().status == 404

    world.tell("deleted", 30)
    world.tell("updated", 20)
    world.enode.status = a_status("DISABLED")

    assert world.ask().status == 200


@pytest.mark.parametrize("records", [{}, {"WEBHOOK": {"id": "hook-1"}}])
def test_without_a_client_of_enodes_there_is_nothing_until_an_event_comes(
    world: World, records: dict[str, Any]
) -> None:
    """404, which says why: it was never there, or is there no more."""
    world.records, world.enode.fails = records, NoEnodeClient("nobody has written it yet")

    answer = world.ask()

    assert answer.status == 404
    assert "no smart-charging status" in answer.json["detail"]
    assert len(world.enode.asked) == len(records)
