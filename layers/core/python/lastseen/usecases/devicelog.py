"""What the log tells of one device of one owner: its changes, and what was believed at a moment."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from lastseen.domain import order
from lastseen.domain.answer import Position
from lastseen.domain.device import DeviceId
from lastseen.domain.event import DeviceLog, Entry, Family
from lastseen.domain.history import Change, Fold, Stream, observation, stream_of
from lastseen.domain.merge import merge
from lastseen.domain.snapshot import NOTHING_KNOWN, Snapshot
from lastseen.errors import BadRequest
from lastseen.usecases.ports import History
from lastseen.usecases.spread import Spread, one_by_one

_FOLDED_AT_ONCE = 100

_READ_AT_ONCE, _GROWTH = 100, 4
"""Entries that are read first, and how many times more each time that more are wanted."""


@dataclass(frozen=True, slots=True)
class Span:
    """A window of time.

    Attributes:
        since: From this moment on, itself included; None from where coverage begins.
        until: Up to this moment, itself left out; None up to now.
        newest_first: In which order.
    """

    since: datetime | None = None
    until: datetime | None = None
    newest_first: bool = False

    @property
    def after(self) -> str:
        """The order key behind which it begins."""
        return order.FIRST if self.since is None else order.begin(self.since)

    @property
    def before(self) -> str:
        """The order key in front of which it ends."""
        return order.LAST if self.until is None else order.begin(self.until)

    def must_make_sense(self) -> None:
        """Raise BadRequest if it ends before it begins."""
        if self.since is not None and self.until is not None and self.since > self.until:
            raise BadRequest("'from' must not be later than 'to'")


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was said of one device while it was one owner's.

    Attributes:
        log: The log.
        device: Which device.
        owner: Whose.
        spread: How its families are asked at once.
    """

    log: History
    device: DeviceId
    owner: str
    spread: Spread = one_by_one

    def entries(
        self,
        family: Family = Family.DEVICE,
        *,
        after: str = order.FIRST,
        before: str = order.LAST,
        newest_first: bool = False,
        at_once: int = _READ_AT_ONCE,
    ) -> Iterator[Entry]:
        """Read a family in parts, each larger than the last: who wants one entry must not pay for a thousand."""
        place = DeviceLog(self.device, self.owner, family)
        while True:
            count = 0
            for entry in self.log.entries(
                place, after=after, before=before, newest_first=newest_first, limit=at_once
            ):
                count += 1
                after, before = (after, entry.ord) if newest_first else (entry.ord, before)
                yield entry
            if count < at_once:
                return
            at_once *= _GROWTH

    def coverage_from(self) -> datetime | None:
        """When the oldest word on the device itself was said; None if the log holds none."""
        first = next(self.entries(at_once=1), None)
        return None if first is None else first.at

    def changes(self, span: Span, *, start: Position | None, backwards: bool) -> Iterator[Change]:
        """Walk the changes of a span from behind a place on, or from before it backwards."""
        if backwards:
            yield from self._changes_backwards(span, start)
            return
        after = span.after
        if start is not None:
            # The entry that the place is in is folded once more; what stands before the place is passed over.
            after = max(after, order.just_before(start[0]))
        for change in self._fold(after, self._all(after=after, before=span.before)):
            if start is None or (change.ord, change.index) > (start[0], int(start[1])):
                yield change

    def _changes_backwards(self, span: Span, start: Position | None) -> Iterator[Change]:
        before = span.before if start is None else min(span.before, order.just_after(start[0]))
        newest_first = self._all(after=span.after, before=before, newest_first=True)
        for chunk in batched(newest_first, _FOLDED_AT_ONCE, strict=False):
            oldest_first = list(reversed(chunk))
            folded = list(self._fold(order.just_before(oldest_first[0].ord), iter(oldest_first)))
            for change in reversed(folded):
                if start is None or (change.ord, change.index) < (start[0], int(start[1])):
                    yield change

    def _all(self, *, after: str, before: str, newest_first: bool = False) -> Iterator[Entry]:
        """Read all families, merged into one order."""
        families = (
            self.entries(family, after=after, before=before, newest_first=newest_first)
            for family in Family.of(self.device.kind)
        )
        return heapq.merge(*families, key=lambda entry: entry.ord, reverse=newest_first)

    def _fold(self, after: str, entries: Iterator[Entry]) -> Iterator[Change]:
        """Fold entries that follow a bound, from what was known just there."""
        fold: Fold | None = None
        before = order.just_after(after)
        for entry in entries:
            if fold is None:
                fold = self._fold_before(before) if after else Fold()
            stream = stream_of(entry)
            if after and stream.family is not Family.DEVICE and stream not in fold.last:
                previous = self._last_of(stream, before=before)
                if previous is not None:
                    fold.last[stream] = previous
            yield from fold.take(entry)

    def snapshot_before(self, bound: str) -> Snapshot:
        """What was believed just before a bound: back to the last word that settles it, nearly always the first."""
        believed = NOTHING_KNOWN
        for entry in self.entries(before=bound, newest_first=True, at_once=1):
            believed = merge(believed, observation(entry))
            if believed.seen.ord or believed.gone:
                break
        return believed

    def _fold_before(self, bound: str) -> Fold:
        """What is to be known to go on from a bound: back to the last full word, nearly always the first."""
        words: list[Entry] = []
        for entry in self.entries(before=bound, newest_first=True, at_once=1):
            words.append(entry)
            if observation(entry).seen.ord:
                break
        fold = Fold()
        for entry in reversed(words):
            for _ in fold.take(entry):
                pass
        return fold

    def _last_of(self, stream: Stream, *, before: str) -> bytes | None:
        for entry in self.entries(stream.family, before=before, newest_first=True, at_once=_GROWTH):
            if stream_of(entry) == stream:
                return entry.document
        return None
