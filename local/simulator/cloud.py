"""Enode's cloud: polls its vendors, caches the answers, and emits an event only when something changed."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Any

from local.simulator.clock import Clock, World, written
from local.simulator.documents import EVENT_KEYS, Document, discovered, identity, seen, stamped
from local.simulator.events import EventLog
from local.simulator.failures import Failures
from local.simulator.outages import Mode, Outages
from local.simulator.physics.device import AnotherLink, Device, Reading
from local.simulator.physics.home import Home
from local.simulator.scheduler import Appointment, Scheduler

ACTIVE, REGULAR = timedelta(minutes=2), timedelta(minutes=7)
HVAC_ACTIVE, HVAC_REGULAR = timedelta(minutes=1), timedelta(minutes=2)


@dataclass(eq=False)
class Cached:
    """One device as Enode keeps it. Documents are never changed in place: events share their blocks."""

    device: Device
    home: Home
    user_id: str
    linked_at: datetime
    document: Document
    last_seen_at: datetime | None = None
    reading: Reading | None = None  # None until the first successful poll
    is_alive: bool = True
    is_reachable: bool | None = None
    event_document: Document | None = None
    discovered_document: Document | None = None
    last_event_at: datetime | None = None
    hints: int = 0

    @property
    def id(self) -> str:
        """The device's id."""
        return self.device.id

    @property
    def kind(self) -> str:
        """The device's kind."""
        return self.device.kind

    def rendered(self) -> Document:
        """Write the document as a GET answers it now."""
        return seen(self.document, self.kind, self.last_seen_at)


@dataclass(eq=False)
class Round:
    """Devices that are polled together: one alone, or all of one home energy system."""

    members: list[Cached]
    rng: Random
    appointment: Appointment | None = None


@dataclass
class User:
    """One user of the client, and whether Enode still holds an authorisation."""

    id: str
    created_at: datetime
    is_authorised: bool = True


def _nothing(cached: Cached) -> None:
    """Tell nobody."""


