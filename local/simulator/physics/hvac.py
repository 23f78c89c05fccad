"""A heater or a cooler, the room it is in, and the thermostat between them."""

from __future__ import annotations

from random import Random

from local.simulator.fleet import DeviceSpec
from local.simulator.physics.device import Device, Place, Reading, capable
from local.simulator.physics.weather import LocalTime

DAY_FROM, DAY_UNTIL = 6 * 60, 22 * 60
HYSTERESIS_C = 0.4


class Hvac(Device):
    """A thermostat that follows its schedule until someone holds it.

    Habits: `room`, `category` (HEATING, COOLING, HEAT_PUMP), `max_kw`, `tells_consumption`.
    """

    kind = "hvac"

    def __init__(self, spec: DeviceSpec, rng: Random, place: Place) -> None:
        """Make a room at a usual temperature."""
        super().__init__(spec, rng, place)
        self.room: str = spec.habits.get("room", "Room")
        self.category: str = spec.habits.get("category", "HEATING")
        self.max_kw: float = spec.habits.get("max_kw", 1.4)
        self.cools = self.category == "COOLING"
        self.room_c = 25.5 if self.cools else rng.uniform(18.5, 20.5)
        self.warm_c = rng.choice((20.5, 21.0, 21.5))
        self.held_c: float | None = None
        self.setpoint_c = self.warm_c
        self.is_on = False
        self._tells_consumption: bool = spec.habits.get("tells_consumption", True)
        self._loss = rng.uniform(
            0.0012, 0.0022
        )  # degrees a minute for each degree between inside and outside
        self.information = {
            "brand": spec.brand,
            "model": spec.model,
            "displayName": f"{self.room} {'cooler' if self.cools else 'heater'}",
            "groupName": self.room if rng.random() < 0.8 else None,
            "category": self.category,
        }
        mode = "COOL" if self.cools else "HEAT"
        self._capabilities = {
            "capableModes": [mode, "OFF"],
            "coolSetpointRange": {"min": 18, "max": 30} if self.cools else None,
            "heatSetpointRange": None if self.cools else {"min": 7, "max": 28},
            "setpointDifferenceRange": None,
            **capable("setFollowSchedule", "setPermanentHold"),
        }
        self._location = {"id": place.id}

    @property
    def is_active(self) -> bool:
        """Whether it heats or cools now."""
        return self.is_on

    @property
    def power_kw(self) -> float:
        """What it draws now."""
        return self.max_kw if self.is_on else 0.0

    def hold(self, setpoint_c: float) -> None:
        """Keep a temperature until told otherwise."""
        self.held_c = setpoint_c

    def follow_schedule(self) -> None:
        """Go back to the schedule."""
        self.held_c = None

    def move(self, now: LocalTime, outside_c: float) -> None:
        """Let a minute pass; the thermostat switches only when the room has left its band."""
        by_day = DAY_FROM <= now.minute < DAY_UNTIL
        if self.cools:
            outside_c += 22.0  # it stands under a hot roof
            self.setpoint_c = self.held_c if self.held_c is not None else (24.0 if by_day else 26.0)
            too_far = self.room_c - self.setpoint_c
        else:
            self.setpoint_c = self.held_c if self.held_c is not None else (self.warm_c if by_day else 18.0)
            too_far = self.setpoint_c - self.room_c
        if too_far > HYSTERESIS_C:
            self.is_on = True
        elif too_far < -HYSTERESIS_C:
            self.is_on = False
        work_c = 0.05 * self.max_kw / 1.4 if self.is_on else 0.0
        self.room_c += self._loss * (outside_c - self.room_c) + (-work_c if self.cools else work_c)

    def reading(self) -> Reading:
        """Tell what the thermostat's vendor knows."""
        return {
            "consumptionRate": self.power_kw if self._tells_consumption else None,
            "temperatureState": {"currentTemperature": round(self.room_c, 1), "isActive": self.is_on},
            "thermostatState": {
                "mode": "COOL" if self.cools else "HEAT",
                "heatSetpoint": None if self.cools else self.setpoint_c,
                "coolSetpoint": self.setpoint_c if self.cools else None,
                "holdType": "SCHEDULED" if self.held_c is None else "PERMANENT",
            },
            "capabilities": self._capabilities,
            "location": self._location,
        }
