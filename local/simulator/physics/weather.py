"""The sky and the hour over one home."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime
from random import Random

from local.simulator.physics.device import UTC_OFFSET

SUNRISE, SUNSET = 6 * 60, 18 * 60


@dataclass(frozen=True, slots=True)
class LocalTime:
    """A minute of a home's day."""

    day: int  # proleptic ordinal
    minute: int  # since local midnight
    weekday: int  # 0 = Monday

    @classmethod
    def of(cls, instant: datetime) -> LocalTime:
        """Tell the local minute of an aware UTC instant."""
        local = instant + UTC_OFFSET
        return cls(local.toordinal(), local.hour * 60 + local.minute, local.weekday())


class Sky:
    """Clouds that drift, a sun that rises at six, and air that is warmest in the afternoon."""

    def __init__(self, rng: Random) -> None:
        """Begin with a sky of its own."""
        self._rng = rng
        self._clearness = rng.uniform(0.4, 1.0)
        self._season_c = rng.uniform(4.0, 9.0)

    def move(self, now: LocalTime) -> None:
        """Let a minute pass; clouds change every ten."""
        if now.minute % 10 == 0:
            drift = self._rng.gauss(0.0, 0.12) + 0.1 * (0.75 - self._clearness)
            self._clearness = min(1.0, max(0.15, self._clearness + drift))

    def sun(self, now: LocalTime) -> float:
        """Tell the share of their peak that panels give: 0 at night, at most 1."""
        if not SUNRISE < now.minute < SUNSET:
            return 0.0
        height = math.sin(math.pi * (now.minute - SUNRISE) / (SUNSET - SUNRISE))
        return float(self._clearness * height**1.3)

    def outside_c(self, now: LocalTime) -> float:
        """Tell the temperature of the air outside."""
        return self._season_c - 4.0 * math.cos(math.pi * (now.minute - 180) / 720)
