"""Answers of the read use cases: devices with freshness, pages of history and snapshots, moments of the past."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lastseen.domain.freshness import Freshness
from lastseen.domain.frozen import fast_frozen
from lastseen.domain.pagination import Page
from lastseen.domain.snapshot import StoredDevice

if TYPE_CHECKING:  # a question about now needs nothing of the log
    from lastseen.domain.event import Entry
    from lastseen.domain.gap import Gap
    from lastseen.domain.history import Change


@fast_frozen(frozen=True, slots=True)
class DeviceWithFreshness:
    """A device and how far its state may be trusted."""

    known: StoredDevice
    freshness: Freshness


@fast_frozen(frozen=True, slots=True)
class HistoryPage:
    """Changes of one device.

    Attributes:
        known: The device.
        coverage_from: When the oldest entry of its log was made; None for an empty log.
        changes: The changes, each once.
        links: Of a twin, Enode's ids of all its links that the caller may see, the newest first.
        gaps: Spans in which events may have been lost.
    """

    known: StoredDevice
    coverage_from: datetime | None
    changes: Page[Change]
    links: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


@fast_frozen(frozen=True, slots=True)
class SnapshotPage:
    """Entries of one device's log.

    Attributes:
        known: The device.
        coverage_from: When the oldest entry of its log was made; None for an empty log.
        entries: The entries.
        links: As of changes.
        gaps: Spans in which events may have been lost.
    """

    known: StoredDevice
    coverage_from: datetime | None
    entries: Page[Entry]
    links: tuple[str, ...] = ()
    gaps: tuple[Gap, ...] = ()


@fast_frozen(frozen=True, slots=True)
class AsOf:
    """What was known of a device at a moment.

    Attributes:
        known: The device with its snapshot of then.
        at: The moment that was asked for.
        coverage_from: From when on the log knows.
        gaps: Spans before that moment in which events may have been lost.
        open_gap: The one of them because of which more may have happened by then than is known; None if none is.
    """

    known: StoredDevice
    at: datetime
    coverage_from: datetime
    gaps: tuple[Gap, ...] = ()
    open_gap: Gap | None = None


@fast_frozen(frozen=True, slots=True)
class AllAsOf:
    """What was known of some devices of one user at a moment.

    Attributes:
        items: Those that existed then.
        coverage_from: From when on the log knows of any of them; None if of none.
        gaps: Spans before that moment in which events may have been lost; where devices are left out because the log
            does not reach back so far, that is one.
    """

    items: tuple[AsOf, ...]
    coverage_from: datetime | None
    gaps: tuple[Gap, ...] = ()

    @property
    def open_gap(self) -> Gap | None:
        """The first gap because of which more may have happened to one of them by then than is known."""
        return next((one.open_gap for one in self.items if one.open_gap is not None), None)
