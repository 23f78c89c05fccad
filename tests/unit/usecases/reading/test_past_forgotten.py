"""Proves that a device deleted long ago has its past for as long as the log, for whose it was and nobody else."""

from datetime import datetime, timedelta

import pytest

from lastseen.domain.caller import Caller
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.freshness import Limits
from lastseen.domain.pagination import Page, PageRequest
from lastseen.errors import UnknownDevice
from lastseen.usecases.reading.device_log import Span
from lastseen.usecases.reading.past import HistoryReader
from lastseen.usecases.reading.present import Reader, was_deleted_lately
from tests.support.builders import NOON, Json, a_vehicle, an_event
from tests.support.fakes import CountedHistory, FakeDevices, FakeHistory
from tests.support.read_requests import Kept

CAR = DeviceId(DeviceKind.VEHICLE, "car")
ANNA, BEN, FLEET = Caller("anna"), Caller("ben"), Caller("app", sees_all=True)
START = NOON - timedelta(hours=1)
LATER = NOON + timedelta(days=30)
"""When lists have long forgotten the device. What is left of it stays for as long as the log."""


def _at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def _said(verb: str, minute: float, battery: int = 0, user_id: str = "anna") -> Json:
    car = a_vehicle(id=CAR.id, userId=user_id, battery_percent=battery)
    return an_event(f"user:vehicle:{verb}", at=_at(minute), user_id=user_id, vehicle=car)


def _kept(*events: Json) -> Kept:
    kept = Kept()
    for event in events:
        kept.deliver(event)
    return kept


def _history_reader(kept: Kept, caller: Caller) -> HistoryReader:
    return HistoryReader(caller, FakeDevices(kept.states), FakeHistory(kept.log), LATER)


@pytest.mark.parametrize("caller", [ANNA, FLEET])
def test_the_past_of_a_device_is_there_long_after_its_end(caller: Caller) -> None:
    """Every question about the past, by kind or without; what came after its end is not there, as ever."""
    kept = _kept(_said("updated", 0, 1), _said("updated", 1, 3), _said("deleted", 2))
    history_reader = _history_reader(kept, caller)

    changes = history_reader.changes(CAR.id, Span(), PageRequest(99)).changes.items
    assert (changes[-1].path, changes[-1].at) == ("$exists", _at(2))
    assert len(history_reader.snapshots(CAR.id, Span(), PageRequest(9)).entries.items) == 3
    assert len(history_reader.difference(CAR.id, _at(0), _at(1))[2]) == 1
    for kind in (None, CAR.kind):
        then = history_reader.as_of(CAR.id, _at(1.5), kind)
        assert (then.known.user_id, then.known.device, then.coverage_from) == ("anna", CAR, _at(0))
    with pytest.raises(UnknownDevice, match="did not exist"):
        history_reader.as_of(CAR.id, _at(3))
    with pytest.raises(UnknownDevice):
        history_reader.as_of(CAR.id, _at(1), DeviceKind.CHARGER)


def test_a_list_as_of_a_moment_has_what_was_deleted_since() -> None:
    """However long since: a list and a device of the same moment say the same."""
    kept = _kept(_said("updated", 0, 1), _said("deleted", 2))
    page = Page(tuple(one.known for one in FakeDevices(kept.states).walk_user("anna")))

    then = _history_reader(kept, ANNA).all_as_of(page, _at(1))

    assert [one.known.device for one in then.items] == [CAR]


@pytest.mark.parametrize(("hours", "shown"), [(0, True), (71.9, True), (72.1, False), (2000, False)])
def test_a_list_shows_a_deleted_device_for_three_days(hours: float, shown: bool) -> None:
    """To those who ask for it."""
    kept = _kept(_said("updated", 0, 1), _said("deleted", 60))
    reader = Reader(ANNA, FakeDevices(kept.states), Limits(), NOON + timedelta(hours=hours))

    listed = reader.of_user("anna", PageRequest(9), keep=was_deleted_lately).items

    assert [judged.known.device for judged in listed] == [CAR] * shown


def test_nobody_has_the_log_of_another_read_in_vain() -> None:
    """The state says who has, or had, a device; not one entry is read for who did not."""
    kept = _kept(_said("updated", 0, 1), _said("deleted", 1))
    log = CountedHistory(FakeHistory(kept.log))

    for caller in (BEN, Caller("carl"), Caller(None)):
        with pytest.raises(UnknownDevice):
            HistoryReader(caller, FakeDevices(kept.states), log, LATER).as_of(CAR.id, _at(0))
    assert (log.calls, log.read) == (0, 0)


def test_each_of_two_owners_has_a_past_of_their_own() -> None:
    """The one who had it first as well; a caller who sees both is told of each at their time."""
    kept = _kept(_said("updated", 0, 1), _said("deleted", 1), _said("updated", 2, 1, "ben"))

    def owner(caller: Caller, minute: float) -> str:
        return _history_reader(kept, caller).as_of(CAR.id, _at(minute)).known.user_id

    assert (owner(ANNA, 0), owner(BEN, 2), owner(FLEET, 0), owner(FLEET, 2)) == ("anna", "ben", "anna", "ben")
