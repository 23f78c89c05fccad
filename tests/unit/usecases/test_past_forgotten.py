"""Proves that a device deleted long ago has its past for as long as the log has it, and nobody else's does."""

from datetime import datetime, timedelta

import pytest

from lastseen.domain.answer import Window
from lastseen.domain.caller import Caller
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.errors import UnknownDevice
from lastseen.usecases.devicelog import Span
from lastseen.usecases.past import Chronicler
from tests.builders import NOON, Json, a_vehicle, an_event
from tests.fakes import CountedHistory, FakeDevices, FakeHistory
from tests.read_door import Kept

CAR = DeviceId(DeviceKind.VEHICLE, "car")
ANNA, BEN, FLEET = Caller("anna"), Caller("ben"), Caller("app", sees_all=True)
START = NOON - timedelta(hours=1)


def _at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def _said(verb: str, minute: float, battery: int = 0, user_id: str = "anna") -> Json:
    car = a_vehicle(id=CAR.id, userId=user_id, battery_percent=battery)
    return an_event(f"user:vehicle:{verb}", at=_at(minute), user_id=user_id, vehicle=car)


def _forgotten(*events: Json) -> Kept:
    """What is left when tombstones have expired: they stay for three days, the log for as long as the deployer says."""
    kept = Kept()
    for event in events:
        kept.deliver(event)
    kept.states.devices.clear()
    return kept


def _chronicler(kept: Kept, caller: Caller) -> Chronicler:
    return Chronicler(caller, FakeDevices(kept.states), FakeHistory(kept.log), NOON)


@pytest.mark.parametrize("caller", [ANNA, FLEET])
def test_the_past_of_a_device_outlives_its_tombstone(caller: Caller) -> None:
    """Every question about the past, by kind or without; what came after its end is not there, as ever."""
    chronicler = _chronicler(
        _forgotten(_said("updated", 0, 1), _said("updated", 1, 3), _said("deleted", 2)), caller
    )

    changes = chronicler.changes(CAR.id, Span(), Window(99)).changes.items
    assert (changes[-1].path, changes[-1].at) == ("$exists", _at(2))
    assert len(chronicler.snapshots(CAR.id, Span(), Window(9)).entries.items) == 3
    assert len(chronicler.difference(CAR.id, _at(0), _at(1))[2]) == 1
    for kind in (None, CAR.kind):
        then = chronicler.as_of(CAR.id, _at(1.5), kind)
        assert (then.known.user_id, then.known.device, then.coverage_from) == ("anna", CAR, _at(0))
    with pytest.raises(UnknownDevice, match="did not exist"):
        chronicler.as_of(CAR.id, _at(3))
    with pytest.raises(UnknownDevice):
        chronicler.as_of(CAR.id, _at(1), DeviceKind.CHARGER)


def test_whose_the_last_word_was_decides_who_may_ask() -> None:
    """One word of each kind is looked at: nobody can have a long log of somebody else's read in vain."""
    kept = _forgotten(_said("updated", 0, 1), _said("deleted", 1), _said("updated", 2, 1, "ben"))
    log = CountedHistory(FakeHistory(kept.log))

    for caller in (ANNA, Caller("carl"), Caller(None)):
        log.calls = log.asked_for = 0
        with pytest.raises(UnknownDevice):
            Chronicler(caller, FakeDevices(kept.states), log, NOON).as_of(CAR.id, _at(0))
        assert (log.calls, log.asked_for) == (len(DeviceKind), len(DeviceKind))
    assert _chronicler(kept, BEN).as_of(CAR.id, _at(2)).known.user_id == "ben"
