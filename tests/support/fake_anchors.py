"""Streams of the log and their expiry, without a store: the fakes' dicts, as `usecases/ports.py` has them."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from lastseen.domain import anchor, order
from lastseen.domain.anchor import Extension, LogStream, StoredWord
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import OwnedDevice
from lastseen.domain.event import DeviceLog, Status
from lastseen.domain.event_catalog import STATUSES
from lastseen.domain.maintenance import ScanCursor, StreamPage
from lastseen.domain.snapshot import Snapshot
from tests.support.fakes import FakeHistory, FakeLog, FakeStates


@dataclass
class FakeAnchors:
    """The fakes' state and log.

    Attributes:
        states: The state.
        log: The log.
        queries: How many Queries the real store would have sent.
        writes: How many entries were given a later expiry.
    """

    states: FakeStates
    log: FakeLog
    queries: int = 0
    writes: int = 0

    def parallel_map[One, Other](self, do: Callable[[One], Other], many: Iterable[One], /) -> Iterable[Other]:
        """One after the other."""
        return map(do, many)

    def streams(self, *, start: ScanCursor | None, most: int, now: datetime) -> StreamPage:
        """A page of devices and statuses; the cursor is how many were gone through."""
        items: list[OwnedDevice | Status] = [*self.states.devices, *self.states.statuses.values()]
        first = 0 if start is None else start[0]
        streams: list[LogStream] = []
        snapshots: dict[OwnedDevice, Snapshot] = {}
        for item in items[first : first + most]:
            if isinstance(item, Status):
                found = _stream(item, now)
                streams += [] if found is None else [found]
            else:
                snapshots[item] = self.states.devices[item]
                streams += anchor.streams_of_device(item[1], item[0])
        behind = first + most
        return StreamPage(
            streams, snapshots, [behind] if behind < len(items) else None, len(items[first:behind])
        )

    def snapshots(self, owned: Collection[OwnedDevice]) -> Mapping[OwnedDevice, Snapshot]:
        """Those of these devices that we know."""
        return {one: self.states.devices[one] for one in owned if one in self.states.devices}

    def words(self, place: DeviceLog, *, after: str, before: str, limit: int) -> list[StoredWord]:
        """Words of a place, the newest first."""
        self.queries += 1
        found = FakeHistory(self.log).entries(
            place, after=after, before=before, newest_first=True, limit=limit
        )
        return [StoredWord(entry, self.log.expiry.get((entry.place, entry.ord))) for entry in found]

    def extend(self, extensions: Sequence[Extension], deadline: Deadline) -> None:
        """Let entries expire later."""
        for one in extensions:
            key = one.entry.place, one.entry.ord
            if key in self.log.expiry and self.log.expiry[key] < one.until:
                self.log.expiry[key] = one.until
                self.writes += 1


def _stream(status: Status, now: datetime) -> LogStream | None:
    user_id = status.id.user_id
    kept = STATUSES[status.id.kind].kept
    if user_id is None or (kept is not None and order.instant_of(status.ord) + kept <= now):
        return None
    return anchor.stream_of_status(status.id.kind, user_id, status.id.id, status.ord, status.document)
