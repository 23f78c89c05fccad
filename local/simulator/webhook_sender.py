"""Webhook sender: a queue for each webhook, batches, signatures, retries, and giving up."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

from local.simulator.clock import Clock, World, written
from local.simulator.delivery_queue import DeliveryQueue, PackedDelivery, sign
from local.simulator.events import Event, EventLog
from local.simulator.faults import BROKEN_ELEMENTS, Faults
from local.simulator.physics.device import draw_id
from local.simulator.scheduler import Scheduler
from local.simulator.transport import PATIENCE, Reply, Transport
from local.simulator.webhooks import Webhook

BATCH = 100
GIVE_UP_AFTER = timedelta(hours=24)
FIRST_RETRY, LONGEST_RETRY = timedelta(seconds=10), timedelta(hours=4)
LINGER = timedelta(seconds=2)
KEPT = 50_000


def retry_delay(failures: int) -> timedelta:
    """Tell how long Enode waits after so many failures in a row: twice as long each time, at most four hours."""
    return min(FIRST_RETRY * (1 << min(failures - 1, 20)), LONGEST_RETRY)


@dataclass
class WebhookSender:
    """Takes events from the register and brings them to the webhooks.

    One delivery at a time is under way for each webhook, so without faults they arrive in order. `spawn` runs a
    delivery: to its end at once in virtual time, as a task in real time.
    """

    clock: Clock
    world: World
    scheduler: Scheduler
    event_log: EventLog
    transport: Transport
    faults: Faults
    spawn: Callable[[Coroutine[Any, Any, None]], None]
    seed: int = 0
    linger: timedelta = LINGER
    give_up_after: timedelta = GIVE_UP_AFTER
    heartbeat_every: timedelta = timedelta(minutes=10)
    boxes: dict[str, DeliveryQueue] = field(default_factory=dict)
    deliveries: list[dict[str, Any]] = field(default_factory=list)
    delivery_count: int = 0

    def __post_init__(self) -> None:
        """Listen to the register."""
        self._rng = Random(f"{self.seed}/sender")
        self.event_log.listeners.append(self.accept)
        self._schedule_heartbeat()

    @property
    def pending(self) -> int:
        """Count the events that wait for active webhooks, and copies still to be sent."""
        return sum(
            max(box.pending, int(not box.is_idle)) for box in self.boxes.values() if box.webhook.is_active
        )

    def open(self, webhook: Webhook) -> None:
        """Begin to collect for a new webhook."""
        self.boxes[webhook.id] = DeliveryQueue(webhook)

    def close(self, webhook_id: str) -> None:
        """Stop collecting for a webhook, and forget what waited."""
        self.boxes.pop(webhook_id).drop_all()

    def revive(self, webhook: Webhook) -> None:
        """Make a webhook active again; what it missed stays lost, what still waits is tried at once."""
        webhook.is_active = True
        box = self.boxes[webhook.id]
        box.failures, box.failing_since = 0, None
        if not box.is_idle:
            self._flush_in(box, timedelta(0))

    def accept(self, event: Event) -> None:
        """Put an event into every queue it belongs to; inactive webhooks get none."""
        for box in self.boxes.values():
            if box.webhook.is_active and box.webhook.wants(event):
                box.queue.append(event)
                if box.appointment is None and box.in_flight is None:
                    self._flush_in(box, self.linger)

    async def test(self, webhook: Webhook) -> tuple[Reply | None, str]:
        """Send `enode:webhook:test` now, outside the queue; success makes the webhook active.

        Returns:
            The answer, None if there was none; and what happened, in words.
        """
        # Addressed to nobody, so it enters no queue: it travels alone, now.
        event = self.event_log.say("enode:webhook:test", webhook_id="")
        packed = self._pack([event])
        try:
            answer = await self.transport.carry(webhook.url, self._headers(webhook, packed), packed.body)
        except TimeoutError:
            return None, "The webhook did not answer within 5 seconds."
        except OSError:
            return None, "The webhook could not be reached."
        if not 200 <= answer.status < 300:
            return answer, f"The webhook answered with status {answer.status}."
        webhook.last_success_at = self.clock.now()
        self.revive(webhook)
        return answer, "The webhook answered with success."

    def deliveries_after(self, number: int) -> list[dict[str, Any]]:
        """List the records of deliveries with a higher number, oldest first."""
        first = self.deliveries[0]["number"] if self.deliveries else 1
        return self.deliveries[max(0, number + 1 - first) :]

    def _schedule_heartbeat(self) -> None:
        self.scheduler.at(self.clock.now() + self.world.real(self.heartbeat_every), self._beat)

    def _beat(self) -> None:
        for box in list(self.boxes.values()):
            if box.webhook.is_active:
                body = {"pendingEvents": box.pending}
                self.event_log.say("system:heartbeat", body, webhook_id=box.webhook.id)
        self._schedule_heartbeat()

    def _flush_in(self, box: DeliveryQueue, delay: timedelta) -> None:
        if box.appointment is not None:
            box.appointment.cancel()
        box.appointment = self.scheduler.at(
            self.clock.now() + self.world.real(delay), lambda: self._flush(box)
        )

    def _flush(self, box: DeliveryQueue) -> None:
        box.appointment = None
        if box.in_flight is not None or not box.webhook.is_active:
            return
        packed = self._next(box)
        if packed is not None:
            box.in_flight = packed
            self.spawn(self._deliver(box, packed))

    def _next(self, box: DeliveryQueue) -> PackedDelivery | None:
        """Take what goes out next: what is packed already, else up to 100 events from the queue."""
        while True:
            if box.ready:
                return box.ready.popleft()
            if not box.queue:
                return None
            packed = self._pack(
                [box.queue.popleft() for _ in range(min(BATCH, len(box.queue)))], may_break=True
            )
            if not self.faults.strikes("reorder"):
                return packed
            box.held.append(packed)
            release_at = self.clock.now() + self.world.real(timedelta(seconds=self._rng.uniform(30, 300)))
            self.scheduler.at(release_at, lambda held=packed: self._release(box, held))  # type: ignore[misc]

    def _release(self, box: DeliveryQueue, packed: PackedDelivery) -> None:
        if packed in box.held:
            box.held.remove(packed)
            box.ready.append(packed)
            if box.appointment is None and box.in_flight is None:
                self._flush_in(box, timedelta(0))

    def _pack(self, events: list[Event], *, may_break: bool = False) -> PackedDelivery:
        texts = [event.text for event in events]
        broken = 0
        if may_break and self.faults.strikes("broken_element"):
            texts.insert(self._rng.randrange(len(texts) + 1), self._rng.choice(BROKEN_ELEMENTS))
            broken = 1
        return PackedDelivery(draw_id(self._rng), events, f"[{','.join(texts)}]".encode(), broken)

    def _headers(self, webhook: Webhook, packed: PackedDelivery) -> dict[str, str]:
        own = dict([webhook.header]) if webhook.header else {}
        return {
            "content-type": "application/json",
            "user-agent": "simulated-enode",
            **own,
            "x-enode-delivery": packed.id,
            "x-enode-signature": sign(webhook.secret, packed.body),
        }

    async def _deliver(self, box: DeliveryQueue, packed: PackedDelivery) -> None:
        status: int | None = None
        try:
            answer = await self.transport.carry(
                box.webhook.url, self._headers(box.webhook, packed), packed.body
            )
            status = answer.status
        except TimeoutError:
            if self.transport.is_instant:
                self.scheduler.at(self.clock.now() + PATIENCE, lambda: self._settle(box, packed, None))
                return
        except OSError:
            status = 0
        self._settle(box, packed, status)

    def _settle(self, box: DeliveryQueue, packed: PackedDelivery, status: int | None) -> None:
        """Book an attempt: success empties it, failure brings it back and waits longer."""
        if self.boxes.get(box.webhook.id) is not box:
            return  # the webhook was deleted meanwhile
        arrived = status is not None and 200 <= status < 300
        is_lost = arrived and self.faults.strikes("lose_reply")
        self._record(box, packed, status, is_lost=is_lost)
        box.in_flight = None
        if arrived and not is_lost:
            box.failures, box.failing_since = 0, None
            box.webhook.last_success_at = self.clock.now()
            if not packed.is_copy and self.faults.strikes("duplicate"):
                copy_id = packed.id if self._rng.random() < 0.5 else draw_id(self._rng)
                box.ready.append(
                    PackedDelivery(copy_id, packed.events, packed.body, packed.broken, is_copy=True)
                )
            if box.ready or box.queue:
                self._flush_in(box, timedelta(0) if box.ready or len(box.queue) >= BATCH else self.linger)
            return
        self._fail(box, packed)

    def _fail(self, box: DeliveryQueue, packed: PackedDelivery) -> None:
        now = self.clock.now()
        box.failures += 1
        box.failing_since = box.failing_since or now
        deadline = box.failing_since + self.world.real(self.give_up_after)
        if now >= deadline:
            box.webhook.is_active = False
            box.drop_all()
            return
        if self.faults.strikes("rebatch"):
            box.queue.extendleft(reversed(packed.events))
            size = self._rng.randint(1, min(BATCH, len(box.queue)))
            packed = self._pack([box.queue.popleft() for _ in range(size)])
        box.ready.appendleft(packed)
        delay = self.world.real(retry_delay(box.failures))
        if box.appointment is not None:
            box.appointment.cancel()
        box.appointment = self.scheduler.at(min(now + delay, deadline), lambda: self._flush(box))

    def _record(
        self, box: DeliveryQueue, packed: PackedDelivery, status: int | None, *, is_lost: bool
    ) -> None:
        self.delivery_count += 1
        self.deliveries.append(
            {
                "number": self.delivery_count,
                "at": written(self.clock.now()),
                "webhookId": box.webhook.id,
                "deliveryId": packed.id,
                "count": len(packed.events),
                "bytes": len(packed.body),
                "attempt": box.failures + 1,
                "status": status,  # None: no answer in time; 0: nobody there
                "replyLost": is_lost,
                "isCopy": packed.is_copy,
                "broken": packed.broken,
                "events": [event.number for event in packed.events],
            }
        )
        if len(self.deliveries) > KEPT + KEPT // 10:
            del self.deliveries[: KEPT // 10]
