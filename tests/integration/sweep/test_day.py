"""A simulated day at SPEED=60, with troubles, refreshes, sweeps and reconciles: at a hundred moments, one story."""

import json
import random
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from itertools import pairwise
from typing import cast

import pytest

from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.domain.diff import differences
from lastseen.domain.event import DeviceLog
from lastseen.domain.freshness import Limits
from lastseen.domain.history import EXISTENCE, Change, Fold
from lastseen.domain.pagination import PageRequest
from lastseen.domain.snapshot import Life, StoredDevice
from lastseen.errors import EnodeUnavailable, NotServed, TooEarly, UnknownDevice
from lastseen.usecases.reading.device_log import Span
from lastseen.usecases.reading.past import HistoryReader
from lastseen.usecases.reading.present import Reader
from lastseen.usecases.refresh import Refresher
from local.simulator.fleet import Fleet
from local.simulator.simulator import Options
from tests.support.builders import Json
from tests.support.fakes import FakeHistory, FakeLog, FakeStates
from tests.support.world import DAY, Settings, World

SPEED = 60
MOMENTS = 100
LIMITS = Limits(active=timedelta(seconds=5), regular=timedelta(seconds=15), hvac=timedelta(seconds=5))
FLEET = Caller("operators", sees_all=True)
OF_OTHER_FAMILIES = ("smartChargingStatus", "schedules.", "vendorActions.", "statistics")
FAULTS = {"duplicate": 0.3, "reorder": 0.3, "rebatch": 0.3, "lose_reply": 0.3, "unknown_event": 0.1}


@pytest.mark.parametrize(("seed", "wholly"), [(1, 10), (2, 10), (2026, 1)])
def test_state_as_of_now_and_history_agree_at_a_hundred_moments_of_a_day(seed: int, wholly: int) -> None:
    """For every device, whatever was late, doubled, lost on its way back, read meanwhile, deleted or linked again.

    The whole log is folded beside it at every moment, or at each so many.
    """
    world, dice = _a_world(seed), random.Random(seed)
    seen = 0
    for moment in range(MOMENTS):
        _something_happens(world, dice, moment)
        world.simulator.advance(DAY / SPEED / MOMENTS)

        for known in _everything(world):
            differ = list(_disagreements(world, known, wholly=moment % wholly == wholly - 1))
            assert differ == [], (seed, moment, known.device)
            seen += 1

    assert seen > 12 * MOMENTS
    assert world.swept["verified"] > 0
    assert {kept.entry.source.value for kept in cast("FakeLog", world.store.log).kept.values()} >= {
        "webhook",
        "sweep",
    }


@pytest.mark.parametrize("every", [1, 10])
@pytest.mark.parametrize("seed", [1, 2, 2026])
def test_once_all_has_come_and_was_looked_at_they_agree_with_the_simulator(seed: int, every: int) -> None:
    """Whatever happened: when the last delivery is taken and every list was walked, Enode's truth is ours.

    At each of the hundred moments; and at every tenth, so that troubles can pile up in between.
    """
    world, dice = _a_world(seed), random.Random(seed)
    for moment in range(MOMENTS):
        _something_happens(world, dice, moment)
        world.simulator.advance(DAY / SPEED / MOMENTS)
        if moment % every == every - 1:
            _settle(world)
            assert list(world.disagreements()) == [], (seed, moment)
            for known in _everything(world):
                assert list(_disagreements(world, known, wholly=moment == MOMENTS - 1)) == [], (
                    seed,
                    moment,
                    known.device,
                )
            world.simulator.resume()


def _a_world(seed: int) -> World:
    options = Options(linking="listening", speed=SPEED, give_up_after=60 * DAY)
    world = World(Fleet.default(3), Settings(limits=LIMITS), options=options, seed=seed)
    world.guard()
    world.simulator.advance(timedelta(seconds=5))
    world.simulator.faults.set(FAULTS)
    return world