@dataclass
class Cloud:
    """Enode's polling and its cache.

    `after_poll` is told of every device that was just reached, so that the story can go on.
    """

    clock: Clock
    world: World
    scheduler: Scheduler
    event_log: EventLog
    seed: int = 0
    outages: Outages = field(default_factory=Outages)
    failures: Failures = field(default_factory=Failures)
    users: dict[str, User] = field(default_factory=dict)
    after_poll: Callable[[Cached], None] = _nothing
    cadences: dict[tuple[str, str], timedelta] = field(
        default_factory=dict
    )  # by (vendor, kind), while not active
    slowness: dict[str, float] = field(default_factory=dict)  # of a device: so many times its cadence
    devices: dict[str, Cached] = field(default_factory=dict)
    accounts: set[tuple[str, str, str]] = field(default_factory=set)  # (user, vendor, kind) that are linked
    polls: int = 0
    _rounds: dict[str, Round] = field(default_factory=dict)
    _listings: dict[tuple[str, str | None], list[Cached]] = field(default_factory=dict)

    def link(self, home: Home, devices: list[Device], user_id: str) -> None:
        """Take up devices of a user's vendor account: each is discovered, and polled shortly after."""
        now = self.clock.now()
        self.users.setdefault(user_id, User(user_id, now)).is_authorised = True
        home.move_to(self.world.now())
        together: dict[str, list[Cached]] = {}
        for device in devices:
            cached = self._discover(device, home, user_id, now)
            system = device.id if device.kind == "hem-system" else device.hem_system_id
            together.setdefault(system or device.id, []).append(cached)
        for name, found in together.items():
            known, members = self._rounds.get(name), found
            if known is not None:
                members = [*(one for one in known.members if one.is_alive and one not in found), *found]
                self._cancel(known)
            rng = known.rng if known else Random(f"{self.seed}/poll/{name}")
            this = Round(members, rng)
            for member in members:
                self._rounds[member.id] = this
            self._rounds[name] = this
            self._schedule(this, timedelta(seconds=rng.uniform(2, 10)))

    def find(self, kind: str, device_id: str) -> Cached | None:
        """Find a device that Enode lists."""
        cached = self.devices.get(device_id)
        return cached if cached is not None and cached.is_alive and cached.kind == kind else None

    def listing(self, kind: str, user_id: str | None = None) -> list[Cached]:
        """List the living devices of a kind in the order they were linked."""
        key = (kind, user_id)
        if key not in self._listings:
            self._listings[key] = sorted(
                (
                    cached
                    for cached in self.devices.values()
                    if cached.is_alive and cached.kind == kind and user_id in {None, cached.user_id}
                ),
                key=lambda cached: (cached.linked_at, cached.id),
            )
        return self._listings[key]

    def hint(self, cached: Cached) -> None:
        """Bring the next poll of a device forward to a few seconds from now."""
        cached.hints += 1
        self.outages.hinted(cached.id, cached.device.vendor)
        this = self._rounds[cached.id]
        soon = timedelta(seconds=this.rng.uniform(3, 8))
        if this.appointment is None or this.appointment.due_at > self.world.wall_now() + self.world.real(
            soon
        ):
            self._cancel(this)
            self._schedule(this, soon)

    def delete(self, cached: Cached, *, silently: bool = False) -> None:
        """Let a device disappear from its vendor account; Enode says so with the last full document."""
        cached.is_alive = False
        self._listings.clear()
        if not silently:
            self._say(cached, "deleted", cached.rendered())

    def deauthorise(self, user_id: str) -> None:
        """Drop a user's authorisations. No event follows, ever: that is how Enode documents it."""
        self.users[user_id].is_authorised = False
        self.accounts = {account for account in self.accounts if account[0] != user_id}
        for cached in self.devices.values():
            if cached.user_id == user_id and cached.is_alive:
                self.delete(cached, silently=True)

    def relink(self, cached: Cached) -> None:
        """Let a device that disappeared be found again under its old id."""
        if not cached.is_alive:
            self.link(cached.home, [cached.device], cached.user_id)

    def link_anew(self, cached: Cached, user_id: str) -> str:
        """Let a device be found under a new id, by this user: linked again, sold, or linked by a second person."""
        device = AnotherLink(cached.device, len(self.devices))
        self.link(cached.home, [device], user_id)
        return device.id

    def move(self, cached: Cached, user_id: str, *, silently: bool = False) -> None:
        """Let a device go over to another user: gone for the one, found for the other, under the same id."""
        if cached.is_alive:
            self.delete(cached, silently=silently)
        self.link(cached.home, [cached.device], user_id)

    def invalidate(self, user_id: str, vendor: str) -> None:
        """Let a vendor's credentials die; the devices stay, and go unreachable at their next poll."""
        if (user_id, vendor) not in self.outages.invalid:
            self.outages.invalid.add((user_id, vendor))
            self.event_log.say(
                "user:credentials:invalidated", {"vendor": vendor}, user_id=user_id, about=user_id
            )

    def restore(self, user_id: str, vendor: str) -> None:
        """Let the user link the vendor again."""
        self.outages.invalid.discard((user_id, vendor))

    def linked_vendors(self, user_id: str) -> list[dict[str, Any]]:
        """Write which vendors a user has linked, and whether their credentials still hold.

        An account stays linked when its last device is taken out of it.
        """
        return [
            {"vendor": vendor, "vendorType": kind, "isValid": (user_id, vendor) not in self.outages.invalid}
            for owner, vendor, kind in sorted(self.accounts)
            if owner == user_id
        ]

    def _discover(self, device: Device, home: Home, user_id: str, now: datetime) -> Cached:
        is_charger = device.kind == "charger"  # the one kind that is documented to arrive in full
        leaves = Random(f"{self.seed}/nulls/{device.id}").random() < 0.5
        knows_contact = device.kind != "hem-system" and (leaves or is_charger)
        cached = self.devices.get(device.id)
        if cached is None:
            cached = self.devices[device.id] = Cached(device, home, user_id, now, {})
        cached.user_id, cached.linked_at, cached.is_alive = user_id, now, True
        if device.kind != "hem-system":
            self.accounts.add((user_id, device.vendor, device.kind))
        cached.reading, cached.is_reachable = None, None
        cached.last_seen_at = now if knows_contact else None
        cached.document = discovered(device, user_id, leaves=leaves)
        if is_charger:
            self._learn(cached, device.reading(), now, is_reachable=True)
        self._listings.clear()
        cached.discovered_document = cached.rendered()
        self._say(cached, "discovered", cached.discovered_document)
        return cached

    def _schedule(self, this: Round, delay: timedelta) -> None:
        due_at = self.world.wall_now() + self.world.real(delay)
        this.appointment = self.scheduler.at(due_at, lambda: self._poll(this))

    def _cancel(self, this: Round) -> None:
        if this.appointment is not None:
            this.appointment.cancel()
            this.appointment = None

    def _poll(self, this: Round) -> None:
        this.appointment = None
        members = [cached for cached in this.members if cached.is_alive]
        if not members:
            return
        now = self.clock.now()
        world_now = self.world.now()
        for cached in members:
            cached.home.move_to(world_now)
            self._refresh(cached, now)
        self.polls += len(members)
        self._schedule(this, self._cadence(members) * this.rng.uniform(0.95, 1.05))

    def _cadence(self, members: list[Cached]) -> timedelta:
        is_active = any(cached.device.is_active for cached in members)
        first = members[0]
        if first.kind == "hvac":
            usual = HVAC_ACTIVE if is_active else HVAC_REGULAR
        else:
            usual = ACTIVE if is_active else REGULAR
        if not is_active or first.kind == "meter":  # no document shows whether a meter is active
            usual = self.cadences.get((first.device.vendor, first.kind), usual)
        return usual * self.slowness.get(first.id, 1.0)

    def _refresh(self, cached: Cached, now: datetime) -> None:
        mode = self.outages.mode(cached.id, cached.device.vendor, cached.user_id)
        if mode is Mode.STALL:
            return
        is_reachable = mode is not Mode.UNREACHABLE
        if is_reachable:
            cached.last_seen_at = now
        reading = cached.device.reading() if mode is None else cached.reading
        changed = self._learn(cached, reading, now, is_reachable=is_reachable)
        if changed:
            document = cached.event_document = cached.rendered()
            self._say(cached, "updated", document, changed)
        if mode is None:
            self.after_poll(cached)

    def _learn(
        self, cached: Cached, reading: Reading | None, now: datetime, *, is_reachable: bool
    ) -> list[str]:
        """Put a reading into the cache.

        Returns:
            The top-level names that changed; empty if nothing did.
        """
        device, known = cached.device, cached.reading
        if reading is known and is_reachable == cached.is_reachable:
            return []
        fresh: Document = {}
        if reading is not None and reading is not known:
            learnt_at = written(now)
            for name, block in reading.items():
                if known is None or (block is not known[name] and block != known[name]):
                    fresh[name] = stamped(device.kind, name, block, learnt_at)
            if known is None:
                cached.document = identity(device, cached.user_id)
        changed = list(fresh)
        if is_reachable != cached.is_reachable and device.kind != "hem-system":
            changed.append("isReachable")
        if device.kind != "hem-system":
            fresh["isReachable"] = is_reachable
        cached.reading, cached.is_reachable = reading, is_reachable
        if changed:
            cached.document = {**cached.document, **fresh}
        return changed

    def _say(self, cached: Cached, what: str, document: Document, changed: list[str] | None = None) -> None:
        body: dict[str, Any] = {EVENT_KEYS[cached.kind]: document}
        if changed is not None:
            body["updatedFields"] = changed
        event = self.event_log.say(
            f"user:{cached.kind}:{what}", body, user_id=cached.user_id, about=cached.id
        )
        cached.last_event_at = event.created_at
