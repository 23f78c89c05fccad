"""Proves `domain/twin.py`, `domain/merge.py` together: a thousand lives over links, in every order and with crashes."""

from collections.abc import Sequence
from datetime import timedelta
from random import Random

import pytest

from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceKind
from lastseen.domain.event import Effect, Joined
from lastseen.domain.pagination import PageRequest
from lastseen.domain.snapshot import StoredDevice
from lastseen.errors import StoreUnavailable
from lastseen.usecases.reading.device_log import Span
from lastseen.usecases.reading.past import HistoryReader
from lastseen.usecases.reading.twin_past import LINKED, TwinPast
from lastseen.usecases.reading.twins import TwinReader
from tests.support.arrivals import take
from tests.support.builders import NOON, TWIN_KEY, Json
from tests.support.fakes import FakeDevices, FakeHistory, FakeLog, FakeStates
from tests.support.relinks import USERS, Life, delivered, lived

LIVES = 1000
EACH = 50


class Crashing(FakeStates):
    """The state of a function that is killed now and then, in the middle of what it joins."""

    rng: Random

    def merge(self, effects: Sequence[Effect], deadline: Deadline) -> Joined:
        """Join all of it, or a part of it and no more."""
        if self.rng.random() < 0.3:
            super().merge(effects[: self.rng.randint(0, len(effects))], deadline)
            raise StoreUnavailable("killed")
        return super().merge(effects, deadline)


def _kept(deliveries: list[list[Json]], states: FakeStates, log: FakeLog) -> None:
    for number, events in enumerate(deliveries):
        while True:
            try:
                take(events, log, states, number=number)
                break
            except StoreUnavailable:
                continue


def _lives() -> list[list[Life]]:
    found: list[list[Life]] = []
    seed = 0
    while sum(len(lives) for lives in found) < LIVES:
        found.append(lived(seed))
        seed += 1
    return found


def _twin_of(life: Life, user_id: str, id_: str) -> str:
    """What must be true, said anew: the name of the number under the user, or Enode's id."""
    field = {DeviceKind.VEHICLE: "vin", DeviceKind.CHARGER: "serialNumber"}[life.kind]
    vendor = {DeviceKind.VEHICLE: "TESLA", DeviceKind.CHARGER: "ZAPTEC"}[life.kind]
    name = TWIN_KEY.named_in(user_id, life.kind, {"vendor": vendor, "information": {field: life.number}})
    assert (name is not None) is life.is_strong
    return id_ if name is None else name.twin_id


def test_a_thousand_lives_end_in_the_same_items_in_every_order_and_with_crashes() -> None:
    """Every link of a strong identity names its twin, and nothing else is joined."""
    wrong: list[object] = []
    for number, lives in enumerate(_lives()):
        in_order = FakeStates()
        _kept([[event] for life in lives for event in life.events], in_order, FakeLog())
        crashing = Crashing()
        crashing.rng = Random(number)
        _kept(delivered(lives, Random(number)), crashing, FakeLog())

        if crashing.devices != in_order.devices:
            wrong.append((number, "not the same items"))
        devices = FakeDevices(crashing)
        for life in lives:
            for user_id, id_ in life.links:
                (known,) = [one for one in _known(devices, user_id) if one.device.id == id_]
                if known.twin_id != _twin_of(life, user_id, id_):
                    wrong.append((number, user_id, id_, known.twin_id))
        twins: dict[tuple[str, str], set[int]] = {}
        for which, life in enumerate(lives):
            for user_id, id_ in life.links:
                twins.setdefault((user_id, _twin_of(life, user_id, id_)), set()).add(which)
        wrong += [(number, twin) for twin, joined in twins.items() if len(joined) > 1]

    assert wrong == []


def _known(devices: FakeDevices, user_id: str) -> list[StoredDevice]:
    return [linked.known for linked in devices.walk_user(user_id)]


@pytest.mark.parametrize("part", range(LIVES // 2 // EACH))
def test_the_history_of_a_twin_is_what_happened_to_it(part: int) -> None:
    """Every step of its number, under whatever link, and every link, once: the lives' own truth."""
    for lives in _lives()[part * EACH // 2 : (part + 1) * EACH // 2]:
        states, log = FakeStates(), FakeLog()
        _kept(delivered(lives, Random(part)), states, log)
        for life in lives:
            if not life.is_strong:
                continue
            for user_id in USERS:
                ids = {id_ for whose, id_ in life.links if whose == user_id}
                if ids:
                    past = _past(states, log, user_id, _twin_of(life, user_id, ""))
                    assert set(past._ids) == ids
                    assert _steps(past, life) == life.steps.get(user_id, [])
                    links = past.changes(Span(), PageRequest(100), field=LINKED).changes.items
                    assert {change.link for change in links} == ids


def _past(states: FakeStates, log: FakeLog, user_id: str, twin_id: str) -> TwinPast:
    caller, devices = Caller(user_id), FakeDevices(states)
    links = TwinReader(caller, devices, lambda: TWIN_KEY).links(twin_id)
    reader = HistoryReader(caller, devices, FakeHistory(log), NOON + timedelta(hours=1))
    return TwinPast(reader, twin_id, links, lambda: TWIN_KEY)


def _steps(past: TwinPast, life: Life) -> list[tuple[str, object, object]]:
    path = {DeviceKind.VEHICLE: "chargeState.batteryLevel", DeviceKind.CHARGER: "chargeState.chargeRate"}
    page = past.changes(Span(), PageRequest(100), field=path[life.kind]).changes
    assert page.after is None
    return [(one.link, one.before, one.after) for one in page.items if one.before is not None]
