"""Log of one device, as far as one owner may see it."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import islice

from lastseen.domain import order
from lastseen.domain.device import DeviceId
from lastseen.domain.event import DeviceLog, Entry
from lastseen.domain.event_catalog import Family
from lastseen.domain.history import observation, row_of
from lastseen.domain.merge import merge
from lastseen.domain.snapshot import EMPTY_SNAPSHOT, Life, Snapshot
from lastseen.errors import BadRequest
from lastseen.usecases.parallel_map import ParallelMap, one_by_one
from lastseen.usecases.ports import History

_READ_AT_ONCE, _GROWTH, _MOST_AT_ONCE = 100, 4, 400
"""Entries that are read first, how many times more each time that more are wanted, and up to how many."""

_MOST_DISCOVERIES = 1500


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
class Window:
    """Where the past that can be asked for begins: by time, whatever the table has deleted by now.

    Attributes:
        begin: There, aware UTC; None for no begin: all that the log holds is told.
        kept: How long the log is kept: a device whose end is older when it comes back comes as a new one.
    """

    begin: datetime | None = None
    kept: timedelta | None = None

    @property
    def after(self) -> str:
        """The order key behind which it begins."""
        return order.FIRST if self.begin is None else order.begin(self.begin)


@dataclass(frozen=True, slots=True)
class Timeline:
    """What was said of one device while it was one owner's.

    Attributes:
        log: The log.
        device: Which device.
        owner: Whose.
        parallel_map: How its families are asked at once.
        window: Where the past that is told begins.
    """

    log: History
    device: DeviceId
    owner: str
    parallel_map: ParallelMap = one_by_one
    window: Window = Window()

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
            at_once = min(at_once * _GROWTH, _MOST_AT_ONCE)

    def read(self, family: Family, after: str, before: str, limit: int, *, newest_first: bool) -> list[Entry]:
        """Read a family once: at most so many entries between two bounds, from either end."""
        place = DeviceLog(self.device, self.owner, family)
        return list(
            self.log.entries(place, after=after, before=before, newest_first=newest_first, limit=limit)
        )

    def coverage_from(self) -> datetime | None:
        """From when on the log knows of the device itself: from its first word, or from where the window begins.

        None if it does not. A word in front of the window, mostly kept as its anchor, is what was believed when the
        window begins; a device that was deleted so long ago begins anew.
        """
        first = next((entry for entry in self.entries(at_once=1) if row_of(entry) is not None), None)
        if first is None or self.window.begin is None or first.ord > self.window.after:
            return None if first is None else first.at
        believed = self.snapshot_before(self.window.after)
        if believed.life is Life.ALIVE:
            return self.window.begin
        following = next(self.entries(after=self.window.after, at_once=1), None)
        if following is None:
            return None
        return following.at if self.is_forgotten(believed, following) else self.window.begin

    def is_forgotten(self, believed: Snapshot, following: Entry) -> bool:
        """Whether a device had been deleted for longer than the log is kept when the next word was said."""
        if self.window.kept is None or not believed.gone or believed.life is Life.ALIVE:
            return False
        return order.instant_of(believed.gone) + self.window.kept < following.at

    def snapshot_before(self, bound: str) -> Snapshot:
        """What was believed just before a bound: back to the last word that settles it, nearly always the first.

        Where a device was discovered a thousand times in a row and nothing else was said of it, that much is read.
        """
        believed = EMPTY_SNAPSHOT
        known = filter(row_of, self.entries(before=bound, newest_first=True, at_once=1))
        for entry in islice(known, _MOST_DISCOVERIES):
            believed = merge(believed, observation(entry))
            if believed.seen.ord or believed.gone:
                break
        return believed
