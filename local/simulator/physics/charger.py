"""A charger on a wall: it follows the car that is plugged into it."""

from __future__ import annotations

from random import Random

from local.simulator.fleet import DeviceSpec
from local.simulator.physics.device import Device, Place, Reading, capable
from local.simulator.physics.vehicle import Vehicle


class Charger(Device):
    """The charger of a home.

    Habits: `max_kw`; `pairs` (Enode knows which car hangs on it); `tells_rate` (False: its vendor never says
    how fast it charges, as some do).
    """

    kind = "charger"

    def __init__(self, spec: DeviceSpec, rng: Random, place: Place) -> None:
        """Make a charger with nothing plugged in."""
        super().__init__(spec, rng, place)
        self.max_kw: float = spec.habits.get("max_kw", 7.4)
        self.pairs: bool = spec.habits.get("pairs", False)
        self.car: Vehicle | None = None
        self._tells_rate: bool = spec.habits.get("tells_rate", True)
        self.information = {
            "brand": spec.brand,
            "model": spec.model,
            "serialNumber": f"555{rng.randrange(10**7):07d}",
            "year": None,
        }
        self._location = {"id": place.id}
        self._capabilities = capable(
            "information", "chargeState", "startCharging", "stopCharging", "setMaxCurrent"
        )

    @property
    def is_active(self) -> bool:
        """Whether power flows through it."""
        return self.car is not None and self.car.state == "CHARGING"

    def follow(self, cars: list[Vehicle]) -> None:
        """Let go of a car that left, take one that came."""
        if self.car is not None and not self.car.is_plugged_in:
            self.car = None
        if self.car is None:
            self.car = next((car for car in cars if car.wants_cable()), None)
            if self.car is not None:
                self.car.plug_in(self.id if self.pairs else None)

    def reading(self) -> Reading:
        """Tell what the charger's vendor knows; unlike a car it has no word for "complete"."""
        car = self.car
        state = "UNPLUGGED" if car is None else car.state
        word = "STOPPED" if state == "COMPLETE" else state
        return {
            "chargeState": {
                "isPluggedIn": car is not None,
                "isCharging": state == "CHARGING",
                "chargeRate": round(car.power_kw, 3)
                if car and state == "CHARGING" and self._tells_rate
                else None,
                "maxCurrent": 32,
                "powerDeliveryState": word if word == "UNPLUGGED" else f"PLUGGED_IN:{word}",
                "pluggedInVehicleId": car.id if car and self.pairs else None,
            },
            "location": self._location,
            "capabilities": self._capabilities,
        }
