"""Worlds in virtual time by which learned cadences are measured: the real sweep around a simulated Enode."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lastseen.domain.check_schedule import TrackedDevice
from lastseen.domain.freshness import Verdict, bounds, judge
from lastseen.domain.records import CADENCE
from local.simulator.fleet import DeviceSpec, Fleet, HomeSpec
from tests.support.world import DAY, HOUR, MINUTE, SWEEP_EVERY, World

SLOWER = 4.0
A_USER_HAS = 2


@dataclass
class Watched:
    """A world, and what went wrong in it.

    Attributes:
        world: The world.
        stale: How often a healthy device was told stale after its class was learned, sweep by sweep.
        learned_after: When the first class was learned; None while none is.
    """

    world: World
    begun_at: datetime
    stale: int = 0
    learned_after: timedelta | None = None
    troubled: set[str] = field(default_factory=set)

    def live(self, span: timedelta) -> None:
        """Let time pass, and look at every verdict after each sweep."""
        until = self.world.now() + span
        while self.world.now() + SWEEP_EVERY <= until:
            self.world.live(SWEEP_EVERY)
            if self.learned_after is None and any(self.learned().values()):
                self.learned_after = self.world.now() - self.begun_at
            if self.learned_after is not None:
                self.stale += len(self.told(Verdict.STALE) - self.troubled)

    def told(self, verdict: Verdict) -> set[str]:
        """Give the devices of which this is told now."""
        return {one.known.device.id for one in self.tracked() if self.verdict(one) is verdict}

    def verdict(self, tracked: TrackedDevice) -> Verdict:
        """Judge a device as a reader is told."""
        known = tracked.known
        return judge(
            known.device.kind,
            tracked.facts,
            now=self.world.now(),
            limits=self.world.settings.limits,
            checked_at=known.checked_at,
            denied_at=known.denied_at,
            cadence=known.cadence,
        ).verdict

    def tracked(self) -> list[TrackedDevice]:
        """Give every device and what is remembered of it."""
        store = self.world.store
        return store.checks.some(owned for id_ in self.world.ids() for owned in store.devices.owners(id_))

    def one(self, id_: str) -> TrackedDevice:
        """Give one device."""
        (tracked,) = self.world.store.checks.some(self.world.store.devices.owners(id_))
        return tracked

    def limit(self, id_: str) -> timedelta:
        """Give the age up to which a contact of a device is fresh."""
        one, limits = self.one(id_), self.world.settings.limits
        return bounds(one.known.device.kind, one.facts, limits, one.check.cadence).limit

    def learned(self) -> dict[str, float]:
        """Give the cadence of each class in minutes; 0 while it is not learned."""
        said = self.world.store.records.read(CADENCE).content.get("classes", {})
        return {name: one["every"] / 60 for name, one in said.items()}

    def silent(self) -> list[str]:
        """Give the classes most of which are out of contact."""
        said = self.world.store.records.read(CADENCE).content.get("classes", {})
        return [name for name, one in said.items() if one["silent_since"]]

    def hints(self) -> int:
        """How many hints healthy devices were given."""
        return sum(count for id_, count in self.world.hints().items() if id_ not in self.troubled)

    def most_hints(self) -> int:
        """How many the healthy device with the most was given."""
        return max(
            (count for id_, count in self.world.hints().items() if id_ not in self.troubled), default=0
        )


def parked(devices: int, minutes: float, *, seed: int = 1) -> Watched:
    """Parked cars of one vendor that Enode polls every so many minutes."""
    world = World(Fleet.parked(devices, cars_per_user=A_USER_HAS), seed=seed)
    pace(world, minutes)
    world.listen()
    return Watched(world, world.now())


def pace(world: World, minutes: float, vendor: str = "TESLA", kind: str = "vehicle") -> None:
    """Let Enode poll a vendor's devices of a kind so often from their next poll on, while they are not active."""
    world.simulator.cloud.cadences[vendor, kind] = timedelta(minutes=minutes)


def uneven(devices: int, minutes: float, *, seed: int = 1) -> Watched:
    """The same, of which three in ten are four times slower."""
    world = World(Fleet.parked(devices, cars_per_user=A_USER_HAS), seed=seed)
    pace(world, minutes)
    ids = [device.id for home in world.simulator.homes for device in home.devices]
    world.simulator.cloud.slowness.update(dict.fromkeys(ids[: round(0.3 * devices)], SLOWER))
    world.listen()
    return Watched(world, world.now())


def stuck(devices: int, minutes: float, share: float) -> Watched:
    """The same, of which a share is stuck from the start."""
    watched = parked(devices, minutes)
    watched.world.simulator.advance(MINUTE)
    watched.troubled = set(watched.world.ids()[: round(share * devices)])
    for id_ in watched.troubled:
        watched.world.do("stall", deviceId=id_)
    return watched


def many_classes(devices: int, minutes: tuple[float, ...]) -> Watched:
    """Vendors and kinds with a cadence each, so many devices of each, in one fleet."""
    kinds = ("vehicle", "charger", "battery", "meter")
    classes = [(f"VENDOR{number}", kinds[number % len(kinds)], every) for number, every in enumerate(minutes)]
    homes = tuple(
        HomeSpec(f"resident-{vendor}-{number:03}", (DeviceSpec(kind, vendor, vendor, "One", _still(kind)),))
        for vendor, kind, _ in classes
        for number in range(devices)
    )
    world = World(Fleet(homes))
    for vendor, kind, every in classes:
        pace(world, every, vendor, kind)
    world.listen()
    return Watched(world, world.now())


def _still(kind: str) -> dict[str, object]:
    return {"parked": True} if kind == "vehicle" else {}


def halves(span: timedelta) -> Iterator[timedelta]:
    """Cut a span into half hours."""
    yield from [HOUR / 2] * int(span / (HOUR / 2))


__all__ = [
    "DAY",
    "HOUR",
    "MINUTE",
    "SWEEP_EVERY",
    "Watched",
    "halves",
    "many_classes",
    "pace",
    "parked",
    "stuck",
    "uneven",
]
