"""Catalog of events: one row an event name, with all that depends on the name alone.

What is read out of an event, whose log it goes to, which register or status it moves, and under which path history
tells of it, is decided here and nowhere else. A name without a row is written down as it came, and folded into nothing.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta
from enum import StrEnum
from typing import NamedTuple

from lastseen.domain.device import DeviceKind
from lastseen.domain.order import Rank

OWN_PREFIX = "lastseen:"
"""Our own event names begin so; Enode's never do."""

READ = "lastseen:read"
"""Under which a read of a device stands in the log."""

READ_SMART_CHARGING = "lastseen:read-smart-charging-status"
"""Under which a read of a vehicle's smart-charging status stands in the log."""

DELETED = "lastseen:deleted"
"""Under which a reconcile writes down that a device disappeared."""

CREDENTIALS_INVALIDATED = "lastseen:credentials:invalidated"
"""Under which a reconcile writes down that the credentials of accounts do not hold."""

CREDENTIALS_RESTORED = "lastseen:credentials:restored"
"""Under which it is written down that they hold again; Enode has no event for that."""


class SubjectKind(StrEnum):
    """What an event, or a status, is about."""

    DEVICE = "device"
    PART = "part"  # what belongs to a device beside its own document
    ACCOUNT = "account"
    USER = "user"
    ENODE = "enode"


class LogOwner(StrEnum):
    """Whose log an event is written to."""

    DEVICE = "device"
    TARGET = "target"  # the device that `targetType` and `targetId` name; the user where that is none we know
    USER = "user"
    NOBODY = "nobody"


class RegisterName(StrEnum):
    """The registers of a device: `domain.snapshot.Snapshot`."""

    SEEN = "seen"
    FOUND = "found"
    GONE = "gone"


class Family(StrEnum):
    """What the entries of a device's log tell of. Each family has an order of its own, and its own predecessors.

    The value is a part of their keys; of all but the device's own it is also the path under which history tells of it.
    """

    DEVICE = "device"
    SMART_CHARGING = "smartChargingStatus"
    SCHEDULES = "schedules"
    ACTIONS = "vendorActions"
    STATISTICS = "statistics"

    @property
    def root(self) -> str:
        """The path under which changes are told; empty for the device's own document."""
        return "" if self is Family.DEVICE else self.value

    @classmethod
    def of(cls, kind: DeviceKind) -> "tuple[Family, ...]":
        """The families that the log of a device of this kind can hold.

        >>> [family.value for family in Family.of(DeviceKind.CHARGER)]
        ['device', 'schedules', 'vendorActions']
        """
        told = {row.family for row in CATALOG.values() if row.kind in (None, kind)}
        return tuple(family for family in cls if family in told)


class StatusKind(StrEnum):
    """Things besides devices of which only the newest word counts."""

    SMART_CHARGING = "smart-charging"
    SCHEDULE = "schedule"
    ACTION = "action"
    CREDENTIALS = "credentials"
    USER = "user"
    HEARTBEAT = "heartbeat"
    WEBHOOK_TEST = "webhook-test"


class StatusRow(NamedTuple):
    """What depends on the kind of a status.

    Attributes:
        subject: What it is about; decides under which key it is kept.
        kept: How long after the newest word it is kept; None for ever.
    """

    subject: SubjectKind
    kept: timedelta | None = None


STATUSES: Mapping[StatusKind, StatusRow] = {
    StatusKind.SMART_CHARGING: StatusRow(SubjectKind.PART),
    StatusKind.SCHEDULE: StatusRow(SubjectKind.PART),
    StatusKind.ACTION: StatusRow(SubjectKind.PART, kept=timedelta(days=30)),
    StatusKind.CREDENTIALS: StatusRow(SubjectKind.ACCOUNT),
    StatusKind.USER: StatusRow(SubjectKind.USER),
    StatusKind.HEARTBEAT: StatusRow(SubjectKind.ENODE),
    StatusKind.WEBHOOK_TEST: StatusRow(SubjectKind.ENODE),
}


