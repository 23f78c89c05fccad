"""Parse one element of a delivery into an event, or raise the flaw that prevents it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from lastseen.domain import document, document_bounds, instant
from lastseen.domain.account import Account
from lastseen.domain.delivery import Flaw
from lastseen.domain.device import DeviceId, DeviceKind, is_id, is_vendor
from lastseen.domain.event import (
    DeviceLog,
    DeviceUpdate,
    Effect,
    Entry,
    Event,
    Family,
    Place,
    Source,
    Status,
    StatusId,
    StatusKind,
    SystemLog,
    UserLog,
)
from lastseen.domain.order import Rank, Told, order_key
from lastseen.domain.snapshot import IdentityRegister, Register, Snapshot
from lastseen.domain.twin import TwinKey

LARGEST_DOCUMENT = 128 * 1024
"""Bytes of JSON. Two of them and their keys fit DynamoDB's 400 KB an item; a vehicle is 1.6 KB."""

OLDEST = timedelta(hours=72)
"""Enode retries for 24 hours; what is three times as old is a replay or a mistake."""

_LONGEST_NAME = 256

_RANKS = {"deleted": Rank.DELETED, "discovered": Rank.DISCOVERED}

type Element = Mapping[str, Any]


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
    return _READERS.get(name, _read_unknown)(_ElementReader(name, element, at, twins))


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


def _read_device(kind: DeviceKind, verb: str) -> Callable[[_ElementReader], Event]:
    def read_device(reading: _ElementReader) -> Event:
        user_id = reading.user()
        resource = reading.subject(kind.wire_key)
        device = DeviceId(kind, _id(resource.get("id")))
        facts = document.facts(kind, resource, at=reading.at)
        reading.own, reading.rank = document.last_seen(kind, resource), _RANKS.get(verb, Rank.WORD)
        reading.keep(resource, kind.wire_key)
        name = None if reading.twins is None else reading.twins.named_in(user_id, kind, resource)
        identity = IdentityRegister.told(reading.ord, name)
        if verb == "deleted":
            snapshot = Snapshot(gone=reading.ord, identity=identity)
        else:
            said = Register(reading.ord, reading.said, facts)
            snapshot = (
                Snapshot(seen=said, identity=identity)
                if verb == "updated"
                else Snapshot(found=said, identity=identity)
            )
        return reading.event(DeviceLog(device, user_id), DeviceUpdate(device, user_id, snapshot))

    return read_device


def _read_smart_charging(reading: _ElementReader) -> Event:
    user_id = reading.user()
    status = reading.subject("smartChargingStatus")
    vehicle = DeviceId(DeviceKind.VEHICLE, _id(status.get("vehicleId")))
    reading.own = instant.parse(status.get("updatedAt"))
    reading.keep(status, "smartChargingStatus")
    status_id = StatusId(StatusKind.SMART_CHARGING, user_id, vehicle.id)
    place = DeviceLog(vehicle, user_id, Family.SMART_CHARGING)
    return reading.event(place, Status(status_id, reading.ord, reading.said))


def _read_schedule(reading: _ElementReader) -> Event:
    user_id = reading.user()
    status = reading.subject("status")
    status_id = StatusId(StatusKind.SCHEDULE, user_id, _id(status.get("scheduleId")))
    schedule = reading.element.get("schedule")
    parts = ("status", "schedule")
    reading.own = instant.parse(status.get("changedAt"))
    reading.keep({part: reading.element[part] for part in parts if part in reading.element}, *parts)
    place = _target(schedule if isinstance(schedule, dict) else {}, user_id, Family.SCHEDULES)
    return reading.event(place, Status(status_id, reading.ord, reading.said))


