"""An account that holds again is known by any of its devices; the sweep writes down what readers may not look for."""

from datetime import timedelta

from lastseen.domain.account import Account
from lastseen.domain.device import DeviceKind
from lastseen.domain.event_catalog import CREDENTIALS_INVALIDATED, CREDENTIALS_RESTORED
from lastseen.domain.freshness import Verdict
from lastseen.usecases.maintenance import freshness_census
from local.simulator.fleet import Fleet
from tests.support.fakes import FakeLog
from tests.support.world import HOUR, MINUTE, World


def _two_cars_whose_account_died() -> tuple[World, Account]:
    """Of one user, out of Enode's sight since before."""
    world = World(Fleet.parked(2, cars_per_user=2))
    world.listen()
    world.do("outage", vendor="TESLA", mode="stall")
    world.simulator.advance(30 * MINUTE)
    (user_id,) = world.simulator.cloud.users
    world.do("invalidate", userId=user_id, vendor="TESLA")
    world.simulator.advance(MINUTE)
    return world, Account(user_id, DeviceKind.VEHICLE, "TESLA")


def _link_again(world: World, account: Account) -> None:
    """One of the two is found again; the other is not told of."""
    world.do("restore", userId=account.user_id, vendor="TESLA")
    first = world.ids()[0]
    world.do("delete", deviceId=first)
    world.simulator.advance(MINUTE)
    world.do("relink", deviceId=first)
    world.simulator.advance(MINUTE)


def _words(world: World) -> list[str]:
    assert isinstance(world.store.log, FakeLog)
    kept = sorted(world.store.log.kept.values(), key=lambda one: one.entry.ord)
    return [
        one.entry.name for one in kept if one.entry.name in (CREDENTIALS_INVALIDATED, CREDENTIALS_RESTORED)
    ]


def test_the_sweep_writes_down_that_an_account_holds() -> None:
    """What any of its devices proves, dated by the proof; said once, and whoever reads need not look for it."""
    world, account = _two_cars_whose_account_died()
    assert {world.verdict(id_) for id_ in world.ids()} == {Verdict.DISCONNECTED}
    _link_again(world, account)
    assert account in world.store.devices.invalid_among([account])

    world.sweep()
    world.simulator.advance(HOUR)
    world.sweep()

    assert world.store.devices.invalid_among([account]) == {}
    assert _words(world) == [CREDENTIALS_RESTORED]
    assert Verdict.DISCONNECTED not in {world.verdict(id_) for id_ in world.ids()}


def test_a_later_word_stands_against_what_the_sweep_wrote_down() -> None:
    """Credentials may die again between the proof and the sweep; its word is no younger than the proof."""
    world, account = _two_cars_whose_account_died()
    _link_again(world, account)
    world.do("invalidate", userId=account.user_id, vendor="TESLA")
    world.simulator.advance(MINUTE)

    world.sweep()

    assert account in world.store.devices.invalid_among([account])
    assert {world.verdict(id_) for id_ in world.ids()} == {Verdict.DISCONNECTED}


def test_a_device_whose_account_was_mended_by_another_is_hinted() -> None:
    """It is stale for another reason than dead credentials."""
    world, account = _two_cars_whose_account_died()
    _link_again(world, account)

    world.live(3 * HOUR)  # nothing is known of its cadence, so it is not stale below the ceiling

    assert world.ids()[1] in world.hints()


def test_an_account_that_enode_calls_dead_after_a_proof_is_dead_again() -> None:
    """No event told; the old word that it is invalid is older than the proof, so a reconcile has to say it anew."""
    world, account = _two_cars_whose_account_died()
    _link_again(world, account)
    world.simulator.cloud.outages.invalid.add((account.user_id, "TESLA"))
    world.simulator.advance(10 * MINUTE)

    done = world.reconcile_wholly()
    again = world.reconcile_wholly()

    assert done.progress is not None
    assert again.progress is not None
    assert (done.progress.counts.credentials, again.progress.counts.credentials) == (1, 0)
    assert {world.verdict(id_) for id_ in world.ids()} == {Verdict.DISCONNECTED}


def test_the_census_counts_as_readers_are_told() -> None:
    """It has every device at hand, and needs no bound."""
    world, account = _two_cars_whose_account_died()
    _link_again(world, account)
    context = world.context()

    counted = freshness_census.run(
        checks=context.checks,
        records=context.records,
        limits=world.settings.limits,
        every=timedelta(hours=1),
        now=world.now(),
        deadline=context.deadline,
    )

    assert counted.verdicts is not None
    assert counted.verdicts[Verdict.DISCONNECTED.value] == 0
    assert sum(counted.verdicts.values()) == 2
