"""Delivery queue of one webhook: events not yet packed, deliveries packed and signed."""

from __future__ import annotations

import hashlib
import hmac
from collections import deque
from dataclasses import dataclass, field
from datetime import datetime

from local.simulator.events import Event
from local.simulator.scheduler import Appointment
from local.simulator.webhooks import Webhook


@dataclass
class PackedDelivery:
    """One delivery: its id, its events, its bytes."""

    id: str
    events: list[Event]
    body: bytes
    broken: int = 0
    is_copy: bool = False  # sent again although it had arrived


@dataclass
class DeliveryQueue:
    """What waits for one webhook."""

    webhook: Webhook
    queue: deque[Event] = field(default_factory=deque)
    ready: deque[PackedDelivery] = field(default_factory=deque)  # packed: retries, copies, what was held back
    held: list[PackedDelivery] = field(default_factory=list)
    in_flight: PackedDelivery | None = None
    failures: int = 0
    failing_since: datetime | None = None
    appointment: Appointment | None = None

    @property
    def pending(self) -> int:
        """Count the events that have not arrived yet."""
        packed = [*self.ready, *self.held, *([self.in_flight] if self.in_flight else [])]
        return len(self.queue) + sum(len(packed.events) for packed in packed if not packed.is_copy)

    @property
    def is_idle(self) -> bool:
        """Whether nothing is waiting or under way, copies included."""
        return not (self.queue or self.ready or self.held or self.in_flight)

    def drop_all(self) -> None:
        """Forget everything that waits, as Enode does when it gives up."""
        self.queue.clear()
        self.ready.clear()
        self.held.clear()
        self.failures, self.failing_since = 0, None
        if self.appointment is not None:
            self.appointment.cancel()
            self.appointment = None


def sign(secret: str, body: bytes) -> str:
    """Sign a body as Enode does.

    >>> sign("example-secret", b'{"payload":"example"}')
    'sha1=e417e6fc2e7f8a78c93a35a7b344d36ce179fc8d'
    """
    return "sha1=" + hmac.new(secret.encode(), body, hashlib.sha1).hexdigest()
