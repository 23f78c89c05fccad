"""Proves `usecases/maintenance/anchors.py`, `usecases/maintenance/unasked.py`, `domain/anchor.py`,
`domain/retention.py`:
with one day of history, three days long, every moment of the window is answered as if nothing had ever expired.
"""

import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import pytest

from lastseen.domain import instant
from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.document import load
from lastseen.domain.event import Entry
from lastseen.domain.history import Change
from lastseen.domain.maintenance import StreamPage
from lastseen.domain.pagination import PageRequest
from lastseen.domain.retention import Retention
from lastseen.domain.snapshot import Life
from lastseen.enode import delivery as enode_delivery
from lastseen.errors import NotCovered, StoreUnavailable, UnknownDevice
from lastseen.usecases import coverage, ingest
from lastseen.usecases.coverage import Covered
from lastseen.usecases.maintenance import anchors, unasked
from lastseen.usecases.reading.device_log import Span
from lastseen.usecases.reading.past import HistoryReader
from local.simulator.fleet import Fleet
from tests.support.builders import (
    Json,
    a_delivery,
    a_schedule,
    a_schedule_status,
    a_smart_charging_status,
    a_vehicle,
    an_action,
    an_event,
)
from tests.support.fake_anchors import FakeAnchors
from tests.support.fake_maintenance import FakeCheckStore, FakeRecords
from tests.support.fakes import FakeDevices, FakeHistory, FakeLog, FakeQuarantine, FakeStates
from tests.support.world import DAY, HOUR, Store, World

STEP = HOUR
FLEET = Caller("operators", sees_all=True)
QUIET = "quiet-car"
CAR = DeviceId(DeviceKind.VEHICLE, QUIET)


@dataclass
class LogWithWitness(FakeLog):
    """A log whose entries expire, and beside it one that keeps everything."""

    whole: FakeLog = field(default_factory=FakeLog)

    def append(
        self, entries: Sequence[Entry], *, received_at: datetime, delivery_id: str, deadline: Deadline
    ) -> None:
        """Write to both."""
        super().append(entries, received_at=received_at, delivery_id=delivery_id, deadline=deadline)
        self.whole.append(entries, received_at=received_at, delivery_id=delivery_id, deadline=deadline)


@dataclass
class Days:
    """A world whose history is kept for a day, with a quiet car beside the simulator's own devices.

    Attributes:
        lateness: How expired entries are deleted: at once, by chance, or never.
    """

    lateness: str
    seed: int = 1
    sizes: list[int] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.dice = random.Random(self.seed)
        self.states = FakeStates()
        self.log = LogWithWitness(term=DAY)
        self.records = FakeRecords()
        self.devices = FakeDevices(self.states)
        store = Store(self.log, self.states, self.devices, FakeCheckStore(self.states), self.records)
        self.world = World(Fleet.default(1), store=store, seed=self.seed)
        self.anchors = FakeAnchors(self.states, self.log)
        self.world.guard()
        self.began = self.world.now()

    @property
    def now(self) -> datetime:
        """The present moment."""
        return self.world.now()

    def say(self, *events: Json) -> None:
        """Let events of the quiet car come in."""
        take(events, log=self.log, states=self.states, now=self.now)

    def live(self, span: timedelta) -> None:
        """Let time pass: sweeps, guards, anchors, and expiry."""
        until = self.now + span
        while self.now < until:
            self.world.simulator.advance(STEP)
            self.world.sweep()
            self.world.guard()
            self.look_after_the_past()
            self.expire()
            self.sizes.append(len(self.log.kept))

    def look_after_the_past(self, most: int = anchors.MOST_ITEMS) -> anchors.AnchorsOutcome:
        """Run the job once."""
        deadline = Deadline.after(HOUR, lambda: 0.0)
        return anchors.run(
            anchors=self.anchors, records=self.records, kept=DAY, now=self.now, deadline=deadline, most=most
        )

    def expire(self) -> None:
        """Delete what has expired, as late and in the order that this world is about."""
        expired = self.log.expired(self.now)
        if self.lateness == "at once":
            self.log.delete(expired)
        elif self.lateness == "by chance":
            self.log.delete([key for key in expired if self.dice.random() < 0.05])

    def reader(self, log: FakeLog, covered: Covered) -> HistoryReader:
        """Answers out of a log."""
        return reader_of(self.devices, log, self.now, covered)

    def living(self) -> Iterator[DeviceId]:
        """Devices that live now."""
        for (_, device), snapshot in list(self.states.devices.items()):
            if snapshot.life is Life.ALIVE:
                yield device

    def disagreements(self) -> Iterator[object]:
        """Where an answer differs from the whole log's: at moments of the window, and in its history."""
        covered = coverage.read(self.records)
        begin: datetime | None = covered.begin(self.now)
        assert begin is not None
        ours, truth = self.reader(self.log, covered), self.reader(self.log.whole, Covered())
        living = list(self.living())
        for device in {CAR, *self.dice.sample(living, 5)}:
            moments = [begin, self.now, *(begin + self.dice.random() * DAY for _ in range(6))]
            for at in moments:
                expected = document_at(truth, device, at)
                found = document_at(ours, device, at)
                if found != expected:
                    yield device, at, "differs" if found and expected else (found is None, expected is None)
            told = changes_of(ours, device)
            if told != changes_of(truth, device, since=begin):
                yield device, "history differs"
            if told[::-1] != changes_of(ours, device, newest_first=True):
                yield device, "history backwards differs"


