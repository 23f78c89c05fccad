"""Proves `usecases/reading/present.py`, `domain/answer.py`:
whose devices are there for whom, and in which order, whichever question about now is asked.
"""

from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from lastseen.domain.caller import Caller
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.freshness import Limits, Verdict
from lastseen.domain.observation import LinkedVendor, ListedUser, denied
from lastseen.domain.pagination import MOST_BYTES, MOST_OWNERS, PageRequest
from lastseen.errors import UnknownDevice, UnknownUser
from lastseen.usecases.reading.present import Reader, find
from tests.support.arrivals import NO_HURRY
from tests.support.builders import (
    NOON,
    Json,
    a_device,
    a_hem_system,
    a_smart_charging_status,
    a_vehicle,
    an_event,
    an_hvac,
    just_found,
)
from tests.support.fakes import FakeDevices
from tests.support.read_requests import Kept

ANNA, BEN, FLEET, NOBODY = Caller("anna"), Caller("ben"), Caller("app", sees_all=True), Caller(None)
ALL = PageRequest(100)


def _told(verb: str, kind: DeviceKind, id_: str, user_id: str, minute: float = 0, **changes: object) -> Json:
    device = a_device(kind, id=id_, userId=user_id, **changes)
    if verb == "discovered":
        device = just_found(device)
    at = NOON - timedelta(minutes=5) + timedelta(minutes=minute)
    return an_event(f"user:{kind}:{verb}", at=at, user_id=user_id, **{kind.wire_key: device})


@pytest.fixture
def kept() -> Kept:
    """Anna has a car, a charger and a thermostat that is gone; Ben has a car; Cleo has a car that was Anna's."""
    kept = Kept()
    kept.deliver(
        _told("updated", DeviceKind.VEHICLE, "anna-car", "anna"),
        _told("updated", DeviceKind.CHARGER, "anna-charger", "anna"),
        _told("updated", DeviceKind.HVAC, "anna-hvac", "anna"),
        _told("deleted", DeviceKind.HVAC, "anna-hvac", "anna", 1),
        _told("updated", DeviceKind.VEHICLE, "ben-car", "ben"),
        _told("updated", DeviceKind.VEHICLE, "sold-car", "anna"),
        _told("deleted", DeviceKind.VEHICLE, "sold-car", "anna", 1),
        _told("updated", DeviceKind.VEHICLE, "sold-car", "cleo", 2),
    )
    return kept


def _reader(kept: Kept, caller: Caller, now: datetime = NOON) -> Reader:
    return Reader(caller, FakeDevices(kept.states), Limits(), now)


def _ids(kept: Kept, caller: Caller, kind: DeviceKind) -> list[str]:
    page = _reader(kept, caller).of_kind(kind, ALL)
    return [judged.known.device.id for judged in page.items]


# ------------------------------------------------------------------------------------------------ one device


@pytest.mark.parametrize("kind", [None, DeviceKind.VEHICLE])
def test_a_device_is_there_for_its_user_and_for_the_fleet(kept: Kept, kind: DeviceKind | None) -> None:
    """Asked for with its kind, as Enode's paths do, or without."""
    for caller in (ANNA, FLEET):
        assert _reader(kept, caller).device("anna-car", kind).known.user_id == "anna"


@pytest.mark.parametrize("kind", [None, DeviceKind.VEHICLE])
@pytest.mark.parametrize("caller", [BEN, NOBODY, Caller("anna ")], ids=["ben", "nobody", "nearly"])
def test_for_anybody_else_it_is_as_if_it_did_not_exist(
    kept: Kept, kind: DeviceKind | None, caller: Caller
) -> None:
    """The same words as for a device that there is not."""
    with pytest.raises(UnknownDevice) as others:
        _reader(kept, caller).device("anna-car", kind)
    with pytest.raises(UnknownDevice) as nobodys:
        _reader(kept, caller).device("anna-cat", kind)

    assert str(others.value).replace("anna-car", "") == str(nobodys.value).replace("anna-cat", "")


@pytest.mark.parametrize("kind", [None, DeviceKind.VEHICLE])
def test_a_users_own_device_is_found_however_many_others_have_its_id(kind: DeviceKind | None) -> None:
    """Of the others only some are looked at, and never to find this one."""
    kept = Kept()
    crowd = [f"user-{number:03}" for number in range(MOST_OWNERS + 5)]
    kept.deliver(*(_told("updated", DeviceKind.VEHICLE, "shared", user_id) for user_id in crowd))

    for user_id in (crowd[0], crowd[-1]):
        assert _reader(kept, Caller(user_id)).device("shared", kind).known.user_id == user_id
    assert _reader(kept, FLEET).device("shared", kind).known.user_id in crowd
    with pytest.raises(UnknownDevice):
        _reader(kept, BEN).device("shared", kind)


