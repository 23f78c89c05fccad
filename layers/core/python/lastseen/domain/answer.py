"""What does a reader get? What is known, together with how far it can be trusted."""

from dataclasses import dataclass
from datetime import datetime

from lastseen.domain.freshness import Freshness
from lastseen.domain.history import Change
from lastseen.domain.snapshot import Known


@dataclass(frozen=True, slots=True)
class Judged:
    """A device and how far its state may be trusted."""

    known: Known
    freshness: Freshness


@dataclass(frozen=True, slots=True)
class HistoryPage:
    """Changes of one device, oldest first.

    Attributes:
        known: The device.
        coverage_from: When the oldest entry of its log was made; None for an empty log.
        changes: The changes, each once.
        is_complete: Whether these are all changes of the window that was asked for.
    """

    known: Known
    coverage_from: datetime | None
    changes: tuple[Change, ...]
    is_complete: bool
