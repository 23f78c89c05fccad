"""Keep the past answerable: visit every stream of the log in turn, and keep the word that held when the window began.

One pass goes through the DevicesTable in slices, a bounded number of streams a run, and costs one Query a stream; the
HistoryTable is never scanned. The next pass begins so long after the last one did that four fit into the grace of an
entry. What one run has no time for, the next goes on with.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lastseen.domain import anchor, retention
from lastseen.domain.anchor import Extension, LogStream, StoredWord
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import OwnedDevice
from lastseen.domain.maintenance import ScanCursor
from lastseen.domain.record_shapes import AnchorsRecord
from lastseen.domain.records import ANCHORS
from lastseen.domain.snapshot import Snapshot
from lastseen.usecases import coverage
from lastseen.usecases.ports import Anchors, Records

PASSES = 4
"""Passes that fit into the grace: three may fail before anything is lost."""

MOST_ITEMS = 10_000
"""Items of the DevicesTable that one run goes through."""

_AT_ONCE = 500
_FIRST, _GROWTH, _MOST_WORDS = 1, 25, 400


@dataclass(frozen=True, slots=True)
class AnchorsOutcome:
    """What a slice did.

    Attributes:
        streams: How many it looked at.
        kept: How many entries it let stay for longer.
        unvisited: For how long at most a stream was not visited, by what is known; None if nothing ever expires.
        overdue: That, as a share of the time after which something may be lost.
    """

    streams: int = 0
    kept: int = 0
    unvisited: timedelta | None = None
    overdue: float = 0.0


def run(
    *,
    anchors: Anchors,
    records: Records,
    kept: timedelta | None,
    now: datetime,
    deadline: Deadline,
    most: int = MOST_ITEMS,
) -> AnchorsOutcome:
    """Go on with the pass under way, or begin one that is due.

    Args:
        anchors: Streams and their words.
        records: How far a pass has come, and what the log covers.
        kept: How long the log is kept; None for ever.
        now: The present moment, aware UTC.
        deadline: When all must be written down.
        most: Items that are gone through at most, to the next page.

    Raises:
        StoreUnavailable: The store did not answer; what was not visited is visited by the next run.
    """
    retained = coverage.keep_term(records, kept, now=now)
    begin, shortest = retained.begin(now), retained.shortest
    if begin is None or shortest is None:
        return AnchorsOutcome()
    grace = retention.grace(shortest)
    record = records.read(ANCHORS)
    said = AnchorsRecord.read(record.content)
    begun_at, cursor = said.begun_at, said.cursor
    whole_since = said.whole_since or now
    if begun_at is not None and cursor is None and now - begun_at < grace / PASSES:
        return _outcome(0, 0, now - whole_since, grace)
    if begun_at is None or cursor is None:
        begun_at = now
    visit = _Visit(anchors, begin, now, kept or shortest, grace, deadline)
    while visit.items < most and deadline.left:
        cursor = visit.page(cursor)
        if cursor is None:
            whole_since = begun_at
            break
    if cursor is None and not visit.items and not deadline.left:
        return _outcome(0, 0, now - whole_since, grace)
    records.write(ANCHORS, AnchorsRecord(begun_at, whole_since, cursor).write(), version=record.version)
    return _outcome(visit.streams, visit.kept, now - whole_since, grace)


def _outcome(streams: int, kept: int, unvisited: timedelta, grace: timedelta) -> AnchorsOutcome:
    return AnchorsOutcome(streams, kept, unvisited, unvisited / (grace * 3 / 4))


@dataclass
class _Visit:
    """A slice of a pass on its way."""

    anchors: Anchors
    begin: datetime
    now: datetime
    term: timedelta
    grace: timedelta
    deadline: Deadline
    items: int = 0
    streams: int = 0
    kept: int = 0

    def page(self, cursor: ScanCursor | None) -> ScanCursor | None:
        """Visit the streams of one page of the DevicesTable; gives where the next begins, None at the end."""
        found = self.anchors.streams(start=cursor, most=_AT_ONCE, now=self.now)
        self.items += found.items
        wanted = [one for one in found.streams if not anchor.is_done(one, self.begin, self.grace)]
        known = self._snapshots(found.snapshots, wanted)
        living = [one for one in wanted if anchor.has_past(known.get(_owner(one)), self.begin)]
        extensions = [one for many in self.anchors.parallel_map(self._extensions, living) for one in many]
        self.anchors.extend(extensions, self.deadline)
        self.streams += len(living)
        self.kept += len(extensions)
        return found.cursor

    def _snapshots(
        self, at_hand: Mapping[OwnedDevice, Snapshot], wanted: Iterable[LogStream]
    ) -> Mapping[OwnedDevice, Snapshot]:
        missing = {_owner(one) for one in wanted} - at_hand.keys()
        return {**at_hand, **self.anchors.snapshots(missing)} if missing else at_hand

    def _extensions(self, stream: LogStream) -> Sequence[Extension]:
        return list(
            anchor.extensions(
                stream, self._words(stream), begin=self.begin, now=self.now, kept=self.term, grace=self.grace
            )
        )

    def _words(self, stream: LogStream) -> list[StoredWord]:
        """Read back from a stream's bound to all that is needed of it, nearly always the first word."""
        words: list[StoredWord] = []
        bound, first = anchor.bound(stream, self.begin), anchor.floor(stream)
        at_once = _FIRST if stream.created_at is None else _GROWTH
        while len(words) < _MOST_WORDS:
            found = self.anchors.words(stream.place, after=first, before=bound, limit=at_once)
            words += found
            if len(found) < at_once or anchor.is_found(stream, words):
                break
            bound, at_once = found[-1].entry.ord, _GROWTH
        return words


def _owner(stream: LogStream) -> OwnedDevice:
    return stream.place.user_id, stream.place.device
