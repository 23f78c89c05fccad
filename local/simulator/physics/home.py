"""One home: its devices, and how they act on each other."""

from __future__ import annotations

from datetime import datetime, timedelta
from itertools import count
from random import Random
from typing import Any

from local.simulator.fleet import HomeSpec
from local.simulator.physics.charger import Charger
from local.simulator.physics.device import Device, Place
from local.simulator.physics.energy import Battery, HemSystem, Inverter, Meter
from local.simulator.physics.hvac import Hvac
from local.simulator.physics.vehicle import Vehicle
from local.simulator.physics.weather import LocalTime, Sky

MINUTE = timedelta(minutes=1)
SOCKET_KW = 2.3  # where there is no charger, a car hangs on an ordinary socket
_FAMILIES: dict[str, Any] = {
    family.kind: family for family in (Charger, Battery, Inverter, Hvac, Meter, HemSystem)
}


class Home:
    """The devices of one user, moved together minute by minute.

    The same seed gives the same home at the same world minute, however often it was looked at before.
    """

    def __init__(self, spec: HomeSpec, *, seed: int, begins_at: datetime, serials: count[int]) -> None:
        """Make the home as it is at `begins_at`.

        Args:
            spec: What to make.
            seed: Of the whole fleet; each device draws from a stream of its own.
            begins_at: World instant.
            serials: Numbers that keep VINs apart over all homes.
        """
        stream = f"{seed}/{spec.user_id}"
        self.user_id = spec.user_id
        self.place = Place(Random(f"{stream}/place"))
        self.sky = Sky(Random(f"{stream}/sky"))
        self._life = Random(f"{stream}/life")
        self._base_kw = 0.3
        self.devices: list[Device] = []
        for number, device in enumerate(spec.devices):
            rng = Random(f"{stream}/{number}")
            if device.kind == Vehicle.kind:
                self.devices.append(Vehicle(device, rng, self.place, next(serials)))
            else:
                self.devices.append(_FAMILIES[device.kind](device, rng, self.place))
        self.cars = [device for device in self.devices if isinstance(device, Vehicle)]
        self.chargers = [device for device in self.devices if isinstance(device, Charger)]
        self.inverters = [device for device in self.devices if isinstance(device, Inverter)]
        self.batteries = [device for device in self.devices if isinstance(device, Battery)]
        self.meters = [device for device in self.devices if isinstance(device, Meter)]
        self.hvacs = [device for device in self.devices if isinstance(device, Hvac)]
        self.systems = [device for device in self.devices if isinstance(device, HemSystem)]
        for system in self.systems:
            for member in (*self.inverters, *self.batteries, *self.meters):
                if member.vendor == system.vendor:
                    member.hem_system_id = system.id
        self._moved_to = begins_at
        self._never_moves = all(isinstance(device, Vehicle) and device.is_parked for device in self.devices)
        self.consumption_kw = 0.0
        for car, charger in zip(
            (car for car in self.cars if car.starts_plugged), self.chargers, strict=False
        ):
            charger.car = car
            car.plug_in(charger.id if charger.pairs else None)
        self._move(LocalTime.of(begins_at))

    def move_to(self, world: datetime) -> None:
        """Let the home live until a world instant, in whole minutes."""
        if self._never_moves:
            return
        while self._moved_to + MINUTE <= world:
            self._moved_to += MINUTE
            self._move(LocalTime.of(self._moved_to))

    @property
    def local_time(self) -> LocalTime:
        """The minute the home has reached."""
        return LocalTime.of(self._moved_to)

    def _move(self, now: LocalTime) -> None:
        self.sky.move(now)
        charger_kw = self.chargers[0].max_kw if self.chargers else SOCKET_KW
        for car in self.cars:
            car.move(now, charger_kw)
            if not self.chargers and car.wants_cable():
                car.plug_in(None)
        for charger in self.chargers:
            charger.follow(self.cars)
        if self.inverters:
            sun = self.sky.sun(now)
            for inverter in self.inverters:
                inverter.move(now, sun)
        if self.hvacs:
            outside_c = self.sky.outside_c(now)
            for hvac in self.hvacs:
                hvac.move(now, outside_c)
        if self.meters or self.batteries or self.systems:
            self._balance(now)

    def _balance(self, now: LocalTime) -> None:
        """Let panels, battery and grid cover what the home uses, so that the readings of one minute add up."""
        if now.minute % 10 == 0:
            awake = 6 * 60 <= now.minute < 23 * 60
            self._base_kw = round(self._life.uniform(0.3, 2.2) if awake else 0.2, 1)
        used_kw = (
            self._base_kw + sum(car.power_kw for car in self.cars) + sum(hvac.power_kw for hvac in self.hvacs)
        )
        made_kw = sum(inverter.power_kw for inverter in self.inverters)
        self.consumption_kw = used_kw
        stored_kw = 0.0
        for battery in self.batteries:
            battery.move(made_kw - used_kw - stored_kw)
            stored_kw += battery.power_kw
        for meter in self.meters:
            meter.move(used_kw, made_kw, stored_kw)
        for system in self.systems:
            system.move(now, used_kw, made_kw, stored_kw)