def reader_of(devices: FakeDevices, log: FakeLog, now: datetime, covered: Covered) -> HistoryReader:
    """Answers out of a log."""
    return HistoryReader(FLEET, devices, FakeHistory(log), now, covered=covered)


def take(events: Sequence[Json], *, log: FakeLog, states: FakeStates, now: datetime) -> None:
    """Let events come in."""
    ingest.take(
        enode_delivery.read(a_delivery(events), now=now),
        log=log,
        states=states,
        quarantine=FakeQuarantine(),
        received_at=now,
        delivery_id="own",
        deadline=Deadline.after(HOUR, lambda: 0.0),
    )


def document_at(reader: HistoryReader, device: DeviceId, at: datetime) -> Json | None:
    """What a device was known as at a moment; None for a 404."""
    try:
        return dict(load(reader.as_of(device.id, at, device.kind).known.snapshot.current.document))
    except (NotCovered, UnknownDevice):
        return None


def changes_of(
    reader: HistoryReader, device: DeviceId, *, since: datetime | None = None, newest_first: bool = False
) -> list[Change]:
    """The whole history of a device, page by page."""
    found: list[Change] = []
    after, span = None, Span(since=since, newest_first=newest_first)
    while True:
        page = reader.changes(device.id, span, PageRequest(100, after)).changes
        found += page.items
        after = page.after
        if after is None:
            return found


def _of_all_streams(at: datetime, *, state: str = "PENDING", variant: int = 0) -> list[Json]:
    """A word of every stream of the quiet car."""
    action: Json = {
        "id": "act",
        "targetId": QUIET,
        "targetType": "vehicle",
        "createdAt": "2026-03-01T00:00:00.000Z",
        "updatedAt": instant.fixed(at),
    }
    own: Json = {"at": at, "user_id": "anna"}
    car = a_vehicle(id=QUIET, userId="anna", battery_percent=variant)
    return [
        an_event("user:vehicle:updated", **own, vehicle=car),
        an_event(
            "user:vehicle:smart-charging-status-updated",
            **own,
            smartChargingStatus=a_smart_charging_status(vehicleId=QUIET, state=f"STATE:{variant}"),
        ),
        *(
            an_event(
                "user:schedule:execution-updated",
                **own,
                status=a_schedule_status(scheduleId=schedule, state=f"STATE:{variant}"),
                schedule=a_schedule(targetId=QUIET),
            )
            for schedule in ("one", "two")
        ),
        an_event("user:vendor-action:updated", **own, vendorAction=an_action(**action, state=state)),
    ]


@pytest.mark.parametrize("lateness", ["at once", "by chance"])
def test_every_moment_of_the_window_is_answered_whatever_has_expired(lateness: str) -> None:
    """Three days with one day of history: as-of equals the whole log's answer, and no change is swallowed."""
    days = Days(lateness)
    days.say(*_of_all_streams(days.now))
    for _ in range(6):
        days.live(12 * HOUR)
        assert list(days.disagreements()) == [], days.now - days.began
    days.say(*_of_all_streams(days.now, state="CONFIRMED", variant=1))

    told = changes_of(days.reader(days.log, coverage.read(days.records)), CAR)

    paths = {change.path for change in told}
    assert {
        "chargeState.batteryLevel",
        "smartChargingStatus.state",
        "schedules.one.status.state",
        "schedules.two.status.state",
        "vendorActions.act.state",
    } <= paths
    assert all(change.before is not None for change in told if change.path.endswith("state"))
    if lateness == "at once":
        half = len(days.sizes) // 2
        assert max(days.sizes[half:]) <= 1.15 * max(days.sizes[:half])


