"""The list of users becomes Enode's own with each reconcile: its entries, its newcomers, and who left it."""

import json
from dataclasses import replace
from datetime import timedelta

from lastseen.domain.reading import ListedUser, Page
from lastseen.enode.client import EnodeClient
from local.simulator.clock import written
from local.simulator.cloud import User
from local.simulator.fleet import Fleet
from local.simulator.simulator import Options
from tests.integration.sweep.test_reconcile import settled
from tests.integration.sweep.world import HOUR, Settings, World


class WithoutYan(EnodeClient):
    """An Enode one of whose users is on no page: the list moved while it was walked."""

    def users(self, *, after: str | None = None) -> Page[ListedUser]:
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
    assert done.progress.counts.departed == 1


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
    assert done.progress.counts.departed == 0


def test_users_who_left_in_crowds_are_found_slice_by_slice() -> None:
    """More than one slice has time to ask for, and more than one step looks at."""
    world = settled(settings=Settings(time_limit=timedelta(seconds=40)))
    crowd = [f"left-{number:04}" for number in range(450)]
    world.store.states.merge(
        [ListedUser(user_id, b"{}", world.now() - HOUR).observed() for user_id in crowd],
        world.tools().deadline,
    )

    done = world.reconcile_wholly()

    assert users(world) == enodes_users(world)
    assert done.progress is not None
    assert done.progress.counts.departed == len(crowd)
    assert done.progress.slices >= 3
