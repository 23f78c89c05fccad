"""Store what was read from Enode: append to the log if it has changes, merge into the state."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

from lastseen.domain.deadline import Deadline
from lastseen.domain.device import OwnedDevice
from lastseen.domain.diff import has_changes
from lastseen.domain.event import Confirmation, DeviceUpdate, Entry, Source
from lastseen.domain.merge import merge
from lastseen.domain.observation import Observation
from lastseen.domain.snapshot import EMPTY_SNAPSHOT, Snapshot
from lastseen.errors import StoreUnavailable
from lastseen.usecases import join_state
from lastseen.usecases.ports import Log, States

MOST_RACES = 8
"""How often in a row a read may find that others were faster; a register only grows, so each time is progress."""


def store_readings(
    readings: Iterable[tuple[Observation, Snapshot | None]],
    *,
    source: Source,
    log: Log,
    states: States,
    run: str,
    now: datetime,
    deadline: Deadline,
) -> tuple[list[DeviceUpdate], set[OwnedDevice]]:
    """Keep what was read.

    News is written down and then joined, so that doing it again is the only recovery needed. What is none is joined
    where exactly that stands which it was compared with, else it is judged anew. Equal means equal behind everything
    known: a read that is older than what stands, and says the same, is not kept at all.

    Args:
        readings: What Enode answered, each with what is believed of that device of that user.
        source: Who asked.
        log: Where news is written down.
        states: Where everything is joined, a moved contact too.
        run: Name of the run; stands in the log where a delivery's id does, for tracing.
        now: The present moment, aware UTC.
        deadline: Until when.

    Returns:
        What was read, one for each reading in turn, and the devices that were news.

    Raises:
        StoreUnavailable: Not all of it is known to be kept; reading again is harmless.
    """
    writer = _ReadingsWriter(source, log, states, run, now, deadline)
    reads: list[_Read] = []
    for reading, believed in readings:
        entry, update = reading.observed(source)
        reads.append(_Read(reading, entry, update, EMPTY_SNAPSHOT if believed is None else believed))
    writer.keep(reads)
    return [read.update for read in reads], writer.news


@dataclass(frozen=True, slots=True)
class _Read:
    """One read on its way, and what it is compared with."""

    reading: Observation
    entry: Entry
    update: DeviceUpdate
    believed: Snapshot

    @property
    def owned(self) -> OwnedDevice:
        return self.update.user_id, self.update.device


@dataclass
class _ReadingsWriter:
    """What was read at once, on its way into log and state."""

    source: Source
    log: Log
    states: States
    run: str
    now: datetime
    deadline: Deadline
    news: set[OwnedDevice] = field(default_factory=set)

    def keep(self, reads: Sequence[_Read]) -> None:
        races = 0
        waiting = list(reads)
        while waiting:
            # A list that moves under the cursor shows a device twice: then one after the other.
            first: dict[OwnedDevice, _Read] = {}
            later: list[_Read] = []
            for read in waiting:
                if read.owned in first:
                    later.append(read)
                else:
                    first[read.owned] = read
            again = self._keep(list(first.values()))
            races = races + 1 if again else 0
            if races > MOST_RACES:
                raise StoreUnavailable(f"{len(again)} devices were changed by others faster than by us")
            standing = {owned: merge(read.believed, read.update.snapshot) for owned, read in first.items()}
            waiting = again + [replace(read, believed=standing[read.owned]) for read in later]

    def _keep(self, reads: Sequence[_Read]) -> list[_Read]:
        """Keep reads, one a device; gives those that have to be judged anew."""
        news: list[_Read] = []
        confirmed: list[_Read] = []
        for read in reads:
            if has_changes(read.believed, read.reading.document):
                news.append(read)
            elif read.update.snapshot.seen.ord > read.believed.newest:
                confirmed.append(read)
        if news:
            self._write_down(news)
        if not confirmed:
            return []
        reads_without_news = [Confirmation(read.update, read.believed, self.source) for read in confirmed]
        standing = self.states.confirm(reads_without_news, self.deadline)
        return [
            replace(read, believed=instead)
            for read, instead in zip(confirmed, standing, strict=True)
            if instead is not None
        ]

    def _write_down(self, news: Sequence[_Read]) -> None:
        self.news |= {read.owned for read in news}
        entries = [read.entry for read in news]
        self.log.append(entries, received_at=self.now, delivery_id=self.run, deadline=self.deadline)
        join_state.join_effects(
            [read.update for read in news],
            log=self.log,
            states=self.states,
            received_at=self.now,
            delivery_id=self.run,
            deadline=self.deadline,
        )
