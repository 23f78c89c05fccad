"""A car: it drives, plugs in, charges along a curve, and mostly stands."""

from __future__ import annotations

import math
from dataclasses import dataclass
from random import Random
from typing import Literal

from local.simulator.fleet import DeviceSpec
from local.simulator.physics.device import Device, Place, Reading, capable
from local.simulator.physics.weather import LocalTime

KWH_PER_KM = 0.17
TAPER_FROM_PERCENT = 80.0
EFFICIENCY = 0.92
CHEAP_FROM, CHEAP_UNTIL = 60, 6 * 60  # a smart car charges between 01:00 and 06:00
DEAR_FROM, DEAR_UNTIL = 17 * 60, 21 * 60  # a schedule keeps a car from charging between 17:00 and 21:00

type PowerState = Literal["UNPLUGGED", "INITIALIZING", "CHARGING", "STOPPED", "COMPLETE"]


@dataclass(slots=True)
class Trip:
    """A drive between home and somewhere else, `minutes` long from minute `depart` of the day."""

    depart: int
    minutes: int
    km: float
    homeward: bool


class Vehicle(Device):
    """A car at a home.

    Habits: `capacity_kwh`, `max_kw`, `charge_limit`, `tells_limit`, `tells_odometer`, `errands` (short trips at
    noon instead of a commute), `parked` (never moves), `plugged` (begins plugged in), `smart` (waits for the cheap
    hours), `scheduled` (does not charge in the dear hours).
    """

    kind = "vehicle"

    def __init__(self, spec: DeviceSpec, rng: Random, place: Place, serial: int) -> None:
        """Make a car that stands at home."""
        super().__init__(spec, rng, place)
        habits = spec.habits
        self.capacity_kwh: float = habits.get("capacity_kwh", 60.0)
        self.max_kw: float = habits.get("max_kw", 11.0)
        self.limit_percent: int = habits.get("charge_limit", 90)
        self.tells_limit: bool = habits.get("tells_limit", True)
        self.tells_odometer: bool = habits.get("tells_odometer", True)
        self.is_parked: bool = habits.get("parked", False)
        self.is_smart: bool = habits.get("smart", False)
        self.is_scheduled: bool = habits.get("scheduled", False)
        self._has_errands: bool = habits.get("errands", False)
        self.information = {
            "displayName": f"{spec.model} of the example home" if rng.random() < 0.7 else None,
            # Shaped like a VIN (17, without I, O, Q); the serial keeps it apart from every other.
            "vin": "".join(rng.choices("ABCDEFGHJKLMNPRSTUVWXYZ0123456789", k=11)) + f"{serial:06d}",
            "brand": spec.brand,
            "model": spec.model,
            "year": rng.choice((2021, 2022, 2023, 2024, None)),
        }
        self.percent = rng.uniform(35.0, 75.0)
        self.odometer_km = rng.uniform(2_000.0, 60_000.0)
        self.state: PowerState = "UNPLUGGED"
        self.power_kw = 0.0
        self.charger_id: str | None = None
        self.starts_plugged: bool = habits.get("plugged", False)
        self._work = Place(rng)
        self._trips: list[Trip] = []
        self._trip: Trip | None = None
        self._trip_minutes = 0
        self._away = 0.0  # 0 = at home, 1 = at work
        self._planned_day = 0
        self._capabilities = capable(
            "information", "chargeState", "location", "odometer", "startCharging", "stopCharging", "smartCharging",
            incapable=("setMaxCurrent",),
        )  # fmt: skip
        self._policy = {
            "isEnabled": self.is_smart,
            "deadline": "07:00" if self.is_smart else None,
            "minimumChargeLimit": 0,
        }
        self._stood_still: Reading | None = None

    @property
    def is_active(self) -> bool:
        """Whether it charges."""
        return self.state == "CHARGING"

    @property
    def is_at_home(self) -> bool:
        """Whether it stands where its charger is."""
        return self._trip is None and self._away == 0.0

    @property
    def is_plugged_in(self) -> bool:
        """Whether a cable holds it."""
        return self.state != "UNPLUGGED"

    def wants_cable(self) -> bool:
        """Tell whether its driver would plug it in on coming home."""
        return not self.is_parked and self.is_at_home and not self.is_plugged_in and self.percent < 82.0

    def plug_in(self, charger_id: str | None) -> None:
        """Connect to the home's charger; the two talk for a minute before power flows."""
        self.state, self.charger_id = "INITIALIZING", charger_id
        self._stood_still = None

    def unplug(self) -> None:
        """Take the cable out."""
        self.state, self.charger_id, self.power_kw = "UNPLUGGED", None, 0.0
        self._stood_still = None

    def move(self, now: LocalTime, charger_kw: float) -> None:
        """Let a minute pass."""
        if self.is_parked:
            return
        if now.day != self._planned_day:
            self._planned_day, self._trips = now.day, self._plan(now)
        if self._trip is not None:
            self._drive(self._trip)
        elif self._trips and now.minute >= self._trips[0].depart:
            self._trip, self._trip_minutes = self._trips.pop(0), 0
            self.unplug()
        elif self.is_plugged_in:
            self._charge(now, charger_kw)

    def may_charge(self, now: LocalTime) -> bool:
        """Tell whether its plan or schedule lets it charge in this minute."""
        if self.is_smart:
            return CHEAP_FROM <= now.minute < CHEAP_UNTIL
        return not (self.is_scheduled and DEAR_FROM <= now.minute < DEAR_UNTIL)

    def minutes_left(self) -> int:
        """Tell how long charging to the limit still takes at the power it draws now and the taper ahead."""
        minutes, percent = 0.0, self.percent
        unbent_kw = self.power_kw / _taper(percent)
        while percent < self.limit_percent and unbent_kw > 0:
            slice_percent = min(2.0, self.limit_percent - percent)
            kwh = self.capacity_kwh * slice_percent / 100 / EFFICIENCY
            minutes += 60 * kwh / (unbent_kw * _taper(percent))
            percent += slice_percent
        return math.ceil(minutes)

    def reading(self) -> Reading:
        """Tell what the car's vendor knows."""
        if self._stood_still is not None:
            return self._stood_still
        reading = {
            "chargeState": self._charge_state(),
            "smartChargingPolicy": self._policy,
            "odometer": {"distance": round(self.odometer_km, 1) if self.tells_odometer else None},
            "location": self._location(),
            "capabilities": self._capabilities,
        }
        if self._trip is None and not self.is_plugged_in:
            self._stood_still = reading  # the hours of silence cost nothing
        return reading

    def _charge_state(self) -> Reading:
        charging = self.state == "CHARGING"
        return {
            "batteryLevel": round(self.percent),
            "range": round(self.capacity_kwh * self.percent / 100 / KWH_PER_KM),
            "isPluggedIn": self.is_plugged_in,
            "isCharging": charging,
            "isFullyCharged": self.percent >= self.limit_percent - 0.01,
            "batteryCapacity": self.capacity_kwh,
            "chargeLimit": self.limit_percent if self.tells_limit else None,
            "chargeRate": round(self.power_kw, 1) if charging else None,
            "chargeTimeRemaining": self.minutes_left() if charging else None,
            "maxCurrent": 16,
            "powerDeliveryState": self.state if self.state == "UNPLUGGED" else f"PLUGGED_IN:{self.state}",
            "pluggedInChargerId": self.charger_id,
        }

    def _location(self) -> Reading:
        home, work, share = self.place, self._work, self._away
        return {
            "id": home.id if self.is_at_home else None,
            "longitude": round(home.longitude + share * (work.longitude - home.longitude), 5),
            "latitude": round(home.latitude + share * (work.latitude - home.latitude), 5),
        }

    def _plan(self, now: LocalTime) -> list[Trip]:
        rng = self.rng
        if self._has_errands or now.weekday >= 5:
            out = rng.randrange(9 * 60, 15 * 60)
            minutes, stay = rng.randrange(10, 30), rng.randrange(40, 120)
        else:
            out = rng.randrange(7 * 60, 8 * 60 + 30)
            minutes, stay = rng.randrange(20, 50), rng.randrange(7 * 60, 9 * 60)
        km = minutes * rng.uniform(0.6, 1.1)
        if not self.is_at_home:
            return [Trip(now.minute + 5, minutes, km, homeward=True)]
        if out < now.minute:
            return []  # the world began after it would have left
        back = out + minutes + stay
        return [Trip(out, minutes, km, homeward=False), Trip(back, minutes, km, homeward=True)]

    def _drive(self, trip: Trip) -> None:
        self._trip_minutes += 1
        km = trip.km / trip.minutes
        self.odometer_km += km
        self.percent = max(4.0, self.percent - 100 * km * KWH_PER_KM / self.capacity_kwh)
        done = self._trip_minutes / trip.minutes
        self._away = 1.0 - done if trip.homeward else done
        if self._trip_minutes >= trip.minutes:
            self._away = 0.0 if trip.homeward else 1.0
            self._trip = None

    def _charge(self, now: LocalTime, charger_kw: float) -> None:
        self.power_kw = 0.0
        if self.percent >= self.limit_percent - 0.01:
            self.state = "COMPLETE"
        elif not self.may_charge(now):
            self.state = "STOPPED"
        else:
            self.state = "CHARGING"
            self.power_kw = min(self.max_kw, charger_kw) * _taper(self.percent)
            gained = 100 * self.power_kw * EFFICIENCY / 60 / self.capacity_kwh
            self.percent = min(float(self.limit_percent), self.percent + gained)


def _taper(percent: float) -> float:
    """Tell the share of full power a battery still takes: all of it up to 80 %, then less and less."""
    return 1.0 if percent < TAPER_FROM_PERCENT else 1.0 - 0.8 * (percent - TAPER_FROM_PERCENT) / 20.0