def test_a_device_of_another_kind_is_not_there(kept: Kept) -> None:
    """`GET /chargers/<a vehicle>` is a 404 at Enode too."""
    for caller in (ANNA, FLEET):
        with pytest.raises(UnknownDevice):
            _reader(kept, caller).device("anna-car", DeviceKind.CHARGER)


def test_a_deleted_device_is_not_there(kept: Kept) -> None:
    """Its tombstone is for us."""
    for caller in (ANNA, FLEET):
        with pytest.raises(UnknownDevice):
            _reader(kept, caller).device("anna-hvac")


def test_a_device_that_went_over_to_another_user_is_that_users(kept: Kept) -> None:
    """For the fleet the living one; for the old user it is gone, and what it says now is not theirs to see."""
    cleo = Caller("cleo")

    assert _reader(kept, cleo).device("sold-car").known.user_id == "cleo"
    assert _reader(kept, FLEET).device("sold-car").known.user_id == "cleo"
    with pytest.raises(UnknownDevice):
        _reader(kept, ANNA).device("sold-car")
    assert (
        find("sold-car", None, ANNA, FakeDevices(kept.states)).user_id == "anna"
    )  # their own past stays theirs


# ----------------------------------------------------------------------------------------------------- lists


def test_a_kinds_list_is_the_callers_part_of_it(kept: Kept) -> None:
    """All living ones for the fleet, by user; for a user their own; for nobody none."""
    assert _ids(kept, FLEET, DeviceKind.VEHICLE) == ["anna-car", "ben-car", "sold-car"]
    assert _ids(kept, ANNA, DeviceKind.VEHICLE) == ["anna-car"]
    assert _ids(kept, BEN, DeviceKind.CHARGER) == []
    assert _ids(kept, NOBODY, DeviceKind.VEHICLE) == []


def test_a_users_list_is_by_kind_and_id(kept: Kept) -> None:
    """Whoever may see it gets the same."""
    for caller in (ANNA, FLEET):
        page = _reader(kept, caller).of_user("anna", ALL)

        assert [judged.known.device.id for judged in page.items] == ["anna-charger", "anna-car"]


def test_another_users_list_is_not_there(kept: Kept) -> None:
    """Not empty: not there, as for a user nobody has heard of."""
    for caller in (BEN, NOBODY):
        with pytest.raises(UnknownUser):
            _reader(kept, caller).of_user("anna", ALL)
    with pytest.raises(UnknownUser):
        _reader(kept, FLEET).of_user("dora", ALL)


def test_ones_own_list_is_there_before_anything_is_linked(kept: Kept) -> None:
    """A frontend of somebody new shows an empty list, not an error."""
    assert _reader(kept, Caller("dora")).of_user("dora", ALL).items == ()


def test_users_are_the_callers_too(kept: Kept) -> None:
    """All for the fleet, page by page; oneself for a user."""
    first = _reader(kept, FLEET).users(PageRequest(2))

    assert first.items == (ListedUser("anna"), ListedUser("ben"))
    assert _reader(kept, FLEET).users(PageRequest(2, after=first.after)).items == (ListedUser("cleo"),)
    assert _reader(kept, ANNA).users(ALL).items == (ListedUser("anna"),)
    assert _reader(kept, NOBODY).users(ALL).items == ()


def test_users_come_with_enodes_entry_once_its_list_was_read(kept: Kept) -> None:
    """For the fleet and for themselves; one without devices is there as well, and one whom Enode denies is not."""
    ben, dora, emil = (ListedUser(name, b'{"id":"..."}', NOON) for name in ("ben", "dora", "emil"))
    kept.states.merge([one.observed() for one in (ben, dora, emil)], NO_HURRY)
    kept.states.merge([denied("emil", at=NOON + timedelta(seconds=1))], NO_HURRY)

    assert _reader(kept, FLEET).users(ALL).items == (ListedUser("anna"), ben, ListedUser("cleo"), dora)
    assert _reader(kept, BEN).users(ALL).items == (ben,)
    assert _reader(kept, FLEET).linked_vendors("dora") == []
    for caller, user_id in ((FLEET, "emil"), (BEN, "dora")):
        with pytest.raises(UnknownUser):
            _reader(kept, caller).linked_vendors(user_id)


