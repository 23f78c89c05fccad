"""Charging plans and schedules, as a poll of a car reveals them."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from local.simulator.clock import Clock, World, written
from local.simulator.cloud import Cached
from local.simulator.events import EventLog
from local.simulator.physics.device import draw_id
from local.simulator.physics.vehicle import CHEAP_FROM, CHEAP_UNTIL, DEAR_FROM, DEAR_UNTIL, Vehicle


@dataclass
class ChargingPlans:
    """Keeps the smart-charging status of cars that wait for cheap hours, and the schedules of those that have one."""

    clock: Clock
    world: World
    event_log: EventLog
    seed: int = 0
    charging: dict[str, dict[str, Any]] = field(default_factory=dict)  # smart-charging status by vehicle id
    _schedules: dict[str, tuple[Any, ...]] = field(default_factory=dict)

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
            state = "PLAN:ENDED:UNPLUGGED" if before.startswith("PLAN:EXECUTING") else "CONSIDERING"
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
        self.event_log.say(
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
        self.event_log.say(
            "user:schedule:execution-updated",
            {"status": status, "schedule": schedule, "updatedFields": changed},
            user_id=cached.user_id,
            about=f"schedule/{schedule_id}",
        )
