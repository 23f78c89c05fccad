"""Explain a value of a device: which entry of the log set it, what stood before, what has confirmed it since."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from itertools import chain

from lastseen.domain import order
from lastseen.domain.answer import Setter, Why
from lastseen.domain.blocks import BLOCKS
from lastseen.domain.device import DeviceKind
from lastseen.domain.diff import differs_at, is_restless
from lastseen.domain.document import Json, load
from lastseen.domain.event import Entry
from lastseen.domain.event_catalog import READ, Family
from lastseen.domain.history import EXISTENCE, Change, families_of, stream_of
from lastseen.domain.pagination import PageRequest, Position, Unfinished
from lastseen.domain.property_path import is_of_the_device, names
from lastseen.domain.snapshot import EMPTY_SNAPSHOT, Life, StoredDevice
from lastseen.domain.why import UNKNOWN, FieldFold, is_there, nearest, paths
from lastseen.errors import BadRequest, UnknownDevice, UnknownField, called
from lastseen.usecases.reading.changes import Allowance, Walk
from lastseen.usecases.reading.device_log import Span, Timeline
from lastseen.usecases.reading.past import HistoryReader

_BEHIND = str(1 << 20)
"""Behind all changes of an entry: `changes.Walk`."""

_PLACE = 2
"""Parts of a place in a walk; one more where it was searched for what stood before."""

_BESIDE = 3
"""Entries that a page reads besides those of its walk."""

_LISTED = 50
"""Newest entries of a family whose schedules, or actions, are named to who asked for none of them."""


def explain(
    reader: HistoryReader, device_id: str, path: str, page_request: PageRequest, *, at: datetime | None = None
) -> Why:
    """Say why a value of a device is what it is.

    It reads as many entries as a page of history, from the newest back. Where the one that set the value is not among
    them, it says since when at least the value has stood, and where to go on.

    Args:
        reader: For whom, and where.
        device_id: Enode's id.
        path: Which value, as `domain.property_path` writes it.
        page_request: Where to go on from; the search goes one way only.
        at: Of which moment of the past; None for now.

    Raises:
        BadRequest: The moment is still to come, or a page in front is asked for.
        NotCovered: The log does not reach back so far.
        UnknownDevice: There is no such device that the caller may see, or the value would be one of a deleted device.
        UnknownField: Nothing stands there, nor ever did as far as was looked.
    """
    if page_request.is_backwards:
        raise BadRequest("'before' has no meaning here: the search goes back from the newest entry")
    known = _standing(reader, device_id, path, at)
    question = _Question(reader, known, reader.timeline(known), path, at)
    found = question.search(page_request.start)
    if not question.is_known(found):
        raise UnknownField(nearest(path, question.known_paths()))
    return question.answer(found)


def _standing(reader: HistoryReader, device_id: str, path: str, at: datetime | None) -> StoredDevice:
    """Find the device, as it was at the moment; of a deleted one only what the log tells beside its document."""
    is_own_value = is_of_the_device(path) and path != EXISTENCE
    if at is not None:
        try:
            return reader.as_of(device_id, at).known
        except UnknownDevice:
            if is_own_value:
                raise
    known, _ = reader.find(device_id)
    if at is not None:
        return replace(known, snapshot=EMPTY_SNAPSHOT)
    if is_own_value and known.snapshot.life is Life.GONE:
        raise UnknownDevice(f"{called('device', device_id)} is deleted; field={EXISTENCE} says since when")
    return known


@dataclass
class _Search:
    """A search on its way.

    Attributes:
        newest: The newest entry that tells of the value; None until one was found.
        oldest: The key of the oldest that does, as far as was looked; empty until one was found.
        setter: What set the value, or first told of it; None until it was found.
        change: What that changed.
        goes_on: Where to go on; None if all was looked at.
        is_continued: Whether it began where another ended.
        is_begin: Whether nobody knows what stood before the setter.
    """

    newest: Entry | None = None
    oldest: str = ""
    setter: Entry | None = None
    change: Change | None = None
    goes_on: Position | None = None
    is_continued: bool = False
    is_begin: bool = False


@dataclass(frozen=True, slots=True)
class _Question:
    """One question, with all that is needed to answer it."""

    reader: HistoryReader
    known: StoredDevice
    log: Timeline
    path: str
    at: datetime | None

    @property
    def is_own_value(self) -> bool:
        """Whether it is about the device's own document."""
        return is_of_the_device(self.path) and self.path != EXISTENCE

    @property
    def document(self) -> Json:
        """The device's own document."""
        return load(self.known.snapshot.current.document)

    def fold(self) -> FieldFold:
        """Make what tells changes of the value."""
        return FieldFold(path=self.path)

    def search(self, start: Position | None) -> _Search:
        """Look from the newest entry, or from where a page before this one ended, for the one that set the value."""
        found = _Search(is_continued=start is not None)
        families = families_of(self.path, self.known.device.kind)
        if not families:
            return found
        place: Position = (self._bound(), _BEHIND)
        if start is not None:
            found.newest, found.oldest, place = self._entry(families[0], start[0]), start[1], start[2:]
        walk = Walk(
            self.log,
            families,
            self.reader.inside(Span()),
            place,
            backwards=True,
            allowance=Allowance(self.reader.most_read - _BESIDE),
            fold=self.fold,
        )
        try:
            self._walk(walk, found)
        except Unfinished as end:
            at = end.at or place
            found.oldest = at[0] if len(at) > _PLACE else found.oldest  # so far, but for what stood before
            found.goes_on = ("" if found.newest is None else found.newest.ord, found.oldest, *at)
        if found.setter is None and found.goes_on is None:
            self._look_for_the_anchor(found, families[0])
        self._look_for_the_discovery(found)
        return found

    def _walk(self, walk: Walk, found: _Search) -> None:
        fold = self.fold()
        for entry, changes in walk.entries():
            stream = stream_of(entry)
            if stream is None or not fold.follows(stream):
                continue
            found.newest = found.newest or entry
            found.oldest = entry.ord
            if changes:
                found.setter, found.change = entry, changes[0]
                found.is_begin = changes[0].before is UNKNOWN
                return

    def _look_for_the_anchor(self, found: _Search, family: Family) -> None:
        """What held when the window begins was said before it, nobody knows how long."""
        fold, bound = self.fold(), self.reader.window.after
        for entry in self.log.read(family, order.FIRST, bound, _LISTED, newest_first=True) if bound else ():
            stream = stream_of(entry)
            if stream is not None and fold.follows(stream):
                found.newest = found.newest or entry
                found.setter, found.oldest, found.is_begin = entry, entry.ord, True
                return

    def _look_for_the_discovery(self, found: _Search) -> None:
        """A device that was linked again, and only discovered since, shows its discovery, which no fold compares."""
        snapshot = self.known.snapshot
        if not (self.is_own_value and snapshot.is_unread and snapshot.gone) or found.oldest > snapshot.gone:
            return
        discovery = self._entry(Family.DEVICE, snapshot.found.ord)
        found.newest = found.setter = discovery
        found.change = found.goes_on = None
        found.is_begin = False

    def _bound(self) -> str:
        """The key up to which entries count: what the state does not hold yet must not explain it."""
        if self.is_own_value:
            return self.known.snapshot.current.ord
        return order.LAST if self.at is None else order.end(self.at)

    def _entry(self, family: Family, ord_: str) -> Entry | None:
        """Read one entry by its key; none of an empty one."""
        if not ord_:
            return None
        after, before = order.just_before(ord_), order.just_after(ord_)
        return next(iter(self.log.read(family, after, before, 1, newest_first=True)), None)

    def is_known(self, found: _Search) -> bool:
        """Whether there is, or was, anything under the path."""
        if self.path == EXISTENCE or (
            found.change is not None
            and (found.change.before is not UNKNOWN or found.change.after is not None)
        ):
            return True
        if self.is_own_value:
            return is_there(self.document, names(self.path)) or self.path in _documented(
                self.known.device.kind
            )
        if found.newest is None:
            return found.goes_on is not None
        inside = names(self.path)[len(names(_stream_path(found.newest))) :]
        return is_there(load(found.newest.document), inside)

    def known_paths(self) -> Iterator[str]:
        """Give the paths that there are: of the device itself, or of what was asked for beside it."""
        families = families_of(self.path, self.known.device.kind)
        if is_of_the_device(self.path) or not families:
            return chain(paths(self.document), [EXISTENCE])
        return self._paths_of(families[0])

    def _paths_of(self, family: Family) -> Iterator[str]:
        told: set[str] = set()
        for entry in self.log.read(family, order.FIRST, order.LAST, _LISTED, newest_first=True):
            root = _stream_path(entry)
            if root and root not in told:
                told.add(root)
                yield root
                yield from paths(load(entry.document), f"{root}.")

    def answer(self, found: _Search) -> Why:
        """Put the answer together."""
        unlogged = self._unlogged(found)
        change = None if unlogged else found.change
        is_begin = found.is_begin and not unlogged
        setter = unlogged or _setter(found.setter)
        is_open = is_begin or setter is None
        contact_at, checked_at = self._confirmed(setter)
        coverage_from = self.log.coverage_from()
        return Why(
            known=self.known,
            coverage_from=coverage_from,
            at=self.at,
            path=self.path,
            value=self._value(found),
            setter=setter,
            before=None if change is None or is_begin else change.before,
            since_at_or_before=order.instant_of(found.oldest) if is_open and found.oldest else None,
            contact_at=contact_at,
            checked_at=checked_at,
            after=None if unlogged else found.goes_on,
            gaps=self.reader.gaps_of(Span(until=self.at), coverage_from),
        )

    def _unlogged(self, found: _Search) -> Setter | None:
        """A read that found nothing else new moves a time of contact, and stands in no log."""
        current, newest = self.known.snapshot.current, found.newest
        if found.is_continued or not (self.is_own_value and is_restless(self.path)):
            return None
        if newest is None or current.at is None or newest.ord >= current.ord:
            return None
        if not differs_at(load(newest.document), self.document, names(self.path)):
            return None
        return Setter(current.at, READ, None, None, None)

    def _value(self, found: _Search) -> object:
        if self.path == EXISTENCE:
            return self.known.snapshot.life is Life.ALIVE if found.change is None else found.change.after
        if self.is_own_value and not (found.is_continued and found.newest):
            return self.fold().value_in(self.document)
        if found.newest is None:
            return None
        return self.fold().value_in(load(found.newest.document), _stream_path(found.newest))

    def _confirmed(self, setter: Setter | None) -> tuple[datetime | None, datetime | None]:
        """When Enode was last in contact, and last asked, since; of what is no device's own, neither tells anything."""
        if not is_of_the_device(self.path) or self.known.snapshot.life is Life.GONE:
            return None, None
        contact = self.known.snapshot.current.facts.last_seen_at
        check = self.known.checked_at if self.at is None and self.known.denied_at is None else None
        since = None if setter is None else setter.at
        return _later(contact, since), _later(check, since)


def _stream_path(entry: Entry) -> str:
    """The path under which an entry of what lies beside a device's document is told."""
    stream = stream_of(entry)
    return "" if stream is None else stream.path


def _setter(entry: Entry | None) -> Setter | None:
    if entry is None:
        return None
    return Setter(entry.at, entry.name, entry.source, entry.received_at, entry.delivery_id)


def _later(moment: datetime | None, since: datetime | None) -> datetime | None:
    return moment if moment is not None and (since is None or moment > since) else None


def _documented(kind: DeviceKind) -> set[str]:
    """Paths that Enode documents, whether a document has them or not."""
    return {f"{block.path}.{name}" for block in BLOCKS[kind] for name in (*block.states, *block.measurements)}
