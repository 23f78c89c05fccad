"""Why a value of a device is what it is: the fold of history, told of one path alone; and paths near a mistyped one."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Final

from lastseen.domain import property_path
from lastseen.domain.diff import Difference, differs_at
from lastseen.domain.document import Json, load, value_at
from lastseen.domain.event import Entry
from lastseen.domain.event_catalog import Family
from lastseen.domain.history import EXISTENCE, Fold, Stream
from lastseen.domain.property_path import is_inside
from lastseen.domain.snapshot import EMPTY_SNAPSHOT, Life, Register

UNKNOWN: Final = object()
"""What stood before the first word that the log holds: nobody knows, and it may have been the same."""

MOST_NEAREST = 5

_MOST_PATHS = 1000
_LONGEST_PATH = 128


@dataclass
class FieldFold(Fold):
    """The fold of history, told of one path alone: at most one change an entry, with the whole value of the path.

    It compares what history compares, and tells the first word, too, with UNKNOWN before it. A time that moves whenever
    Enode looks, which history passes over, is told if it is what is asked for.

    Attributes:
        path: What is asked for.
    """

    path: str = EXISTENCE

    def follows(self, stream: Stream) -> bool:
        """Whether the path leads into what a stream tells of."""
        if stream.family is Family.DEVICE:
            return property_path.is_of_the_device(self.path)
        return is_inside(self.path, stream.path)

    def value_in(self, document: Json, stream_path: str = "") -> object:
        """Give the value of the path in a document of its stream."""
        return value_at(document, self._names(stream_path))

    def _device(self, entry: Entry) -> Iterator[Difference]:
        before = self.snapshot
        for found in super()._device(entry):
            if (found.path == EXISTENCE) is (self.path == EXISTENCE):
                yield found
        is_first_full_word = before == EMPTY_SNAPSHOT and bool(self.snapshot.seen.ord)
        if is_first_full_word and self.path == EXISTENCE:
            yield Difference(EXISTENCE, UNKNOWN, self.snapshot.life is Life.ALIVE)

    def _compared(self, said: Register) -> Iterator[Difference]:
        before, self.word = self.word, said
        if self.path != EXISTENCE:
            yield from self._at(before.document if before.ord else None, said.document or b"{}")

    def _other(self, stream: Stream, entry: Entry) -> Iterable[Difference]:
        if not self.follows(stream):
            return ()
        before = self.last.get(stream)
        self.last[stream] = entry.document
        return self._at(before, entry.document, stream.path)

    def _at(self, before: bytes | None, after: bytes, stream_path: str = "") -> Iterator[Difference]:
        names, new = self._names(stream_path), load(after)
        if before is None:
            yield Difference(self.path, UNKNOWN, value_at(new, names))
            return
        old = load(before)
        if differs_at(old, new, names, f"{stream_path}." if stream_path else ""):
            yield Difference(self.path, value_at(old, names), value_at(new, names))

    def _names(self, stream_path: str) -> list[str]:
        names = property_path.names(self.path)
        return names[len(property_path.names(stream_path)) :] if stream_path else names


def is_there(document: Json, names: Iterable[str]) -> bool:
    """Say whether a path leads to anything in a document, be it null."""
    found: object = document
    for name in names:
        if not isinstance(found, dict) or name not in found:
            return False
        found = found[name]
    return True


def paths(document: Json, prefix: str = "") -> Iterator[str]:
    """Give the paths of a document that may be asked for: objects, and what stands in them."""
    for name, value in document.items():
        path = f"{prefix}{property_path.step(name)}" if prefix else property_path.first(name)
        if len(path) <= _LONGEST_PATH and property_path.is_path(path):
            yield path
            if isinstance(value, dict):
                yield from paths(value, f"{path}.")


def nearest(path: str, known: Iterable[str]) -> tuple[str, ...]:
    """Give the known paths that are most like one that is none; the first of all where none is.

    >>> nearest("batteryLevel", ["id", "chargeState.batteryLevel", "chargeState.range"])
    ('chargeState.batteryLevel',)
    """
    some = [one for one, _ in zip(known, range(_MOST_PATHS), strict=False)]
    last = property_path.parts(path, ".")[-1].lower()
    same = [one for one in some if property_path.parts(one, ".")[-1].lower() == last]
    alike = get_close_matches(path, some, n=MOST_NEAREST, cutoff=0.4)
    return tuple(dict.fromkeys([*same, *alike] or some))[:MOST_NEAREST]
