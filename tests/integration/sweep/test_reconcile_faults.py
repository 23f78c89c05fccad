"""A reconcile always ends: what cannot be read though Enode answers for others is left as it is, and named.

Proves the failing half of `usecases/maintenance/reconcile.py`, `reconcile_lists.py`, `reconcile_devices.py`,
`reconcile_users.py` and `reconcile_credentials.py`.
"""

from collections import Counter
from contextlib import suppress
from datetime import timedelta

import pytest

from lastseen.domain.device import DeviceKind
from lastseen.domain.freshness import Verdict
from lastseen.domain.reconcile_progress import Progress, Stage
from lastseen.usecases.maintenance import reconcile
from lastseen.usecases.maintenance.reconcile import ReconcileOutcome
from local.simulator.cloud import User
from local.simulator.failures import Failure
from local.simulator.fleet import Fleet
from tests.integration.sweep.crashes import CrashError, Fate
from tests.integration.sweep.test_faults import OF_ITS_OWN, named
from tests.integration.sweep.test_reconcile import settled
from tests.integration.sweep.test_users import users
from tests.support.world import DAY, HOUR, MINUTE, Settings, World


def told(done: ReconcileOutcome) -> Progress:
    """How far it came."""
    assert done.progress is not None
    return done.progress


def next_is_due(world: World) -> timedelta:
    """How long until the next one begins by itself."""
    for minutes in range(0, 26 * 60, 5):
        if world.reconcile(at_once=False).progress is not None:
            return minutes * MINUTE
        world.simulator.advance(5 * MINUTE)
    raise AssertionError("no other reconcile is scheduled")


def unlisted(world: World, mode: Failure = Failure.ERROR, many: int = 3) -> list[str]:
    """Devices that are on no list and cannot be read; they are silent, so that no event speaks for them."""
    world.is_up = False
    bad = world.ids(DeviceKind.VEHICLE)[:many]
    for id_ in bad:
        world.do("hide", deviceId=id_)
        world.do("fail", name=id_, mode=mode)
    world.simulator.advance(HOUR)
    return bad


@pytest.mark.parametrize("mode", OF_ITS_OWN)
def test_missing_devices_that_cannot_be_read_are_left_as_they_are(mode: Failure) -> None:
    """Neither denied nor there: not deleted, named, and the others that are missing are settled all the same."""
    world = settled()
    bad = unlisted(world, mode)
    gone = world.ids(DeviceKind.HVAC)[0]
    world.do("delete", deviceId=gone, silent=True)

    done = world.reconcile_wholly()

    assert told(done).stage is Stage.DONE
    assert told(done).left == tuple(
        f"vehicle {id_}" for id_ in sorted(bad, key=told(done).left.__str__().find)
    )
    assert told(done).counts.left == len(bad)
    assert {world.verdict(id_) for id_ in bad}.isdisjoint({Verdict.GONE, Verdict.DISCONNECTED})
    assert world.verdict(gone) is Verdict.GONE
    assert named(world) == Counter(("device", id_) for id_ in bad)
    assert next_is_due(world) <= DAY


@pytest.mark.parametrize("collection", ["vehicles", "hvacs", "hem-systems"])
@pytest.mark.parametrize("mode", [Failure.ERROR, Failure.FORBIDDEN, Failure.GARBAGE, Failure.HANG])
def test_a_list_that_fails_in_three_slices_is_left_out(collection: str, mode: Failure) -> None:
    """Nothing of its kind is missed or deleted; all other kinds are reconciled."""
    world = settled()
    world.is_up = False
    kind = next(one for one in DeviceKind if one.collection == collection)
    of_kind, (charger, *_) = world.ids(kind), world.ids(DeviceKind.CHARGER)
    for id_ in (of_kind[0], charger):
        world.do("delete", deviceId=id_, silent=True)
    world.do("fail", what="list", name=collection, mode=mode)
    world.simulator.advance(HOUR)
    began_at = world.now()

    done = world.reconcile_wholly()

    if mode is Failure.FORBIDDEN and kind is DeviceKind.HEM_SYSTEM:
        assert told(done).left == ()  # that is how Enode says that a client has none
        return
    assert told(done).stage is Stage.DONE
    assert told(done).left == (f"list of {collection}",)
    assert told(done).slices == 3
    assert world.now() - began_at <= 15 * MINUTE
    assert Verdict.GONE not in {world.verdict(id_) for id_ in of_kind}
    assert world.verdict(charger) is Verdict.GONE
    assert named(world) == Counter({("list", kind.value): 1})
    assert kind not in told(done).population
    assert next_is_due(world) <= DAY

    world.do("recover")
    world.reconcile_wholly()

    assert world.verdict(of_kind[0]) is Verdict.GONE
    assert named(world) == Counter()


