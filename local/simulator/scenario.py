"""Scenario around the devices: actions, statistics, failing accounts, devices that come and go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random
from typing import Any

from local.simulator.clock import Clock, World, written
from local.simulator.cloud import Cached, Cloud
from local.simulator.events import EventLog
from local.simulator.physics.device import TIMEZONE, UTC_OFFSET, draw_id
from local.simulator.physics.energy import Inverter
from local.simulator.physics.home import Home
from local.simulator.physics.hvac import Hvac
from local.simulator.scheduler import Scheduler

HOUR = timedelta(hours=1)


@dataclass
class Scenario:
    """Tells what users and their vendors do beside using their devices.

    Durations here are the world's. What only a poll reveals is told by `plans.py`.
    """

    clock: Clock
    world: World
    scheduler: Scheduler
    event_log: EventLog
    cloud: Cloud
    seed: int = 0

    def begin(self, home: Home) -> None:
        """Let a home's story begin; each thread has its own stream of chance."""
        rng = Random(f"{self.seed}/story/{home.user_id}")
        for inverter in home.inverters:
            self._every(rng, HOUR, HOUR, lambda one=inverter: self._statistics(one))  # type: ignore[misc]
        if home.hvacs:
            self._every(rng, 0.3 * HOUR, 5 * HOUR, lambda: self._act(home, rng))
        elif home.cars:
            self._every(rng, HOUR, 7 * HOUR, lambda: self._fail_to_start(home, rng))
        if home.chargers:
            self._every(rng, 4 * HOUR, 29 * HOUR, lambda: self._lose_account(home, rng))
        if len(home.hvacs) > 1:
            self._every(rng, 1.2 * HOUR, 26 * HOUR, lambda: self._remove_and_return(home, rng))

    def _every(self, rng: Random, first: timedelta, period: timedelta, tell: Callable[[], None]) -> None:
        def again() -> None:
            tell()
            self._later(period * rng.uniform(0.8, 1.2), again)

        self._later(first * rng.uniform(0.6, 1.4), again)

    def _later(self, delay: timedelta, action: Callable[[], None]) -> None:
        self.scheduler.at(self.world.wall_now() + self.world.real(delay), action)

    def _living(self, device_id: str) -> Cached | None:
        cached = self.cloud.devices.get(device_id)
        return cached if cached is not None and cached.is_alive else None

    def _statistics(self, inverter: Inverter) -> None:
        cached = self._living(inverter.id)
        if cached is None or not inverter.quarters_kwh:
            return
        midnight = (self.world.now() + UTC_OFFSET).replace(
            hour=0, minute=0, second=0, microsecond=0, tzinfo=None
        )
        offset = f"+{UTC_OFFSET // HOUR:02d}:00"
        data = [
            {
                "date": f"{midnight + timedelta(minutes=15 * quarter):%Y-%m-%dT%H:%M:%S}{offset}",
                "value": round(kwh, 3),
            }
            for quarter, kwh in sorted(inverter.quarters_kwh.items())
        ]
        statistics = {
            "inverterId": inverter.id,
            "year": midnight.year,
            "month": midnight.month,
            "day": midnight.day,
            "timezone": TIMEZONE,
            "resolutions": {"QUARTER_HOUR": {"unit": "kWh", "data": data}},
        }
        self.event_log.say(
            "user:inverter:statistics-updated",
            {"statistics": statistics},
            user_id=cached.user_id,
            about=f"statistics/{inverter.id}",
        )

    def _act(self, home: Home, rng: Random) -> None:
        """Someone turns a thermostat in the app: asked for now, confirmed a little later, seen at the next poll."""
        hvac = rng.choice(home.hvacs)
        if hvac.held_c is None:
            setpoint = rng.choice((23.0, 25.0)) if hvac.cools else rng.choice((17.0, 19.0, 22.5))
            name = "coolSetpoint" if hvac.cools else "heatSetpoint"
            target = {name: setpoint, "mode": "COOL" if hvac.cools else "HEAT", "holdType": "PERMANENT"}
        else:
            setpoint, target = None, {"holdType": "SCHEDULED"}

        def apply() -> None:
            _turn(hvac, setpoint)

        self._run_action(hvac.id, "hvac", {"target": target}, rng, failure=None, apply=apply)

    def _fail_to_start(self, home: Home, rng: Random) -> None:
        failure = {"type": "NO_RESPONSE", "detail": "The device did not answer."}
        self._run_action(
            rng.choice(home.cars).id, "vehicle", {"kind": "START"}, rng, failure=failure, apply=lambda: None
        )

    def _run_action(
        self,
        target_id: str,
        target_type: str,
        kind: dict[str, Any],
        rng: Random,
        *,
        failure: dict[str, str] | None,
        apply: Callable[[], None],
    ) -> None:
        cached = self._living(target_id)
        if cached is None:
            return
        asked_at = self.clock.now()
        action = {
            "id": draw_id(rng),
            "userId": cached.user_id,
            "createdAt": written(asked_at),
            "updatedAt": written(asked_at),
            "completedAt": None,
            "state": "PENDING",
            "targetId": target_id,
            "targetType": target_type,
            **kind,
            "failureReason": None,
        }
        self._say_action(action, ["state"])

        def finish() -> None:
            if not cached.is_alive:
                return  # nothing is said about a device that is gone
            apply()
            at = written(self.clock.now())
            state = "CONFIRMED" if failure is None else "FAILED"
            changed = ["state", "updatedAt", "completedAt", *(["failureReason"] if failure else [])]
            done = {**action, "state": state, "updatedAt": at, "completedAt": at, "failureReason": failure}
            self._say_action(done, changed)

        self._later(timedelta(seconds=rng.uniform(20, 120)), finish)

    def _say_action(self, action: dict[str, Any], changed: list[str]) -> None:
        self.event_log.say(
            "user:vendor-action:updated",
            {"vendorAction": action, "updatedFields": changed},
            user_id=action["userId"],
            about=f"action/{action['id']}",
        )

    def _lose_account(self, home: Home, rng: Random) -> None:
        """The charger's account asks for a new password; some time later its owner links it again."""
        vendor = home.chargers[0].vendor
        if self._living(home.chargers[0].id):
            self.cloud.invalidate(home.user_id, vendor)
            self._later(HOUR * rng.uniform(0.5, 2), lambda: self.cloud.restore(home.user_id, vendor))

    def _remove_and_return(self, home: Home, rng: Random) -> None:
        """A thermostat is taken out of its vendor's app, and put back hours later."""
        cached = self._living(home.hvacs[-1].id)
        if cached is not None:
            self.cloud.delete(cached)
            self._later(HOUR * rng.uniform(1, 4), lambda: self._return(cached))

    def _return(self, cached: Cached) -> None:
        user = self.cloud.users.get(cached.user_id)
        if user is not None and user.is_authorised:
            self.cloud.relink(cached)


def _turn(hvac: Hvac, setpoint_c: float | None) -> None:
    if setpoint_c is None:
        hvac.follow_schedule()
    else:
        hvac.hold(setpoint_c)
