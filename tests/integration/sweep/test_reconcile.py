"""Proves `usecases/maintenance/reconcile.py`, `usecases/maintenance/reconcile_schedule.py`,
`usecases/maintenance/reconcile_lists.py`, `usecases/maintenance/reconcile_devices.py`,
`usecases/maintenance/reconcile_credentials.py`:
what the webhooks lost is found and repaired, what is gone is deleted, and a fleet is not deleted by mistake.
"""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest

from lastseen.domain.device import DeviceKind
from lastseen.domain.event import DeviceLog
from lastseen.domain.freshness import Verdict
from lastseen.domain.maintenance import NotFoundAtEnode
from lastseen.domain.observation import LinkedVendor
from lastseen.domain.reconcile_progress import Stage
from lastseen.domain.subscription import SubscriptionAction
from lastseen.enode.client import EnodeClient
from local.simulator.fleet import Fleet
from local.simulator.simulator import Options
from tests.support.fakes import FakeLog
from tests.support.world import DAY, HOUR, MINUTE, Settings, World


@dataclass(frozen=True)
class WithDead(EnodeClient):
    """An Enode that lists an account as dead for one kind of device, with whoever has it, or as both."""

    dead: LinkedVendor | None = None
    beside: LinkedVendor | None = None

    def linked_vendors(self, user_id: str) -> Sequence[LinkedVendor] | None:
        """List the account as dead."""
        linked = super().linked_vendors(user_id)
        if linked is None or self.dead is None:
            return linked
        name = (self.dead.vendor, self.dead.vendor_type)
        listed = [self.dead if (one.vendor, one.vendor_type) == name else one for one in linked]
        return [*listed, self.beside] if self.beside is not None and self.dead in listed else listed


def settled(fleet: Fleet | None = None, settings: Settings | None = None) -> World:
    """A world in which every device is known and nothing is under way."""
    world = World(fleet or Fleet.default(6), settings or Settings())
    world.listen()
    world.simulator.advance(20 * MINUTE)
    world.reconcile_wholly()
    return world


def test_the_first_backfill_learns_everything_by_itself() -> None:
    """A fresh deployment beside a fleet of years: nothing was ever delivered, and all is known after it."""
    world = World(Fleet.default(6), options=Options(linking="start"))
    world.simulator.advance(HOUR)

    done = world.reconcile_wholly()

    world.simulator.pause()
    assert list(world.disagreements()) == []
    assert done.progress is not None
    assert done.progress.counts.found == done.progress.counts.listed == len(world.ids())
    assert done.progress.counts.users == 6


def test_thirty_hours_without_a_door_are_repaired_and_counted() -> None:
    """Enode gives up after a day and deletes what waited; the guard revives it, and what was lost is told."""
    world = settled()
    world.is_up = False
    world.simulator.advance(30 * HOUR)
    (webhook,) = world.simulator.webhooks.values()
    assert not webhook.is_active

    world.is_up = True
    guarded = world.guard()
    world.simulator.pause()
    lost = list(world.disagreements())
    done = world.reconcile(at_once=False)

    assert guarded.step is SubscriptionAction.REVIVE
    assert guarded.is_active
    assert guarded.outage is not None
    assert guarded.outage >= 29 * HOUR
    assert lost
    assert done.ended
    assert done.progress is not None
    assert done.progress.counts.repaired - done.progress.counts.credentials == len(lost)
    assert list(world.disagreements()) == []


def test_while_the_door_is_down_the_guard_keeps_enode_collecting() -> None:
    """A test that fails is followed by a change, which switches it on: Enode collects for another day."""
    world = settled()
    world.is_up = False
    for _ in range(15):
        world.simulator.advance(2 * HOUR)
        world.guard()
    world.is_up = True
    world.simulator.advance(6 * HOUR)
    world.guard()
    world.reconcile_wholly()

    world.simulator.drain()
    assert list(world.disagreements()) == []


