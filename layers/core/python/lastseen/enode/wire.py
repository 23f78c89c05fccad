"""What do these signed bytes say? From the body of a delivery to events, each element judged alone."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

import jiter

from lastseen.domain import document, instant
from lastseen.domain.delivery import Delivery, Flaw, SetAside
from lastseen.domain.device import DeviceId, DeviceKind, is_id
from lastseen.domain.event import (
    DeviceUpdate,
    Effect,
    Entry,
    Event,
    Place,
    Source,
    Status,
    StatusId,
    StatusKind,
    SystemLog,
    UserLog,
    order_key,
)
from lastseen.domain.snapshot import Said, Snapshot
from lastseen.enode import pieces

LARGEST_BODY = 1024 * 1024
"""Bytes. A hundred vehicles are 170 KB; what is six times that is kept whole and read by a person."""

MOST_ELEMENTS = 1000
"""Enode sends at most 100; ten times that still fits the time there is to answer."""

LARGEST_DOCUMENT = 128 * 1024
"""Bytes of JSON. Two of them and their keys fit DynamoDB's 400 KB an item; a vehicle is 1.6 KB."""

OLDEST = timedelta(hours=72)
"""Enode retries for 24 hours; what is three times as old is a replay or a mistake."""

FURTHEST_AHEAD = timedelta(minutes=10)
"""Clocks differ by seconds; a key in the far future would win against every true event after it."""

_LONGEST_NAME = 256

type Element = dict[str, Any]


class _UnusableError(Exception):
    def __init__(self, flaw: Flaw) -> None:
        super().__init__(flaw.value)
        self.flaw = flaw


def read(body: bytes, *, now: datetime) -> Delivery:
    """Read a delivery whose signature held. Never fails: what it cannot understand, it sets aside byte for byte.

    Args:
        body: The signed bytes.
        now: The moment of arrival, aware UTC; bounds `createdAt`.

    Returns:
        The delivery; every element is in exactly one of its two lists.
    """
    if len(body) > LARGEST_BODY:
        return _whole(body, Flaw.BODY_TOO_LARGE)
    try:
        elements = _parse(body)
    except ValueError:
        return _read_pieces(body, now)
    if not isinstance(elements, list):
        return _whole(body, Flaw.NOT_AN_ARRAY)
    if len(elements) > MOST_ELEMENTS:
        return _whole(body, Flaw.TOO_MANY_ELEMENTS)

    events: list[Event] = []
    flaws: dict[int, Flaw] = {}
    for index, element in enumerate(elements):
        try:
            events.append(_event(element, now))
        except _UnusableError as unusable:
            flaws[index] = unusable.flaw
    raw = pieces.cut(body) if flaws else None
    set_aside = tuple(SetAside(flaw, raw[index], index) for index, flaw in flaws.items()) if raw else ()
    return Delivery(len(elements), tuple(events), set_aside)


def _parse(text: bytes) -> object:
    # A key said twice has two meanings; Python would silently take the last one.
    return jiter.from_json(text, allow_inf_nan=False, catch_duplicate_keys=True)


def _whole(body: bytes, flaw: Flaw) -> Delivery:
    return Delivery(1, (), (SetAside(flaw, body),))


def _read_pieces(body: bytes, now: datetime) -> Delivery:
    found = pieces.cut(body)
    if found is None:
        return _whole(body, Flaw.NOT_JSON)
    if len(found) > MOST_ELEMENTS:
        return _whole(body, Flaw.TOO_MANY_ELEMENTS)
    events: list[Event] = []
    set_aside: list[SetAside] = []
    for index, piece in enumerate(found):
        try:
            events.append(_event(_parse(piece), now))
        except _UnusableError as unusable:
            set_aside.append(SetAside(unusable.flaw, piece, index))
        except ValueError:
            set_aside.append(SetAside(Flaw.NOT_JSON, piece, index))
    return Delivery(len(found), tuple(events), tuple(set_aside))


