"""The newest heartbeat of Enode's: its last sign of life, and the length of its queue."""

from dataclasses import dataclass
from datetime import datetime

from lastseen.domain import instant
from lastseen.domain.document import load
from lastseen.domain.event import StatusId
from lastseen.domain.event_catalog import StatusKind
from lastseen.usecases.ports import Devices


@dataclass(frozen=True, slots=True)
class Heartbeat:
    """What it said.

    Attributes:
        at: When it was made by Enode's clock, aware UTC, no later than now; None if none ever came.
        pending: How many events were waiting then; None if it did not say.
    """

    at: datetime | None
    pending: float | None


def newest(devices: Devices, *, now: datetime) -> Heartbeat:
    """Read the newest heartbeat.

    Args:
        devices: The state.
        now: The present moment. A heartbeat a little ahead of it was made now: clocks differ.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    heard = devices.status(StatusId(StatusKind.HEARTBEAT))
    said = load(None if heard is None else heard.document)
    at, pending = instant.parse(said.get("createdAt")), said.get("pendingEvents")
    return Heartbeat(
        at=None if at is None else instant.bounded(at, by=now),
        pending=pending if isinstance(pending, int | float) and not isinstance(pending, bool) else None,
    )
