"""What is an event to us: when it counts, where it is written down, and what it does to the state?"""

from datetime import datetime
from enum import StrEnum

from lastseen.domain.account import Account
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.snapshot import Snapshot
from lastseen.domain.value import value


class Source(StrEnum):
    """Who said it."""

    WEBHOOK = "webhook"
    SWEEP = "sweep"
    RECONCILE = "reconcile"
    REFRESH = "refresh"


@value(frozen=True, slots=True)
class UserLog:
    """The part of the log that belongs to a user, not to one device."""

    user_id: str


@value(frozen=True, slots=True)
class SystemLog:
    """The part of the log that belongs to nobody: unknown events without a user."""


type Place = DeviceId | UserLog | SystemLog
"""Whose history an event is written in."""


@value(frozen=True, slots=True)
class Entry:
    """One immutable item of the log: an event, or a read, as a whole snapshot.

    Attributes:
        place: Whose history it belongs to.
        ord: Order key, unique within the place.
        at: When it happened: Enode's `createdAt`.
        name: Enode's event name.
        source: Who said it.
        user_id: The user it came under; None for the system's.
        document: The resource it carried, compact UTF-8 JSON.
        envelope: What the event said besides, compact UTF-8 JSON: `version`, `updatedFields`, anything new.
    """

    place: Place
    ord: str
    at: datetime
    name: str
    source: Source
    user_id: str | None
    document: bytes
    envelope: bytes


class StatusKind(StrEnum):
    """Things besides devices of which only the newest word counts."""

    SMART_CHARGING = "smart-charging"
    SCHEDULE = "schedule"
    ACTION = "action"
    CREDENTIALS = "credentials"
    USER = "user"
    HEARTBEAT = "heartbeat"
    WEBHOOK_TEST = "webhook-test"


@value(frozen=True, slots=True)
class StatusId:
    """Which status.

    Attributes:
        kind: What it is the status of.
        user_id: Whose it is; None for Enode's own heartbeat and webhook test.
        id: The vehicle, schedule, action or vendor; empty for the user, the heartbeat and the test.
        devices: Of credentials, for which kind of device; None of everything else.
    """

    kind: StatusKind
    user_id: str | None = None
    id: str = ""
    devices: DeviceKind | None = None

    @classmethod
    def of(cls, account: Account) -> "StatusId":
        """Name the credentials of an account."""
        return cls(StatusKind.CREDENTIALS, account.user_id, account.vendor, account.kind)


@value(frozen=True, slots=True)
class Status:
    """The newest word on one status: a single newest-wins register."""

    id: StatusId
    ord: str
    document: bytes


@value(frozen=True, slots=True)
class DeviceUpdate:
    """What is now known of one device of one user: to be joined with what is stored."""

    device: DeviceId
    user_id: str
    snapshot: Snapshot


type Effect = DeviceUpdate | Status
"""What something that was said does to the state."""


@value(frozen=True, slots=True)
class Event:
    """One element of a delivery, understood.

    Attributes:
        name: Enode's name of it.
        entry: What to write down; None for Enode's own signs of life.
        effects: What it does to the state: mostly one thing, to one device or status.
    """

    name: str
    entry: Entry | None
    effects: tuple[Effect, ...]
