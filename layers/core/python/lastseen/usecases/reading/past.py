"""Read the past from the log: history, snapshots, diffs, and any moment, with the merge of the present."""

import json
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial

from lastseen.domain import document, gap, instant, order
from lastseen.domain.anchor import has_past
from lastseen.domain.answer import AllAsOf, AsOf, HistoryPage, SnapshotPage
from lastseen.domain.caller import Caller
from lastseen.domain.device import DeviceKind
from lastseen.domain.diff import Difference, told
from lastseen.domain.document import Json, load
from lastseen.domain.event import Source
from lastseen.domain.gap import Cause, Gap
from lastseen.domain.history import Change, families_of
from lastseen.domain.pagination import Page, PageRequest, page
from lastseen.domain.property_path import is_inside
from lastseen.domain.snapshot import Life, Snapshot, StoredDevice
from lastseen.errors import BadRequest, NotCovered, UnknownDevice, called
from lastseen.usecases.coverage import NOTHING_KNOWN, Covered
from lastseen.usecases.parallel_map import ParallelMap, one_by_one
from lastseen.usecases.ports import Devices, History
from lastseen.usecases.reading.changes import MOST_READ, Allowance, Walk
from lastseen.usecases.reading.device_log import Span, Timeline, Window
from lastseen.usecases.reading.present import candidates, preferred

_AROUND = 120
"""Bytes of a change in an answer besides what differs from change to change."""


