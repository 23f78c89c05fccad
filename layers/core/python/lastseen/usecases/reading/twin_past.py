"""Read the past of a twin over its links: one behind the other, or side by side where they overlap."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TYPE_CHECKING, cast

from lastseen.domain import instant, order
from lastseen.domain.answer import AsOf, HistoryPage, SnapshotPage
from lastseen.domain.device import DeviceId, OwnedDevice
from lastseen.domain.diff import Difference, told
from lastseen.domain.document import load
from lastseen.domain.event import DeviceLog, Entry, Place
from lastseen.domain.gap import Gap
from lastseen.domain.history import EXISTENCE, Change
from lastseen.domain.pagination import PageRequest
from lastseen.domain.property_path import is_inside
from lastseen.domain.snapshot import IdentityRegister, StoredDevice
from lastseen.domain.twin import TwinKey, TwinName
from lastseen.domain.twin_links import Part, chains
from lastseen.errors import NotCovered, UnknownDevice
from lastseen.usecases.ports import History
from lastseen.usecases.reading.device_log import Span
from lastseen.usecases.reading.link_parts import parts_of
from lastseen.usecases.reading.merged_pages import chain_request, merged
from lastseen.usecases.reading.past import HistoryReader

if TYPE_CHECKING:
    from lastseen.usecases.ports import Devices

LINKED, UNLINKED = "$linked", "$unlinked"
"""The paths under which a twin's links are told: of a single device, its own coming and going is `$exists`."""


@dataclass(frozen=True, slots=True)
class TwinPast:
    """Answers questions about the past of one twin.

    Attributes:
        reader: Answers them of single devices.
        twin_id: The twin.
        links: Its links that the caller may see, the newest first; at least one.
        key: Gives the key of twins; asked for only where a device was another twin before.
    """

    reader: HistoryReader
    twin_id: str
    links: Sequence[StoredDevice]
    key: Callable[[], TwinKey]

    def changes(self, span: Span, page_request: PageRequest, *, field: str | None = None) -> HistoryPage:
        """Give what changed on the physical device, whatever Enode called it, each change with its link.

        What differs between two links of which one followed the other is told as a change of the second; links that
        overlap are told side by side, and nothing of one is compared with the other.
        """
        paths = EXISTENCE if field in (LINKED, UNLINKED) else field
        ways = self._chains()
        found = [
            self._over(way).changes(
                way[-1].known.device.id,
                span,
                chain_request(page_request, number, len(ways)),
                field=paths,
            )
            for number, way in enumerate(ways)
        ]
        page = merged(
            [one.changes for one in found],
            page_request,
            newest_first=span.newest_first,
            at=lambda change: (change.ord, str(change.index)),
        )
        told_ = (_as_link(change) for change in page.items)
        items = tuple(change for change in told_ if field is None or is_inside(change.path, field))
        whole = replace(
            found[0],
            known=self._as_twin(self.links[0]),
            coverage_from=_first(one.coverage_from for one in found),
            gaps=_all(one.gaps for one in found),
        )
        return replace(whole, changes=replace(page, items=items), links=self._ids)

    def snapshots(self, span: Span, page_request: PageRequest) -> SnapshotPage:
        """Give the entries of all links: what was said of the physical device, whole, one by one."""
        ways = self._chains()
        found = [
            self._over(way).snapshots(
                way[-1].known.device.id, span, chain_request(page_request, number, len(ways))
            )
            for number, way in enumerate(ways)
        ]
        page = merged(
            [one.entries for one in found],
            page_request,
            newest_first=span.newest_first,
            at=lambda entry: (entry.ord,),
        )
        coverage_from = _first(one.coverage_from for one in found)
        return replace(
            found[0],
            known=self._as_twin(self.links[0]),
            coverage_from=coverage_from,
            gaps=_all(one.gaps for one in found),
            entries=page,
            links=self._ids,
        )

    def as_of(self, at: datetime) -> AsOf:
        """Give the physical device as it was known at a moment: by the link that lived then, and was newest.

        Raises:
            BadRequest: The moment is still to come.
            NotCovered: No link's log reaches back so far.
            UnknownDevice: None of them lived then.
        """
        there: list[AsOf] = []
        refusals: list[NotCovered | UnknownDevice] = []
        for part in self._parts():
            if not part.after < order.end(at) < part.before:
                continue
            try:
                there.append(self._over((part,)).as_of(part.known.device.id, at))
            except (NotCovered, UnknownDevice) as error:
                refusals.append(error)
        if there:
            then = max(there, key=lambda one: one.known.snapshot.newest)
            return replace(then, known=self._as_twin(then.known))
        if not refusals:
            raise UnknownDevice.of(self.twin_id)
        raise next((one for one in refusals if isinstance(one, UnknownDevice)), refusals[0])

    def difference(self, since: datetime, until: datetime) -> tuple[AsOf, AsOf, list[Difference]]:
        """Give what differs between two moments, whichever links lived then; raises as `as_of` does."""
        Span(since, until).must_make_sense()
        after = self.as_of(until)
        before = self.as_of(since)
        return before, after, told(_document(before), _document(after))

    def _as_twin(self, link: StoredDevice) -> StoredDevice:
        """The link as the twin that is asked for; by now it may be another."""
        if link.twin_id == self.twin_id:
            return link
        identity = IdentityRegister(link.snapshot.identity.ord, TwinName(self.twin_id, ""))
        return replace(link, snapshot=replace(link.snapshot, identity=identity))

    @property
    def _ids(self) -> tuple[str, ...]:
        return tuple(link.device.id for link in self.links)

    def _chains(self) -> list[tuple[Part, ...]]:
        return chains(self._parts())

    def _parts(self) -> list[Part]:
        links = [link for link in self.links if self.reader.has_past(link)]
        if not links:
            raise UnknownDevice.of(self.twin_id)
        found = [part for link in links for part in parts_of(link, self.twin_id, self.reader.log, self.key)]
        return found or [Part(links[0], first=order.FIRST)]

    def _over(self, way: Sequence[Part]) -> HistoryReader:
        """Answer of one chain of links as of a single device: that of the last of them."""
        only = cast("Devices", _OneDevice(way[-1].known))
        return replace(self.reader, devices=only, log=_ChainedLog(self.reader.log, way))


