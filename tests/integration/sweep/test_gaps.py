"""Proves `usecases/maintenance/gap_watch.py`, `domain/gap.py`, `usecases/coverage.py`, `api/coverage_view.py`:
every outage is named, as wide as it was and by no more than a heartbeat and a guard wider; what was late is no gap.
"""

import json
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest

from lastseen.api import views
from lastseen.api.cursor import Cursors
from lastseen.domain.caller import Caller
from lastseen.domain.gap import Cause, Gap
from lastseen.domain.pagination import PageRequest
from lastseen.usecases import coverage
from lastseen.usecases.maintenance import gap_watch
from lastseen.usecases.reading.device_log import Span
from lastseen.usecases.reading.past import HistoryReader
from local.simulator.fleet import Fleet
from local.simulator.simulator import Options
from tests.support.fakes import FakeDevices, FakeHistory, FakeLog, FakeStates
from tests.support.world import DAY, HOUR, MINUTE, World

GUARD_EVERY, HEARTBEAT_EVERY = 5 * MINUTE, 10 * MINUTE
WIDER = GUARD_EVERY + HEARTBEAT_EVERY


def _a_world(**options: object) -> World:
    world = World(Fleet.default(1), options=Options(linking="listening", **options))  # type: ignore[arg-type]
    world.listen()
    _live(world, HOUR)
    world.reconcile_wholly()
    return world


def _live(world: World, span: timedelta) -> None:
    """Let time pass, and the guard look at it."""
    until = world.now() + span
    while world.now() < until:
        world.simulator.advance(min(GUARD_EVERY, until - world.now()))
        world.guard()


def _named(world: World) -> list[Gap]:
    """Every gap but that before the first guard."""
    return [one for one in coverage.read(world.store.records).gaps if one.begin is not None]


def _switch_off(world: World) -> None:
    (webhook,) = world.simulator.webhooks.values()
    webhook.is_active = False


def _delete(world: World) -> None:
    (webhook,) = world.simulator.webhooks.values()
    world.simulator.sender.close(webhook.id)
    del world.simulator.webhooks[webhook.id]


def _narrow(world: World) -> None:
    (webhook,) = world.simulator.webhooks.values()
    webhook.events = ("user:vehicle:updated",)


def _divert(world: World) -> None:
    (webhook,) = world.simulator.webhooks.values()
    webhook.url = "https://elsewhere.example/hook"


@pytest.mark.parametrize("minutes", [0.5, 3, 4.9])
@pytest.mark.parametrize("outage", [_switch_off, _delete, _narrow, _divert])
def test_a_webhook_that_others_touched_leaves_a_gap(outage: Callable[[World], None], minutes: float) -> None:
    """Switched off, deleted, made for fewer events, or sent elsewhere: from the last sign until the guard mends it."""
    world = _a_world()
    outage(world)
    began = world.now()
    world.simulator.advance(minutes * MINUTE)
    world.guard()
    ended = world.now()

    (gap,) = _named(world)

    assert gap.cause is Cause.WEBHOOK_INACTIVE
    _must_cover(gap, began, ended)


@pytest.mark.parametrize("hours", [25, 30, 60])
def test_deliveries_that_we_did_not_take_until_enode_gave_up_leave_a_gap(hours: float) -> None:
    """What waits at Enode is deleted with the webhook: the gap begins with the first of it."""
    world = _a_world()
    world.is_up = False
    began = world.now()
    _live(world, hours * HOUR)
    world.is_up = True
    revived = max(one.end for one in _named(world) if one.end is not None)
    _live(world, 5 * HOUR)

    (gap,) = _named(world)

    assert gap.cause is Cause.INGEST_FAILED
    _must_cover(gap, began, revived)
    assert revived <= began + hours * HOUR


@pytest.mark.parametrize("hours", [0.2, 2, 20])
def test_what_enode_kept_and_delivered_afterwards_is_late_and_no_gap(hours: float) -> None:
    """While it lasts nobody can know: then it is named, and taken back as soon as a heartbeat has come through."""
    world = _a_world()
    world.is_up = False
    began = world.now()
    _live(world, hours * HOUR)
    lasting = _named(world)
    world.is_up = True
    _live(world, 5 * HOUR)

    assert [one.cause for one in lasting] == ([Cause.HEARTBEAT_SILENT] if hours > 1 else [])
    assert all(one.end is None and began - WIDER <= (one.begin or began) <= began for one in lasting)
    assert _named(world) == []


