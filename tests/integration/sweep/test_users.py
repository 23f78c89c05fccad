"""Proves `usecases/maintenance/reconcile_users.py`, `usecases/maintenance/user_list.py`:
the list of users becomes Enode's own with each reconcile: its entries, its newcomers, and who left it.
"""

import json
from dataclasses import replace
from datetime import timedelta

from lastseen.domain.device import DeviceKind
from lastseen.domain.observation import ListedUser, ListPage
from lastseen.enode.client import EnodeClient
from lastseen.usecases.maintenance import user_list
from local.simulator.clock import written
from local.simulator.cloud import User
from local.simulator.fleet import Fleet
from local.simulator.simulator import Options
from tests.integration.sweep.test_faults import named
from tests.integration.sweep.test_reconcile import settled
from tests.support.world import HOUR, MINUTE, Settings, World


class WithoutYan(EnodeClient):
    """An Enode one of whose users is on no page: the list moved while it was walked."""

    def users(self, *, after: str | None = None) -> ListPage[ListedUser]:
        """Leave the user out."""
        page = super().users(after=after)
        return replace(page, items=tuple(one for one in page.items if one.id != "yan"))


def users(world: World) -> dict[str, object]:
    """Entries of all users, as we list them."""
    return {
        user.id: None if user.entry is None else json.loads(user.entry)
        for user in world.store.devices.walk_users()
    }


def enodes_users(world: World) -> dict[str, object]:
    """Entries of all users, as Enode lists them."""
    return {
        user.id: {"id": user.id, "createdAt": written(user.created_at), "scopes": ["all"]}
        for user in world.simulator.cloud.users.values()
    }


def test_the_list_of_users_is_enodes_own() -> None:
    """Word for word; users without devices are there too."""
    world = World(Fleet.default(6), Settings(page_size=4), options=Options(linking="start"))
    world.simulator.cloud.users["zoe"] = User("zoe", world.now())
    world.simulator.advance(HOUR)

    world.reconcile_wholly()

    assert users(world) == enodes_users(world)


def test_a_user_who_left_enode_without_devices_leaves_the_list() -> None:
    """No event tells. The user was on no page, and is denied when asked for; whoever is only on no page stays."""
    world = settled()
    for user_id in ("yan", "zoe"):
        world.simulator.cloud.users[user_id] = User(user_id, world.now())
    world.reconcile_wholly()
    assert {"yan", "zoe"} <= users(world).keys()
    world.simulator.advance(HOUR)
    del world.simulator.cloud.users["zoe"]
    world.enode = WithoutYan(world.enode.session)

    done = world.reconcile_wholly()

    assert "yan" in users(world)
    assert users(world) == enodes_users(world)
    assert done.progress is not None
    assert done.progress.counts.users_removed == 1


def test_a_user_who_was_made_anew_bears_the_new_date() -> None:
    """The same id, deleted and linked again between two reconciles, or across one."""
    world = settled()
    for _ in range(2):
        world.simulator.advance(HOUR)
        world.simulator.cloud.users["zoe"] = User("zoe", world.now())
        world.reconcile_wholly()
        assert users(world) == enodes_users(world)
    world.simulator.advance(HOUR)
    del world.simulator.cloud.users["zoe"]
    world.reconcile_wholly()
    world.simulator.advance(HOUR)
    world.simulator.cloud.users["zoe"] = User("zoe", world.now())

    world.reconcile_wholly()

    assert users(world) == enodes_users(world)


def test_users_that_all_vanished_are_not_believed_to_have_left() -> None:
    """Credentials of another client look like this."""
    world = settled()
    before = users(world)
    world.simulator.advance(HOUR)
    world.simulator.cloud.users.clear()

    world.reconcile_wholly()

    assert users(world) == before


def test_a_denied_user_whose_devices_live_stays() -> None:
    """They would be listed without their date otherwise, which a generated client refuses."""
    world = settled()
    before = users(world)
    world.simulator.advance(HOUR)
    del world.simulator.cloud.users["ada-example"]

    done = world.reconcile_wholly()

    assert users(world) == before
    assert done.progress is not None
    assert done.progress.counts.users_removed == 0


def test_users_who_left_in_crowds_are_found_slice_by_slice() -> None:
    """More than one slice has time to ask for, and more than one step looks at."""
    world = settled(settings=Settings(time_limit=timedelta(seconds=40)))
    crowd = [f"left-{number:04}" for number in range(450)]
    world.store.states.merge(
        [ListedUser(user_id, b"{}", world.now() - HOUR).observed() for user_id in crowd],
        world.context().deadline,
    )

    done = world.reconcile_wholly()

    assert users(world) == enodes_users(world)
    assert done.progress is not None
    assert done.progress.counts.users_removed == len(crowd)
    assert done.progress.slices >= 3


