"""Answers of the read use cases: devices with freshness, pages of history and snapshots, moments of the past."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from lastseen.domain.freshness import Freshness
from lastseen.domain.frozen import fast_frozen
from lastseen.domain.pagination import Page, Position
from lastseen.domain.snapshot import StoredDevice

if TYPE_CHECKING:  # a question about now needs nothing of the log
    from lastseen.domain.event import Entry, Source
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
class Setter:
    """What set a value.

    Attributes:
        at: When it was said by Enode's clock, aware UTC.
        event: Enode's name for the event that told it.
        source: Who said it; None of a read that found nothing else new, of which the log has no entry.
        received_at: When it last came, by our clock; None where `source` is.
        delivery_id: The delivery, or the run of ours, that last brought it; None where nobody said.
    """

    at: datetime
    event: str
    source: Source | None
    received_at: datetime | None
    delivery_id: str | None


@fast_frozen(frozen=True, slots=True)
class Why:
    """Why a value of a device is what it is.

    Attributes:
        known: The device.
        coverage_from: When the oldest entry of its log was made; None for an empty log.
        at: The moment that was asked for; None for now.
        path: What was asked for.
        value: The JSON value there; None for null and for nothing alike.
        setter: What set it, or first told of it; None where that was not found, yet or at all.
        before: The JSON value before the setter; None for null, for nothing, and where nobody knows.
        since_at_or_before: Where the value may have stood before the setter, or the setter was not found yet: since
            when it is known to have stood; None where the setter says that exactly, or nothing was found yet.
        contact_at: Enode's last contact since, aware UTC; None if there was none, or it says nothing of this value.
        checked_at: When Enode was last asked since, and had nothing else to say; None as for `contact_at`.
        after: Where to go on looking; None if the search is over.
        gaps: Spans in which events may have been lost.
    """

    known: StoredDevice
    coverage_from: datetime | None
    at: datetime | None
    path: str
    value: object
    setter: Setter | None
    before: object
    since_at_or_before: datetime | None
    contact_at: datetime | None
    checked_at: datetime | None
    after: Position | None
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
