"""Scheduler: appointments kept in order of time."""

from __future__ import annotations

import heapq
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import count


@dataclass(slots=True)
class Appointment:
    """Something to do at an instant; `cancel` makes it nothing."""

    due_at: datetime
    action: Callable[[], None] | None

    def cancel(self) -> None:
        """Do nothing when the time comes."""
        self.action = None


class Scheduler:
    """Appointments in order of time; equal times in the order they were made, so that a run is repeatable."""

    def __init__(self, on_earlier: Callable[[], None] = lambda: None) -> None:
        """Begin empty.

        Args:
            on_earlier: Called when a new appointment comes before all others; wakes who sleeps until the next.
        """
        self._heap: list[tuple[datetime, int, Appointment]] = []
        self._numbers = count()
        self.on_earlier = on_earlier

    def at(self, due_at: datetime, action: Callable[[], None]) -> Appointment:
        """Make an appointment."""
        appointment = Appointment(due_at, action)
        heapq.heappush(self._heap, (due_at, next(self._numbers), appointment))
        if self._heap[0][2] is appointment:
            self.on_earlier()
        return appointment

    @property
    def next_due_at(self) -> datetime | None:
        """The instant of the first live appointment; None if there is none."""
        while self._heap and self._heap[0][2].action is None:
            heapq.heappop(self._heap)
        return self._heap[0][0] if self._heap else None

    def run_next(self) -> None:
        """Do the first live appointment, whatever its time."""
        if self.next_due_at is None:
            return
        action = heapq.heappop(self._heap)[2].action
        if action is not None:
            action()

    def postpone(self, delay: timedelta) -> None:
        """Move every appointment by the same delay; their order stays."""
        for _, _, appointment in self._heap:
            appointment.due_at += delay
        self._heap = [(appointment.due_at, number, appointment) for _, number, appointment in self._heap]