def test_a_page_in_the_middle_of_a_list_that_fails_leaves_what_was_read_of_it() -> None:
    """The first page was taken in; what is behind the second is not missed."""
    world = settled(settings=Settings(page_size=2))
    world.is_up = False
    world.do("fail", what="list", name="vehicles", behindFirstPage=True)
    world.simulator.advance(30 * HOUR)

    done = world.reconcile_wholly()

    assert told(done).left == ("list of vehicles",)
    assert told(done).counts.gone == 0
    changed = [line for line in world.disagreements() if not line.startswith("vehicle")]
    assert changed == []


def test_a_page_that_fails_once_or_twice_is_asked_for_again() -> None:
    """Enode stumbles; nothing is left."""
    world = settled()
    for _ in range(2):
        world.simulator.faults.once("api_500")

    done = world.reconcile()

    assert (told(done).stage, told(done).left) == (Stage.DONE, ())


def test_a_list_of_users_that_fails_is_left_out() -> None:
    """Nobody departs; the devices are reconciled."""
    world = settled()
    world.simulator.cloud.users["zoe"] = User("zoe", world.now())
    world.reconcile_wholly()
    world.simulator.advance(HOUR)
    del world.simulator.cloud.users["zoe"]
    (hvac, *_) = world.ids(DeviceKind.HVAC)
    world.do("delete", deviceId=hvac, silent=True)
    world.do("fail", what="list", name="users")

    done = world.reconcile_wholly()

    assert told(done).left == ("list of users",)
    assert told(done).counts.users_removed == 0
    assert "zoe" in users(world)
    assert world.verdict(hvac) is Verdict.GONE
    assert next_is_due(world) <= DAY


@pytest.mark.parametrize("mode", OF_ITS_OWN)
def test_users_who_cannot_be_read_keep_no_reconcile_from_its_end(mode: Failure) -> None:
    """Their accounts stay as they were; what they no longer have is left, what others no longer have is deleted."""
    world = settled()
    bad = [home.user_id for home in world.fleet.homes][:4]
    lost, gone = [
        next(id_ for id_ in world.ids() if (world.known(id_).user_id in bad) is is_bad)
        for is_bad in (True, False)
    ]
    for user_id in bad:
        world.do("fail", what="user", name=user_id, mode=mode)
    for id_ in (lost, gone):
        world.do("delete", deviceId=id_, silent=True)
    world.is_up = False
    world.simulator.advance(HOUR)

    done = world.reconcile_wholly()

    is_garbled = mode is Failure.OTHER  # of a user, nobody looks at the id
    assert told(done).stage is Stage.DONE
    assert world.verdict(gone) is Verdict.GONE
    if not is_garbled:
        kind = world.known(lost).device.kind
        assert {*(f"user {one}" for one in bad), f"{kind} {lost}"} <= set(told(done).left)
        assert world.verdict(lost) is not Verdict.GONE
    assert next_is_due(world) <= DAY


def test_many_users_who_do_not_answer_are_left_slice_by_slice() -> None:
    """Each is waited for ten seconds: more of them on one page than a slice has time for."""
    world = settled(Fleet.default(30), Settings(time_limit=timedelta(seconds=60)))
    hang = world.simulator.hang

    async def slow() -> None:
        world.simulator.advance(timedelta(seconds=10))
        await hang()

    world.simulator.hang = slow
    bad = [home.user_id for home in world.fleet.homes][:20]
    for user_id in bad:
        world.do("fail", what="user", name=user_id, mode=Failure.HANG)

    done = world.reconcile_wholly()

    assert told(done).stage is Stage.DONE
    assert set(told(done).left) == {f"user {one}" for one in bad}


