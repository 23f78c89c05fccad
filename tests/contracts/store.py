"""What must hold of every store, the fakes and the real ones alike: a subject to try, and things to tell it."""

import random
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import product
from typing import Any

from lastseen.domain import document
from lastseen.domain.account import Account
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import (
    Confirmation,
    DeviceLog,
    DeviceUpdate,
    Effect,
    Entry,
    Place,
    Source,
    Status,
    StatusId,
)
from lastseen.domain.event_catalog import StatusKind
from lastseen.domain.merge import merge
from lastseen.domain.order import order_key
from lastseen.domain.snapshot import (
    EMPTY_REGISTER,
    EMPTY_SNAPSHOT,
    Register,
    Snapshot,
    StoredDevice,
)
from lastseen.usecases.ports import Devices, History, Log, States
from tests.support.arrivals import NO_HURRY
from tests.support.builders import NOON

CAR = DeviceId(DeviceKind.VEHICLE, "car-1")
CARS_LOG = DeviceLog(CAR, "anna")


@dataclass(frozen=True)
class Store:
    """A store to be tried.

    Attributes:
        log: The log, for writing.
        history: The same, for reading.
        states: The state, for writing.
        devices: The same, for reading.
        heard: Gives the status that stands; no use case reads most of them yet.
    """

    log: Log
    history: History
    states: States
    devices: Devices
    heard: Callable[[StatusId], Status | None]

    def merge(self, *effects: Effect) -> int:
        """Join effects, in no hurry."""
        return self.states.merge(effects, NO_HURRY).superseded

    def confirm(self, *reads: Confirmation) -> list[Snapshot | None]:
        """Join reads without news, in no hurry."""
        return self.states.confirm(reads, NO_HURRY)

    def unlogged_after(self, *effects: Effect) -> list[Entry]:
        """Join effects; the reads that the log needs then."""
        return list(self.states.merge(effects, NO_HURRY).unlogged)

    def devices_of(self, user_id: str) -> list[StoredDevice]:
        """Every device of a user, by kind and id, tombstones included."""
        return [linked.known for linked in self.devices.walk_user(user_id)]

    def append(
        self, entries: Sequence[Entry], delivery_id: str = "delivery-1", received_at: datetime = NOON
    ) -> None:
        """Write entries down, in no hurry."""
        self.log.append(entries, received_at=received_at, delivery_id=delivery_id, deadline=NO_HURRY)


def said(at: int, variant: int = 0, kind: DeviceKind = DeviceKind.VEHICLE, **more: Any) -> Register:
    """A document, so many milliseconds after noon, with facts that differ by variant."""
    resource = {
        "vendor": ("TESLA", "BMW", None)[variant % 3],
        "lastSeen": "2038-01-19T03:14:07Z" if variant % 3 == 2 else f"2026-03-01T11:{variant:02}:00.000Z",
        "isReachable": (True, False, None)[variant % 3],
        "chargeState": {"isCharging": variant % 2 == 0},
        "variant": variant,
        **more,
    }
    return Register(
        key(at, str(variant)), document.encode(resource), document.facts(kind, resource, at=after(at))
    )


def key(at: int, content: str = "") -> str:
    """An order key so many milliseconds after noon."""
    return order_key(NOON + timedelta(milliseconds=at), content.encode())


def update(device: DeviceId = CAR, user_id: str = "anna", **registers: Any) -> DeviceUpdate:
    """What is now known of a device: `seen`, `found`, `gone`."""
    return DeviceUpdate(device, user_id, Snapshot(**registers))


def status(kind: StatusKind, id_: str = "", *, at: int = 1, user_id: str | None = "anna") -> Status:
    """The word on one status, so many milliseconds after noon."""
    return Status(StatusId(kind, user_id, id_), key(at), document.encode({"at": at}))


def word(account: Account, *, at: int = 1, is_valid: bool = False) -> Status:
    """The word on an account, so many milliseconds after noon: Enode's that it is dead, or ours that it holds."""
    told = {"vendor": account.vendor, **({"isValid": True} if is_valid else {})}
    return Status(StatusId.of(account), key(at), document.encode(told))


def entry(at: int, place: Place = CARS_LOG, *, size: int = 0) -> Entry:
    """An entry of the log, so many milliseconds after noon, with so many bytes that cannot be deflated to half."""
    noise = random.Random(at).randbytes(size // 2).hex()
    text = document.encode({"at": at, "name": "Anna's Zoë", "noise": noise})
    moment = NOON + timedelta(milliseconds=at)
    rest = document.encode({"version": "2024-10-01", "updatedFields": ["chargeState"]})
    name = "user:vehicle:updated"
    return Entry(place, order_key(moment, text), moment, name, Source.WEBHOOK, text, rest)


def every_snapshot() -> Iterable[Snapshot]:
    """Snapshots of every order in which three registers can have been written, within three moments."""
    for seen, found, gone in product(range(4), repeat=3):
        yield merge(
            Snapshot(
                seen=said(seen, 1) if seen else EMPTY_REGISTER,
                found=said(found, 2) if found else EMPTY_REGISTER,
                gone=key(gone, "gone") if gone else "",
            ),
            EMPTY_SNAPSHOT,
        )


def as_read(snapshot: Snapshot) -> Snapshot:
    """A snapshot as a reader gets it: what was promoted belongs to what is current, the rest has none."""
    current = snapshot.current

    def plain(each: Register) -> Register:
        return each if each == current else Register(each.ord, each.document)

    return Snapshot(plain(snapshot.seen), plain(snapshot.found), snapshot.gone, snapshot.identity)


def after(milliseconds: int) -> datetime:
    return NOON + timedelta(milliseconds=milliseconds)