@dataclass(frozen=True, slots=True)
class HistoryReader:
    """Answers questions about the past, for one caller.

    What was said of a device is told by owner: of a device that has had several, a caller who sees them all is told
    of the one that a question about now is answered for, or, at a moment, would have been.

    Attributes:
        caller: Who asks.
        devices: The state; it knows whose a device is.
        log: The log.
        now: The moment of asking, aware UTC.
        parallel_map: How something is done with each of many devices.
        most_read: How many entries a page of changes reads at most.
        covered: How long the log is kept, and its gaps.

    Every method raises UnknownDevice when there is no such device that the caller may see, and StoreUnavailable when
    the store does not answer. Deleted devices are there for as long as the log tells of them.
    """

    caller: Caller
    devices: Devices
    log: History
    now: datetime
    parallel_map: ParallelMap = one_by_one
    most_read: int = MOST_READ
    covered: Covered = NOTHING_KNOWN

    def changes(
        self, device_id: str, span: Span, page_request: PageRequest, *, field: str | None = None
    ) -> HistoryPage:
        """Give what changed on a device.

        Args:
            device_id: Enode's id.
            span: When.
            page_request: Which part of the changes.
            field: Only changes of this path or of paths inside it; None for all.
        """
        known, log = self.find(device_id)
        asked, span = span, self.inside(span)
        backwards = span.newest_first is not page_request.is_backwards
        coverage_from, allowance = log.coverage_from(), Allowance(self.most_read - 1)
        walk = Walk(
            log, families_of(field, known.device.kind), span, page_request.start, backwards, allowance
        )
        found = page(
            iter(walk),
            page_request,
            at=lambda change: (change.ord, str(change.index)),
            keep=lambda change: field is None or is_inside(change.path, field),
            size_of=_size_of,
            trail=walk.trail,
        )
        gaps = self.gaps_of(asked, coverage_from)
        told = replace(found, items=tuple(self._placed(change) for change in found.items))
        return HistoryPage(known, coverage_from, told, gaps=gaps)

    def snapshots(self, device_id: str, span: Span, page_request: PageRequest) -> SnapshotPage:
        """Give the entries of a device's own stream: what was said of it, whole, one by one."""
        known, log = self.find(device_id)
        asked, span = span, self.inside(span)
        backwards = span.newest_first is not page_request.is_backwards
        start = None if page_request.start is None else page_request.start[0]
        after = span.after if start is None or backwards else max(start, span.after)
        before = span.before if start is None or not backwards else min(start, span.before)
        walk = log.entries(after=after, before=before, newest_first=backwards, at_once=page_request.size + 1)
        found = page(
            walk,
            page_request,
            at=lambda entry: (entry.ord,),
            size_of=lambda entry: len(entry.document),
        )
        coverage_from = log.coverage_from()
        return SnapshotPage(known, coverage_from, found, gaps=self.gaps_of(asked, coverage_from))

    def as_of(self, device_id: str, at: datetime, kind: DeviceKind | None = None) -> AsOf:
        """Give a device as it was known at a moment.

        Raises:
            BadRequest: The moment is still to come.
            NotCovered: The log does not reach back so far.
            UnknownDevice: The device did not exist then.
        """
        self._must_not_be_ahead(at, "at")
        owned = self._with_past(candidates(device_id, kind, self.caller, self.devices), device_id)
        looked = list(self.parallel_map(partial(self._then, at), owned))
        there = [one for one in looked if isinstance(one, AsOf)]
        if there:
            return max(there, key=lambda one: one.known.snapshot.newest)
        refusals = [one for one in looked if not isinstance(one, AsOf)]
        raise next((one for one in refusals if isinstance(one, UnknownDevice)), refusals[0])

    def all_as_of(self, found: Page[StoredDevice], at: datetime) -> AllAsOf:
        """Give those of some devices of a user that existed at a moment, as they were known then, and were that user's.

        Raises:
            BadRequest: The moment is still to come.
            NotCovered: These are all devices of the user, and the log of none of them reaches back so far.
        """
        self._must_not_be_ahead(at, "at")

        looked = list(self.parallel_map(partial(self._then, at), found.items))
        items = tuple(one for one in looked if isinstance(one, AsOf))
        begins = [
            one.coverage_from if isinstance(one, AsOf) else one.begins_at
            for one in looked
            if not isinstance(one, UnknownDevice)
        ]
        coverage_from = min((begin for begin in begins if begin is not None), default=None)
        is_whole = found.before is None and found.after is None
        if is_whole and looked and all(isinstance(one, NotCovered) for one in looked):
            raise _not_covered("these devices", coverage_from)
        gaps = gap.touching(self.covered.gaps, coverage_from, at)
        left_out = [one.begins_at for one in looked if isinstance(one, NotCovered)]
        if left_out:
            latest = max((begin for begin in left_out if begin is not None), default=self.now)
            gaps = (Gap(None, latest, Cause.BEFORE_FIRST_COVERAGE), *gaps)
        return AllAsOf(items, coverage_from, gaps)

    def difference(
        self, device_id: str, since: datetime, until: datetime
    ) -> tuple[AsOf, AsOf, list[Difference]]:
        """Give what differs between two moments, whatever happened between them.

        Raises:
            BadRequest: A moment is still to come, or they are the wrong way round.
            NotCovered: The log does not reach back so far.
            UnknownDevice: The device did not exist at one of them.
        """
        Span(since, until).must_make_sense()
        self._must_not_be_ahead(since, "from")
        self._must_not_be_ahead(until, "to")
        after = self.as_of(device_id, until)
        before = self._as_of(after.known, since)
        gaps = gap.touching(self.covered.gaps, max(since, before.coverage_from), until)
        before, after = replace(before, gaps=gaps), replace(after, gaps=gaps)
        return before, after, told(_document(before), _document(after))

    def find(self, device_id: str) -> tuple[StoredDevice, Timeline]:
        found = self._with_past(candidates(device_id, None, self.caller, self.devices), device_id)
        known = preferred(found)
        return known, self.timeline(known)

    def timeline(self, known: StoredDevice) -> Timeline:
        return Timeline(self.log, known.device, known.user_id, self.parallel_map, self.window)

    @property
    def window(self) -> Window:
        retention = self.covered.retention
        return Window() if retention is None else Window(retention.begin(self.now), retention.kept)

    def inside(self, span: Span) -> Span:
        """As much of a span as the window holds."""
        begin = self.window.begin
        if begin is None or (span.since is not None and span.since >= begin):
            return span
        return replace(span, since=begin)

    def has_past(self, known: StoredDevice) -> bool:
        """Whether a device lived in the window; what is left of another may be deleted at any time."""
        begin = self.window.begin
        return begin is None or has_past(known.snapshot, begin)

    def _with_past(self, known: list[StoredDevice], device_id: str) -> list[StoredDevice]:
        found = [one for one in known if self.has_past(one)]
        if not found:
            raise UnknownDevice.of(device_id)
        return found

    def gaps_of(self, span: Span, coverage_from: datetime | None) -> tuple[Gap, ...]:
        """The gaps of a span; where it begins before the device's first word, that is one."""
        since = coverage_from if span.since is None else span.since
        gaps = gap.touching(self.covered.gaps, since, span.until or self.now)
        begin = self.window.begin
        is_first_word = coverage_from is not None and (begin is None or coverage_from > begin)
        if span.since is None or coverage_from is None or not is_first_word or span.since >= coverage_from:
            return gaps
        return (Gap(span.since, coverage_from, Cause.BEFORE_FIRST_COVERAGE), *gaps)

    def _placed(self, change: Change) -> Change:
        """A change with the moments between which it happened, where only a read told of it."""
        if change.source is Source.WEBHOOK or not self.covered.gaps:
            return change
        found = gap.between(self.covered.gaps, change.since, change.at)
        return change if found is None else replace(change, between=found)

    def _must_not_be_ahead(self, at: datetime, name: str) -> None:
        if at > self.now:
            raise BadRequest(f"'{name}' must not be in the future")

    def _then(self, at: datetime, known: StoredDevice) -> AsOf | NotCovered | UnknownDevice:
        """The same as `_as_of`, with what speaks against it as an answer."""
        try:
            return self._as_of(known, at)
        except (NotCovered, UnknownDevice) as error:
            return error

    def _as_of(self, known: StoredDevice, at: datetime) -> AsOf:
        log = self.timeline(known)
        coverage_from = log.coverage_from()
        if coverage_from is None or order.end(at) < order.begin(coverage_from):
            raise _not_covered(called("device", known.device.id), coverage_from)
        # What happened in that very millisecond was known then.
        snapshot = log.snapshot_before(order.end(at))
        if snapshot.life is Life.GONE:
            raise UnknownDevice(f"{called('device', known.device.id)} did not exist at {instant.fixed(at)}")
        gaps = gap.touching(self.covered.gaps, coverage_from, at)
        said_at = order.instant_of(snapshot.newest)
        open_gap = next((one for one in gaps if one.leaves_open(said_at, at)), None)
        believed = replace(_with_facts(known.device.kind, snapshot), identity=known.snapshot.identity)
        return AsOf(replace(known, snapshot=believed), at, coverage_from, gaps, open_gap)


def _not_covered(what: str, coverage_from: datetime | None) -> NotCovered:
    since = "is empty" if coverage_from is None else f"begins at {instant.fixed(coverage_from)}"
    return NotCovered(f"the log of {what} {since}", begins_at=coverage_from)


def _size_of(change: Change) -> int:
    """What a change takes in the answer: names may be as long as values, and what began to be told comes whole."""
    return _AROUND + sum(
        len(json.dumps(one)) for one in (change.path, change.before, change.after, change.event)
    )


def _with_facts(kind: DeviceKind, snapshot: Snapshot) -> Snapshot:
    said = snapshot.current
    at = said.at
    if at is None:
        raise ValueError("nothing was said of a living device")
    shown = replace(said, facts=document.facts(kind, load(said.document), at=at))
    # The keys of the others stay: of two owners' devices, the newest word of any kind decides.
    return replace(snapshot, seen=shown) if said is snapshot.seen else replace(snapshot, found=shown)


def _document(then: AsOf) -> Json:
    return load(then.known.snapshot.current.document)