def _read_action(key: str) -> Callable[[_ElementReader], Event]:
    def read_action(reading: _ElementReader) -> Event:
        user_id = reading.user()
        action = reading.subject(key)
        status_id = StatusId(StatusKind.ACTION, user_id, _id(action.get("id")))
        reading.own = instant.parse(action.get("updatedAt"))
        reading.keep(action, key)
        place = _target(action, user_id, Family.ACTIONS)
        return reading.event(place, Status(status_id, reading.ord, reading.said))

    return read_action


def _read_charge_action(reading: _ElementReader) -> Event:
    """The deprecated twin of vendor-action; no document says any more under which name it carries the action."""
    key = "vendorAction" if isinstance(reading.element.get("vendorAction"), dict) else "chargeAction"
    return _read_action(key)(reading)


def _read_statistics(reading: _ElementReader) -> Event:
    user_id = reading.user()
    statistics = reading.subject("statistics")
    inverter = DeviceId(DeviceKind.INVERTER, _id(statistics.get("inverterId")))
    # The rows are pulled from Enode when wanted; the log keeps that they changed, and for which day.
    resolutions = statistics.get("resolutions")
    if isinstance(resolutions, dict):
        statistics = {
            **statistics,
            "resolutions": {name: _without_rows(of) for name, of in resolutions.items()},
        }
    reading.keep(statistics, "statistics")
    return reading.event(DeviceLog(inverter, user_id, Family.STATISTICS))


def _without_rows(resolution: object) -> object:
    if not isinstance(resolution, dict):
        return resolution
    return {key: value for key, value in resolution.items() if key != "data"}


def _read_credentials(reading: _ElementReader) -> Event:
    """Enode names the vendor and no kind of device: all accounts there are meant."""
    user_id = reading.user()
    vendor = _id(reading.element.get("vendor"))
    if not is_vendor(vendor):
        raise UnusableError(Flaw.BAD_ID)
    reading.keep({"vendor": vendor}, "vendor")
    accounts = (Account.of(user_id, kind, vendor) for kind in DeviceKind)
    words = (Status(StatusId.of(account), reading.ord, reading.said) for account in accounts)
    return reading.event(UserLog(user_id), *words)


def _read_sign_of_life(kind: StatusKind) -> Callable[[_ElementReader], Event]:
    def read_sign_of_life(reading: _ElementReader) -> Event:
        reading.keep(reading.element)
        return Event(reading.name, None, (Status(StatusId(kind), reading.ord, reading.said),))

    return read_sign_of_life


def _read_unknown(reading: _ElementReader) -> Event:
    """An event name of tomorrow is no error: it is written down under its user, or the system, and counted."""
    place: Place = SystemLog() if reading.element.get("user") is None else UserLog(reading.user())
    reading.keep(reading.element)
    return reading.event(place)


def _target(resource: Element, user_id: str, family: Family) -> Place:
    """The device a schedule or action is about; the user where that is a kind we do not know."""
    kind = resource.get("targetType")
    if isinstance(kind, str) and kind in set(DeviceKind) and is_id(resource.get("targetId")):
        return DeviceLog(DeviceId(DeviceKind(kind), resource["targetId"]), user_id, family)
    return UserLog(user_id)


_READERS: Mapping[str, Callable[[_ElementReader], Event]] = {
    **{
        f"user:{kind}:{verb}": _read_device(kind, verb)
        for kind in DeviceKind
        for verb in ("discovered", "updated", "deleted")
    },
    "user:vehicle:smart-charging-status-updated": _read_smart_charging,
    "user:schedule:execution-updated": _read_schedule,
    "user:vendor-action:updated": _read_action("vendorAction"),
    "user:charge-action:updated": _read_charge_action,
    "user:inverter:statistics-updated": _read_statistics,
    "user:credentials:invalidated": _read_credentials,
    "system:heartbeat": _read_sign_of_life(StatusKind.HEARTBEAT),
    "enode:webhook:test": _read_sign_of_life(StatusKind.WEBHOOK_TEST),
}

KNOWN_EVENTS = frozenset(_READERS)
"""Every event name of API 2024-10-01 that we give a meaning of its own."""