def look_for_new(world: World, *, has_new: bool = True) -> int | None:
    """Let the sweep function look for users who lack their entry."""
    return user_list.run(world.context(), has_new=has_new)


def listed(world: World) -> list[str | None]:
    """Write down which pages of users are asked for from now on."""
    pages: list[str | None] = []
    page = world.enode.users

    def watched(*, after: str | None = None) -> ListPage[ListedUser]:
        pages.append(after)
        return page(after=after)

    object.__setattr__(world.enode, "users", watched)
    return pages


def join(world: World, user_id: str) -> None:
    """Let a new user link a car, of which an event tells."""
    (car, *_) = world.ids(DeviceKind.VEHICLE)
    world.simulator.cloud.users[user_id] = User(user_id, world.now())
    world.do("move", deviceId=car, userId=user_id)
    world.simulator.advance(MINUTE)


def test_a_new_user_gets_their_entry_before_the_next_reconcile() -> None:
    """Enode's list is asked for as soon as a device of theirs is met, and nothing of it is written but what lacks."""
    world = settled(settings=Settings(page_size=2))
    world.simulator.advance(2 * HOUR)
    join(world, "zoe")
    before = users(world)
    pages = listed(world)

    found = look_for_new(world)

    assert before["zoe"] is None
    assert found == 1
    assert users(world) == enodes_users(world)
    assert len(pages) <= 4


def test_while_nobody_lacks_an_entry_enode_is_asked_nothing() -> None:
    """New devices are mostly those of old users."""
    world = settled()
    pages = listed(world)

    assert look_for_new(world) is None
    assert pages == []


def test_the_list_is_walked_once_an_hour_at_most() -> None:
    """Whoever comes meanwhile waits for the next walk, and is found though nothing new is met then."""
    world = settled()
    world.simulator.advance(2 * HOUR)
    join(world, "yan")
    pages = listed(world)
    look_for_new(world)
    join(world, "zoe")

    for _ in range(12):
        look_for_new(world, has_new=users(world)["zoe"] is None and len(pages) == 1)
        world.simulator.advance(5 * MINUTE)
    within_the_hour = len(pages)
    look_for_new(world, has_new=False)

    assert within_the_hour == 1
    assert len(pages) == 2
    assert users(world) == enodes_users(world)


def test_a_user_is_found_without_any_new_device_within_the_hour() -> None:
    """A refresh was faster than the sweep, or the device never falls silent."""
    world = settled()
    world.simulator.advance(2 * HOUR)
    assert look_for_new(world, has_new=False) is None
    join(world, "zoe")

    world.simulator.advance(HOUR)

    assert look_for_new(world, has_new=False) == 1


def test_a_walk_that_was_broken_off_goes_on_in_the_next_run() -> None:
    """A second of asking a run: a few pages each, none of them twice."""
    world = settled(Fleet.default(20), Settings(page_size=1, time_limit=timedelta(seconds=6.5)))
    world.simulator.advance(2 * HOUR)
    join(world, "zoe")
    pages = listed(world)

    runs = 0
    while users(world)["zoe"] is None:
        look_for_new(world)
        world.simulator.advance(5 * MINUTE)
        runs += 1

    assert runs >= 2
    assert len(pages) == len(set(pages))


def test_who_is_on_no_page_is_not_looked_for_again_every_hour() -> None:
    """A reconcile asks for them; until then, or for a day, they are let be."""
    world = settled()
    world.simulator.advance(2 * HOUR)
    join(world, "zoe")
    del world.simulator.cloud.users["zoe"]
    pages = listed(world)

    for _ in range(20):
        look_for_new(world)
        world.simulator.advance(HOUR)
    in_a_day = len(pages)
    world.simulator.advance(5 * HOUR)
    look_for_new(world)

    assert (in_a_day, len(pages)) == (1, 2)


def test_a_list_that_cannot_be_read_is_named_and_asked_for_again_in_an_hour() -> None:
    """Neither at once, nor never."""
    world = settled()
    world.simulator.advance(2 * HOUR)
    join(world, "zoe")
    world.do("fail", what="list", name="users")

    first, second = look_for_new(world), look_for_new(world)
    world.do("recover")
    world.simulator.advance(HOUR)

    assert (first, second) == (0, None)
    assert named(world) == {("list", ""): 1}
    assert look_for_new(world, has_new=False) == 1


def test_an_enode_that_is_down_ends_no_walk() -> None:
    """It goes on with the next run."""
    world = settled()
    world.simulator.advance(2 * HOUR)
    join(world, "zoe")
    world.simulator.faults.set({"api_500": 1.0})

    first = look_for_new(world)
    world.simulator.faults.set({"api_500": 0.0})
    world.simulator.advance(5 * MINUTE)

    assert (first, look_for_new(world, has_new=False)) == (0, 1)
