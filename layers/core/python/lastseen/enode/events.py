"""Parse one element of a delivery into an event, or raise the flaw that prevents it."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from lastseen.domain import document, document_bounds, instant
from lastseen.domain.account import Account
from lastseen.domain.delivery import Flaw
from lastseen.domain.device import KIND_OF_NAME, DeviceId, DeviceKind, is_id, is_vendor
from lastseen.domain.event import (
    DeviceLog,
    DeviceUpdate,
    Effect,
    Entry,
    Event,
    Place,
    Source,
    Status,
    StatusId,
    SystemLog,
    UserLog,
)
from lastseen.domain.event_catalog import (
    CATALOG,
    OWN_PREFIX,
    EventRow,
    LogOwner,
    RegisterName,
    StatusKind,
    SubjectKind,
)
from lastseen.domain.order import Rank, Told, order_key
from lastseen.domain.snapshot import IdentityRegister, Register, Snapshot
from lastseen.domain.twin import TwinKey

LARGEST_DOCUMENT = 128 * 1024
"""Bytes of JSON. Two of them and their keys fit DynamoDB's 400 KB an item; a vehicle is 1.6 KB."""

OLDEST = timedelta(hours=72)
"""Enode retries for 24 hours; what is three times as old is a replay or a mistake."""

_LONGEST_NAME = 256

type Element = Mapping[str, Any]
type Reader = Callable[[_ElementReader], Event]


class UnusableError(Exception):
    """An element that cannot be an event; its neighbours are not concerned."""

    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def read(element: object, *, now: datetime, twins: TwinKey | None = None) -> Event:
    """Read one element.

    Args:
        element: What the parser made of it.
        now: The moment of arrival, aware UTC; bounds `createdAt`.
        twins: Names the twins that devices are; None to name none.

    Raises:
        UnusableError: It cannot be understood; its flaw says why.
    """
    if not isinstance(element, dict):
        raise UnusableError(Flaw.NOT_AN_OBJECT)
    name = element.get("event")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        raise UnusableError(Flaw.NO_NAME)
    at = instant.parse(element.get("createdAt"))
    if at is None:
        raise UnusableError(Flaw.NO_TIME)
    if (
        not now - OLDEST <= at <= now + instant.FURTHEST_AHEAD
    ):  # else its key would win against every true event after it
        raise UnusableError(Flaw.TIME_OUT_OF_RANGE)
    reader, reading = _READERS.get(name), _ElementReader(name, element, at, twins)
    return _read_unknown(reading) if reader is None else reader(reading)


class _ElementReader:
    """One element on its way to an event.

    `keep` settles what is kept of it, and with that its order key, by the document's `own` time and the event's `rank`;
    `event` makes the event.
    """

    def __init__(self, name: str, element: Element, at: datetime, twins: TwinKey | None) -> None:
        self.name = name
        self.element = element
        self.at = at
        self.twins = twins
        self.user_id: str | None = None
        self.own: datetime | None = None
        self.rank = Rank.WORD
        self.said = self.envelope = b""
        self.ord = ""

    def user(self) -> str:
        """The user it comes under; every event but Enode's own has one."""
        user = self.element.get("user")
        if not isinstance(user, dict) or "id" not in user:
            raise UnusableError(Flaw.NO_USER)
        self.user_id = _id(user["id"])
        return self.user_id

    def subject(self, key: str) -> Element:
        """The object it is about."""
        found = self.element.get(key)
        if not isinstance(found, dict):
            raise UnusableError(Flaw.NO_SUBJECT)
        return found

    def keep(self, resource: Element, *told: str) -> None:
        """Settle what is kept: the resource, and beside it everything but the properties `told` by the resource.

        Beside the whole element there is nothing.
        """
        besides = {} if resource is self.element else self._besides(told)
        try:
            self.said = document.encode(resource)
            self.envelope = document.encode(besides)
        except ValueError as error:
            raise UnusableError(Flaw.NUMBER_OUT_OF_RANGE) from error
        if len(self.said) + len(self.envelope) > LARGEST_DOCUMENT:
            raise UnusableError(Flaw.TOO_LARGE)
        if not (document_bounds.is_shallow(self.said) and document_bounds.is_shallow(self.envelope)):
            raise UnusableError(Flaw.TOO_DEEP)
        if not (
            document_bounds.has_only_doubles(resource, self.said)
            and document_bounds.has_only_doubles(besides, self.envelope)
        ):
            raise UnusableError(Flaw.NUMBER_OUT_OF_RANGE)
        who = "" if self.user_id is None else self.user_id
        self.ord = order_key(
            self.at,
            self.name.encode(),
            who.encode(),
            self.said,
            self.envelope,
            told=Told(self.own, document.newest_update(self.said)),
            rank=self.rank,
            nanoseconds=instant.nanoseconds(self.element["createdAt"]),
        )

    def event(self, place: Place, *effects: Effect) -> Event:
        """Make the event, to be written down in this place."""
        entry = Entry(place, self.ord, self.at, self.name, Source.WEBHOOK, self.said, self.envelope)
        return Event(self.name, entry, effects)

    def _besides(self, told: tuple[str, ...]) -> Element:
        """What the entry's own attributes do not say: with them and the resource, the event is whole again."""
        known = {"event": self.name, "createdAt": instant.fixed(self.at), "user": {"id": self.user_id}}
        return {
            key: value
            for key, value in self.element.items()
            if key not in told and not (key in known and known[key] == value)
        }


