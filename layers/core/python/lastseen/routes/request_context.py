"""Context of one request: event, caller, collaborators; and the response before it is made conditional."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import TYPE_CHECKING

from lastseen.api import request
from lastseen.api.cursor import Cursors
from lastseen.api.http import LambdaEvent
from lastseen.config import ReadSettings
from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.domain.pagination import PageRequest
from lastseen.domain.twin import is_twin_id
from lastseen.usecases.reading.present import Reader

# Loaded with the first question that needs them: at every start of a plain read they would cost 20 ms.
if TYPE_CHECKING:
    from lastseen.domain.observation import ListedUser
    from lastseen.domain.snapshot import StoredDevice
    from lastseen.domain.twin import TwinKey
    from lastseen.usecases.parallel_map import ParallelMap
    from lastseen.usecases.ports import Devices, History, Records
    from lastseen.usecases.reading.device_log import Span
    from lastseen.usecases.reading.past import HistoryReader
    from lastseen.usecases.reading.twin_past import TwinPast
    from lastseen.usecases.refresh import Refresher
    from lastseen.usecases.smart_charging import ChargingReader
    from lastseen.usecases.split_twin import TwinSplitter


@dataclass(frozen=True)
class Collaborators:
    """Everything that outlives one question.

    Attributes:
        settings: What the deployment told.
        devices: The state.
        history: The log.
        records: What the system remembers of itself.
        cursor_key: Gives the secret that signs cursors; asked for only when one is needed.
        refresher: Gives what refreshes a device, by a deadline; asked for only when one is to be refreshed, so that
            a plain read never loads an HTTP client.
        charging_reader: Gives what asks Enode for a smart-charging status, by a deadline; as late as `refresher`.
        twin_key: Gives the key of twins; asked for only where an operator asks for one, or a device was two.
        twin_splitter: Gives what splits twins, for a caller and by a deadline; as late as `refresher`.
        parallel_map: How something is asked of many devices.
    """

    settings: ReadSettings
    devices: Devices
    history: History
    records: Records
    cursor_key: Callable[[], bytes]
    refresher: Callable[[Deadline], Refresher]
    charging_reader: Callable[[Deadline], ChargingReader]
    parallel_map: ParallelMap
    twin_key: Callable[[], TwinKey]
    twin_splitter: Callable[[Caller, Deadline], TwinSplitter]


@dataclass(frozen=True)
class RequestContext:
    """One question.

    Attributes:
        event: The HTTP API event.
        collaborators: What outlives it.
        now: The moment of asking, aware UTC.
        deadline: When the answer is due.
    """

    event: LambdaEvent
    collaborators: Collaborators
    now: datetime
    deadline: Deadline

    @cached_property
    def caller(self) -> Caller:
        """Who asks."""
        settings = self.collaborators.settings
        return request.caller(
            self.event,
            user_id_claim=settings.user_id_claim,
            operator_claim=settings.operator_claim,
            operator_value=settings.operator_value,
        )

    @cached_property
    def cursors(self) -> Cursors:
        """Makes and opens cursors for this caller and this question only."""
        return Cursors(self.collaborators.cursor_key, request.question(self.event, self.caller), self.now)

    def links(self, device_id: str) -> list[StoredDevice]:
        """The links of a twin, the newest first; none if this is an id of Enode's, or of nobody's."""
        if not is_twin_id(device_id):
            return []
        from lastseen.usecases.reading.twins import TwinReader  # noqa: PLC0415 - see above

        collaborators = self.collaborators
        return TwinReader(self.caller, collaborators.devices, collaborators.twin_key).links(device_id)

    def twin_past(self, twin_id: str, links: list[StoredDevice]) -> TwinPast:
        """Answers about the past of a twin with these links."""
        from lastseen.usecases.reading.twin_past import TwinPast  # noqa: PLC0415 - see above

        return TwinPast(self.history_reader, twin_id, links, self.collaborators.twin_key)

    @property
    def reader(self) -> Reader:
        """Answers about now."""
        return Reader(self.caller, self.collaborators.devices, self.collaborators.settings.limits, self.now)

    @property
    def history_reader(self) -> HistoryReader:
        """Answers about the past."""
        from lastseen.usecases import coverage  # noqa: PLC0415 - see above
        from lastseen.usecases.reading.past import HistoryReader  # noqa: PLC0415

        collaborators = self.collaborators
        return HistoryReader(
            self.caller,
            collaborators.devices,
            collaborators.history,
            self.now,
            collaborators.parallel_map,
            covered=coverage.read_under(
                collaborators.records, collaborators.settings.store.history_kept, now=self.now
            ),
        )

    def shows(self, known: StoredDevice) -> bool:
        """Whether an answer in Enode's form shows a device.

        One that was only discovered has nulls where typed clients expect values, and would cost them the whole list. It
        is left out until it was read, which the next sweep does; where nobody asks Enode, discovery is all there is.
        """
        return not known.snapshot.is_unread or not self.is_asking

    def shows_user(self, user: ListedUser) -> bool:
        """Whether a list shows a user: of whom only events have told, Enode's list is still to tell when it made them.

        Typed clients would lose the page. The sweep function asks for the list; where nobody asks Enode, nobody will.
        """
        return user.entry is not None or not self.is_asking

    @cached_property
    def is_asking(self) -> bool:
        """Whether this deployment asks Enode, or only listens."""
        from lastseen.usecases.enode_mode import is_asking  # noqa: PLC0415 - see above

        return is_asking(self.collaborators.records)

    def page_request(self) -> PageRequest:
        """Which part of a list is asked for; raises BadRequest or BadCursor."""
        after, before = request.cursors(self.event)
        return PageRequest(request.page_size(self.event), self.cursors.open(after), self.cursors.open(before))

    def span(self) -> Span:
        """Which time is asked for; raises BadRequest."""
        from lastseen.usecases.reading.device_log import Span  # noqa: PLC0415 - see above

        span = Span(
            request.moment(self.event, "from"),
            request.moment(self.event, "to"),
            request.newest_first(self.event),
        )
        span.must_make_sense()
        return span


@dataclass(frozen=True, slots=True)
class Response:
    """What leaves, before it is made conditional and small.

    Attributes:
        body: JSON text; empty for none.
        headers: What is said beside it.
        status: HTTP status.
        last_modified: When what it tells last changed, aware UTC; None where that has no meaning.
    """

    body: str
    headers: Mapping[str, str]
    status: int = 200
    last_modified: datetime | None = None