def _something_happens(world: World, dice: random.Random, moment: int) -> None:
    """A trouble begins or ends; somebody refreshes; a sweep, now and then a reconcile, is due."""
    cached = dice.choice(list(world.simulator.cloud.devices.values()))
    device, account = {"deviceId": cached.id}, {"userId": cached.user_id, "vendor": cached.device.vendor}
    requests = [
        ("relink", device),
        ("recover", device),
        ("invalidate", account),
        ("restore", account),
        ("", {}),
    ]
    if cached.is_alive:
        requests += [("delete", device), ("out_of_reach", device), ("stall", device)]
    action, of_what = dice.choice(requests)
    if action:
        world.do(action, **of_what)
    world.is_up = dice.random() < 0.9
    for _ in range(dice.randrange(4)):
        _refresh(world, dice.choice(list(world.simulator.cloud.devices)))
    world.sweep()
    if moment % 10 == 5:
        world.reconcile_wholly()


def _refresh(world: World, id_: str) -> None:
    reader = Reader(FLEET, world.store.devices, LIMITS, world.now())
    refresher = Refresher(
        checks=world.store.checks,
        log=world.store.log,
        states=world.store.states,
        devices=world.store.devices,
        enode=world.enode,
        limits=LIMITS,
        backoff=world.settings.backoff,
        now=world.now,
        deadline=Deadline.after(timedelta(seconds=8), world.clock),
    )
    with suppress(EnodeUnavailable, NotServed, TooEarly, UnknownDevice):
        refresher.refresh(reader.device(id_), name="refresh")


def _settle(world: World) -> None:
    """Let everything come that is on its way, and every list be walked, while the fleet stands still."""
    world.is_up = True
    world.simulator.faults.set(dict.fromkeys(FAULTS, 0.0))
    assert world.simulator.drain(timedelta(hours=2))
    done = world.reconcile()
    while not done.ended:
        done = world.reconcile(at_once=False)
    world.simulator.faults.set(FAULTS)


def _everything(world: World) -> Iterator[StoredDevice]:
    states = cast("FakeStates", world.store.states)
    for user_id, device in list(states.devices):
        known = world.store.devices.one(user_id, device)
        if known is not None:
            yield known


def _disagreements(world: World, known: StoredDevice, *, wholly: bool) -> Iterator[object]:
    """Where the state, the fold of the log, the answer as of now, and the end of history differ."""
    history = FakeHistory(cast("FakeLog", world.store.log))
    is_alive = known.snapshot.life is Life.ALIVE
    document = json.loads(known.snapshot.current.document or b"{}")
    history_reader = HistoryReader(Caller(known.user_id), world.store.devices, history, world.now())
    try:
        then = history_reader.as_of(known.device.id, world.now(), known.device.kind)
    except UnknownDevice:
        if is_alive:
            yield "alive now, unknown as of now"
        return
    if not is_alive:
        yield "gone now, known as of now"
        return
    yield from differences(json.loads(then.known.snapshot.current.document or b"{}"), document)
    if wholly:
        yield from _by_the_whole_log(history, history_reader, known, document)


def _by_the_whole_log(
    history: FakeHistory, history_reader: HistoryReader, known: StoredDevice, document: Json
) -> Iterator[object]:
    fold = Fold()
    changes: list[Change] = []
    for entry in history.entries(DeviceLog(known.device, known.user_id)):
        changes += fold.take(entry)
    yield from differences(json.loads(fold.snapshot.current.document or b"{}"), document)
    yield from _breaks(changes)
    told = [
        (one.ord, one.index)
        for one in history_reader.changes(
            known.device.id, Span(newest_first=True), PageRequest(20)
        ).changes.items
        if not one.path.startswith(OF_OTHER_FAMILIES)
    ]
    if told != [(one.ord, one.index) for one in reversed(changes)][: len(told)]:
        yield "history answers other changes than the fold tells"


def _breaks(changes: list[Change]) -> Iterator[object]:
    """Changes of one path that do not follow on each other."""
    of_path: dict[str, list[Change]] = {}
    for change in changes:
        if change.path != EXISTENCE:
            of_path.setdefault(change.path, []).append(change)
    for of_one in of_path.values():
        for one, following in pairwise(of_one):
            if one.after != following.before:
                yield one, following
