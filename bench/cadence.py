"""Table of learned cadences: hints, looks and verdicts in virtual time, each beside what must hold.

`python -m bench.cadence` lets fleets live for two days and more, with the real sweep, in a few minutes. The last column
names what missed its bound. `--quick` leaves out the fleets of 500.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import partial
from itertools import product
from typing import NamedTuple

from bench.cadence_worlds import (
    DAY,
    HOUR,
    MINUTE,
    SWEEP_EVERY,
    Watched,
    halves,
    many_classes,
    pace,
    parked,
    stuck,
    uneven,
)
from lastseen.domain.freshness import Verdict

CADENCES = (2, 5, 7, 10, 16, 20, 30, 45, 60)
LOOKS_BEFORE = {2: 8, 5: 8, 7: 8, 10: 8, 16: 11, 20: 20, 30: 143, 45: 143, 60: 143}
"""Looks a parked car a day while limits were parameters only (20 cars, 24 hours); from 30 minutes on, 72 hints too."""

LARGE = (7, 30, 60)
"""Cadences at which fleets of 500 live too."""

RESOLVED = 5
"""Minutes from which on a cadence can be told from looks five minutes apart; below it, under ten is enough."""

WINDOWS = 7
"""Hours that a trouble of six hours touches at most."""


class Row(NamedTuple):
    """One line of the table.

    Attributes:
        what: Which fleet.
        learned: What was learned, in minutes.
        hints: Of healthy devices: on the first day, and after it.
        stale: How often a healthy device was told stale once its class was learned.
        looks: A device a day: on the first, after it.
        before: Looks a device a day before cadences were learned; empty where that was not measured.
        misses: What missed its bound; empty if nothing did.
    """

    what: str
    learned: str
    hints: str
    stale: str
    looks: str
    before: str
    misses: str


def healthy(minutes: int, devices: int, make: Callable[..., Watched] = parked, what: str = "") -> Row:
    """Let a fleet live for two days."""
    watched = make(devices, minutes)
    name = f"{what}every {minutes} min, {devices}"
    return _lived(watched, name, None if what else minutes, LOOKS_BEFORE.get(minutes, 0) if not what else 0)


def with_stuck(minutes: int, devices: int, share: float) -> Row:
    """Let a fleet live for a day of which a share is stuck from the start."""
    watched = stuck(devices, minutes, share)
    return _lived(watched, f"{share:.0%} stuck, every {minutes} min, {devices}", minutes, 0)


def mixed(devices: int) -> Row:
    """Let nine classes of four kinds live side by side."""
    watched = many_classes(devices, CADENCES)
    row = _lived(watched, f"nine vendors, four kinds, {devices} each", None, 0)
    learned = {
        name.split("/")[0]: every for name, every in watched.learned().items() if name.endswith("regular")
    }
    wrong = [
        f"{vendor}: {every:.0f} for {CADENCES[int(vendor.removeprefix('VENDOR'))]}"
        for vendor, every in sorted(learned.items())
        if not _is_right(every, CADENCES[int(vendor.removeprefix("VENDOR"))])
    ]
    return row._replace(
        learned=" ".join(f"{every:.0f}" for _, every in sorted(learned.items())),
        misses="; ".join(filter(None, [row.misses, *wrong])),
    )


def found(minutes: int, devices: int, *, is_quiet: bool) -> Row:
    """Let a device of a learned class get stuck, and see when it is told stale."""
    watched = parked(devices, minutes)
    watched.live(DAY)
    world = watched.world
    probes = {one.known.device.id for one in watched.tracked() if one.check.cadence.is_probed}
    id_ = max(set(world.ids()) - probes, key=lambda one: watched.one(one).check.quiet)
    if not is_quiet:
        world.do("out_of_reach", deviceId=id_, mode="unreachable")
        watched.live(timedelta(minutes=2 * minutes))
        world.do("recover", deviceId=id_)
        seen = watched.one(id_).facts.last_seen_at
        while watched.one(id_).facts.last_seen_at == seen:
            world.live(SWEEP_EVERY)
    world.do("stall", deviceId=id_)
    watched.troubled = {id_}
    contact, limit = world.simulator.cloud.devices[id_].last_seen_at, watched.limit(id_)
    if contact is None:
        raise RuntimeError("a device that was never in contact")
    old_at = contact + limit
    due = None if is_quiet else old_at
    while id_ not in watched.told(Verdict.STALE) and world.now() < old_at + DAY:
        world.live(SWEEP_EVERY)
        checked_at = watched.one(id_).check.checked_at
        if due is None and checked_at is not None and checked_at > old_at:
            due = world.now()  # the first look that could find it
    late = world.now() - (due or old_at)
    misses = "" if late <= 2 * SWEEP_EVERY + MINUTE else f"found {late / MINUTE:.0f} min late"
    after = f"{(world.now() - contact) / MINUTE:.0f} min, limit {limit / MINUTE:.0f}"
    how = "sleeps deeply and gets stuck" if is_quiet else "spoke and gets stuck"
    return Row(f"one {how}, every {minutes} min, {devices}", after, "", "", "", "", misses)


def outage(minutes: int, devices: int, mode: str) -> Row:
    """Let a vendor be silent for six hours after a day."""
    watched = parked(devices, minutes)
    watched.live(DAY)
    world, before, hints = watched.world, max(watched.learned().values()), watched.hints()
    watched.troubled = set()
    world.do("outage", vendor="TESLA", mode=mode)
    was_told = False
    for half in halves(6 * HOUR):
        world.live(half)
        was_told = was_told or bool(watched.silent())
    world.do("recover", vendor="TESLA")
    learned = [before]
    for half in halves(DAY):
        world.live(half)
        learned.append(max(watched.learned().values()))
    moved = max(abs(one - before) / before for one in learned)
    given = watched.hints() - hints
    misses = [
        f"moved by {moved:.0%}" if moved > 0.1 else "",
        f"{given} hints" if given > WINDOWS else "",
        "" if was_told or devices < 5 else "not told as an outage",
        "still told" if watched.silent() else "",
    ]
    return Row(
        f"6 h {mode}, every {minutes} min, {devices}",
        f"{min(learned):.1f}-{max(learned):.1f}",
        f"{given} in {WINDOWS} windows",
        "",
        "",
        "",
        "; ".join(filter(None, misses)),
    )


def changed(devices: int) -> Row:
    """Let the cadence go from 7 to 30 minutes and back, two days each."""
    watched = parked(devices, 7)
    watched.live(DAY)
    world, hints = watched.world, dict(watched.world.hints())
    took: list[str] = []
    misses: list[str] = []
    for minutes in (30, 7):
        pace(world, minutes)
        begun_at, followed = world.now(), None
        for half in halves(2 * DAY):
            world.live(half)
            if followed is None and _is_right(max(watched.learned().values()), minutes):
                followed = (world.now() - begun_at) / HOUR
        took.append("never" if followed is None else f"{followed:.1f} h")
        misses += [f"not followed to {minutes}"] if followed is None else []
    most = max((count - hints.get(id_, 0) for id_, count in world.hints().items()), default=0)
    misses += [f"{most} hints to one device"] if most > 3 else []
    return Row(
        f"7 to 30 to 7 min, {devices}",
        " ".join(took),
        f"at most {most} a device",
        "",
        "",
        "",
        "; ".join(misses),
    )


def _lived(watched: Watched, name: str, minutes: int | None, before: int) -> Row:
    world, devices = watched.world, len(watched.world.ids())
    watched.live(DAY)
    first, most, looked = watched.hints(), watched.most_hints(), world.swept["verified"]
    watched.live(DAY)
    later, learned = watched.hints() - first, max(watched.learned().values(), default=0)
    misses = [
        f"{most} hints to one device" if most > 1 else "",
        f"{later} hints later" if later else "",
        "told stale" if watched.stale else "",
        "" if minutes is None or _is_right(learned, minutes) else f"learned {learned:.1f}",
    ]
    return Row(
        name,
        f"{learned:.1f}",
        f"{first} {later}",
        str(watched.stale),
        f"{looked / devices:.1f} {(world.swept['verified'] - looked) / devices:.1f}",
        str(before or ""),
        "; ".join(filter(None, misses)),
    )


def _is_right(learned: float, minutes: float) -> bool:
    if minutes < RESOLVED:
        return 0 < learned < 10
    return abs(learned - minutes) <= 0.25 * minutes


def rows(*, is_quick: bool) -> Iterator[Callable[[], Row]]:
    """Give every line, each to be measured when it is called."""
    for minutes in CADENCES:
        large = () if is_quick or minutes not in LARGE else (500,)
        yield from (partial(healthy, minutes, devices) for devices in (1, 20, *large))
    yield partial(mixed, 20)
    large_ones = () if is_quick else ((7, 500),)
    for minutes, devices in ((2, 20), (5, 20), (7, 20), (10, 20), (15, 20), *large_ones):
        yield partial(healthy, minutes, devices, uneven, "30 % 4x slower, ")
    yield from (
        partial(with_stuck, minutes, 20, share) for minutes, share in product((2, 7, 30, 60), (0.1, 0.4))
    )
    yield from (
        partial(found, minutes, 20, is_quiet=quiet) for minutes, quiet in product(LARGE, (False, True))
    )
    yield from (partial(outage, *one) for one in product(LARGE, (5, 20), ("stall", "unreachable")))
    yield from (partial(changed, devices) for devices in (1, 5, 20))


def main() -> int:
    """Measure and print the table."""
    parser = argparse.ArgumentParser(prog="python -m bench.cadence", description=__doc__)
    parser.add_argument("--quick", action="store_true")
    wish = parser.parse_args()
    begun_at, missed = time.monotonic(), 0
    print(
        "| fleet | learned, min | hints: day 1, later | told stale | looks a device: day 1, later | before | misses |"
    )
    print("|---|---|---|---|---|---|---|")
    for measure in rows(is_quick=wish.quick):
        row = measure()
        missed += bool(row.misses)
        print(f"| {' | '.join(row)} |", flush=True)
    print(f"\n{missed} missed a bound; {time.monotonic() - begun_at:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
