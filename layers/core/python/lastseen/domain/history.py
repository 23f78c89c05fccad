"""Fold the log of a device into changes, with the very same merge as the state."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from lastseen.domain import order, property_path
from lastseen.domain.device import DeviceKind
from lastseen.domain.diff import Difference, told
from lastseen.domain.document import load, value_at
from lastseen.domain.event import DeviceLog, Entry, Source
from lastseen.domain.event_catalog import CATALOG, EventRow, Family, LogOwner
from lastseen.domain.merge import merge
from lastseen.domain.snapshot import EMPTY_REGISTER, EMPTY_SNAPSHOT, Life, Register, Snapshot

EXISTENCE = "$exists"
"""The path under which a device's own coming and going is told."""


@dataclass(frozen=True, slots=True)
class Change:
    """One path that differs between two neighbouring snapshots of the log.

    Attributes:
        path: Property names joined by dots, as `domain.property_path` writes them; those that begin with the root of a
            `Family` tell of what belongs to the device beside its own document, `$exists` of the device itself.
        before: The JSON value before; None where nothing was known.
        after: The JSON value after.
        at: When it happened by Enode's clock, aware UTC.
        event: Enode's name for the event that told it.
        source: Who said it.
        ord: The order key of the entry that told it.
        index: Its place among the changes of that entry.
        link: Enode's id of the device that it was told of.
        received_at: When that entry last came, by our clock: later than `at` where the event came late.
        since: When the word was said that it is compared with; None if there was none.
        between: Between which moments it happened, where a read found it after events may have been lost; else None.
        delivery_id: The delivery, or the run of ours, that last brought it; None where nobody said.
    """

    path: str
    before: object
    after: object
    at: datetime
    event: str
    source: Source
    ord: str
    index: int
    received_at: datetime | None = field(default=None, compare=False)
    since: datetime | None = field(default=None, compare=False)
    between: tuple[datetime, datetime] | None = field(default=None, compare=False)
    link: str = field(default="", compare=False)
    delivery_id: str | None = field(default=None, compare=False)


class Stream(NamedTuple):
    """One thing of which a device's log keeps successive documents.

    Attributes:
        family: To which family its entries belong.
        id: The schedule or action, where a family tells of several; empty otherwise.
    """

    family: Family
    id: str = ""

    @property
    def path(self) -> str:
        """The path under which its changes are told; empty for the device's own document."""
        root = self.family.root
        return f"{root}.{property_path.step(self.id)}" if self.id else root


def families_of(field: str | None, kind: DeviceKind) -> tuple[Family, ...]:
    """Say which families of a device's log can tell of a path; None for every path."""
    if field is None:
        return Family.of(kind)
    root = property_path.parts(field, ".")[0]
    found = Family(root) if root in property_path.OURS else Family.DEVICE
    return tuple(family for family in Family.of(kind) if family is found)


def row_of(entry: Entry) -> EventRow | None:
    """Give what the catalog says of an entry of a device's log.

    Returns:
        None for what is folded into nothing: its name is not in the catalog, or belongs to another log, to another kind
        of device, or to another family than the one it lies in.
    """
    row, place = CATALOG.get(entry.name), entry.place
    if row is None or not isinstance(place, DeviceLog) or row.family is not place.family:
        return None
    return row if row.kind in (None, place.device.kind) else None


def link_of(entry: Entry) -> str:
    """Give Enode's id of the device that an entry belongs to; empty for one of a user or the system."""
    return entry.place.device.id if isinstance(entry.place, DeviceLog) else ""


def stream_of(entry: Entry) -> Stream | None:
    """Say which thing an entry speaks of; None for one that is folded into nothing."""
    row = row_of(entry)
    if row is None or row.family is None:
        return None
    if row.log is not LogOwner.TARGET:
        return Stream(row.family)
    return Stream(row.family, str(value_at(load(entry.document), row.id_at)))


def observation(entry: Entry) -> Snapshot:
    """Give what an entry says of the device itself, as a snapshot of one register; of none where it says nothing."""
    row = row_of(entry)
    if row is None or row.register is None:
        return EMPTY_SNAPSHOT
    return Snapshot.of(row.register, Register(entry.ord, entry.document))


@dataclass
class Fold:
    """Goes through the log of a device of one owner in the order of its keys and tells what each entry changed.

    The device's own document is what the registers make of it, with the very same merge as the state: history and
    state cannot tell different stories.

    Attributes:
        snapshot: What was believed of the device before the next entry.
        word: The last known word on the device, of whatever life: what the next full word is compared with.
        last: The last document of each other stream.
        heard: When it was said; of the device itself, when its last word was.
    """

    snapshot: Snapshot = EMPTY_SNAPSHOT
    word: Register = EMPTY_REGISTER
    last: dict[Stream, bytes] = field(default_factory=dict)
    heard: dict[Stream, datetime] = field(default_factory=dict)

    def follows(self, _stream: Stream) -> bool:
        """Whether entries of a stream can tell anything that is wanted."""
        return True

    def take(self, entry: Entry) -> Iterator[Change]:
        """Fold one more entry in; entries must come in the order of their keys. What has no stream changes nothing."""
        stream = stream_of(entry)
        if stream is None:
            return
        since, heard = self.heard.get(stream), self.snapshot.newest
        if stream.family is Family.DEVICE and self.word.ord:
            since = order.instant_of(self.word.ord)
        heard_at = order.instant_of(heard) if heard else None
        self.heard[stream] = entry.at
        found = self._device(entry) if stream.family is Family.DEVICE else self._other(stream, entry)
        for index, (at, before, after) in enumerate(found):
            yield Change(
                at,
                before,
                after,
                entry.at,
                entry.name,
                entry.source,
                entry.ord,
                index,
                entry.received_at,
                since=heard_at if at == EXISTENCE else since,
                link=link_of(entry),
                delivery_id=entry.delivery_id,
            )

    def _device(self, entry: Entry) -> Iterator[Difference]:
        before, said = self.snapshot, observation(entry)
        after = self.snapshot = merge(before, said)
        if before == EMPTY_SNAPSHOT:
            # The first word heard of a device has nothing to be compared with; what it says of existence, it says.
            if said.seen == EMPTY_REGISTER:
                yield Difference(EXISTENCE, after.life is Life.GONE, after.life is Life.ALIVE)
        elif after.life is not before.life:
            yield Difference(EXISTENCE, before.life is Life.ALIVE, after.life is Life.ALIVE)
        if said.seen.ord:
            # Over a deletion too: what differs from the last known word is told with the first full one after it.
            yield from self._compared(said.seen)
        elif (
            said.found.ord
            and after.current == said.found
            and (self.word.ord > after.gone or not self.word.ord)
        ):
            yield from self._compared(said.found)  # mostly nulls: it blanks nothing of a former life

    def _compared(self, said: Register) -> Iterator[Difference]:
        before, self.word = self.word, said
        if before.ord:
            yield from told(load(before.document), load(said.document))

    def _other(self, stream: Stream, entry: Entry) -> Iterable[Difference]:
        before = self.last.get(stream)
        self.last[stream] = entry.document
        if before is None:
            return [Difference(stream.path, None, load(entry.document))]
        return told(load(before), load(entry.document), f"{stream.path}.")