def test_a_user_who_was_deauthorised_in_silence_ends_as_disconnected() -> None:
    """Enode sends nothing at all; the devices vanish from its lists, and the user must link again."""
    world = settled()
    user_id = "ada-example"
    devices = [id_ for id_ in world.ids() if world.known(id_).user_id == user_id]
    world.do("deauthorise", userId=user_id)

    done = world.reconcile_wholly()

    assert {world.verdict(id_) for id_ in devices} == {Verdict.DISCONNECTED}
    assert done.progress is not None
    assert done.progress.counts.gone == 0
    again = world.reconcile_wholly()
    assert again.progress is not None
    assert again.progress.counts.repaired == 0


def test_a_user_who_links_again_is_disconnected_no_longer() -> None:
    """There is no event for it: the newer word of the two wins."""
    world = settled()
    world.do("invalidate", userId="ada-example", vendor="TESLA")
    world.simulator.advance(10 * MINUTE)
    (tesla, *_) = [one.id for one in world.simulator.cloud.devices.values() if one.device.vendor == "TESLA"]
    assert world.verdict(tesla) is Verdict.DISCONNECTED

    world.do("restore", userId="ada-example", vendor="TESLA")
    done = world.reconcile_wholly()

    assert world.verdict(tesla) is not Verdict.DISCONNECTED
    assert done.progress is not None
    assert (done.progress.counts.restored, done.progress.counts.repaired) == (1, 0)


def test_credentials_that_died_unheard_are_found() -> None:
    """The event was lost with the webhook; `isValid` tells it all the same."""
    world = settled()
    world.is_up = False
    world.do("invalidate", userId="bo-example", vendor="BMW")
    world.simulator.advance(30 * HOUR)
    world.is_up = True

    world.reconcile_wholly()

    (bmw,) = [one.id for one in world.simulator.cloud.devices.values() if one.device.vendor == "BMW"]
    assert world.verdict(bmw) is Verdict.DISCONNECTED


def test_credentials_that_died_for_one_kind_of_device_leave_the_others_linked() -> None:
    """Enode lists a vendor once for each kind, and each word counts for its own."""
    world = settled()
    kinds_of: dict[tuple[str, str], set[DeviceKind]] = defaultdict(set)
    for one in world.simulator.cloud.devices.values():
        if one.kind != DeviceKind.HEM_SYSTEM:
            kinds_of[one.user_id, one.device.vendor].add(DeviceKind(one.kind))
    (user_id, vendor), kinds = next(item for item in kinds_of.items() if len(item[1]) > 1)
    dead, *alive = sorted(kinds)
    world.enode = WithDead(world.enode.session, dead=LinkedVendor(vendor, dead.value, is_valid=False))

    world.simulator.advance(10 * MINUTE)
    done = world.reconcile_wholly()

    verdicts = {
        DeviceKind(one.kind): world.verdict(one.id)
        for one in world.simulator.cloud.devices.values()
        if (one.user_id, one.device.vendor) == (user_id, vendor)
    }
    assert verdicts[dead] is Verdict.DISCONNECTED
    assert Verdict.DISCONNECTED not in {verdicts[kind] for kind in alive}
    assert done.progress is not None
    assert done.progress.counts.credentials == sum(
        one[1] == vendor and dead in kinds_of[one] for one in kinds_of
    )
    again = world.reconcile_wholly()
    assert again.progress is not None
    assert again.progress.counts.credentials == 0


def test_an_account_that_enode_calls_valid_and_invalid_is_left_as_it_is() -> None:
    """Or each reconcile would find news in the order of a list."""
    world = settled()
    dead = LinkedVendor("TESLA", "vehicle", is_valid=False)
    world.enode = WithDead(world.enode.session, dead=dead, beside=replace(dead, is_valid=True))

    done = world.reconcile_wholly()

    assert done.progress is not None
    assert (done.progress.counts.credentials, done.progress.counts.restored) == (0, 0)


def test_a_device_deleted_without_an_event_is_gone() -> None:
    """Confirmed by asking for it, and written down in its history."""
    world = settled()
    (id_, *_) = world.ids(DeviceKind.HVAC)
    world.do("delete", deviceId=id_, silent=True)

    done = world.reconcile_wholly()

    assert world.verdict(id_) is Verdict.GONE
    assert done.progress is not None
    assert done.progress.counts.gone == 1
    assert isinstance(world.store.log, FakeLog)
    told = [kept.entry for kept in world.store.log.kept.values() if kept.entry.name == "lastseen:deleted"]
    assert [entry.place for entry in told] == [DeviceLog(world.known(id_).device, world.known(id_).user_id)]


