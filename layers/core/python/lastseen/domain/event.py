"""An event: its entry in the log and its effects on the state."""

from dataclasses import field
from datetime import datetime
from enum import StrEnum

from lastseen.domain.account import Account
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event_catalog import Family, StatusKind
from lastseen.domain.frozen import fast_frozen
from lastseen.domain.snapshot import Snapshot


class Source(StrEnum):
    """Who said it."""

    WEBHOOK = "webhook"
    SWEEP = "sweep"
    RECONCILE = "reconcile"
    REFRESH = "refresh"
    OPERATOR = "operator"


@fast_frozen(frozen=True, slots=True)
class UserLog:
    """The part of the log that belongs to a user, not to one device."""

    user_id: str


@fast_frozen(frozen=True, slots=True)
class SystemLog:
    """The part of the log that belongs to nobody: unknown events without a user."""


@fast_frozen(frozen=True, slots=True)
class DeviceLog:
    """One family of the log of a device of one user: another user's words of the same device are another log.

    Attributes:
        device: Which device.
        user_id: Whose.
        family: What it tells of: the device itself, or what belongs to it.
    """

    device: DeviceId
    user_id: str
    family: Family = Family.DEVICE


type Place = DeviceLog | UserLog | SystemLog
"""Whose history an event is written in."""


@fast_frozen(frozen=True, slots=True)
class Entry:
    """One immutable item of the log: an event, or a read, as a whole snapshot.

    Attributes:
        place: Whose history it belongs to.
        ord: Order key, unique within the place.
        at: When it happened: Enode's `createdAt`.
        name: Enode's event name.
        source: Who said it.
        document: The resource it carried, compact UTF-8 JSON.
        envelope: What the event said besides, compact UTF-8 JSON: `version`, `updatedFields`, anything new.
        received_at: When it last came, by our clock; None of one that was not read from the log. No part of what was
            said: two arrivals of one event are equal.
        delivery_id: What last brought it: Enode's `x-enode-delivery`, or a run of ours; None where nobody said. No part
            of what was said either.
    """

    place: Place
    ord: str
    at: datetime
    name: str
    source: Source
    document: bytes
    envelope: bytes
    received_at: datetime | None = field(default=None, compare=False)
    delivery_id: str | None = field(default=None, compare=False)

    @property
    def user_id(self) -> str | None:
        """The user it came under; None for the system's."""
        return None if isinstance(self.place, SystemLog) else self.place.user_id


@fast_frozen(frozen=True, slots=True)
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


@fast_frozen(frozen=True, slots=True)
class Status:
    """The newest word on one status: a single newest-wins register."""

    id: StatusId
    ord: str
    document: bytes


@fast_frozen(frozen=True, slots=True)
class DeviceUpdate:
    """What is now known of one device of one user: to be joined with what is stored."""

    device: DeviceId
    user_id: str
    snapshot: Snapshot


type Effect = DeviceUpdate | Status
"""What something that was said does to the state."""


def target_of(effect: Effect) -> tuple[str, DeviceId] | StatusId:
    """Say what an effect changes: of several on one thing, a delivery writes one."""
    return (effect.user_id, effect.device) if isinstance(effect, DeviceUpdate) else effect.id


@fast_frozen(frozen=True, slots=True)
class Joined:
    """What became of effects that were joined into the state.

    Attributes:
        superseded: How many changed nothing, because something newer, or they themselves, stood there already.
        unlogged: Reads that stand in the state alone, behind something older that was now written: the log needs them
            too, before anybody is told that all is kept.
    """

    superseded: int
    unlogged: tuple[Entry, ...] = ()


@fast_frozen(frozen=True, slots=True)
class Confirmation:
    """A read that tells nothing but what is believed: to be joined only into exactly what it was compared with.

    Attributes:
        update: What was read; newer than all that is believed.
        believed: What it was compared with.
        source: Who read.
    """

    update: DeviceUpdate
    believed: Snapshot
    source: Source


@fast_frozen(frozen=True, slots=True)
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
