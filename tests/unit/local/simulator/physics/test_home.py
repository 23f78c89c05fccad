from datetime import UTC, datetime, timedelta
from itertools import count, pairwise

import pytest

from local.simulator.fleet import Fleet
from local.simulator.physics.home import Home

MIDNIGHT = datetime(2026, 3, 1, 23, 0, tzinfo=UTC)  # local midnight before a Monday
MINUTE = timedelta(minutes=1)


def a_home(number: int = 0) -> Home:
    """Make one of the default homes at local midnight."""
    return Home(Fleet.default().homes[number], seed=1, begins_at=MIDNIGHT, serials=count(1))


@pytest.mark.parametrize("number", [0, 1, 3, 5])
def test_the_meter_balances_what_is_used_made_and_stored(number: int) -> None:
    """Meter = consumption - production + battery, in every minute, and so in the sums of the day."""
    home = a_home(number)
    for minute in range(1, 24 * 60):
        home.move_to(MIDNIGHT + minute * MINUTE)
        meter = home.meters[0].reading()["energyState"]["power"]
        made = sum(one.reading()["productionState"]["productionRate"] for one in home.inverters)
        stored = sum(one.reading()["chargeState"]["chargeRate"] for one in home.batteries)

        assert meter == pytest.approx(home.consumption_kw - made + stored, abs=0.011)

    today = home.systems[0].today_kwh
    bought = today["import"] - today["export"]
    assert bought == pytest.approx(
        today["consumption"] - today["generation"] + today["charge"] - today["discharge"], abs=1e-6
    )
    assert today["generation"] > 5


def test_the_system_counts_from_midnight() -> None:
    """`today` starts at zero each local midnight and only grows until the next."""
    home = a_home()
    sums = []
    for minute in range(26 * 60):
        home.move_to(MIDNIGHT + minute * MINUTE)
        sums.append(home.systems[0].reading()["status"]["energy"]["today"]["consumption"])

    first_day, second_day = sums[: 24 * 60], sums[24 * 60 :]
    assert all(later >= earlier for earlier, later in pairwise(first_day))
    assert second_day[0] < 0.2 < first_day[-1]


def test_panels_follow_the_sun() -> None:
    """Nothing at night, most around noon, clouds in between; the lifetime counter never falls."""
    home = a_home()
    power, lifetime = [], []
    for minute in range(24 * 60):
        home.move_to(MIDNIGHT + minute * MINUTE)
        state = home.inverters[0].reading()["productionState"]
        power.append(state["productionRate"])
        lifetime.append(state["totalLifetimeProduction"])
        assert state["isProducing"] is (state["productionRate"] > 0)

    assert not any(power[: 6 * 60])
    assert not any(power[18 * 60 :])
    assert max(power[11 * 60 : 13 * 60]) > 3 * max(power[6 * 60 : 7 * 60])
    assert all(later >= earlier for earlier, later in pairwise(lifetime))


def test_the_charger_follows_the_car_that_is_plugged_in() -> None:
    """Both sides tell the same story, in every minute of two days."""
    home = a_home()
    car, charger = home.cars[0], home.chargers[0]
    plugged = 0
    for minute in range(2 * 24 * 60):
        home.move_to(MIDNIGHT + minute * MINUTE)
        of_car, of_charger = car.reading()["chargeState"], charger.reading()["chargeState"]
        plugged += of_car["isPluggedIn"]

        assert of_car["isPluggedIn"] is of_charger["isPluggedIn"]
        assert of_car["isCharging"] is of_charger["isCharging"]
        assert of_car["pluggedInChargerId"] == (charger.id if of_car["isPluggedIn"] else None)
        assert of_charger["pluggedInVehicleId"] == (car.id if of_car["isPluggedIn"] else None)
        assert of_charger["powerDeliveryState"] != "PLUGGED_IN:COMPLETE"

    assert 60 < plugged < 2 * 24 * 60 - 60


def test_thermostats_cycle_within_their_band() -> None:
    """On, off, on again; the room stays near the setpoint."""
    home = a_home()
    hvac = home.hvacs[0]
    home.move_to(MIDNIGHT + 10 * 60 * MINUTE)
    switches, before = 0, hvac.is_on
    for minute in range(10 * 60, 20 * 60):
        home.move_to(MIDNIGHT + minute * MINUTE)
        reading = hvac.reading()
        switches += hvac.is_on is not before
        before = hvac.is_on
        assert abs(reading["temperatureState"]["currentTemperature"] - hvac.setpoint_c) < 1.0
        assert reading["consumptionRate"] == (hvac.max_kw if hvac.is_on else 0)

    assert switches >= 4


def test_a_battery_stays_between_its_reserve_and_full() -> None:
    """It never gives what it keeps in reserve."""
    home = a_home(3)
    for minute in range(3 * 24 * 60):
        home.move_to(MIDNIGHT + minute * MINUTE)
        state = home.batteries[0].reading()["chargeState"]
        assert 19 <= state["batteryLevel"] <= 100
        assert (
            state["status"]
            == {1: "CHARGING", 0: "IDLE", -1: "DISCHARGING"}[
                (state["chargeRate"] > 0) - (state["chargeRate"] < 0)
            ]
        )


@pytest.mark.parametrize("number", range(6))
def test_a_home_is_the_same_however_often_it_was_looked_at(number: int) -> None:
    """Physics happens whether or not anybody looks."""
    watched, alone = a_home(number), a_home(number)
    for minute in range(30 * 60):
        watched.move_to(MIDNIGHT + minute * MINUTE)
        for device in watched.devices:
            device.reading()

    alone.move_to(MIDNIGHT + (30 * 60 - 1) * MINUTE)

    assert [one.reading() for one in watched.devices] == [one.reading() for one in alone.devices]
