"""Panels, batteries, meters, and the system that adds them up."""

from __future__ import annotations

from random import Random

from local.simulator.fleet import DeviceSpec
from local.simulator.physics.device import (
    TIMEZONE,
    Device,
    Place,
    Reading,
    capable,
    draw_id,
    installed_on,
)
from local.simulator.physics.weather import LocalTime


class Inverter(Device):
    """Panels on a roof. Habits: `peak_kw`."""

    kind = "inverter"

    def __init__(self, spec: DeviceSpec, rng: Random, place: Place) -> None:
        """Make panels that have produced for years."""
        super().__init__(spec, rng, place)
        self.peak_kw: float = spec.habits.get("peak_kw", 5.0)
        self.power_kw = 0.0
        self.lifetime_kwh = rng.uniform(5_000.0, 40_000.0)
        self.quarters_kwh: dict[int, float] = {}  # of today, by quarter of an hour since local midnight
        self._day = 0
        self.information = {
            "id": draw_id(rng),
            "sn": f"A{rng.randrange(10**9):09d}",
            "brand": spec.brand,
            "model": spec.model,
            "siteName": "Example roof",
            "installationDate": installed_on(rng),
        }
        self._capabilities = capable("productionState", "productionStatistics")
        self._location = place.reading()

    @property
    def is_active(self) -> bool:
        """Whether the sun reaches them."""
        return self.power_kw > 0

    def move(self, now: LocalTime, sun: float) -> None:
        """Let a minute pass under this share of full sun."""
        if now.day != self._day:
            self._day, self.quarters_kwh = now.day, {}
        self.power_kw = round(self.peak_kw * sun, 2)
        kwh = self.power_kw / 60
        self.lifetime_kwh += kwh
        self.quarters_kwh[now.minute // 15] = self.quarters_kwh.get(now.minute // 15, 0.0) + kwh

    def reading(self) -> Reading:
        """Tell what the inverter's vendor knows."""
        return {
            "productionState": {
                "productionRate": self.power_kw,
                "isProducing": self.power_kw > 0,
                "totalLifetimeProduction": round(self.lifetime_kwh, 2),
            },
            "timezone": TIMEZONE,
            "capabilities": self._capabilities,
            "location": self._location,
            "hemSystemId": self.hem_system_id,
        }


class Battery(Device):
    """A battery that keeps the home off the grid as long as it can. Habits: `capacity_kwh`, `max_kw`."""

    kind = "battery"

    def __init__(self, spec: DeviceSpec, rng: Random, place: Place) -> None:
        """Make a battery that is neither full nor empty."""
        super().__init__(spec, rng, place)
        self.capacity_kwh: float = spec.habits.get("capacity_kwh", 10.0)
        self.max_kw: float = spec.habits.get("max_kw", 4.6)
        self.reserve_percent = 20
        self.percent = rng.uniform(30.0, 60.0)
        self.power_kw = 0.0  # positive = charging
        self.information = {
            "id": draw_id(rng),
            "brand": spec.brand,
            "model": spec.model,
            "siteName": "Example home",
            "installationDate": installed_on(rng),
        }
        self._capabilities = capable(
            "importFocus", "timeOfUse", "selfReliance", incapable=("exportFocus", "idle")
        )
        self._location = place.reading()
        self._config = {"operationMode": "SELF_RELIANCE"}

    @property
    def is_active(self) -> bool:
        """Whether energy flows in or out."""
        return self.power_kw != 0

    def move(self, surplus_kw: float) -> None:
        """Let a minute pass in a home with this much to spare; negative = to be covered."""
        room_kw = max(0.0, 100.0 - self.percent) / 100 * self.capacity_kwh * 60
        left_kw = max(0.0, self.percent - self.reserve_percent) / 100 * self.capacity_kwh * 60
        self.power_kw = round(max(-self.max_kw, -left_kw, min(self.max_kw, room_kw, surplus_kw)), 2)
        self.percent = min(100.0, max(0.0, self.percent + 100 * self.power_kw / 60 / self.capacity_kwh))

    def reading(self) -> Reading:
        """Tell what the battery's vendor knows."""
        status = "CHARGING" if self.power_kw > 0 else "DISCHARGING" if self.power_kw < 0 else "IDLE"
        return {
            "chargeState": {
                "status": status,
                "batteryCapacity": self.capacity_kwh,
                "batteryLevel": round(self.percent),
                "chargeRate": self.power_kw,
                "dischargeLimit": self.reserve_percent,
            },
            "config": self._config,
            "capabilities": self._capabilities,
            "location": self._location,
            "hemSystemId": self.hem_system_id,
        }


class Meter(Device):
    """The meter between a home and the grid; positive power is bought."""

    kind = "meter"

    def __init__(self, spec: DeviceSpec, rng: Random, place: Place) -> None:
        """Make a meter at rest."""
        super().__init__(spec, rng, place)
        self.power_kw = 0.0
        self.information = {
            "brand": spec.brand,
            "model": spec.model,
            "siteName": "Example home",
            "installationDate": installed_on(rng),
        }
        self._capabilities = capable("measuresConsumption", "measuresProduction")
        self._location = place.reading()

    @property
    def is_active(self) -> bool:
        """Whether energy crosses it; a fifth of a kilowatt is a sleeping home."""
        return abs(self.power_kw) > 0.25

    def move(self, consumption_kw: float, production_kw: float, battery_kw: float) -> None:
        """Let a minute pass: what is used, less what is made, plus what is stored, comes from the grid."""
        self.power_kw = round(consumption_kw - production_kw + battery_kw, 2)

    def reading(self) -> Reading:
        """Tell what the meter's vendor knows."""
        return {
            "energyState": {"power": self.power_kw},
            "location": self._location,
            "capabilities": self._capabilities,
            "hemSystemId": self.hem_system_id,
        }


class HemSystem(Device):
    """A home energy system: it sums the day of the devices it groups."""

    kind = "hem-system"

    def __init__(self, spec: DeviceSpec, rng: Random, place: Place) -> None:
        """Make a system that has counted nothing yet."""
        super().__init__(spec, rng, place)
        installed = installed_on(rng)
        self.information = {
            "vendor": spec.vendor,
            "name": "Example home energy",
            "installationDate": installed,
            "latitude": place.latitude,
            "longitude": place.longitude,
            "address": "1 Example Street, Exampleville",
            "timezone": TIMEZONE,
            "lastUpdated": installed,
        }
        self.today_kwh = dict.fromkeys(
            ("generation", "consumption", "charge", "discharge", "import", "export"), 0.0
        )
        self._day = 0

    def move(self, now: LocalTime, consumption_kw: float, production_kw: float, battery_kw: float) -> None:
        """Let a minute pass and add it to the day; at local midnight the count begins anew."""
        if now.day != self._day:
            self._day, self.today_kwh = now.day, dict.fromkeys(self.today_kwh, 0.0)
        grid_kw = consumption_kw - production_kw + battery_kw
        flows = (production_kw, consumption_kw, max(0.0, battery_kw), max(0.0, -battery_kw))
        for name, power_kw in zip(
            self.today_kwh, (*flows, max(0.0, grid_kw), max(0.0, -grid_kw)), strict=True
        ):
            self.today_kwh[name] += power_kw / 60

    def reading(self) -> Reading:
        """Tell what the system's vendor knows."""
        today = {name: round(kwh, 2) for name, kwh in self.today_kwh.items()}
        return {"locationId": self.place.id, "status": {"energy": {"today": {**today, "unit": "kWh"}}}}
