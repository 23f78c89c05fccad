"""What changed, when, and who said so? The log of a device, folded into changes."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from lastseen.domain.diff import Difference, differences
from lastseen.domain.document import load
from lastseen.domain.event import Entry, Source
from lastseen.domain.merge import merge
from lastseen.domain.snapshot import NOTHING_KNOWN, NOTHING_SAID, Life, Said, Snapshot

EXISTENCE = "$exists"
"""The path under which a device's own coming and going is told; no property of Enode's begins with a dollar."""


@dataclass(frozen=True, slots=True)
class Change:
    """One path that differs between two neighbouring snapshots of the log.

    Attributes:
        path: Property names joined by dots; `smartChargingStatus.…`, `schedules.<id>.…`, `vendorActions.<id>.…` and
            `statistics.…` tell of what belongs to the device beside its own document; `$exists` of the device itself.
        before: The JSON value before; None where nothing was known.
        after: The JSON value after.
        at: When it happened by Enode's clock, aware UTC.
        event: Enode's name for the event that told it.
        source: Who said it.
        ord: The order key of the entry that told it.
        index: Its place among the changes of that entry.
    """

    path: str
    before: object
    after: object
    at: datetime
    event: str
    source: Source
    ord: str
    index: int


@dataclass(frozen=True, slots=True)
class Stream:
    """One thing of which a device's log keeps successive documents.

    Attributes:
        path: Under which its changes are told; empty for the device's own document.
        event: The family of its event names, so that its last word can be searched for.
        id: The schedule or action, where there are several; empty otherwise.
    """

    path: str
    event: str
    id: str = ""


DEVICE = Stream("", "")


def stream_of(entry: Entry) -> Stream:
    """Say which thing an entry speaks of."""
    match entry.name.split(":"):
        case [_, _, "smart-charging-status-updated"]:
            return Stream("smartChargingStatus", entry.name)
        case [_, _, "statistics-updated"]:
            return Stream("statistics", entry.name)
        case [_, "schedule", _]:
            id_ = str(_read(entry)["status"].get("scheduleId"))
            return Stream(f"schedules.{id_}", entry.name, id_)
        case [_, "vendor-action" | "charge-action", _]:
            action = _read(entry)
            id_ = str(action.get("id"))
            return Stream(f"vendorActions.{id_}", entry.name, id_)
        case _:
            return DEVICE


def observation(entry: Entry) -> Snapshot:
    """Give what an entry of the device's own stream says, as a snapshot of one register."""
    if entry.name.endswith(":deleted"):
        return Snapshot(gone=entry.ord)
    said = Said(entry.ord, entry.document)
    return Snapshot(found=said) if entry.name.endswith(":discovered") else Snapshot(seen=said)


@dataclass
class Fold:
    """Goes through a device's log in the order of its keys and tells what each entry changed.

    The device's own document is what the registers make of it, with the very same merge as the state: history and
    state cannot tell different stories.

    Attributes:
        snapshot: What was believed of the device before the next entry.
        last: The last document of each other stream.
    """

    snapshot: Snapshot = NOTHING_KNOWN
    last: dict[Stream, bytes] = field(default_factory=dict)

    def take(self, entry: Entry) -> Iterator[Change]:
        """Fold one more entry in; entries must come in the order of their keys."""
        stream = stream_of(entry)
        found = self._device(entry) if stream == DEVICE else self._other(stream, entry)
        for index, (path, before, after) in enumerate(found):
            yield Change(path, before, after, entry.at, entry.name, entry.source, entry.ord, index)

    def _device(self, entry: Entry) -> Iterable[Difference]:
        before, said = self.snapshot, observation(entry)
        after = self.snapshot = merge(before, said)
        if before == NOTHING_KNOWN:
            # The first word heard of a device has nothing to be compared with; what it says of existence, it says.
            if said.seen == NOTHING_SAID:
                yield Difference(EXISTENCE, after.life is Life.GONE, after.life is Life.ALIVE)
        elif after.life is not before.life:
            yield Difference(EXISTENCE, before.life is Life.ALIVE, after.life is Life.ALIVE)
        elif after.life is Life.ALIVE and before.current.ord != after.current.ord:
            yield from differences(load(before.current.document), load(after.current.document))

    def _other(self, stream: Stream, entry: Entry) -> Iterable[Difference]:
        before = self.last.get(stream)
        self.last[stream] = entry.document
        if before is None:
            return [Difference(stream.path, None, load(entry.document))]
        # A word of its own, so that what is restless in it is known by its full path.
        return differences({stream.path: load(before)}, {stream.path: load(entry.document)})


def _read(entry: Entry) -> dict[str, Any]:
    return load(entry.document)
