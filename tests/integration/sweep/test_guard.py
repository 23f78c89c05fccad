"""Proves `usecases/maintenance/webhook_guard.py`:
the webhook makes itself, is kept as it must be, and wakes up again.
"""

import json
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from lastseen.domain.subscription import SubscriptionAction
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.maintenance import webhook_guard
from local.simulator.fleet import Fleet
from tests.support.world import HERE, HOUR, MINUTE, SECRET, World


def _guard(world: World, *, url: str = HERE, secret: str = SECRET) -> webhook_guard.GuardOutcome:
    return webhook_guard.run(
        webhooks=world.webhooks,
        devices=world.store.devices,
        records=world.store.records,
        limiter=world.context().limiter,
        url=url,
        secret=secret,
        kept=world.settings.kept,
        now=world.now,
    )


def test_a_fresh_deployment_subscribes_itself_and_demands_its_backfill() -> None:
    """It needs nothing but the client's id and secret."""
    world = World(Fleet.default(1))

    first, second = world.guard(), world.guard()

    (webhook,) = world.simulator.webhooks.values()
    assert (first.step, second.step) == (SubscriptionAction.CREATE, SubscriptionAction.NOTHING)
    assert (webhook.url, webhook.secret, webhook.events) == (HERE, SECRET, ("*",))
    assert world.reconcile(at_once=False).ended


def test_the_webhooks_of_other_backends_are_left_alone() -> None:
    """A client may have several."""
    world = World(Fleet.default(1))
    other = world.simulator.add_webhook({"url": "https://other.example/hook", "secret": "another-secret"})
    before = replace(other)

    world.guard()

    assert world.simulator.webhooks[other.id] == before
    assert len(world.simulator.webhooks) == 2


def test_a_webhook_that_was_changed_by_hand_is_put_right() -> None:
    """Events left out are events lost without a sign."""
    world = World(Fleet.default(1))
    world.guard()
    (webhook,) = world.simulator.webhooks.values()
    webhook.events, webhook.api_version = ("user:vehicle:updated",), None

    guarded = world.guard()

    assert guarded.step is SubscriptionAction.CHANGE
    assert webhook.events == ("*",)
    assert str(webhook.api_version) == "2024-10-01"


def test_a_new_secret_and_a_new_address_reach_the_same_webhook() -> None:
    """Rotation and redeployment: the subscription follows, none is left behind."""
    world = World(Fleet.default(1))
    world.guard()

    rotated = _guard(world, secret="another-secret-of-more-than-sixteen")
    moved = _guard(
        world, url="https://new.example/webhooks/enode", secret="another-secret-of-more-than-sixteen"
    )

    (webhook,) = world.simulator.webhooks.values()
    assert (rotated.step, moved.step) == (SubscriptionAction.CHANGE, SubscriptionAction.CHANGE)
    assert webhook.secret == "another-secret-of-more-than-sixteen"
    assert webhook.url == "https://new.example/webhooks/enode"


def test_a_webhook_that_somebody_else_made_for_us_gets_our_secret() -> None:
    """Enode never shows one, so in doubt it is given again, once."""
    world = World(Fleet.default(1))
    world.simulator.add_webhook({"url": HERE, "secret": "made-by-hand"})

    first, second = world.guard(), world.guard()

    assert (first.step, second.step) == (SubscriptionAction.CHANGE, SubscriptionAction.NOTHING)
    assert next(iter(world.simulator.webhooks.values())).secret == SECRET


def test_heartbeat_and_queue_are_watched() -> None:
    """Their age and length are what the alarms look at."""
    world = World(Fleet.default(1))
    world.listen()
    world.simulator.advance(HOUR)
    world.is_up = False
    world.simulator.advance(25 * MINUTE)

    guarded = world.guard()

    assert guarded.heartbeat_age >= 25 * MINUTE
    assert guarded.pending == 0
    assert guarded.outage is None


def test_a_heartbeat_that_never_came_grows_old_from_the_first_guard_on() -> None:
    """Else a stack that Enode never reaches would be silent for ever, and no alarm would ring."""
    world = World(Fleet.default(1), is_up=False)

    first = world.guard()
    world.simulator.advance(2 * HOUR)
    later = world.guard()

    assert first.heartbeat_age < MINUTE
    assert later.heartbeat_age >= 2 * HOUR


def test_a_success_in_the_future_shortens_no_outage() -> None:
    """Enode's clock is believed for ten minutes: a webhook that says it succeeds in 2038 has not succeeded yet."""
    world = World(Fleet.default(1))
    world.listen()
    world.simulator.advance(HOUR)
    world.guard()
    world.is_up = False
    world.simulator.advance(2 * HOUR)
    (webhook,) = world.simulator.webhooks.values()
    webhook.is_active = False
    webhook.last_success_at = datetime(2038, 1, 19, tzinfo=UTC)

    guarded = world.guard()

    assert guarded.outage is not None
    assert guarded.outage >= 100 * MINUTE
    assert "2038" not in json.dumps(world.store.records.read("WEBHOOK").content)


def test_an_outage_found_by_a_guard_that_died_is_not_forgotten() -> None:
    """The webhook is active again, so nobody would see it any more; but what was lost is still lost."""
    world = World(Fleet.default(1))
    world.listen()
    world.reconcile_wholly()
    (webhook,) = world.simulator.webhooks.values()
    webhook.is_active = False

    def dies(*_: object, **__: object) -> None:
        raise EnodeUnavailable("gone in the middle")

    one = world.webhooks.one
    object.__setattr__(world.webhooks, "one", dies)
    with pytest.raises(EnodeUnavailable):
        world.guard()
    object.__setattr__(world.webhooks, "one", one)
    assert webhook.is_active
    guarded = world.guard()

    assert guarded.outage is not None
    assert world.reconcile(at_once=False).ended


def test_a_test_that_enode_cannot_send_keeps_nobody_from_reviving_the_webhook() -> None:
    """A change switches it on as well."""
    world = World(Fleet.default(1))
    world.listen()
    (webhook,) = world.simulator.webhooks.values()
    webhook.is_active = False
    asked: list[str] = []

    def broken(webhook_id: str) -> None:
        asked.append(webhook_id)
        raise EnodeUnavailable("POST /webhooks/test: Enode fails (status 500)", status=500)

    object.__setattr__(world.webhooks, "test", broken)

    guarded = world.guard()

    assert asked == [webhook.id]
    assert (guarded.step, guarded.is_active, webhook.is_active) == (SubscriptionAction.REVIVE, True, True)
