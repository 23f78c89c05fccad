"""Walk a whole list at Enode, within a deadline, resumable at a stored cursor."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial

from lastseen.domain.device import DeviceKind
from lastseen.domain.fault import Fault
from lastseen.domain.observation import ListPage, Observation
from lastseen.domain.record_shapes import WalkRecord
from lastseen.domain.records import sweep_list
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.maintenance.rate_limiter import RateLimiter
from lastseen.usecases.ports import Enode, Records

_BAD_CURSOR = 400


@dataclass
class ResumableList:
    """One walk over a kind's list, begun where the last one was broken off. Only one sweep walks a list at a time.

    Attributes:
        records: Keeps the cursor and who walks.
        enode: Enode's API.
        limiter: Through which every question to it goes.
        kind: Whose list.
        until: When the claim on the walk ends.
        saw_everything: Whether every page was seen, from the first to the last.
        go_on_later: Set by who stops asking for pages before all was found.
        fault: Why a page could not be read though Enode answers for others; None if none failed so.
    """

    records: Records
    enode: Enode
    limiter: RateLimiter
    kind: DeviceKind
    until: datetime
    saw_everything: bool = False
    go_on_later: bool = False
    fault: Fault | None = None
    _begun_anew: int = 0

    def pages(self, now: datetime, *, most: int) -> Iterator[Sequence[Observation]]:
        """Give page after page, past the end on to where the walk began; at most so many.

        Gives nothing while another sweep walks the list. Whoever stops asking for pages ends the walk.
        """
        name = sweep_list(self.kind)
        record = self.records.read(name)
        said = WalkRecord.read(record.content)
        if said.until is not None and said.until > now:
            return
        cursor = said.cursor
        if not self.records.write(name, WalkRecord(cursor, self.until).write(), version=record.version):
            return
        began_at = cursor
        broken_off = True
        try:
            for _ in range(most):
                page = self._page(cursor)
                if page is None:
                    return
                cursor = page.after
                yield page.items
                if cursor is None and began_at is None:
                    self.saw_everything = True
                    broken_off = False
                    return
                if cursor is None:
                    began_at = None  # on with the first page; what was seen already is seen again at the end
            if self._begun_anew > 1:
                self.fault = Fault("Enode refuses the cursor that it gave before")
        except GeneratorExit:
            broken_off = self.go_on_later
        finally:
            goes_on = cursor if broken_off and self.fault is None else None
            self.records.write(name, WalkRecord(goes_on).write(), version=record.version + 1)

    def _page(self, cursor: str | None) -> ListPage[Observation] | None:
        """Ask for a page, twice if need be; a cursor that Enode no longer knows is given up for the beginning."""
        failure: EnodeUnavailable | None = None
        for _ in range(2):
            try:
                return self.limiter.ask(partial(self.enode.devices, self.kind, after=cursor))
            except EnodeUnavailable as error:
                if error.status == _BAD_CURSOR and cursor is not None:
                    cursor = None
                    self._begun_anew += 1
                failure = error
                if not self.limiter.is_open:
                    return None
        self.limiter.settle()
        if failure is not None and self.limiter.is_fault(failure):
            self.fault = Fault(f"{failure}")
        return None