def test_users_who_left_and_cannot_be_read_stay() -> None:
    """A denial counts, a failure does not; and more of them than a slice has time for end all the same."""
    world = settled()
    for number in range(4):
        world.simulator.cloud.users[f"left-{number}"] = User(f"left-{number}", world.now())
    world.reconcile_wholly()
    world.simulator.advance(HOUR)
    world.do("fail", what="user", name="left-0")
    listed = dict(world.simulator.cloud.users)
    page = world.enode.users

    def without_those(*, after: str | None = None):  # type: ignore[no-untyped-def]
        for number in range(4):
            world.simulator.cloud.users.pop(f"left-{number}", None)
        try:
            return page(after=after)
        finally:
            world.simulator.cloud.users["left-0"] = listed["left-0"]

    object.__setattr__(world.enode, "users", without_those)
    done = world.reconcile_wholly()

    assert told(done).counts.users_removed == 3
    assert told(done).left == ("user left-0",)
    assert "left-0" in users(world)


def test_a_cursor_that_enode_never_takes_back_ends_in_a_list_left_out() -> None:
    """It is begun anew a few times, as after a cursor that is too old, and not for ever."""
    world = settled(settings=Settings(page_size=2))
    devices = world.enode.devices

    def refusing(kind: DeviceKind, *, user_id: str | None = None, after: str | None = None) -> object:
        if kind is DeviceKind.VEHICLE and after is not None:
            after = "none-of-ours"
        return devices(kind, user_id=user_id, after=after)

    object.__setattr__(world.enode, "devices", refusing)

    done = world.reconcile_wholly()

    assert told(done).left == ("list of vehicles",)
    assert told(done).counts.listed == sum(told(done).population.values())


@pytest.mark.parametrize("fault", ["api_500", "api_429", "api_hang"])
def test_a_reconcile_of_an_enode_that_is_down_is_given_up_and_tried_again_soon(fault: str) -> None:
    """After an hour of slices; nothing is left out, because nothing else answered either."""
    world = settled()
    world.simulator.faults.retry_after_seconds = 1
    world.simulator.faults.set({fault: 1.0})

    done = world.reconcile_wholly()

    assert told(done).stage is Stage.STOPPED
    assert told(done).left == ()
    assert told(done).reason
    world.simulator.faults.set({fault: 0.0})
    assert next_is_due(world) <= HOUR
    assert told(world.reconcile_wholly()).stage is Stage.DONE


def test_an_outage_in_the_middle_leaves_nothing_out() -> None:
    """Forty minutes, and it goes on where it stopped."""
    world = settled(settings=Settings(page_size=2))
    world.simulator.faults.set({"api_500": 1.0})
    world.reconcile()
    for _ in range(7):
        world.simulator.advance(5 * MINUTE)
        world.reconcile(at_once=False)
    world.simulator.faults.set({"api_500": 0.0})

    done = world.reconcile(at_once=False)

    assert (told(done).stage, told(done).left) == (Stage.DONE, ())


@pytest.mark.parametrize("is_after", [False, True])
def test_a_reconcile_that_leaves_things_may_die_at_any_call(is_after: bool) -> None:
    """The next slice does the last step again; what is left is left, and nothing else."""

    def broken() -> tuple[World, list[str]]:
        world = settled(settings=Settings(page_size=4), fleet=Fleet.default(2))
        bad = unlisted(world, many=1)
        world.do("fail", what="user", name="ada-example")
        of_bo = [id_ for id_ in world.ids() if world.known(id_).user_id == "bo-example"]
        world.do("delete", deviceId=of_bo[0], silent=True)
        world.simulator.pause()
        return world, bad

    plan = reconcile.ReconcilePlan(timedelta(days=1), 0.2, timedelta(seconds=100))
    world, _ = broken()
    counting = Fate()
    reconcile.run(counting.context(world.context()), plan, at_once=True)
    for at in range(len(counting.calls)):
        world, bad = broken()
        with suppress(CrashError):
            reconcile.run(Fate(at, is_after).context(world.context()), plan, at_once=True)
        world.simulator.advance(5 * MINUTE)
        done = world.reconcile_wholly()

        assert told(done).stage is Stage.DONE
        assert {f"vehicle {bad[0]}", "user ada-example"} <= set(told(done).left)
        disagreeing = {line.split(":")[0].split()[1] for line in world.disagreements()}
        assert {world.known(id_).user_id for id_ in disagreeing} <= {"ada-example"}