def _event(element: object, now: datetime) -> Event:
    if not isinstance(element, dict):
        raise _UnusableError(Flaw.NOT_AN_OBJECT)
    name = element.get("event")
    if not isinstance(name, str) or not 0 < len(name) <= _LONGEST_NAME:
        raise _UnusableError(Flaw.NO_NAME)
    at = instant.parse(element.get("createdAt"))
    if at is None:
        raise _UnusableError(Flaw.NO_TIME)
    if not now - OLDEST <= at <= now + FURTHEST_AHEAD:
        raise _UnusableError(Flaw.TIME_OUT_OF_RANGE)
    try:
        ord_ = order_key(at, document.canonical(element))
    except ValueError as error:
        raise _UnusableError(Flaw.NUMBER_OUT_OF_RANGE) from error
    return _READERS.get(name, _read_unknown)(_Reading(name, element, at, ord_))


class _Reading:
    """One element on its way to an event: what every reader below needs to know of it."""

    __slots__ = ("at", "element", "name", "ord")

    def __init__(self, name: str, element: Element, at: datetime, ord_: str) -> None:
        self.name = name
        self.element = element
        self.at = at
        self.ord = ord_

    @property
    def user_id(self) -> str:
        user = self.element.get("user")
        if not isinstance(user, dict) or "id" not in user:
            raise _UnusableError(Flaw.NO_USER)
        return _id(user["id"])

    def subject(self, *keys: str) -> Element:
        for key in keys:
            found = self.element.get(key)
            if isinstance(found, dict):
                return found
        raise _UnusableError(Flaw.NO_SUBJECT)

    def event(self, place: Place, user_id: str | None, said: bytes, without: str, effect: Effect) -> Event:
        envelope = document.encode(self._envelope(user_id, without))
        if len(said) + len(envelope) > LARGEST_DOCUMENT:
            raise _UnusableError(Flaw.TOO_LARGE)
        entry = Entry(place, self.ord, self.at, self.name, Source.WEBHOOK, user_id, said, envelope)
        return Event(self.name, entry, effect)

    def _envelope(self, user_id: str | None, without: str) -> Mapping[str, Any]:
        """What the event says besides its subject and what the entry's own attributes say: nothing is lost."""
        told = {"event": self.name, "createdAt": instant.fixed(self.at), "user": {"id": user_id}}
        return {
            key: value
            for key, value in self.element.items()
            if key != without and not (key in told and told[key] == value)
        }


def _id(text: object) -> str:
    if not is_id(text):
        raise _UnusableError(Flaw.BAD_ID)
    return str(text)


def _read_device(kind: DeviceKind, verb: str) -> Callable[[_Reading], Event]:
    def read_device(reading: _Reading) -> Event:
        user_id = reading.user_id
        resource = reading.subject(kind.wire_key)
        device = DeviceId(kind, _id(resource.get("id")))
        encoded = document.encode(resource)
        if verb == "deleted":
            snapshot = Snapshot(gone=reading.ord)
        else:
            said = Said(reading.ord, encoded, document.facts(kind, resource))
            snapshot = Snapshot(seen=said) if verb == "updated" else Snapshot(found=said)
        effect = DeviceUpdate(device, user_id, snapshot)
        return reading.event(device, user_id, encoded, kind.wire_key, effect)

    return read_device


def _read_smart_charging(reading: _Reading) -> Event:
    user_id = reading.user_id
    status = reading.subject("smartChargingStatus")
    vehicle = DeviceId(DeviceKind.VEHICLE, _id(status.get("vehicleId")))
    said = document.encode(status)
    effect = Status(StatusId(StatusKind.SMART_CHARGING, user_id, vehicle.id), reading.ord, said)
    return reading.event(vehicle, user_id, said, "smartChargingStatus", effect)