def test_a_page_of_users_is_no_heavier_than_an_answer_may_be(kept: Kept) -> None:
    """Entries are small, but nothing holds Enode to that."""
    heavy = [ListedUser(name, b"x" * MOST_BYTES, NOON) for name in ("a", "b")]
    kept.states.merge([one.observed() for one in heavy], NO_HURRY)

    assert _reader(kept, FLEET).users(ALL).items == (heavy[0],)


# ------------------------------------------------------------------------------------------------- freshness


def test_credentials_of_one_vendor_speak_for_its_devices_only(kept: Kept) -> None:
    """In a list of one user, in a list of all, and alone."""
    car = a_vehicle(id="anna-car", userId="anna", lastSeen="2026-03-01T10:00:00Z")
    kept.deliver(
        an_event(user_id="anna", at=NOON, vehicle=car),
        an_event("user:credentials:invalidated", user_id="anna", at=NOON, vendor="TESLA"),
    )

    for caller in (ANNA, FLEET):
        reader = _reader(kept, caller)
        verdicts = {one.known.device.id: one.freshness.verdict for one in reader.of_user("anna", ALL).items}
        listed = {
            one.known.device.id: one.freshness.verdict
            for one in reader.of_kind(DeviceKind.VEHICLE, ALL).items
        }
        assert verdicts["anna-car"] is listed["anna-car"] is Verdict.DISCONNECTED
        assert reader.device("anna-car").freshness.verdict is Verdict.DISCONNECTED
        assert verdicts["anna-charger"] is Verdict.FRESH
    assert _reader(kept, FLEET).device("ben-car").freshness.verdict is Verdict.FRESH


def test_linked_vendors_are_those_of_living_devices(kept: Kept) -> None:
    """By vendor and kind; HEM systems are not linked by themselves; a dead credential counts for all it holds."""
    kept.deliver(
        an_event("user:hem-system:updated", user_id="anna", hemSystem=a_hem_system(userId="anna")),
        an_event(
            "user:hvac:updated",
            user_id="anna",
            hvac=an_hvac(id="h2", userId="anna", lastSeen="2026-03-01T10:00:00Z"),
        ),
        an_event("user:credentials:invalidated", user_id="anna", vendor="ADAX"),
    )

    assert _reader(kept, ANNA).linked_vendors("anna") == [
        LinkedVendor("ADAX", "hvac", False),
        LinkedVendor("TESLA", "vehicle", True),
        LinkedVendor("ZAPTEC", "charger", True),
    ]
    with pytest.raises(UnknownUser):
        _reader(kept, BEN).linked_vendors("anna")


def test_a_smart_charging_status_is_its_vehicles_users(kept: Kept) -> None:
    """As Enode sent it; nothing before it has sent any, or since the vehicle was deleted."""
    status = a_smart_charging_status(vehicleId="anna-car", userId="anna")
    kept.deliver(
        an_event("user:vehicle:smart-charging-status-updated", user_id="anna", smartChargingStatus=status)
    )

    annas, bens = _reader(kept, ANNA), _reader(kept, BEN)
    anna_car = annas.device("anna-car", DeviceKind.VEHICLE).known
    bens_car = bens.device("ben-car", DeviceKind.VEHICLE).known

    assert b'"PLAN:EXECUTING:STARTING"' in (annas.smart_charging_status(anna_car) or b"")
    assert bens.smart_charging_status(bens_car) is None
    assert bens.smart_charging_status(replace(anna_car, user_id="ben")) is None


def test_of_two_devices_with_one_id_each_user_gets_their_own() -> None:
    """Ids are unique within a kind at Enode; we rely on it for nothing that guards."""
    kept = Kept()
    kept.deliver(
        _told("updated", DeviceKind.VEHICLE, "same", "anna"),
        _told("updated", DeviceKind.CHARGER, "same", "ben", 1),
        _told("updated", DeviceKind.VEHICLE, "same", "ben", 2),
    )

    assert _reader(kept, ANNA).device("same").known.device == DeviceId(DeviceKind.VEHICLE, "same")
    assert _reader(kept, BEN).device("same", DeviceKind.CHARGER).known.user_id == "ben"
    assert _reader(kept, FLEET).device("same").known.user_id == "ben"
