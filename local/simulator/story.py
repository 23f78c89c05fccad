"""What happens around the devices: charging plans, schedules, actions, statistics, and accounts that fail."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from local.simulator.agenda import Agenda
from local.simulator.clock import Clock, World, written
from local.simulator.cloud import Cached, Cloud
from local.simulator.events import Register
from local.simulator.physics.device import TIMEZONE, UTC_OFFSET, draw_id
from local.simulator.physics.energy import Inverter
from local.simulator.physics.home import Home
from local.simulator.physics.hvac import Hvac
from local.simulator.physics.vehicle import CHEAP_FROM, CHEAP_UNTIL, DEAR_FROM, DEAR_UNTIL, Vehicle

HOUR = timedelta(hours=1)


@dataclass
class Story:
    """Tells what users and their vendors do beside using their devices.

    Durations here are the world's. What a poll reveals (a plan that starts, a schedule that is not kept) is told at
    that poll; the rest has times of its own.
    """

    clock: Clock
    world: World
    agenda: Agenda
    register: Register
    cloud: Cloud
    seed: int = 0
    charging: dict[str, dict[str, Any]] = field(default_factory=dict)  # smart-charging status by vehicle id
    _schedules: dict[str, tuple[Any, ...]] = field(default_factory=dict)

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

    def after_poll(self, cached: Cached) -> None:
        """Tell what a poll of a car revealed about its plan or its schedule."""
        car = cached.device
        if isinstance(car, Vehicle):
            if car.is_smart:
                self._follow_plan(cached, car)
            if car.is_scheduled:
                self._follow_schedule(cached, car)

    def smart_charging(self, cached: Cached) -> dict[str, Any]:
        """Write a car's smart-charging status; a car without a plan has it disabled."""
        known = self.charging.get(cached.id)
        return known or self._status(cached, "DISABLED", cached.linked_at, cached.linked_at, None)

    def _every(self, rng: Random, first: timedelta, period: timedelta, tell: Callable[[], None]) -> None:
        def again() -> None:
            tell()
            self._later(period * rng.uniform(0.8, 1.2), again)

        self._later(first * rng.uniform(0.6, 1.4), again)

    def _later(self, delay: timedelta, action: Callable[[], None]) -> None:
        self.agenda.at(self.clock.now() + self.world.real(delay), action)

    def _living(self, device_id: str) -> Cached | None:
        cached = self.cloud.devices.get(device_id)
        return cached if cached is not None and cached.is_alive else None

    def _status(
        self,
        cached: Cached,
        state: str,
        updated_at: datetime,
        changed_at: datetime,
        plan: dict[str, Any] | None,
    ) -> dict[str, Any]:
        return {
            "updatedAt": written(updated_at),
            "vehicleId": cached.id,
            "userId": cached.user_id,
            "vendor": cached.device.vendor,
            "state": state,
            "stateChangedAt": written(changed_at),
            "consideration": None,
            "plan": plan,
            "smartOverride": None,
        }

    def _follow_plan(self, cached: Cached, car: Vehicle) -> None:
        known = self.charging.get(cached.id)
        before = known["state"] if known else "CONSIDERING"
        if not car.is_plugged_in:
            state = "PLAN:ENDED:UNPLUGGED" if before.startswith("PLAN:EXECUTING") else before
            state = state if state.startswith("PLAN:ENDED") else "CONSIDERING"
        else:
            state = {
                "INITIALIZING": "PLAN:EXECUTING:STOPPING",
                "STOPPED": "PLAN:EXECUTING:STOPPED",
                "CHARGING": "PLAN:EXECUTING:STARTED",
                "COMPLETE": "PLAN:ENDED:FINISHED",
            }[car.state]
        if known is not None and state == before:
            return
        now = self.clock.now()
        plan = known["plan"] if known else None
        if state.startswith("PLAN:EXECUTING") and not before.startswith("PLAN:EXECUTING"):
            plan = self._new_plan(cached, car)
        if plan is not None:
            plan = dict(plan)
            if state == "PLAN:EXECUTING:STOPPED":
                plan["stopConfirmedAt"] = written(now)
            elif state == "PLAN:EXECUTING:STARTED":
                plan["startConfirmedAt"] = written(now)
            elif state.startswith("PLAN:ENDED"):
                plan["endedAt"], plan["finalState"] = written(now), state
        self.charging[cached.id] = status = self._status(cached, state, now, now, plan)
        changed = [name for name in status if known is None or status[name] != known[name]]
        self.register.say(
            "user:vehicle:smart-charging-status-updated",
            {"smartChargingStatus": status, "updatedFields": changed},
            user_id=cached.user_id,
            about=f"plan/{cached.id}",
        )

    def _new_plan(self, cached: Cached, car: Vehicle) -> dict[str, Any]:
        local = cached.home.local_time.minute
        start = self.world.now() + timedelta(minutes=(CHEAP_FROM - local) % 1440)
        end = start + timedelta(minutes=CHEAP_UNTIL - CHEAP_FROM)
        kwh = car.capacity_kwh * max(0.0, car.limit_percent - car.percent) / 100
        return {
            "id": draw_id(car.rng),
            "vehicleId": cached.id,
            "userId": cached.user_id,
            "locationId": car.place.id,
            "vendor": car.vendor,
            "currency": "EUR",
            "nonSmartCost": round(kwh * 0.31, 2),
            "smartCost": round(kwh * 0.19, 2),
            "stopAt": written(self.clock.now()),
            "startAt": written(self.world.wall(start)),
            "estimatedFinishAt": written(self.world.wall(end)),
            "stopConfirmedAt": None,
            "startConfirmedAt": None,
            "endedAt": None,
            "finalState": None,
            "failureCondition": None,
        }

    def _follow_schedule(self, cached: Cached, car: Vehicle) -> None:
        local = cached.home.local_time.minute
        parts = {
            "needsCharge": car.percent < car.limit_percent - 0.01,
            "isPluggedIn": car.is_plugged_in,
            "shouldCharge": not DEAR_FROM <= local < DEAR_UNTIL,
        }
        is_expected = all(parts.values())
        state = "ALIGNED" if car.is_active == is_expected else "PENDING"
        told = (state, car.is_active, is_expected, parts)
        before = self._schedules.get(cached.id)
        if told == before:
            return
        self._schedules[cached.id] = told
        schedule_id = draw_id(Random(f"{self.seed}/schedule/{cached.id}"))
        next_minute = DEAR_UNTIL if DEAR_FROM <= local < DEAR_UNTIL else DEAR_FROM
        next_at = self.world.wall(self.world.now() + timedelta(minutes=(next_minute - local) % 1440))
        status = {
            "scheduleId": schedule_id,
            "scheduleType": "CHARGE",
            "changedAt": written(self.clock.now()),
            "state": state,
            "isCharging": car.is_active,
            "isChargingExpected": is_expected,
            "isChargingExpectedParts": parts,
            "upcomingTransitions": [{"at": written(next_at), "shouldCharge": not parts["shouldCharge"]}],
            "smartOverride": None,
        }
        rule = {"from": f"{DEAR_FROM // 60:02d}:00", "to": f"{DEAR_UNTIL // 60:02d}:00"}
        schedule = {
            "id": schedule_id,
            "targetId": cached.id,
            "targetType": "vehicle",
            "locationId": car.place.id,
            "isEnabled": True,
            "defaultShouldCharge": True,
            "rules": [{"hourMinute": rule, "weekdays": [0, 1, 2, 3, 4, 5, 6], "shouldCharge": False}],
        }
        names = ("state", "isCharging", "isChargingExpected", "isChargingExpectedParts")
        changed = [name for place, name in enumerate(names) if before is None or before[place] != told[place]]
        self.register.say(
            "user:schedule:execution-updated",
            {"status": status, "schedule": schedule, "updatedFields": changed},
            user_id=cached.user_id,
            about=f"schedule/{schedule_id}",
        )

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
        self.register.say(
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
        wish: dict[str, Any],
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
            **wish,
            "failureReason": None,
        }
        self._say_action(action, ["state"])

        def finish() -> None:
            apply()
            at = written(self.clock.now())
            state = "CONFIRMED" if failure is None else "FAILED"
            changed = ["state", "updatedAt", "completedAt", *(["failureReason"] if failure else [])]
            done = {**action, "state": state, "updatedAt": at, "completedAt": at, "failureReason": failure}
            self._say_action(done, changed)

        self._later(timedelta(seconds=rng.uniform(20, 120)), finish)

    def _say_action(self, action: dict[str, Any], changed: list[str]) -> None:
        self.register.say(
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
        if self.cloud.users[cached.user_id].is_authorised:
            self.cloud.relink(cached)


def _turn(hvac: Hvac, setpoint_c: float | None) -> None:
    if setpoint_c is None:
        hvac.follow_schedule()
    else:
        hvac.hold(setpoint_c)