def _id(text: object) -> str:
    if not is_id(text):
        raise UnusableError(Flaw.BAD_ID)
    return str(text)


def _read_device(row: EventRow, kind: DeviceKind, register: RegisterName) -> Reader:
    (key,) = row.bodies

    def read_device(reading: _ElementReader) -> Event:
        user_id = reading.user()
        resource = reading.subject(key)
        device = DeviceId(kind, _id(resource.get("id")))
        facts = document.facts(kind, resource, at=reading.at)
        reading.own, reading.rank = document.last_seen(kind, resource), row.rank
        reading.keep(resource, key)
        name = None if reading.twins is None else reading.twins.named_in(user_id, kind, resource)
        identity = IdentityRegister.told(reading.ord, name)
        said = Register(reading.ord, reading.said, facts)
        snapshot = Snapshot.of(register, said, identity)
        return reading.event(DeviceLog(device, user_id), DeviceUpdate(device, user_id, snapshot))

    return read_device


def _read_part(row: EventRow) -> Reader:
    """Of what belongs to a device beside its own document; which device that is, the row says where to look."""

    def read_part(reading: _ElementReader) -> Event:
        element, user_id = reading.element, reading.user()
        key = next((name for name in row.bodies if isinstance(element.get(name), dict)), row.bodies[-1])
        kept, keys = _without(reading.subject(key), row.left_out), [key]
        target = kept
        if row.beside is not None:
            target = element.get(row.beside)
            keys.append(row.beside)
            kept = {name: kept if name == key else element[name] for name in keys if name in element}
        id_ = _id(document.value_at(kept, row.id_at))
        reading.own, reading.rank = instant.parse(document.value_at(kept, row.own_at)), row.rank
        reading.keep(kept, *keys)
        place = _place(row, id_, target, user_id)
        if row.status is None:
            return reading.event(place)
        return reading.event(place, Status(StatusId(row.status, user_id, id_), reading.ord, reading.said))

    return read_part


def _place(row: EventRow, id_: str, target: object, user_id: str) -> Place:
    """Whose log it is; of a target of a kind that we do not know, the user's."""
    kind: object = row.kind
    if row.log is LogOwner.TARGET:
        named = target if isinstance(target, dict) else {}
        kind, id_ = named.get("targetType"), named.get("targetId", "")
    if row.family is None or not isinstance(kind, str) or kind not in KIND_OF_NAME or not is_id(id_):
        return UserLog(user_id)
    return DeviceLog(DeviceId(KIND_OF_NAME[kind], id_), user_id, row.family)


def _without(node: Any, path: Sequence[str]) -> Any:
    """The same without what a path leads to; for no path, the very same."""
    if not path or not isinstance(node, dict):
        return node
    first, *rest = path
    if not rest:
        return {name: value for name, value in node.items() if name != first}
    return {name: _without(value, rest) if first in ("*", name) else value for name, value in node.items()}


def _read_account(row: EventRow) -> Reader:
    """Enode names the vendor and no kind of device: all accounts there are meant."""

    def read_account(reading: _ElementReader) -> Event:
        user_id = reading.user()
        vendor = _id(reading.element.get("vendor"))
        if not is_vendor(vendor):
            raise UnusableError(Flaw.BAD_ID)
        reading.rank = row.rank
        reading.keep({"vendor": vendor}, "vendor")
        accounts = (Account.of(user_id, kind, vendor) for kind in DeviceKind)
        words = (Status(StatusId.of(account), reading.ord, reading.said) for account in accounts)
        return reading.event(UserLog(user_id), *words)

    return read_account


def _read_sign_of_life(kind: StatusKind) -> Reader:
    def read_sign_of_life(reading: _ElementReader) -> Event:
        reading.keep(reading.element)
        return Event(reading.name, None, (Status(StatusId(kind), reading.ord, reading.said),))

    return read_sign_of_life


def _read_unknown(reading: _ElementReader) -> Event:
    """An event name of tomorrow is no error: it is written down under its user, or the system, and counted."""
    place: Place = SystemLog() if reading.element.get("user") is None else UserLog(reading.user())
    reading.keep(reading.element)
    return reading.event(place)


def _reader(row: EventRow) -> Reader:
    match row:
        case EventRow(
            subject=SubjectKind.DEVICE, kind=DeviceKind() as kind, register=RegisterName() as register
        ):
            return _read_device(row, kind, register)
        case EventRow(subject=SubjectKind.PART):
            return _read_part(row)
        case EventRow(subject=SubjectKind.ACCOUNT, status=StatusKind.CREDENTIALS):
            return _read_account(row)
        case EventRow(subject=SubjectKind.ENODE, status=StatusKind() as status):
            return _read_sign_of_life(status)
    raise LookupError(f"domain/event_catalog.py: nothing reads what the row of {row.name} says")


_READERS: Mapping[str, Reader] = {
    name: _reader(row) for name, row in CATALOG.items() if not name.startswith(OWN_PREFIX)
}

KNOWN_EVENTS = frozenset(_READERS)
"""Every event name of API 2024-10-01 that we give a meaning of its own."""
