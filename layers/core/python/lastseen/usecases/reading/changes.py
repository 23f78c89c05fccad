"""Changes of a device, walked along its log either way, in pages that read no more than a stated number of entries."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import reduce

from lastseen.domain import anchor, instant, order
from lastseen.domain.document import load
from lastseen.domain.event import Entry
from lastseen.domain.event_catalog import Family
from lastseen.domain.history import Change, Fold, Stream, observation, stream_of
from lastseen.domain.merge import merge
from lastseen.domain.pagination import Position, Trail, Unfinished
from lastseen.domain.snapshot import EMPTY_SNAPSHOT
from lastseen.usecases.reading.device_log import Span, Timeline

MOST_READ = 2000
"""Entries that a page reads, the searches for what stood before included."""

MOST_COMPARED = 8 * 1024 * 1024
"""Bytes of documents after which a page ends, whatever their number: two thousand real ones are half of it, but nothing
holds them to 2 KB, and to compare two of 100 KB takes ten milliseconds."""

_FOLDED_AT_ONCE, _WEIGHT_AT_ONCE = 100, 1024 * 1024
_FIRST, _BESIDE, _GROWTH, _MOST = 100, 25, 4, 400
"""Entries that are read first of a family, and of each other one; how many times more then, and up to how many."""

_IN_FRONT, _BEHIND = -1, 1 << 20
"""In place of a change's index: in front of all changes of an entry, by its key, and behind them."""


@dataclass
class Allowance:
    """How many entries a page may still read."""

    left: int = MOST_READ

    def read(
        self, log: Timeline, family: Family, after: str, before: str, wanted: int, *, newest_first: bool
    ) -> tuple[list[Entry], bool]:
        """Read up to so many entries of a family, or as many as may be; and say whether those are all there are."""
        limit = min(wanted, self.left)
        if not limit:
            return [], False
        self.left -= limit
        found = log.read(family, after, before, limit, newest_first=newest_first)
        self.left += limit - len(found)
        return found, len(found) < limit


@dataclass
class _Reel:
    """One family on its way, read in parts."""

    family: Family
    after: str
    before: str
    at_once: int
    entries: deque[Entry] = field(default_factory=deque)
    is_read: bool = False


@dataclass
class _Merged:
    """Several families of a log as one, in the order of their keys or against it."""

    log: Timeline
    reels: Sequence[_Reel]
    allowance: Allowance
    backwards: bool
    is_broken_off: bool = False

    def take(self, count: int) -> list[Entry]:
        """Give up to so many entries; fewer at the end, where the allowance is used up, and of large documents."""
        taken: list[Entry] = []
        weight = 0
        while len(taken) < count and weight < _WEIGHT_AT_ONCE and self._refill():
            standing = [reel for reel in self.reels if reel.entries]
            if not standing:
                break
            choose = max if self.backwards else min
            taken.append(choose(standing, key=lambda reel: reel.entries[0].ord).entries.popleft())
            weight += len(taken[-1].document)
        return taken

    def _refill(self) -> bool:
        """Read on in every family that has nothing at hand, at once; False where no more may be read."""
        empty = [reel for reel in self.reels if not reel.entries and not reel.is_read]
        if not empty:
            return True
        if self.allowance.left < len(empty):
            self.is_broken_off = True
            return False
        share = self.allowance.left // len(empty)
        allowances = [Allowance(min(share, reel.at_once)) for reel in empty]
        self.allowance.left -= sum(one.left for one in allowances)
        list(self.log.parallel_map(lambda pair: self._read(*pair), list(zip(empty, allowances, strict=True))))
        self.allowance.left += sum(one.left for one in allowances)
        return True

    def _read(self, reel: _Reel, allowance: Allowance) -> None:
        found, is_all = allowance.read(
            self.log, reel.family, reel.after, reel.before, reel.at_once, newest_first=self.backwards
        )
        reel.entries.extend(found)
        reel.is_read = is_all
        reel.at_once = min(reel.at_once * _GROWTH, _MOST)
        if found and self.backwards:
            reel.before = found[-1].ord
        elif found:
            reel.after = found[-1].ord


