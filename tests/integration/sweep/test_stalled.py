"""Proves `usecases/maintenance/hints.py`:
A device that Enode itself has lost sight of is found, verified and hinted; what a hint cannot help is left alone.
"""

from datetime import datetime, timedelta
from itertools import pairwise

import pytest

from lastseen.domain.device import DeviceKind
from lastseen.domain.freshness import Verdict
from local.simulator.cloud import Cached
from local.simulator.fleet import DeviceSpec, Fleet, HomeSpec
from tests.support.world import DAY, HOUR, MINUTE, SWEEP_EVERY, World, by_the_parameters

SLACK = MINUTE
"""What a sweep itself may take until it comes to the hint."""


def watch_hints(world: World) -> dict[str, list[datetime]]:
    """Write down when each device is hinted."""
    seen: dict[str, list[datetime]] = {}
    hint = world.simulator.cloud.hint

    def hinted(cached: Cached) -> None:
        seen.setdefault(cached.id, []).append(world.now())
        hint(cached)

    world.simulator.cloud.hint = hinted  # type: ignore[method-assign]
    return seen


def test_stalled_cars_are_found_in_time_and_those_that_answer_become_fresh() -> None:
    """Found within the limit and one sweep; the others are hinted after 15, 30, 60 … minutes."""
    world = World(Fleet.of_vendor(20), by_the_parameters())
    world.listen()
    world.simulator.advance(8 * MINUTE)
    ids = world.ids()
    curable, stubborn = ids[:10], ids[10:]
    for id_ in ids:
        world.do("stall", deviceId=id_, endsOnHint=id_ in curable)
    stalled_at = {id_: world.known(id_).snapshot.current.facts.last_seen_at for id_ in ids}
    hints = watch_hints(world)

    world.live(40 * MINUTE)

    limit = world.settings.limits.regular
    for id_ in ids:
        contact = stalled_at[id_]
        assert contact is not None
        assert hints[id_][0] <= contact + limit + SWEEP_EVERY + SLACK
    # Enode goes on looking at those that answered, and is silent while they do not change: nothing worse is said.
    assert {world.verdict(id_) for id_ in curable} <= {Verdict.FRESH, Verdict.UNVERIFIED}
    assert {world.verdict(id_) for id_ in stubborn} == {Verdict.STALE}
    assert world.swept["hints_helped"] == len(curable)

    world.live(DAY)

    assert all(len(hints[id_]) == 1 for id_ in curable)
    for id_ in stubborn:
        distances = [(later - earlier) / MINUTE for earlier, later in pairwise(hints[id_])]
        assert len(distances) == 6
        for distance, least in zip(distances, [15, 30, 60, 120, 240, 480], strict=True):
            assert least <= distance <= least + 6


def test_an_answer_to_a_hint_is_fresh_at_the_next_sweep() -> None:
    """No event may follow a hint that found nothing new; the sweep goes and looks."""
    world = World(Fleet.parked(1))
    world.listen()
    (id_,) = world.ids()
    world.do("stall", deviceId=id_, endsOnHint=True)
    hints = watch_hints(world)

    while not hints:
        world.live(SWEEP_EVERY)
    world.live(SWEEP_EVERY)

    assert world.verdict(id_) is Verdict.FRESH
    assert world.check(id_).hint is not None


def test_what_a_hint_cannot_help_is_never_hinted() -> None:
    """Unreachable, disconnected, and HEM systems, which have no hint."""
    home = (
        DeviceSpec("charger", "ZAPTEC", "Zaptec", "Go"),
        DeviceSpec("vehicle", "BMW", "BMW", "i4", {"parked": True}),
        DeviceSpec("inverter", "ENPHASE", "Enphase", "Roof", {"peak_kw": 5.0}),
        DeviceSpec("hem-system", "ENPHASE", "Enphase", "Home"),
    )
    world = World(Fleet((HomeSpec("ada-example", home),)))
    world.listen()
    world.simulator.advance(10 * MINUTE)
    (charger,) = world.ids(DeviceKind.CHARGER)
    (car,) = world.ids(DeviceKind.VEHICLE)
    (system,) = world.ids(DeviceKind.HEM_SYSTEM)
    world.do("outage", vendor="ZAPTEC")
    world.simulator.advance(10 * MINUTE)
    world.do("stall", deviceId=charger)
    world.do("invalidate", userId="ada-example", vendor="BMW")
    world.simulator.advance(10 * MINUTE)
    world.do("outage", vendor="ENPHASE", mode="stall")

    world.live(12 * HOUR)

    assert set(world.hints()) == set(world.ids(DeviceKind.INVERTER))
    assert world.verdict(charger) is Verdict.UNREACHABLE
    assert world.verdict(car) is Verdict.DISCONNECTED
    assert world.verdict(system) is Verdict.STALE


def test_a_vendor_wide_outage_stays_under_its_quota_and_leaves_the_others_alone() -> None:
    """Judged one by one, two thousand devices of a vendor wait their turn, and thirty of another do not notice."""
    fleet = Fleet(
        Fleet.of_vendor(2000, parked=True).homes + _renamed(Fleet.of_vendor(30, vendor="BMW", parked=True))
    )
    world = World(fleet, by_the_parameters(vendor_quota=60, quota=200))
    world.listen()
    world.reconcile_wholly()
    bmws = {one.id for one in world.simulator.cloud.devices.values() if one.device.vendor == "BMW"}
    world.do("outage", vendor="TESLA", mode="stall")
    world.do("outage", vendor="BMW", mode="stall", endsOnHint=True)
    hints = watch_hints(world)
    began_at = world.now()

    world.live(150 * MINUTE)

    at = [moment for id_, moments in hints.items() if id_ not in bmws for moment in moments]
    by_hour = [sum(_hour(moment) == hour for moment in at) for hour in {_hour(moment) for moment in at}]
    assert max(by_hour) <= 60
    assert sum(by_hour) >= 2 * 60
    assert set(hints) >= bmws
    latest = max(hints[id_][0] for id_ in bmws)
    assert latest <= began_at + world.settings.limits.regular + 2 * SWEEP_EVERY + SLACK
    # Two thousand are read by pages, not one by one: forty calls a look, and few looks.
    assert world.simulator.faults.happened["api_429"] == 0


@pytest.mark.parametrize("kind", ["hvac", "charger", "battery", "meter"])
def test_every_kind_that_can_be_hinted_is(kind: str) -> None:
    """One path each at Enode."""
    world = World(
        Fleet((HomeSpec("ada-example", (DeviceSpec(kind, "TESLA", "Tesla", "One"),)),)), by_the_parameters()
    )
    world.listen()
    world.simulator.advance(8 * MINUTE)
    (id_,) = world.ids()
    world.do("stall", deviceId=id_)

    world.live(30 * MINUTE)

    assert world.hints()[id_] >= 1


def _hour(moment: datetime) -> timedelta:
    return (moment - datetime(2026, 1, 1, tzinfo=moment.tzinfo)) // HOUR * HOUR


def _renamed(fleet: Fleet) -> tuple[HomeSpec, ...]:
    return tuple(HomeSpec(f"other-{number:04}", home.devices) for number, home in enumerate(fleet.homes))
