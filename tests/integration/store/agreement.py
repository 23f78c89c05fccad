"""A device at Enode, told by events that come late, twice or never and by reads of every source, in any order."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from hypothesis import strategies as st

from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.diff import differences
from lastseen.domain.event import DeviceLog, DeviceUpdate, Entry, Source
from lastseen.domain.history import Fold
from lastseen.domain.observation import SAME_SECOND, Observation
from lastseen.domain.order import order_key
from lastseen.domain.snapshot import Life, Snapshot
from lastseen.errors import StoreUnavailable
from lastseen.usecases import join_state
from lastseen.usecases.ports import Devices, History, Log, States
from lastseen.usecases.store_readings import store_readings
from tests.support.arrivals import NO_HURRY, take
from tests.support.builders import NOON, Json, a_vehicle, an_event, just_found

CAR = DeviceId(DeviceKind.VEHICLE, "car-1")
USER = "anna"
LOG = DeviceLog(CAR, USER)
_IN_LIFE = ("updated", "updated", "updated", "updated", "deleted", "discovered")

END = 1000
"""Milliseconds after noon, behind everything."""


@dataclass(frozen=True)
class Stores:
    """Everything that is kept."""

    log: Log
    states: States
    devices: Devices
    history: History


@dataclass(frozen=True)
class Word:
    """Something that happened at Enode: `updated`, `discovered` or `deleted`, and when its event comes, each time."""

    at: int
    verb: str
    variant: int
    comes: tuple[int, ...]


@dataclass(frozen=True)
class Look:
    """A read: what Enode answers at a moment, compared at once and written later."""

    at: int
    written: int
    source: Source


@dataclass(frozen=True)
class Deletion:
    """A reconcile that was denied the device at a moment, and deletes it later."""

    at: int
    written: int


type Step = Word | Look | Deletion


def document(at: int, variant: int) -> Json:
    """The car at a moment: the contact always moves, the rest by variant only."""
    contact = f"2026-03-01T11:{at // 60 % 60:02}:{at % 60:02}.000Z"
    return a_vehicle(id=CAR.id, userId=USER, lastSeen=contact, isReachable=variant % 2 == 0) | {
        "variant": variant
    }


@st.composite
def lives(draw: st.DrawFn) -> list[Step]:
    """Few words of few variants, so that they meet; some lost, late or said twice; reads and deletions among them."""
    steps: list[Step] = []
    is_alive = False
    for number in range(draw(st.integers(2, 7))):
        at = 20 * (number + 1)
        verb = draw(st.sampled_from(_IN_LIFE)) if is_alive else "discovered"
        is_alive = verb != "deleted"
        delays = draw(st.lists(st.sampled_from((0, 7, 15, 33, 61, 95)), max_size=2))
        steps.append(Word(at, verb, draw(st.integers(0, 1)), tuple(at + delay for delay in delays)))
    for _ in range(draw(st.integers(1, 6))):
        at = 20 * draw(st.integers(1, 8)) + draw(st.sampled_from((3, 8, 13)))
        written = at + draw(st.sampled_from((0, 0, 12, 31, 70)))
        steps.append(
            Look(at, written, draw(st.sampled_from((Source.SWEEP, Source.RECONCILE, Source.REFRESH))))
        )
    if draw(st.booleans()):
        at = 20 * draw(st.integers(1, 8)) + 17
        steps.append(Deletion(at, at + draw(st.sampled_from((0, 25, 60)))))
    return steps


def truth(steps: Sequence[Step], at: int) -> Json | None:
    """What Enode has at a moment, whether or not an event told; None if it has no such device."""
    words = [one for one in steps if isinstance(one, Word) and one.at <= at]
    if not words or words[-1].verb == "deleted":
        return None
    told = [one for one in words if one.verb == "updated"]
    since = max((one.at for one in words if one.verb == "deleted"), default=-1)
    alive = [one for one in told if one.at > since]
    # A device that was only found has the document of its discovery.
    return document(at, alive[-1].variant) if alive else just_found(document(at, 0))


def live(steps: Sequence[Step], stores: Stores) -> Iterator[str]:
    """Let it all happen, step by step in the order of time; tells after each what was done."""
    todo: list[tuple[int, int, Any, Any]] = []
    for number, step in enumerate(steps):
        if isinstance(step, Word):
            todo += [(at, number, "event", step) for at in step.comes]
        elif isinstance(step, Look):
            todo += [(step.at, number, "compare", step), (step.written, number, "write", step)]
        else:
            todo.append((step.written, number, "delete", step))
    believed: dict[int, Snapshot | None] = {}
    for at, number, what, step in sorted(todo, key=lambda one: (one[0], one[1], one[2])):
        if what == "event":
            take([event(step)], stores.log, stores.states, number=at)
        elif what == "compare":
            known = stores.devices.one(USER, CAR)
            believed[number] = None if known is None else known.snapshot
        elif what == "write":
            resource = truth(steps, step.at)
            if resource is not None:
                look(stores, step, resource, believed[number])
        else:
            write_tombstones(stores, step)
        yield f"{what} {step} at {at}"


def event(word: Word) -> Json:
    """The event that tells of it."""
    resource = document(word.at, word.variant)
    moment = NOON + timedelta(milliseconds=word.at)
    told = just_found(resource) if word.verb == "discovered" else resource
    return an_event(f"user:vehicle:{word.verb}", at=moment, user_id=USER, vehicle=told)


def look(
    stores: Stores, step: Look, resource: Json, believed: Snapshot | None, deadline: Deadline = NO_HURRY
) -> None:
    """Keep what was read."""
    at = NOON + timedelta(milliseconds=step.at) + SAME_SECOND
    store_readings(
        [(Observation(CAR, USER, resource, at), believed)],
        source=step.source,
        log=stores.log,
        states=stores.states,
        run="run",
        now=NOON,
        deadline=deadline,
    )


def write_tombstones(stores: Stores, step: Deletion) -> None:
    """Write a denial down as a reconcile does."""
    at = NOON + timedelta(milliseconds=step.at)
    ord_ = order_key(at, b"lastseen:deleted", USER.encode())
    entry = Entry(LOG, ord_, at, "lastseen:deleted", Source.RECONCILE, b"{}", b"{}")
    stores.log.append([entry], received_at=NOON, delivery_id="run", deadline=NO_HURRY)
    join_state.join_effects(
        [DeviceUpdate(CAR, USER, Snapshot(gone=ord_))],
        log=stores.log,
        states=stores.states,
        received_at=NOON,
        delivery_id="run",
        deadline=NO_HURRY,
    )


def folded(stores: Stores) -> Snapshot:
    """What the log makes of it."""
    fold = Fold()
    for entry in stores.history.entries(LOG):
        list(fold.take(entry))
    return fold.snapshot


def disagreement(stores: Stores) -> str:
    """Where state and log differ, contact times aside; empty if they agree."""
    known = stores.devices.one(USER, CAR)
    state, log = Snapshot() if known is None else known.snapshot, folded(stores)
    if state.life is not log.life:
        return f"{state.life} in the state, {log.life} in the log"
    if state.life is Life.GONE:
        return ""
    if state.is_unread is not log.is_unread:
        return f"{'unread' if state.is_unread else 'read'} in the state only"
    told = [json.loads(one.current.document or b"{}") for one in (state, log)]
    return str(list(differences(*told)) or "")


@dataclass
class Failing:
    """A store whose one call fails, before or after it was done.

    Attributes:
        store: What is kept.
        countdown: How many calls still succeed; below zero, all do.
        is_done: Whether the failing call is done all the same.
    """

    store: Any
    countdown: int = -1
    is_done: bool = False

    def __getattr__(self, name: str) -> Any:
        """Give a method that may fail."""
        method = getattr(self.store, name)

        def call(*args: Any, **more: Any) -> Any:
            self.countdown -= 1
            if self.countdown != -1:
                return method(*args, **more)
            if self.is_done:
                method(*args, **more)
            raise StoreUnavailable("it fails")

        return call