@dataclass(frozen=True, slots=True)
class _OneDevice:
    """The state, as far as a question about one known device needs it."""

    known: StoredDevice

    def owners(self, _device_id: str) -> list[tuple[str, DeviceId]]:
        return [(self.known.user_id, self.known.device)]

    def one(self, _user_id: str, _device: DeviceId) -> StoredDevice:
        return self.known

    def several(self, owned: Sequence[OwnedDevice]) -> list[StoredDevice]:
        return [self.known] if (self.known.user_id, self.known.device) in owned else []


@dataclass(frozen=True, slots=True)
class _ChainedLog:
    """The logs of links of which one followed the other, as one log."""

    log: History
    parts: Sequence[Part]

    def entries(
        self,
        place: Place,
        *,
        after: str = order.FIRST,
        before: str = order.LAST,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """Entries of one family of all the links between two order keys, both excluded."""
        if not isinstance(place, DeviceLog):
            raise TypeError("only the logs of devices are chained")
        left = limit
        for part in reversed(self.parts) if newest_first else self.parts:
            low, high = max(after, part.after), min(before, part.before)
            if low >= high or left == 0:
                continue
            where = replace(place, device=part.known.device, user_id=part.known.user_id)
            for entry in self.log.entries(
                where, after=low, before=high, newest_first=newest_first, limit=left
            ):
                left = None if left is None else left - 1
                yield entry


def _as_link(change: Change) -> Change:
    """The coming and going of a link, by its id; everything else as it is."""
    if change.path != EXISTENCE:
        return change
    if change.after is True:
        return replace(change, path=LINKED, before=None, after=change.link)
    return replace(change, path=UNLINKED, before=change.link, after=None)


def _first(moments: Iterator[datetime | None]) -> datetime | None:
    return min((moment for moment in moments if moment is not None), default=None)


def _all(gaps: Iterable[tuple[Gap, ...]]) -> tuple[Gap, ...]:
    """The gaps of all links, each once, the oldest first."""
    found = {gap for some in gaps for gap in some}
    return tuple(sorted(found, key=lambda gap: "" if gap.begin is None else instant.fixed(gap.begin)))


def _document(then: AsOf) -> dict[str, object]:
    return load(then.known.snapshot.current.document)
