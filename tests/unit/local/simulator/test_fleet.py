import pytest

from local.simulator.fleet import COLLECTIONS, KINDS, Fleet
from local.simulator.simulator import Simulator
from tests.unit.local.simulator.rig import DAY, HOUR


def test_the_default_fleet_has_every_family_and_many_vendors() -> None:
    """Whoever looks at it sees all that Enode knows."""
    fleet = Fleet.default()
    devices = [device for home in fleet.homes for device in home.devices]

    assert len(fleet.homes) >= 6
    assert len(fleet) == len(devices) >= 30
    assert {device.kind for device in devices} == set(KINDS) == set(COLLECTIONS.values())
    assert len({device.vendor for device in devices}) > 15


@pytest.mark.parametrize("users", [1, 13])
def test_a_default_fleet_of_any_size_has_its_own_users(users: int) -> None:
    """Users beyond the named ones are numbered."""
    assert len({home.user_id for home in Fleet.default(users).homes}) == users


def test_parked_cars_are_found_once_and_then_silent() -> None:
    """No change, no event: the polls go on, the events do not."""
    simulator = Simulator(Fleet.parked(50))
    simulator.advance(HOUR)
    said, polled = simulator.event_log.count, simulator.cloud.polls

    simulator.advance(DAY)

    assert said == 2 * 50
    assert simulator.event_log.count == said
    assert simulator.cloud.polls > polled + 50 * 190


def test_a_fleet_of_one_vendor_has_as_many_devices_as_asked_for() -> None:
    """The last user may own fewer."""
    fleet = Fleet.of_vendor(7, vendor="KIA", devices_per_user=3)

    assert [len(home.devices) for home in fleet.homes] == [3, 3, 1]
    assert {device.vendor for home in fleet.homes for device in home.devices} == {"KIA"}


def test_no_two_cars_share_a_vin() -> None:
    """A VIN names one car; ours look like one (17 characters, no I, O or Q) and belong to nobody."""
    simulator = Simulator(Fleet.of_vendor(300))
    vins = [car.information["vin"] for home in simulator.homes for car in home.cars]

    assert len(set(vins)) == 300
    assert all(len(vin) == 17 and not set(vin) & set("IOQ") for vin in vins)
