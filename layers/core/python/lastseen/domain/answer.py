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
    """

    known: StoredDevice
    coverage_from: datetime | None
    changes: Page[Change]
    links: tuple[str, ...] = ()


@fast_frozen(frozen=True, slots=True)
class SnapshotPage:
    """Entries of one device's log.

    Attributes:
        known: The device.
        coverage_from: When the oldest entry of its log was made; None for an empty log.
        entries: The entries.
        links: As of changes.
    """

    known: StoredDevice
    coverage_from: datetime | None
    entries: Page[Entry]
    links: tuple[str, ...] = ()


@fast_frozen(frozen=True, slots=True)
class AsOf:
    """What was known of a device at a moment.

    Attributes:
        known: The device with its snapshot of then.
        at: The moment that was asked for.
        coverage_from: From when on the log knows.
    """

    known: StoredDevice
    at: datetime
    coverage_from: datetime


@fast_frozen(frozen=True, slots=True)
class AllAsOf:
    """What was known of some devices of one user at a moment.

    Attributes:
        items: Those that existed then.
        coverage_from: From when on the log knows of any of them; None if of none.
    """

    items: tuple[AsOf, ...]
    coverage_from: datetime | None