def test_a_silence_longer_than_enode_keeps_events_leaves_a_gap_though_the_webhook_is_active() -> None:
    """Without an Enode client too: nobody is asked."""
    world = _a_world()
    before = max(_beats(world))
    world.is_up = False
    world.simulator.advance(20 * HOUR)
    world.is_up = True
    records, devices = world.store.records, world.store.devices
    gap_watch.run(devices=devices, records=records, kept=HOUR, now=world.now())
    world.simulator.advance(5 * HOUR)
    gap_watch.run(devices=devices, records=records, kept=HOUR, now=world.now())

    (gap,) = _named(world)

    assert (gap.cause, gap.begin) == (Cause.HEARTBEAT_SILENT, before)
    assert gap.end is not None
    assert gap.end > before + 20 * HOUR


def test_two_outages_are_two_gaps_and_a_window_forgets_those_behind_it() -> None:
    """The record stays small however long a deployment lives."""
    world = _a_world()
    for _ in range(2):
        _switch_off(world)
        _live(world, 3 * HOUR)
    both = _named(world)
    coverage.keep_term(world.store.records, DAY, now=world.now())
    still = _named(world)
    coverage.keep_term(world.store.records, DAY, now=world.now() + DAY - 4 * HOUR)

    assert len(both) == 2
    assert still == both
    assert _named(world) == [both[1]]


def test_answers_name_the_gap_and_what_a_reconcile_found_after_it() -> None:
    """In history with the moments between which it happened, as-of with a caution until the reconcile has ended."""
    world = _a_world()
    _narrow(world)
    (webhook,) = world.simulator.webhooks.values()
    webhook.events = ("user:meter:updated",)
    world.simulator.advance(12 * HOUR)
    inside = world.now() - HOUR
    world.guard()
    world.reconcile_wholly()
    reader = HistoryReader(
        Caller("operators", sees_all=True),
        world.store.devices,
        FakeHistory(_log(world)),
        world.now() + MINUTE,
        covered=coverage.read(world.store.records),
    )
    (gap,) = _named(world)
    cursors = Cursors(lambda: b"k" * 32, "history", world.now())
    repaired = 0
    for _, device in list(_states(world).devices):
        told = json.loads(views.history(reader.changes(device.id, Span(), PageRequest(100)), cursors))
        then = json.loads(views.device_as_of(reader.as_of(device.id, inside)))
        now = json.loads(views.device_as_of(reader.as_of(device.id, world.now() + MINUTE)))
        assert told["coverage"]["gaps"][-1]["cause"] == "webhook-inactive"
        assert then["coverage"]["gaps"][-1]["from"] == told["coverage"]["gaps"][-1]["from"]
        assert "more may have happened" in then["asOf"]["caution"]
        assert "caution" not in now["asOf"]
        found = [one for one in told["data"] if one["source"] == "reconcile" and "between" in one]
        assert all(
            gap.begin <= datetime.fromisoformat(one["between"]["from"]) < datetime.fromisoformat(one["at"])
            for one in found
            if gap.begin is not None
        )
        assert all(one["between"]["to"] == one["at"] for one in found)
        repaired += len(found)
    assert repaired > 0
    assert gap.repaired_at is not None


def _must_cover(gap: Gap, began: datetime, ended: datetime) -> None:
    assert gap.begin is not None
    assert gap.end is not None
    assert gap.begin <= began
    assert gap.end >= ended
    assert (gap.end - gap.begin) - (ended - began) <= WIDER


def _beats(world: World) -> list[datetime]:
    return [
        datetime.fromisoformat(event.payload["createdAt"])
        for event in world.simulator.event_log.after(0)
        if event.name == "system:heartbeat"
        and datetime.fromisoformat(event.payload["createdAt"]) <= world.now()
    ]


def _log(world: World) -> FakeLog:
    log = world.store.log
    assert isinstance(log, FakeLog)
    return log


def _states(world: World) -> FakeStates:
    states = world.store.states
    assert isinstance(states, FakeStates)
    assert isinstance(world.store.devices, FakeDevices)
    return states
