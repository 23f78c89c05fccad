"""Proves `enode/client.py`: the client against the simulated Enode, in its process and in its time."""

import json
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from lastseen.domain.client_credentials import ClientCredentials
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.observation import ListPage
from lastseen.domain.subscription import WebhookTest
from lastseen.enode.client import EnodeClient
from lastseen.enode.session import Session
from lastseen.enode.transport import Transport, http_client
from lastseen.enode.webhooks import EnodeWebhooks
from lastseen.errors import EnodeUnavailable
from local.simulator.app import InProcess
from local.simulator.clock import written
from local.simulator.simulator import Options, Simulator
from tests.support.scripted_enode import Pocket

URL = "https://enode.example"
NEVER_SEEN = "00000000-0000-4000-8000-000000000000"


class Bench:
    """A simulated Enode that has lived for an hour, and a client whose naps let its time pass."""

    def __init__(self) -> None:
        self.status_of_receiver = 200
        self.simulator = Simulator(seed=7, send=self._receive)
        self.simulator.advance(timedelta(hours=1))
        self.client = self.connect(self.simulator.client.secret)
        self.webhooks = EnodeWebhooks(self.client.session)

    def connect(self, secret: str) -> EnodeClient:
        credentials = Pocket(ClientCredentials(self.simulator.client.id, secret))
        transport = Transport(
            http=http_client(InProcess(self.simulator)),
            now=self.simulator.clock.now,
            clock=lambda: self.simulator.clock.now().timestamp(),
            sleep=lambda seconds: self.simulator.advance(timedelta(seconds=seconds)),
            draw=lambda: 0.5,
        )
        return EnodeClient(Session.open(URL, f"{URL}/oauth2/token", credentials, transport))

    def documents(self, kind: DeviceKind) -> dict[str, Any]:
        """What the simulated Enode holds in its cache."""
        return {cached.id: cached.rendered() for cached in self.simulator.cloud.listing(kind.value, None)}

    def some(self, kind: DeviceKind) -> DeviceId:
        return DeviceId(kind, min(self.documents(kind)))

    def _receive(self, url: str, headers: dict[str, str], body: bytes) -> int:
        return self.status_of_receiver


@pytest.fixture
def bench() -> Bench:
    return Bench()


def walk[T](first: ListPage[T], following: Any) -> Iterator[T]:
    page = first
    yield from page.items
    while page.after is not None:
        page = following(page.after)
        yield from page.items


@pytest.mark.parametrize("kind", DeviceKind)
@pytest.mark.parametrize("page_size", [1, 3, 50])
def test_a_walk_finds_every_device_as_it_is(bench: Bench, kind: DeviceKind, page_size: int) -> None:
    """Each once, whatever the size of a page."""
    client = replace(bench.client, page_size=page_size)

    found = list(walk(client.devices(kind), lambda after: client.devices(kind, after=after)))

    assert {reading.device.id: reading.document for reading in found} == bench.documents(kind)
    assert len(found) == len(bench.documents(kind)) > 0
    assert {reading.at for reading in found} == {bench.simulator.clock.now().replace(microsecond=0)}


@pytest.mark.parametrize("kind", DeviceKind)
def test_a_get_says_what_the_list_says(bench: Bench, kind: DeviceKind) -> None:
    """And None for what was never there."""
    device = bench.some(kind)

    reading = bench.client.device(device)

    assert reading is not None
    assert reading.document == bench.documents(kind)[device.id]
    assert bench.client.device(DeviceId(kind, NEVER_SEEN)) is None


def test_users_have_their_devices_and_their_vendors(bench: Bench) -> None:
    """All users together have all devices."""
    client = replace(bench.client, page_size=2)

    users = list(walk(client.users(), lambda after: client.users(after=after)))
    user_ids = [user.id for user in users]
    cars = [
        reading
        for user_id in user_ids
        for reading in client.devices(DeviceKind.VEHICLE, user_id=user_id).items
    ]

    assert sorted(user_ids) == sorted(bench.simulator.cloud.users)
    for user in users:
        made_at = written(bench.simulator.cloud.users[user.id].created_at)
        assert json.loads(user.entry or b"")["createdAt"] == made_at
    assert {reading.device.id for reading in cars} == set(bench.documents(DeviceKind.VEHICLE))
    for user_id in user_ids:
        vendors = client.linked_vendors(user_id)
        assert vendors is not None
        assert len(vendors) == len(bench.simulator.cloud.linked_vendors(user_id))


def test_a_user_who_left_has_nothing(bench: Bench) -> None:
    """Neither vendors nor devices; and the devices are gone by their own gets."""
    reading = bench.client.devices(DeviceKind.VEHICLE).items[0]
    bench.simulator.cloud.deauthorise(reading.user_id)
    del bench.simulator.cloud.users[reading.user_id]

    assert bench.client.linked_vendors(reading.user_id) is None
    assert bench.client.devices(DeviceKind.VEHICLE, user_id=reading.user_id).items == ()
    assert bench.client.device(reading.device) is None


def test_hints_are_taken(bench: Bench) -> None:
    """For every kind that has them, and for devices that are there."""
    for kind in DeviceKind:
        assert bench.client.hint(bench.some(kind)) is kind.can_be_hinted
        assert bench.client.hint(DeviceId(kind, NEVER_SEEN)) is False


