from itertools import pairwise
from random import Random
from typing import Any

from local.simulator.fleet import DeviceSpec
from local.simulator.physics.device import Place
from local.simulator.physics.vehicle import Vehicle
from local.simulator.physics.weather import LocalTime

MONDAY, NIGHT = 739_000, 2 * 60


def a_car(**habits: Any) -> Vehicle:
    """Make a car at home."""
    rng = Random(7)
    return Vehicle(DeviceSpec("vehicle", "TESLA", "Tesla", "One", habits), rng, Place(rng), 1)


def charge(car: Vehicle, minutes: int, *, start: int = NIGHT) -> list[dict[str, Any]]:
    """Leave a car on the cable for some minutes of a night and read it each minute."""
    readings = []
    for minute in range(start, start + minutes):
        car.move(LocalTime(MONDAY, minute, 0), 11.0)
        readings.append(car.reading()["chargeState"])
    return readings


def test_charging_is_constant_and_tapers_towards_full() -> None:
    """Batteries take full power up to 80 %, then less and less."""
    car = a_car(capacity_kwh=40.0, charge_limit=100)
    car.percent = 60.0
    car.plug_in("a-charger")

    rates = [state["chargeRate"] for state in charge(car, 240) if state["isCharging"]]

    assert rates[0] == rates[30] == 11.0
    assert all(later <= earlier for earlier, later in pairwise(rates))
    assert rates[-1] < 3.0


def test_what_a_charging_car_says_fits_together() -> None:
    """Rate and time left only while charging; complete exactly when fully charged; the level never falls."""
    car = a_car(capacity_kwh=40.0, charge_limit=80)
    car.percent = 60.0
    car.plug_in("a-charger")

    states = charge(car, 240)

    for state in states:
        charging = state["powerDeliveryState"] == "PLUGGED_IN:CHARGING"
        assert state["isPluggedIn"]
        assert state["pluggedInChargerId"] == "a-charger"
        assert state["isCharging"] is charging
        assert (state["chargeRate"] is not None) is charging
        assert (state["chargeTimeRemaining"] is not None) is charging
        assert state["isFullyCharged"] or state["powerDeliveryState"] != "PLUGGED_IN:COMPLETE"
    assert states[-1]["powerDeliveryState"] == "PLUGGED_IN:COMPLETE"
    assert states[-1]["batteryLevel"] == 80
    assert all(later["batteryLevel"] >= earlier["batteryLevel"] for earlier, later in pairwise(states))


def test_the_time_left_is_about_the_time_it_takes() -> None:
    """An app shows it as a promise."""
    car = a_car(capacity_kwh=40.0, charge_limit=100)
    car.percent = 50.0
    car.plug_in(None)

    states = [state for state in charge(car, 600) if state["isCharging"]]

    assert abs(states[0]["chargeTimeRemaining"] - len(states)) <= 0.1 * len(states)


def test_a_smart_car_waits_for_the_cheap_hours() -> None:
    """Plugged in at 20:00, it stands stopped until 01:00."""
    car = a_car(smart=True)
    car.plug_in(None)

    evening = charge(car, 60, start=20 * 60)
    night = charge(car, 60, start=60)

    assert {state["powerDeliveryState"] for state in evening} == {"PLUGGED_IN:STOPPED"}
    assert all(state["isCharging"] for state in night)


def test_a_commuter_drives_stands_silent_for_hours_and_comes_home() -> None:
    """The odometer only grows; a standing car answers with the very same reading."""
    car = a_car()
    readings = []
    for minute in range(24 * 60):
        car.move(LocalTime(MONDAY, minute, 0), 11.0)
        readings.append(car.reading())

    distances = [reading["odometer"]["distance"] for reading in readings]
    at_noon = readings[12 * 60 - 60 : 12 * 60 + 60]

    assert all(later >= earlier for earlier, later in pairwise(distances))
    assert distances[-1] > distances[0] + 20
    assert all(reading is at_noon[0] for reading in at_noon)
    assert at_noon[0]["location"] != readings[0]["location"] == readings[-1]["location"]
    assert at_noon[0]["chargeState"]["batteryLevel"] < readings[0]["chargeState"]["batteryLevel"]


def test_a_car_tells_no_more_than_its_vendor_does() -> None:
    """Some vendors know no odometer and no limit: null, not a guess."""
    reading = a_car(tells_odometer=False, tells_limit=False).reading()

    assert reading["odometer"]["distance"] is None
    assert reading["chargeState"]["chargeLimit"] is None
