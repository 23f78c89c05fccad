"""All of the simulated Enode put together; by itself it lives in virtual time."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from itertools import count
from random import Random
from typing import Any, Literal

from local.simulator.charging_plans import ChargingPlans
from local.simulator.clock import Clock, VirtualClock, World
from local.simulator.cloud import Cloud
from local.simulator.events import Event, EventLog
from local.simulator.faults import Faults
from local.simulator.fleet import Fleet
from local.simulator.physics.device import UTC_OFFSET, draw_id
from local.simulator.physics.home import Home
from local.simulator.scenario import Scenario
from local.simulator.scheduler import Scheduler
from local.simulator.tokens import AccessTokens, Client, Issuer
from local.simulator.transport import CallTransport, Send, Transport, drive
from local.simulator.webhook_sender import GIVE_UP_AFTER, LINGER, WebhookSender
from local.simulator.webhooks import Webhook

UNKNOWN_EVENT = "user:teleporter:updated"
MONDAY = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)


@dataclass(frozen=True)
class Options:
    """What one may want otherwise."""

    speed: float = 1.0
    world_hour: float | None = None  # local hour of day the world begins with; None = the clock's own
    linking: Literal["start", "listening"] = (
        "start"  # when the users link: at once, or with the first webhook
    )
    client_id: str = "simulated-client"
    client_secret: str = "simulated-secret-of-no-value"
    issuer: str = "http://127.0.0.1:8700"
    heartbeat_every: timedelta = timedelta(minutes=10)
    give_up_after: timedelta = GIVE_UP_AFTER  # Enode's sandbox: five minutes
    linger: timedelta = LINGER  # how long an event waits for others to share its delivery
    faults: Mapping[str, float] = field(default_factory=dict)


async def _never_answer() -> None:
    raise TimeoutError("the simulated API never answers this call")


def _nobody(url: str, headers: dict[str, str], body: bytes) -> int:  # noqa: ARG001 - a Send
    raise ConnectionRefusedError(f"nobody listens at {url}")


class Simulator:
    """A simulated Enode.

    In virtual time nothing happens but in `advance`; the same seed, options and calls give the same events,
    to the byte. `server.py` runs the very same object in real time.
    """

    def __init__(
        self,
        fleet: Fleet | None = None,
        *,
        seed: int = 1,
        start: datetime = MONDAY,
        send: Send = _nobody,
        options: Options | None = None,
        clock: Clock | None = None,
        transport: Transport | None = None,
        spawn: Callable[[Coroutine[Any, Any, None]], None] = drive,
        hang: Callable[[], Awaitable[None]] = _never_answer,
    ) -> None:
        """Make it; nothing happens yet.

        Args:
            fleet: Whom and what to simulate; None = the default fleet.
            seed: Everything random follows from it.
            start: The first instant of virtual time, aware UTC.
            send: Takes each delivery in virtual time: `send(url, headers, body) -> status`. It raises
                TimeoutError for a receiver that does not answer, another OSError for one that is not there.
            options: See `Options`.
            clock: Another clock than the virtual one; `advance` is then impossible.
            transport: Another way to deliver than `send`.
            spawn: Runs a delivery.
            hang: What an API call does that shall never be answered.
        """
        self.options = options or Options()
        self.seed = seed
        self.fleet = fleet or Fleet.default()
        self.clock = clock or VirtualClock(start)
        self.world = World(self.clock, speed=self.options.speed, begins_at=self._world_start())
        self.world_scheduler, self.delivery_scheduler = Scheduler(), Scheduler()
        self.event_log = EventLog(self.clock)
        self.faults = Faults(seed, **self.options.faults)
        self.cloud = Cloud(self.clock, self.world, self.world_scheduler, self.event_log, seed)
        self.scenario = Scenario(
            self.clock, self.world, self.world_scheduler, self.event_log, self.cloud, seed
        )
        self.plans = ChargingPlans(self.clock, self.world, self.event_log, seed)
        self.cloud.after_poll = self.plans.after_poll
        self.sender = WebhookSender(
            self.clock,
            self.world,
            self.delivery_scheduler,
            self.event_log,
            transport or CallTransport(send),
            self.faults,
            spawn,
            seed,
            linger=self.options.linger,
            give_up_after=self.options.give_up_after,
            heartbeat_every=self.options.heartbeat_every,
        )
        self.event_log.listeners.append(self._perhaps_say_unknown)
        self.hang = hang
        self.tokens = AccessTokens(self.clock)
        self.client = Client(self.options.client_id, self.options.client_secret)
        self.issuer = Issuer(self.options.issuer, self.clock)
        self.webhooks: dict[str, Webhook] = {}
        self._ids = Random(f"{seed}/webhooks")
        serials = count(1)
        begins_at = self.world.now()
        self.homes = [
            Home(spec, seed=seed, begins_at=begins_at, serials=serials) for spec in self.fleet.homes
        ]
        self._has_begun = False
        if self.options.linking == "start":
            self.begin()

    def begin(self) -> None:
        """Let the users link their accounts, one after the other within a minute of the world; only once."""
        if self._has_begun:
            return
        self._has_begun = True
        pace = min(10.0, 60.0 / max(1, len(self.homes)))
        for number, (spec, home) in enumerate(zip(self.fleet.homes, self.homes, strict=True)):
            at = self.world.wall_now() + self.world.real(timedelta(seconds=pace * number))
            self.world_scheduler.at(at, partial(self._link, home, has_scenario=spec.has_scenario))

    def add_webhook(self, request: dict[str, Any]) -> Webhook:
        """Register a webhook; `request` must have passed `webhooks.objections`."""
        now = self.clock.now()
        webhook = Webhook(
            draw_id(self._ids), request["url"], request["secret"], created_at=now, last_success_at=now
        )
        webhook.change(request)
        self.webhooks[webhook.id] = webhook
        self.sender.open(webhook)
        self.begin()
        return webhook

    def remove_webhook(self, webhook_id: str) -> None:
        """Forget a webhook and its queue."""
        del self.webhooks[webhook_id]
        self.sender.close(webhook_id)

    def say_unknown(self, user_id: str | None = None) -> None:
        """Say something with a name that is in no document of Enode, as a later version might."""
        user_id = user_id or self.fleet.homes[0].user_id
        body = {
            "teleporter": {"id": "a-device-of-tomorrow", "userId": user_id},
            "updatedFields": ["teleporter"],
        }
        self.event_log.say(UNKNOWN_EVENT, body, user_id=user_id, about="teleporter")

    def pause(self) -> None:
        """Stop the world: no physics, no polls, no story. Queues still drain and heartbeats go on."""
        self.world.pause()

    def resume(self) -> None:
        """Let the world go on as if no time had passed."""
        self.world_scheduler.postpone(self.world.resume())
        self.world_scheduler.on_earlier()

    @property
    def next_due_at(self) -> datetime | None:
        """When something is to happen next; None if never."""
        scheduler = self._next_scheduler()
        return scheduler.next_due_at if scheduler else None

    def run_next(self) -> None:
        """Do what is due next, whatever its time."""
        scheduler = self._next_scheduler()
        if scheduler is not None:
            scheduler.run_next()

    def advance(self, duration: timedelta) -> None:
        """Let virtual time pass and do everything that falls due, in order."""
        clock = self._virtual_clock()
        until = clock.now() + duration
        while (due_at := self.next_due_at) is not None and due_at <= until:
            clock.move_to(due_at)
            self.run_next()
        clock.move_to(until)

    def drain(self, limit: timedelta = timedelta(days=2)) -> bool:
        """Stop the world and let virtual time pass until nothing waits to be sent.

        The world stays paused, so that what was sent can be compared with the truth.

        Returns:
            Whether all queues are empty; False if `limit` was not enough.
        """
        clock = self._virtual_clock()
        self.pause()
        until = clock.now() + limit
        while self.sender.pending and (due_at := self.next_due_at) is not None and due_at <= until:
            clock.move_to(due_at)
            self.run_next()
        return not self.sender.pending

    def _perhaps_say_unknown(self, event: Event) -> None:
        if event.name != UNKNOWN_EVENT and self.faults.strikes("unknown_event"):
            self.say_unknown()

    def _virtual_clock(self) -> VirtualClock:
        if not isinstance(self.clock, VirtualClock):
            raise TypeError("only virtual time can be moved")
        return self.clock

    def _next_scheduler(self) -> Scheduler | None:
        world = None if self.world.is_paused else self.world_scheduler.next_due_at
        mail = self.delivery_scheduler.next_due_at
        if world is not None and (mail is None or world <= mail):
            return self.world_scheduler
        return self.delivery_scheduler if mail is not None else None

    def _world_start(self) -> datetime | None:
        hour = self.options.world_hour
        if hour is None:
            return None
        midnight = (self.clock.now() + UTC_OFFSET).replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - UTC_OFFSET + timedelta(hours=hour)

    def _link(self, home: Home, *, has_scenario: bool) -> None:
        self.cloud.link(home, home.devices, home.user_id)
        if has_scenario:
            self.scenario.begin(home)
