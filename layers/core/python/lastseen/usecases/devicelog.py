"""What does the log tell of one device, as far as one owner may see it?"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import batched

from lastseen.domain import order
from lastseen.domain.answer import Position
from lastseen.domain.device import DeviceId
from lastseen.domain.event import Entry
from lastseen.domain.history import DEVICE, Change, Fold, Stream, observation, stream_of
from lastseen.domain.merge import merge
from lastseen.domain.snapshot import NOTHING_KNOWN, Snapshot
from lastseen.errors import BadRequest
from lastseen.usecases.ports import History

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
class DeviceLog:
    """The log of one device, as far as one owner may see it."""

    log: History
    device: DeviceId
    owner: str | None

    def entries(
        self, *, after: str = "", before: str = "~", newest_first: bool = False, at_once: int = _READ_AT_ONCE
    ) -> Iterator[Entry]:
        """Read in parts, each larger than the last: who wants one entry must not pay for a thousand."""
        while True:
            count = 0
            for entry in self.log.entries(
                self.device, after=after, before=before, newest_first=newest_first, limit=at_once
            ):
                count += 1
                after, before = (after, entry.ord) if newest_first else (entry.ord, before)
                if self.owner is None or entry.user_id == self.owner:
                    yield entry
            if count < at_once:
                return
            at_once *= _GROWTH

    def coverage_from(self) -> datetime | None:
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
        for change in self._fold(after, self.entries(after=after, before=span.before)):
            if start is None or (change.ord, change.index) > (start[0], int(start[1])):
                yield change

    def _changes_backwards(self, span: Span, start: Position | None) -> Iterator[Change]:
        before = span.before if start is None else min(span.before, start[0] + "\0")
        newest_first = self.entries(after=span.after, before=before, newest_first=True)
        for chunk in batched(newest_first, _FOLDED_AT_ONCE, strict=False):
            oldest_first = list(reversed(chunk))
            folded = list(self._fold(order.just_before(oldest_first[0].ord), iter(oldest_first)))
            for change in reversed(folded):
                if start is None or (change.ord, change.index) < (start[0], int(start[1])):
                    yield change

    def _fold(self, after: str, entries: Iterator[Entry]) -> Iterator[Change]:
        """Fold entries that follow a key, from what was known just there."""
        fold: Fold | None = None
        for entry in entries:
            if fold is None:
                fold = Fold(self.snapshot_before(after + "\0") if after else NOTHING_KNOWN)
            stream = stream_of(entry)
            if after and stream != DEVICE and stream not in fold.last:
                previous = self._last_of(stream, before=after + "\0")
                if previous is not None:
                    fold.last[stream] = previous
            yield from fold.take(entry)

    def snapshot_before(self, ord_: str) -> Snapshot:
        """What was believed just before a key."""
        return self.known_before(ord_)[0]

    def known_before(self, ord_: str) -> tuple[Snapshot, str | None]:
        """What was believed just before a key, and whose the device was: back to the last word that settles it.

        That is nearly always the first one.
        """
        believed, owner = NOTHING_KNOWN, None
        for entry in self.entries(before=ord_, newest_first=True, at_once=1):
            if stream_of(entry) == DEVICE:
                said = observation(entry)
                believed = merge(believed, said)
                if owner is None or said.seen.ord:
                    owner = entry.user_id
                if believed.seen.ord or believed.gone:
                    break
        return believed, owner

    def _last_of(self, stream: Stream, *, before: str) -> bytes | None:
        for entry in self.entries(before=before, newest_first=True, at_once=_GROWTH):
            if entry.name == stream.event and stream_of(entry) == stream:
                return entry.document
        return None