def test_a_token_that_ends_early_is_replaced(bench: Bench) -> None:
    """In the middle of a run."""
    bench.client.users()
    bench.simulator.tokens.expire()

    bench.client.users()

    assert (bench.client.stats.tokens, bench.client.stats.refused) == (2, 1)


def test_a_token_is_renewed_in_time(bench: Bench) -> None:
    """A day's questions meet no refusal."""
    for _ in range(24):
        bench.client.users()
        bench.simulator.advance(timedelta(minutes=59))

    assert bench.client.stats.refused == 0


def test_wrong_credentials_are_told(bench: Bench) -> None:
    """In a sentence for whoever deployed it."""
    with pytest.raises(EnodeUnavailable, match="refuses the client id or the client secret"):
        bench.connect("wrong").users()


@pytest.mark.parametrize("fault", ["api_500", "api_hang"])
def test_two_failures_are_survived(bench: Bench, fault: str) -> None:
    """The third try succeeds."""
    bench.simulator.faults.once(fault, 2)

    assert bench.client.users().items
    assert bench.client.stats.retries == 2


def test_three_failures_are_not(bench: Bench) -> None:
    """The caller is told, and a later attempt succeeds."""
    bench.simulator.faults.once("api_500", 3)

    with pytest.raises(EnodeUnavailable) as raised:
        bench.client.users()

    assert raised.value.status == 500
    assert bench.client.users().items


@pytest.mark.parametrize(("seconds", "is_survived"), [(2, True), (30, False)])
def test_enode_may_ask_us_to_slow_down(bench: Bench, seconds: int, *, is_survived: bool) -> None:
    """For a moment we wait, for longer we stop and say for how long."""
    bench.simulator.faults.retry_after_seconds = seconds
    bench.simulator.faults.once("api_429")
    began_at = bench.simulator.clock.now()

    if is_survived:
        assert bench.client.users().items
        assert bench.simulator.clock.now() - began_at >= timedelta(seconds=seconds)
    else:
        with pytest.raises(EnodeUnavailable) as raised:
            bench.client.users()
        assert (raised.value.status, raised.value.retry_after) == (429, seconds)
        assert bench.simulator.clock.now() == began_at


def test_a_deadline_is_kept_in_enodes_worst_hour(bench: Bench) -> None:
    """Whatever fails, a second is a second."""
    bench.simulator.faults.set({"api_500": 0.5, "api_429": 0.3, "api_hang": 0.1})
    bench.simulator.faults.retry_after_seconds = 1

    for _ in range(50):
        began_at = bench.simulator.clock.now()
        deadline = Deadline.after(timedelta(seconds=1), bench.client.session.transport.clock)
        with suppress(EnodeUnavailable):
            bench.client.within(deadline).users()
        assert bench.simulator.clock.now() - began_at <= timedelta(seconds=1)


def test_a_wrong_address_deletes_nobody(bench: Bench) -> None:
    """A path that Enode does not serve is a 404 too."""
    device = bench.some(DeviceKind.VEHICLE)
    astray = replace(bench.client, session=replace(bench.client.session, url=f"{URL}/v2"))

    with pytest.raises(EnodeUnavailable):
        astray.device(device)
    with pytest.raises(EnodeUnavailable):
        astray.devices(DeviceKind.VEHICLE)
    with pytest.raises(EnodeUnavailable):
        astray.hint(device)


def test_a_cursor_that_is_none_is_a_400(bench: Bench) -> None:
    """The walk may begin again."""
    with pytest.raises(EnodeUnavailable) as raised:
        bench.client.devices(DeviceKind.VEHICLE, after="not one of yours")

    assert raised.value.status == 400


def test_a_webhooks_whole_life(bench: Bench) -> None:
    """Made, found, given up by Enode, revived by a test, changed, ended."""
    webhooks = bench.webhooks
    address = "https://receiver.example/webhooks/enode"

    made = webhooks.create(url=address, secret="a secret of enough length")
    assert webhooks.every() == [made]
    assert (made.is_active, made.events, made.api_version) == (True, ("*",), "2024-10-01")

    bench.status_of_receiver = 500
    assert webhooks.test(made.id) == WebhookTest(succeeded=False, status=500)
    bench.simulator.advance(Options().give_up_after * 2)
    given_up = webhooks.one(made.id)
    assert given_up is not None
    assert not given_up.is_active

    bench.status_of_receiver = 200
    assert webhooks.test(made.id) == WebhookTest(succeeded=True, status=200)
    revived = webhooks.one(made.id)
    assert revived is not None
    assert revived.is_active

    changed = webhooks.change(made.id, events=["user:vehicle:updated"])
    assert changed is not None
    assert changed.events == ("user:vehicle:updated",)
    assert changed.url == address

    assert webhooks.delete(made.id) is True
    assert webhooks.delete(made.id) is False
    assert (webhooks.one(made.id), webhooks.change(made.id), webhooks.test(made.id)) == (None, None, None)
    assert webhooks.every() == []


def test_a_second_webhook_of_the_same_address_is_refused(bench: Bench) -> None:
    """With a status and words that a guard and a person can act upon."""
    bench.webhooks.create(url="https://receiver.example/hook", secret="a secret of enough length")

    with pytest.raises(EnodeUnavailable, match='"Webhook already exists"') as raised:
        bench.webhooks.create(url="https://receiver.example/hook", secret="a secret of enough length")

    assert raised.value.status == 400