@dataclass
class Walk:
    """A walk along the changes of a log. Where it may read no more it is unfinished, and says where to go on.

    Attributes:
        log: Whose.
        families: Only changes that these tell.
        span: Only changes within.
        start: A place to begin behind, or before; None for the end of the span.
        backwards: From the newest to the oldest.
        allowance: What may be read.
        trail: Tells where the walk began.
        fold: Makes what tells changes.
    """

    log: Timeline
    families: Sequence[Family]
    span: Span
    start: Position | None
    backwards: bool
    allowance: Allowance = field(default_factory=Allowance)
    trail: Trail = field(default_factory=Trail)
    fold: Callable[[], Fold] = Fold
    _fold: Fold = field(init=False)
    _known: set[Stream] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Begin with nothing known."""
        self._fold = self.fold()

    def __iter__(self) -> Iterator[Change]:
        """Give the changes one by one.

        Raises:
            Unfinished: There is more than may be read.
        """
        for _, changes in self.entries():
            yield from changes

    def entries(self) -> Iterator[tuple[Entry, list[Change]]]:
        """Give entry by entry, and what each changed; many change nothing.

        Raises:
            Unfinished: There is more than may be read.
        """
        bounds, searched = self._bounds()
        reels = [
            _Reel(family, *bounds, _BESIDE if number else _FIRST)
            for number, family in enumerate(self.families)
        ]
        merged = _Merged(self.log, reels, self.allowance, self.backwards)
        is_from_the_first = not self.backwards and bounds[0] == order.FIRST
        last: Entry | None = None
        weight = 0
        # An entry whose last word was searched for in vain so far stands alone, so that the search alone goes on.
        while chunk := merged.take(1 if searched else _FOLDED_AT_ONCE):
            self.trail.began = self.trail.began or self._edge(chunk[0], is_told=False)
            unsettled = {} if is_from_the_first else self._look_back(chunk, searched)
            searched, last = None, chunk[-1]
            for entry, changes in self._told(chunk):
                if entry.ord in unsettled:
                    raise Unfinished((*self._edge(entry, is_told=False), unsettled[entry.ord]))
                yield entry, changes
            weight += sum(len(entry.document) for entry in chunk)
            if weight >= MOST_COMPARED:
                raise Unfinished(self._edge(last, is_told=True))
        if merged.is_broken_off and last is not None:
            raise Unfinished(self._edge(last, is_told=True))

    def _bounds(self) -> tuple[tuple[str, str], str | None]:
        """Between which keys to read, and how far back the last word of the first entry was searched for already."""
        after, before = self.span.after, self.span.before
        if self.start is None:
            return (after, before), None
        ord_, index = self.start[0], int(self.start[1])
        # The entry that the place is in is folded once more; what stands before the place is passed over.
        if self.backwards:
            before = min(before, ord_ if index == _IN_FRONT else order.just_after(ord_))
        else:
            after = max(after, ord_ if index == _BEHIND else order.just_before(ord_))
        return (after, before), self.start[2] if len(self.start) > 2 else None  # noqa: PLR2004 - the third part

    def _edge(self, entry: Entry, *, is_told: bool) -> Position:
        """The place in front of all changes of an entry, or behind them, as the walk goes."""
        return entry.ord, str(_BEHIND if is_told is not self.backwards else _IN_FRONT)

    def _told(self, chunk: Sequence[Entry]) -> list[tuple[Entry, list[Change]]]:
        """Fold entries in their order; give the changes of each in the order of the walk, those behind the start."""
        told: list[tuple[Entry, list[Change]]] = []
        for entry in reversed(chunk) if self.backwards else chunk:
            changes = [change for change in self._fold.take(entry) if self._is_behind_start(change)]
            told.append((entry, changes[::-1] if self.backwards else changes))
        return told[::-1] if self.backwards else told

    def _is_behind_start(self, change: Change) -> bool:
        if self.start is None:
            return True
        here, there = (change.ord, change.index), (self.start[0], int(self.start[1]))
        return here < there if self.backwards else here > there

    def _look_back(self, chunk: Sequence[Entry], searched: str | None) -> dict[str, str]:
        """Make the fold know what stood before the entries of a chunk.

        Returns:
            For each entry whose last word was not found within the allowance, its key, how far back was searched.
        """
        if self.backwards:
            self._fold, self._known = self.fold(), set()
        ordered = list(reversed(chunk)) if self.backwards else chunk
        firsts: dict[Stream, Entry] = {}
        for entry in ordered:
            stream = stream_of(entry)
            if stream is not None and stream not in self._known and self._fold.follows(stream):
                self._known.add(stream)
                firsts[stream] = entry
        unsettled: dict[str, str] = {}
        for family in self.families:
            wanted = {stream: entry for stream, entry in firsts.items() if stream.family is family}
            if wanted and family is Family.DEVICE:
                unsettled |= self._look_back_for_the_device(next(iter(wanted.values())), searched)
            elif wanted:
                unsettled |= self._look_back_for(family, wanted, searched)
        return unsettled

    def _look_back_for_the_device(self, first: Entry, searched: str | None) -> dict[str, str]:
        """Read back to the last full word, nearly always the first, and fold from there."""
        words: list[Entry] = []
        bound, at_once = first.ord, 1
        while True:
            found, is_all = self.allowance.read(
                self.log, Family.DEVICE, order.FIRST, bound, at_once, newest_first=True
            )
            settling = next((number for number, word in enumerate(found) if observation(word).seen.ord), None)
            words += found if settling is None else found[: settling + 1]
            if settling is not None or is_all:
                break
            if not found:
                return {first.ord: min(bound, searched or bound)}
            # Whether it was there, the nearest word says; up to where a page before this one searched, that is all.
            bound = min(found[-1].ord, searched or found[-1].ord)
            at_once = min(at_once * _GROWTH, _MOST)
        believed = reduce(merge, map(observation, words), EMPTY_SNAPSHOT)
        if not self.log.is_forgotten(believed, first):
            for word in reversed(words):
                for _ in self._fold.take(word):
                    pass
        return {}

    def _look_back_for(
        self, family: Family, wanted: dict[Stream, Entry], searched: str | None
    ) -> dict[str, str]:
        """Read back to the last word of each of some streams of a family, all of them in one search."""
        missing = {stream: _floor(entry) for stream, entry in wanted.items()}
        # What was walked along already holds no word of theirs: they would be known.
        began = self.trail.began
        nearest = min(entry.ord for entry in wanted.values()) if self.backwards or not began else began[0]
        bound = searched or nearest
        at_once = len(missing)
        while missing := {stream: floor for stream, floor in missing.items() if floor < bound}:
            found, is_all = self.allowance.read(
                self.log, family, min(missing.values()), bound, at_once, newest_first=True
            )
            for entry in found:
                stream = stream_of(entry)
                if stream is not None and stream in missing:
                    if not self._is_over(entry, wanted[stream]):
                        self._fold.last[stream] = entry.document
                        self._fold.heard[stream] = entry.at
                    del missing[stream]
            if is_all:
                break
            if not found:
                return {wanted[stream].ord: bound for stream in missing}
            bound = found[-1].ord
            at_once = min(max(at_once * _GROWTH, _BESIDE), _MOST)
        return {}

    def _is_over(self, entry: Entry, following: Entry) -> bool:
        """Whether an action was over for longer than the log is kept when the next word on it was said."""
        kept = self.log.window.kept
        return kept is not None and anchor.is_final(entry) and entry.at + kept < following.at


def _floor(entry: Entry) -> str:
    """A bound in front of every word on the same thing, as far as is known: an action has none before it was made."""
    stream = stream_of(entry)
    if stream is None or stream.family is not Family.ACTIONS:
        return order.FIRST
    created_at = instant.parse(load(entry.document).get("createdAt"))
    if created_at is None or created_at > entry.at:
        return order.FIRST
    return order.begin(created_at - anchor.CREATED_BEFORE) if created_at.year > 1 else order.FIRST
