"""Misbehaviour on request: what goes wrong, how often, and to whom."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, fields
from random import Random
from typing import Any


@dataclass
class Chances:
    """How probable each fault is, from 0 (never) to 1 (always)."""

    duplicate: float = 0.0  # a delivery that succeeded is sent again
    reorder: float = 0.0  # a delivery is held back, later ones go first
    rebatch: float = 0.0  # a retry groups its events anew, under a new delivery id
    lose_reply: float = 0.0  # the receiver's 200 never arrives, so the delivery is repeated
    unknown_event: float = 0.0  # an event is followed by one with a name nobody knows
    broken_element: float = 0.0  # a delivery carries an element that is no event
    api_429: float = 0.0  # the API asks to come back later
    api_500: float = 0.0  # the API fails
    api_hang: float = 0.0  # the API never answers


CHANCES = tuple(field.name for field in fields(Chances))
BROKEN_ELEMENTS: tuple[str, ...] = (
    "42",
    "null",
    '"half an ev"',
    "[]",
    "{}",
    '{"event":7,"createdAt":false}',
    '{"event":"user:vehicle:updated","version":"2024-10-01","user":{"id":"ada-example"},"vehicle":"gone"}',
)


class Faults:
    """Draws, for each occasion, whether it shall go wrong."""

    def __init__(self, seed: int = 0, **chances: float) -> None:
        """Set the chances; whatever is not named never happens."""
        self.chances = Chances()
        self.retry_after_seconds = 30
        self.happened: Counter[str] = Counter()
        self._due: Counter[str] = Counter()
        self.rng = Random(f"{seed}/faults")
        self.set(chances)

    def set(self, chances: dict[str, Any]) -> None:
        """Change some chances.

        Raises:
            ValueError: A name that is no fault, or a number that is no probability; nothing was changed.
        """
        for name, chance in chances.items():
            if name not in CHANCES:
                raise ValueError(f"no fault is called {name!r}; there are {', '.join(CHANCES)}")
            if isinstance(chance, bool) or not isinstance(chance, int | float) or not 0 <= chance <= 1:
                raise ValueError(f"the chance of {name!r} must be a number from 0 to 1, not {chance!r}")
        for name, chance in chances.items():
            setattr(self.chances, name, float(chance))

    def once(self, name: str, times: int = 1) -> None:
        """Let the next occasion go wrong for certain.

        Raises:
            ValueError: A name that is no fault.
        """
        if name not in CHANCES:
            raise ValueError(f"no fault is called {name!r}; there are {', '.join(CHANCES)}")
        self._due[name] += times

    def strikes(self, name: str) -> bool:
        """Tell whether this occasion goes wrong; an occasion asked about is used up."""
        chance = getattr(self.chances, name)
        if self._due[name] > 0:
            self._due[name] -= 1
        elif chance == 0 or self.rng.random() >= chance:
            return False
        self.happened[name] += 1
        return True
