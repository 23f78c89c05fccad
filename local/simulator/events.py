"""Events: their envelopes, and the list of every one ever sent."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from local.simulator.clock import MILLISECOND, Clock, written
from local.simulator.documents import API_VERSION

# What a webhook may ask for. HEM systems and heartbeats are not among them: the former need "*", the latter
# are always sent.
SUBSCRIBABLE = frozenset(
    {"*", "enode:webhook:test", "user:credentials:invalidated", "user:vendor-action:updated"}
    | {"user:charge-action:updated", "user:schedule:execution-updated", "user:inverter:statistics-updated"}
    | {"user:vehicle:smart-charging-status-updated"}
    | {
        f"user:{kind}:{what}"
        for kind in ("vehicle", "charger", "hvac", "inverter", "battery", "meter")
        for what in ("discovered", "updated", "deleted")
    }
)
KEPT = 100_000


@dataclass(frozen=True)
class Event:
    """One thing said once; `number` counts from 1 over the whole run."""

    number: int
    name: str
    created_at: datetime
    payload: dict[str, Any] = field(repr=False)
    webhook_id: str | None = None  # set where an event is for one webhook only, as a heartbeat is

    @property
    def text(self) -> str:
        """The event as JSON, the same bytes each time."""
        return json.dumps(self.payload, separators=(",", ":"), ensure_ascii=False)


class EventLog:
    """Writes down every event in order, and tells whoever listens."""

    def __init__(self, clock: Clock) -> None:
        """Begin with nothing said."""
        self._clock = clock
        self._kept: list[Event] = []
        self._latest_of: dict[str, datetime] = {}
        self.count = 0
        self.listeners: list[Callable[[Event], None]] = []

    def say(
        self,
        name: str,
        body: dict[str, Any] | None = None,
        *,
        user_id: str | None = None,
        about: str | None = None,
        webhook_id: str | None = None,
    ) -> Event:
        """Make an event of this moment and hand it to the listeners.

        Args:
            name: Its name.
            body: What it carries beside the envelope.
            user_id: Whose it is; None for the system's own.
            about: Id of the device or thing it speaks of. Two events about one thing never share a
                millisecond, so that a receiver can tell which came later.
            webhook_id: Set if only this webhook shall get it.

        Returns:
            The event.
        """
        created_at = self._clock.now()
        if about is not None:
            if (latest := self._latest_of.get(about)) is not None:
                created_at = max(created_at, latest + MILLISECOND)
            self._latest_of[about] = created_at
        payload: dict[str, Any] = {"event": name, "createdAt": written(created_at), "version": API_VERSION}
        if user_id is not None:
            payload["user"] = {"id": user_id}
        self.count += 1
        event = Event(self.count, name, created_at, {**payload, **(body or {})}, webhook_id)
        self._kept.append(event)
        if len(self._kept) > KEPT + KEPT // 10:
            del self._kept[: KEPT // 10]
        for listener in self.listeners:
            listener(event)
        return event

    def after(self, number: int) -> Iterator[Event]:
        """Go through the kept events with a higher number, oldest first."""
        if not self._kept:
            return
        first = self._kept[0].number
        for index in range(max(0, number + 1 - first), len(self._kept)):
            yield self._kept[index]