class EventRow(NamedTuple):
    """What depends on the name of an event.

    Attributes:
        name: Enode's name of it, or ours.
        subject: What it is about.
        log: Whose log it is written to.
        kind: Of which kind of device it tells; None for any, or none.
        bodies: The properties of the element that may hold what it is about: the first that is an object does.
        beside: A further property that is kept with the body, and names the target.
        left_out: What of the body is not kept, as a path; `*` stands for every name.
        id_at: Where in what is kept the id stands: the device's, where the log is the device's; else one of its own,
            by which several of one device are told apart.
        own_at: Where in what is kept its own time stands.
        register: Which register of the device it moves.
        status: Which status it moves.
        family: To which family of the device's log it belongs; None where the log is no device's.
        rank: What it comes behind, of what was said in the same instant.
    """

    name: str
    subject: SubjectKind
    log: LogOwner
    kind: DeviceKind | None = None
    bodies: tuple[str, ...] = ()
    beside: str | None = None
    left_out: tuple[str, ...] = ()
    id_at: tuple[str, ...] = ()
    own_at: tuple[str, ...] = ()
    register: RegisterName | None = None
    status: StatusKind | None = None
    family: Family | None = None
    rank: Rank = Rank.WORD


VERBS = {
    "discovered": (RegisterName.FOUND, Rank.DISCOVERED),
    "updated": (RegisterName.SEEN, Rank.WORD),
    "deleted": (RegisterName.GONE, Rank.DELETED),
}
"""What Enode says of every kind of device: which register each moves, and its rank."""


def _rows() -> Iterator[EventRow]:
    for kind in DeviceKind:
        for verb, (register, rank) in VERBS.items():
            yield EventRow(
                f"user:{kind}:{verb}",
                SubjectKind.DEVICE,
                LogOwner.DEVICE,
                kind,
                bodies=(kind.wire_key,),
                id_at=("id",),
                register=register,
                family=Family.DEVICE,
                rank=rank,
            )
    yield EventRow(
        READ, SubjectKind.DEVICE, LogOwner.DEVICE, register=RegisterName.SEEN, family=Family.DEVICE
    )
    yield EventRow(
        DELETED,
        SubjectKind.DEVICE,
        LogOwner.DEVICE,
        register=RegisterName.GONE,
        family=Family.DEVICE,
        rank=Rank.DELETED,
    )
    for name in ("user:vehicle:smart-charging-status-updated", READ_SMART_CHARGING):
        yield EventRow(
            name,
            SubjectKind.PART,
            LogOwner.DEVICE,
            DeviceKind.VEHICLE,
            bodies=("smartChargingStatus",),
            id_at=("vehicleId",),
            own_at=("updatedAt",),
            status=StatusKind.SMART_CHARGING,
            family=Family.SMART_CHARGING,
        )
    yield EventRow(
        "user:schedule:execution-updated",
        SubjectKind.PART,
        LogOwner.TARGET,
        bodies=("status",),
        beside="schedule",
        id_at=("status", "scheduleId"),
        own_at=("status", "changedAt"),
        status=StatusKind.SCHEDULE,
        family=Family.SCHEDULES,
    )
    # The latter is the deprecated twin; no document says any more under which name it carries the action.
    actions = {
        "user:vendor-action:updated": ("vendorAction",),
        "user:charge-action:updated": ("vendorAction", "chargeAction"),
    }
    for name, bodies in actions.items():
        yield EventRow(
            name,
            SubjectKind.PART,
            LogOwner.TARGET,
            bodies=bodies,
            id_at=("id",),
            own_at=("updatedAt",),
            status=StatusKind.ACTION,
            family=Family.ACTIONS,
        )
    # The rows are pulled from Enode when wanted; the log keeps that they changed, and for which day.
    yield EventRow(
        "user:inverter:statistics-updated",
        SubjectKind.PART,
        LogOwner.DEVICE,
        DeviceKind.INVERTER,
        bodies=("statistics",),
        left_out=("resolutions", "*", "data"),
        id_at=("inverterId",),
        family=Family.STATISTICS,
    )
    # Of one instant, that credentials hold is the later word.
    credentials = {
        "user:credentials:invalidated": Rank.WORD,
        CREDENTIALS_INVALIDATED: Rank.WORD,
        CREDENTIALS_RESTORED: Rank.DISCOVERED,
    }
    for name, rank in credentials.items():
        yield EventRow(name, SubjectKind.ACCOUNT, LogOwner.USER, status=StatusKind.CREDENTIALS, rank=rank)
    yield EventRow("system:heartbeat", SubjectKind.ENODE, LogOwner.NOBODY, status=StatusKind.HEARTBEAT)
    yield EventRow("enode:webhook:test", SubjectKind.ENODE, LogOwner.NOBODY, status=StatusKind.WEBHOOK_TEST)


CATALOG: Mapping[str, EventRow] = {row.name: row for row in _rows()}
