"""Proves `usecases/maintenance/cadences.py`, `usecases/maintenance/class_sample.py`,
`usecases/maintenance/vendor_outages.py`:
how often Enode is in contact is learned; who keeps to it is neither hinted nor called stale, and who does not is found.

The whole table is `python -m bench.cadence`; here are its bounds on small fleets.
"""

from datetime import datetime, timedelta
from functools import partial

import pytest

from bench import cadence
from bench.cadence_worlds import parked, uneven
from lastseen.domain import records
from lastseen.domain.freshness import Verdict
from lastseen.domain.maintenance import DeviceSummary
from lastseen.domain.records import CADENCE
from lastseen.usecases.maintenance.class_sample import ClassSample
from local.simulator.fleet import Fleet
from tests.support.world import DAY, HOUR, MINUTE, SWEEP_EVERY, World


@pytest.mark.parametrize(("minutes", "devices"), [(2, 5), (7, 1), (16, 5), (30, 5), (60, 1), (60, 5)])
def test_healthy_devices_of_any_cadence_are_neither_hinted_nor_called_stale(
    minutes: int, devices: int
) -> None:
    """And what is learned is within a quarter of the truth, from five minutes on."""
    row = cadence.healthy(minutes, devices)

    assert (row.misses, row.hints, row.stale) == ("", "0 0", "0")


def test_devices_four_times_slower_than_their_class_keep_a_pace_of_their_own() -> None:
    """Three in ten are; they are called stale no more than the others."""
    row = cadence.healthy(7, 10, uneven, "uneven ")

    assert (row.misses, row.stale) == ("", "0")


@pytest.mark.parametrize("share", [0.1, 0.4])
def test_a_class_is_learned_though_some_of_it_is_stuck_from_the_start(share: float) -> None:
    """Of those that move, and the stuck ones are told apart from them."""
    row = cadence.with_stuck(20, 10, share)

    assert row.misses == ""


@pytest.mark.parametrize("is_quiet", [False, True])
def test_a_device_that_gets_stuck_is_found_in_time(is_quiet: bool) -> None:
    """Within its limit and two sweeps; one that sleeps deeply at its next look."""
    assert cadence.found(30, 10, is_quiet=is_quiet).misses == ""


@pytest.mark.parametrize("mode", ["stall", "unreachable"])
def test_an_outage_of_a_vendor_is_told_as_one_and_costs_a_hint_a_window(mode: str) -> None:
    """Six hours of it, for a class of five; and its cadence stays what it was."""
    assert cadence.outage(7, 5, mode).misses == ""


def test_a_cadence_that_changes_is_followed_both_ways_within_two_days() -> None:
    """From 7 to 30 minutes and back, with few hints."""
    assert cadence.changed(5).misses == ""


def test_an_outage_is_said_in_the_reason_and_to_operators_and_is_over_when_it_is_over() -> None:
    """The reason blames the vendor, not the device; the record names the class, the share and since when."""
    watched = parked(6, 7)
    watched.world.live(50 * MINUTE)
    watched.world.do("outage", vendor="TESLA", mode="stall")
    begun_at = watched.world.now()
    watched.world.live(3 * HOUR)  # parked cars sleep: they are found at their next look

    said = watched.world.store.records.read(CADENCE).content["classes"]["TESLA/vehicle/regular"]
    blamed = [one.check.cadence.is_vendor_silent for one in watched.tracked()]

    assert (said["silent_share"], said["devices"]) == (1.0, 6)
    assert begun_at.isoformat()[:13] <= said["silent_since"][:13] <= watched.world.now().isoformat()[:13]
    assert sum(blamed) >= 4
    assert watched.world.swept["vendor_outages"] > 0
    watched.world.do("recover", vendor="TESLA")
    watched.world.live(2 * HOUR)
    assert watched.silent() == []
    assert watched.told(Verdict.STALE) == set()


def test_a_device_that_is_stuck_alone_is_hinted_though_its_class_is_large() -> None:
    """Others of its class were looked at first: they move."""
    watched = parked(8, 7)
    watched.world.live(6 * HOUR)
    id_ = next(one.known.device.id for one in watched.tracked() if not one.check.cadence.is_probed)
    watched.world.do("stall", deviceId=id_, endsOnHint=True)

    watched.world.live(7 * HOUR)

    assert watched.world.hints() == {id_: 1}
    assert watched.world.swept["vendor_outages"] == 0


def test_a_new_device_is_never_stale_below_the_ceiling_and_then_it_is() -> None:
    """Nothing is known of how often Enode is in contact with it."""
    watched = parked(1, 7)
    (id_,) = watched.world.ids()
    watched.world.do("stall", deviceId=id_)

    watched.world.live(110 * MINUTE)
    before, hints = watched.told(Verdict.STALE), watched.world.hints()
    watched.world.live(20 * MINUTE)

    assert (before, hints) == (set(), {})
    assert watched.told(Verdict.STALE) == {id_}
    assert watched.world.hints() == {id_: 1}


def test_a_count_of_all_devices_names_some_of_each_class_and_others_each_hour() -> None:
    """Those that always speak too, which no sweep looks at."""
    world = World(Fleet.parked(60))
    world.listen()
    world.live(SWEEP_EVERY)
    drawn = []
    for hour in range(2):
        sample = ClassSample(world.now() + hour * HOUR)
        world.store.checks.count(partial(_noted, sample), start=None, deadline=world.context().deadline)
        ((of_class, members),) = sample.members().items()
        drawn.append({device.id for _, device in members})

    assert of_class.name == "TESLA/vehicle/regular"
    assert [len(ids) for ids in drawn] == [16, 16]
    assert drawn[0] != drawn[1]
    said = world.store.records.read(records.cadence(of_class.name)).content
    assert (said["size"], len(said["members"])) == (60, 16)


def _noted(sample: ClassSample, one: DeviceSummary, _since: datetime | None) -> str:
    sample.note(one)
    return ""


def test_what_was_learned_the_day_before_yesterday_counts_no_more() -> None:
    """A class that is out of contact for so long is as one that was never learned; each keeps its own pace."""
    watched = parked(2, 7)
    watched.world.live(DAY)
    watched.world.do("outage", vendor="TESLA", mode="stall")

    watched.world.live(timedelta(hours=44))

    assert list(watched.learned().values()) == [0.0]
