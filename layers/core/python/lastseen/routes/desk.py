"""What does answering one question take? The request, its caller and the collaborators, brought together."""

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
from lastseen.domain.answer import Window
from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.usecases.read import Reader

# Loaded with the first question that needs them: at every start of a plain read they would cost 20 ms.
if TYPE_CHECKING:
    from lastseen.domain.reading import ListedUser
    from lastseen.domain.snapshot import Known
    from lastseen.usecases.charging import ChargingReader
    from lastseen.usecases.devicelog import Span
    from lastseen.usecases.past import Chronicler
    from lastseen.usecases.ports import Devices, History
    from lastseen.usecases.refresh import Refresher
    from lastseen.usecases.spread import Spread
    from lastseen.usecases.upkeep import Records


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
        spread: How something is asked of many devices.
    """

    settings: ReadSettings
    devices: Devices
    history: History
    records: Records
    cursor_key: Callable[[], bytes]
    refresher: Callable[[Deadline], Refresher]
    charging_reader: Callable[[Deadline], ChargingReader]
    spread: Spread


@dataclass(frozen=True)
class Desk:
    """One question.

    Attributes:
        event: The HTTP API event.
        tools: What outlives it.
        now: The moment of asking, aware UTC.
        deadline: When the answer is due.
    """

    event: LambdaEvent
    tools: Collaborators
    now: datetime
    deadline: Deadline

    @cached_property
    def caller(self) -> Caller:
        """Who asks."""
        settings = self.tools.settings
        return request.caller(
            self.event,
            user_id_claim=settings.user_id_claim,
            operator_claim=settings.operator_claim,
            operator_value=settings.operator_value,
        )

    @cached_property
    def cursors(self) -> Cursors:
        """Makes and opens cursors for this caller and this question only."""
        return Cursors(self.tools.cursor_key, request.question(self.event, self.caller), self.now)

    @property
    def reader(self) -> Reader:
        """Answers about now."""
        return Reader(self.caller, self.tools.devices, self.tools.settings.limits, self.now)

    @property
    def chronicler(self) -> Chronicler:
        """Answers about the past."""
        from lastseen.usecases.past import Chronicler  # noqa: PLC0415 - see above

        tools = self.tools
        return Chronicler(self.caller, tools.devices, tools.history, self.now, tools.spread)

    def shows(self, known: Known) -> bool:
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
        from lastseen.usecases.asking import is_asking  # noqa: PLC0415 - see above

        return is_asking(self.tools.records)

    def window(self) -> Window:
        """Which part of a list is asked for; raises BadRequest or BadCursor."""
        after, before = request.cursors(self.event)
        return Window(request.page_size(self.event), self.cursors.open(after), self.cursors.open(before))

    def span(self) -> Span:
        """Which time is asked for; raises BadRequest."""
        from lastseen.usecases.devicelog import Span  # noqa: PLC0415 - see above

        span = Span(
            request.moment(self.event, "from"),
            request.moment(self.event, "to"),
            request.newest_first(self.event),
        )
        span.must_make_sense()
        return span


@dataclass(frozen=True, slots=True)
class Answer:
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