def test_a_user_deleted_at_enode_takes_all_devices_along() -> None:
    """The user is not there when asked for: that is no lost account but an end."""
    world = settled()
    user_id = "ada-example"
    devices = [id_ for id_ in world.ids() if world.known(id_).user_id == user_id]
    world.do("deauthorise", userId=user_id)
    del world.simulator.cloud.users[user_id]

    world.settings = replace(world.settings, share=0.5)
    world.reconcile_wholly()

    assert {world.verdict(id_) for id_ in devices} == {Verdict.GONE}


def test_a_device_that_moved_is_its_new_users_and_no_longer_the_old_ones() -> None:
    """Under the same id, without an event."""
    world = settled()
    (id_, *_) = world.ids(DeviceKind.VEHICLE)
    old = world.known(id_).user_id
    new = "bo-example" if old != "bo-example" else "ada-example"
    world.is_up = False
    world.do("move", deviceId=id_, userId=new, silent=True)
    world.simulator.advance(30 * HOUR)
    world.is_up = True

    done = world.reconcile_wholly()

    assert world.verdict(id_, old) is Verdict.GONE
    assert world.verdict(id_, new) is not Verdict.GONE
    assert done.progress is not None
    assert done.progress.counts.moved == 1


def test_a_device_that_came_back_before_its_tombstone_lives() -> None:
    """A tombstone bears the time of the denial: what was linked after that wins."""
    world = settled()
    (id_, *_) = world.ids(DeviceKind.HVAC)
    world.do("delete", deviceId=id_, silent=True)
    missing = world.store.checks.missing

    def linked_again_meanwhile(**how: Any) -> list[NotFoundAtEnode]:
        world.do("relink", deviceId=id_)
        world.simulator.advance(MINUTE)
        return missing(**how)

    world.store.checks.missing = linked_again_meanwhile  # type: ignore[method-assign]

    done = world.reconcile_wholly()

    assert done.progress is not None
    assert done.progress.counts.confirmed == 1
    assert world.verdict(id_) is not Verdict.GONE


def test_a_fleet_that_vanished_is_not_believed() -> None:
    """Credentials of another client look like this. Nothing is deleted, and somebody is told."""
    world = settled()
    devices = world.ids()
    for id_ in devices:
        world.do("delete", deviceId=id_, silent=True)

    done = world.reconcile_wholly()

    assert done.progress is not None
    assert done.progress.stage is Stage.STOPPED
    assert done.progress.reason
    assert done.progress.counts.gone == 0
    assert Verdict.GONE not in {world.verdict(id_) for id_ in devices}


@pytest.mark.parametrize("seconds", [6.5, 8.0])
def test_a_reconcile_of_many_short_slices_ends_where_a_long_one_does(seconds: float) -> None:
    """A second or three of asking a slice: stopped everywhere, and gone on with there."""
    world = settled(settings=Settings(time_limit=timedelta(seconds=seconds), page_size=3))
    (hvac, *_) = world.ids(DeviceKind.HVAC)
    world.is_up = False
    world.do("delete", deviceId=hvac, silent=True)
    world.simulator.advance(30 * HOUR)
    world.is_up = True
    world.guard()
    world.simulator.pause()

    done = world.reconcile_wholly()

    assert done.progress is not None
    assert done.progress.slices >= 2
    assert done.progress.stage is Stage.DONE
    assert list(world.disagreements()) == []


def test_a_reconcile_is_due_once_a_day_and_at_once_after_an_outage() -> None:
    """Whatever demanded it while one ran lets another one follow."""
    world = settled()
    world.reconcile_wholly()

    assert world.reconcile(at_once=False).progress is None
    world.simulator.advance(DAY)
    assert world.reconcile(at_once=False).ended
    assert world.reconcile(at_once=False).progress is None

    (webhook,) = world.simulator.webhooks.values()
    webhook.is_active = False
    world.guard()
    assert world.reconcile(at_once=False).ended