def test_a_slice_is_bounded_and_the_next_run_goes_on_with_it() -> None:
    """However large the fleet: a pass is whole after some runs, then it waits until a quarter of the grace is over."""
    days = Days("at once")
    days.say(*_of_all_streams(days.now))
    days.world.simulator.advance(HOUR)
    items = len(days.states.devices) + len(days.states.statuses)

    first = days.look_after_the_past(most=1)
    record = days.records.read("ANCHORS").content
    days.live(HOUR)
    days.anchors.queries = 0
    again = days.look_after_the_past()

    assert items > 10
    assert first.streams > 0
    assert record.get("cursor") is None or record["cursor"][0] < items
    assert (again.streams, days.anchors.queries) == (0, 0)
    assert again.overdue < 1


def test_a_quiet_stream_costs_one_query_a_visit_and_one_write_a_grace() -> None:
    """With ninety days: a visit every 42 hours, and a write every seven days while nothing follows."""
    states, log, records = FakeStates(), FakeLog(term=90 * DAY), FakeRecords()
    began = datetime.fromisoformat("2026-03-01T12:00Z")
    ingest.take(
        enode_delivery.read(
            a_delivery([an_event(at=began, user_id="anna", vehicle=a_vehicle(id=QUIET, userId="anna"))]),
            now=began,
        ),
        log=log,
        states=states,
        quarantine=FakeQuarantine(),
        received_at=began,
        delivery_id="own",
        deadline=Deadline.after(HOUR, lambda: 0.0),
    )
    fake, now = FakeAnchors(states, log), began
    while now < began + 360 * DAY:
        now += 6 * HOUR
        anchors.run(
            anchors=fake, records=records, kept=90 * DAY, now=now, deadline=Deadline.after(HOUR, lambda: 0.0)
        )
        assert log.expired(now) == []

    assert fake.queries <= 360 * DAY / (42 * HOUR) + 1
    assert fake.writes <= (270 + 7) / 7


@pytest.mark.parametrize("kept", [30 * DAY, 90 * DAY, None])
def test_a_longer_term_promises_nothing_that_a_shorter_one_took(kept: timedelta | None) -> None:
    """From a day to more: the window begins where it began, until what was written before has left it."""
    began = datetime.fromisoformat("2026-03-01T12:00Z")
    retention = Retention(DAY).changed(kept, now=began)

    begins = {days: retention.begin(began + days * DAY) for days in (0, 0.5, 1, 2, 20)}

    assert begins == {
        0: began - DAY,
        0.5: began - DAY / 2,
        1: began,
        2: began,
        20: began,
    }
    assert Retention.read(retention.written()) == retention


def test_a_shorter_term_holds_at_once() -> None:
    """What is older is not told any more, whether it was deleted yet or not."""
    began = datetime.fromisoformat("2026-03-01T12:00Z")

    shorter = Retention(90 * DAY).changed(DAY, now=began)

    assert (shorter.begin(began), shorter.earlier, shorter.shortest) == (began - DAY, (), DAY)


def test_what_was_deleted_before_the_window_has_no_past_and_is_let_go() -> None:
    """No anchor of a device that is gone: its entries expire, whatever statuses of its are left in the state."""
    days = Days("at once")
    days.say(*_of_all_streams(days.now))
    days.live(2 * HOUR)
    gone = a_vehicle(id=QUIET, userId="anna")
    days.say(an_event("user:vehicle:deleted", at=days.now, user_id="anna", vehicle=gone))

    days.live(2 * DAY)

    assert [entry for place, entry in days.log.kept if getattr(place, "device", None) == CAR] == []
    with pytest.raises(UnknownDevice):
        days.reader(days.log, coverage.read(days.records)).changes(QUIET, Span(), PageRequest(10))


def test_a_sweep_keeps_anchors_and_a_guard_watches_before_enode_is_needed() -> None:
    """With or without a client; and a store that fails there keeps neither from its own work."""
    days = Days("never")
    days.world.simulator.advance(HOUR)
    context = replace(days.world.context(), anchors=days.anchors)
    settings = _Terms(_Kept(DAY), DAY)

    swept, guarded = unasked.run("sweep", context, settings), unasked.run("guard", context, settings)
    plain = unasked.run("sweep", replace(context, anchors=None), settings)
    failed = unasked.run("sweep", replace(context, anchors=_Failing(days.states, days.log)), settings)

    assert swept.keys() == {"anchors_overdue", "anchors_streams", "anchors_kept"}
    assert swept["anchors_streams"] > 0
    assert (guarded, plain) == ({}, {})
    assert failed.keys() <= {"past_failed", *swept}
    assert coverage.read(days.records).retention == Retention(DAY)


@dataclass(frozen=True)
class _Kept:
    history_kept: timedelta | None


@dataclass(frozen=True)
class _Terms:
    store: _Kept
    webhook_kept: timedelta


class _Failing(FakeAnchors):
    def streams(self, *, start: object, most: int, now: datetime) -> StreamPage:
        raise StoreUnavailable("not now")