def _read_schedule(reading: _Reading) -> Event:
    user_id = reading.user_id
    status = reading.subject("status")
    schedule = reading.element.get("schedule")
    target = schedule if isinstance(schedule, dict) else {}
    said = document.encode({"status": status, "schedule": schedule})
    effect = Status(StatusId(StatusKind.SCHEDULE, user_id, _id(status.get("scheduleId"))), reading.ord, said)
    return reading.event(_target(target, user_id), user_id, said, "status", effect)


def _read_action(reading: _Reading) -> Event:
    user_id = reading.user_id
    key = "vendorAction" if isinstance(reading.element.get("vendorAction"), dict) else "chargeAction"
    action = reading.subject(key)
    said = document.encode(action)
    effect = Status(StatusId(StatusKind.ACTION, user_id, _id(action.get("id"))), reading.ord, said)
    return reading.event(_target(action, user_id), user_id, said, key, effect)


def _read_statistics(reading: _Reading) -> Event:
    user_id = reading.user_id
    statistics = reading.subject("statistics")
    inverter = DeviceId(DeviceKind.INVERTER, _id(statistics.get("inverterId")))
    # The rows are pulled from Enode when wanted; the log keeps that they changed, and for which day.
    resolutions = statistics.get("resolutions")
    if isinstance(resolutions, dict):
        kept = {
            name: {key: value for key, value in block.items() if key != "data"}
            if isinstance(block, dict)
            else block
            for name, block in resolutions.items()
        }
        statistics = {**statistics, "resolutions": kept}
    return reading.event(inverter, user_id, document.encode(statistics), "statistics", None)


def _read_credentials(reading: _Reading) -> Event:
    user_id = reading.user_id
    vendor = _id(reading.element.get("vendor"))
    said = document.encode({"vendor": vendor})
    effect = Status(StatusId(StatusKind.CREDENTIALS, user_id, vendor), reading.ord, said)
    return reading.event(UserLog(user_id), user_id, said, "vendor", effect)


def _read_sign_of_life(kind: StatusKind) -> Callable[[_Reading], Event]:
    def read_sign_of_life(reading: _Reading) -> Event:
        said = document.encode(reading.element)
        if len(said) > LARGEST_DOCUMENT:
            raise _UnusableError(Flaw.TOO_LARGE)
        return Event(reading.name, None, Status(StatusId(kind), reading.ord, said))

    return read_sign_of_life


def _read_unknown(reading: _Reading) -> Event:
    """An event name of tomorrow is no error: it is written down under its user, or the system, and counted."""
    user_id = reading.user_id if reading.element.get("user") is not None else None
    place: Place = SystemLog() if user_id is None else UserLog(user_id)
    return reading.event(place, user_id, document.encode(reading.element), "", None)


def _target(resource: Element, user_id: str) -> Place:
    """The device a schedule or action is about; the user where that is a kind we do not know."""
    kind = resource.get("targetType")
    if isinstance(kind, str) and kind in set(DeviceKind) and is_id(resource.get("targetId")):
        return DeviceId(DeviceKind(kind), resource["targetId"])
    return UserLog(user_id)


_READERS: Mapping[str, Callable[[_Reading], Event]] = {
    **{
        f"user:{kind}:{verb}": _read_device(kind, verb)
        for kind in DeviceKind
        for verb in ("discovered", "updated", "deleted")
    },
    "user:vehicle:smart-charging-status-updated": _read_smart_charging,
    "user:schedule:execution-updated": _read_schedule,
    "user:vendor-action:updated": _read_action,
    "user:charge-action:updated": _read_action,
    "user:inverter:statistics-updated": _read_statistics,
    "user:credentials:invalidated": _read_credentials,
    "system:heartbeat": _read_sign_of_life(StatusKind.HEARTBEAT),
    "enode:webhook:test": _read_sign_of_life(StatusKind.WEBHOOK_TEST),
}

KNOWN_EVENTS = frozenset(_READERS)
"""Every event name of API 2024-10-01 that we give a meaning of its own."""
