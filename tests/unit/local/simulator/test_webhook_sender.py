import json
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from local.simulator.clock import written
from local.simulator.delivery_queue import sign
from local.simulator.fleet import Fleet
from local.simulator.simulator import Options, Simulator
from local.simulator.webhook_sender import retry_delay
from tests.unit.local.simulator.rig import DAY, HOUR, MINUTE, SECRET, URL, Receiver, listen, one
from tests.unit.local.simulator.shapes import EVENTS, misfits


def a_quiet_one(
    receiver: Receiver, *, options: Options | None = None, **request: Any
) -> tuple[Simulator, str]:
    """Make a simulator with one parked car, past its discovery, then a webhook."""
    simulator = Simulator(one("vehicle", parked=True), send=receiver, options=options)
    simulator.advance(5 * MINUTE)
    return simulator, listen(simulator, **request)


def say(simulator: Simulator, number: int = 1) -> None:
    """Let something be said about as many things."""
    for index in range(number):
        simulator.event_log.say(
            "user:credentials:invalidated", {"vendor": f"V{index}"}, user_id="ada-example"
        )


def vendors(events: list[Any]) -> list[str]:
    """Name the vendors of credentials events, in the order they came."""
    return [event["vendor"] for event in events if isinstance(event, dict) and "vendor" in event]


def attempts(simulator: Simulator) -> list[datetime]:
    """List when deliveries were tried."""
    return [datetime.fromisoformat(record["at"]) for record in simulator.sender.deliveries]


def test_signatures_are_those_enode_publishes() -> None:
    """The published vector."""
    assert sign("example-secret", b'{"payload":"example"}') == "sha1=e417e6fc2e7f8a78c93a35a7b344d36ce179fc8d"


def test_a_delivery_is_a_signed_array_with_its_id() -> None:
    """The signature covers the raw bytes; the configured header goes along."""
    receiver = Receiver()
    simulator, _ = a_quiet_one(receiver, authentication={"headerName": "x-api-key", "headerValue": "open"})

    say(simulator, 2)
    simulator.advance(MINUTE)

    url, headers, body = receiver.requests[0]
    assert url == URL
    assert headers["x-enode-signature"] == sign(SECRET, body)
    assert headers["content-type"] == "application/json"
    assert headers["x-api-key"] == "open"
    assert len(headers["x-enode-delivery"]) == 36
    assert vendors(json.loads(body)) == ["V0", "V1"]


def test_a_delivery_holds_at_most_a_hundred_events() -> None:
    """What waits beyond that follows at once, in order."""
    receiver = Receiver()
    simulator, _ = a_quiet_one(receiver)

    say(simulator, 250)
    simulator.advance(MINUTE)

    assert [len(delivery) for delivery in receiver.taken] == [100, 100, 50]
    assert vendors(receiver.events) == [f"V{index}" for index in range(250)]


def test_a_webhook_gets_what_it_asked_for_and_heartbeats() -> None:
    """The filter knows names and the single star; heartbeats are always sent."""
    receiver = Receiver()
    simulator = Simulator(send=receiver)
    listen(simulator, events=["user:vehicle:updated"])

    simulator.advance(3 * HOUR)

    assert {event["event"] for event in receiver.events} == {"user:vehicle:updated", "system:heartbeat"}


def test_two_webhooks_have_a_queue_each() -> None:
    """One that fails does not keep the other waiting."""
    simulator = Simulator(
        one("vehicle", parked=True), send=lambda url, _headers, _body: 500 if "bad" in url else 200
    )
    bad, good = listen(simulator, url="https://bad.example/hook"), listen(simulator)

    simulator.advance(HOUR - MINUTE)

    assert simulator.sender.boxes[good].pending == 0
    assert simulator.sender.boxes[bad].pending >= 2


def test_a_heartbeat_tells_how_much_waits() -> None:
    """Its own shape, and the length of this webhook's queue."""
    receiver = Receiver(*[503] * 7)
    simulator, _ = a_quiet_one(receiver)
    say(simulator, 3)

    simulator.advance(HOUR)

    beats = [event for event in receiver.events if event["event"] == "system:heartbeat"]
    assert [beat["pendingEvents"] for beat in beats][:3] == [3, 4, 0]
    assert all(misfits(beat, EVENTS["system:heartbeat"]) == set() for beat in beats)


def test_retries_wait_longer_each_time_and_end_after_a_day() -> None:
    """Then everything that waited is dropped and the webhook is inactive."""
    receiver = Receiver(then=500)
    simulator, webhook_id = a_quiet_one(receiver, events=["user:credentials:invalidated"])
    say(simulator)
    simulator.advance(2 * DAY)

    tried = attempts(simulator)
    waits = [later - earlier for earlier, later in pairwise(tried)]

    assert tried[-1] - tried[0] == timedelta(hours=24)
    assert waits[:4] == [timedelta(seconds=seconds) for seconds in (10, 20, 40, 80)]
    assert all(later >= earlier for earlier, later in pairwise(waits[:-1]))
    assert max(waits) == timedelta(hours=4) == retry_delay(99)
    assert simulator.webhooks[webhook_id].is_active is False
    assert simulator.sender.pending == simulator.sender.boxes[webhook_id].pending == 0
    say(simulator)
    assert simulator.sender.boxes[webhook_id].pending == 0


def test_a_retry_has_the_same_bytes_and_the_queue_fills_meanwhile() -> None:
    """What is said while a retry is due goes out after it."""
    receiver = Receiver(500)
    simulator, _ = a_quiet_one(receiver)
    say(simulator)
    simulator.advance(timedelta(seconds=4))
    say(simulator, 3)

    simulator.advance(MINUTE)

    assert receiver.requests[0] == receiver.requests[1]
    assert [len(delivery) for delivery in receiver.taken] == [1, 3]
    assert [record["attempt"] for record in simulator.sender.deliveries] == [1, 2, 1]


def test_any_success_makes_a_webhook_healthy_again() -> None:
    """The next failure begins the day of retries anew."""
    receiver = Receiver(*[500] * 12, 200, then=500)
    simulator, webhook_id = a_quiet_one(receiver, events=["user:credentials:invalidated"])
    say(simulator)
    simulator.advance(20 * HOUR)
    assert simulator.webhooks[webhook_id].last_success_at > simulator.webhooks[webhook_id].created_at
    say(simulator)

    simulator.advance(10 * HOUR)

    assert simulator.webhooks[webhook_id].is_active


def test_enode_waits_five_seconds_for_an_answer() -> None:
    """Waiting in vain takes its time, then it is a failure like others."""
    receiver = Receiver(TimeoutError())
    simulator, _ = a_quiet_one(receiver)
    say(simulator)

    simulator.advance(MINUTE)

    first, second = simulator.sender.deliveries
    assert (first["status"], second["status"]) == (None, 200)
    assert attempts(simulator)[1] - attempts(simulator)[0] == timedelta(seconds=10)
    assert len(receiver.requests) == 2


def test_a_sandbox_gives_up_after_five_minutes() -> None:
    """The patience of Enode is an option, and a speed factor divides it."""
    for speed in (1.0, 60.0):
        options = Options(give_up_after=timedelta(minutes=5), speed=speed)
        simulator, webhook_id = a_quiet_one(Receiver(then=OSError("down")), options=options)
        say(simulator)
        simulator.advance(6 * MINUTE / speed)
        assert simulator.webhooks[webhook_id].is_active is False


def test_a_revived_webhook_gets_what_is_said_from_then_on() -> None:
    """What was dropped stays lost."""
    receiver = Receiver(then=500)
    options = Options(give_up_after=timedelta(minutes=5))
    simulator, webhook_id = a_quiet_one(receiver, options=options)
    say(simulator, 5)
    simulator.advance(10 * MINUTE)
    receiver.then = 200

    simulator.sender.revive(simulator.webhooks[webhook_id])
    say(simulator)
    simulator.advance(MINUTE)

    assert vendors(receiver.events) == ["V0"]


def test_a_lost_reply_brings_the_delivery_again() -> None:
    """We took it and said so; Enode never heard."""
    receiver = Receiver()
    simulator, _ = a_quiet_one(receiver)
    simulator.faults.once("lose_reply")
    say(simulator, 2)

    simulator.advance(MINUTE)

    assert [record["replyLost"] for record in simulator.sender.deliveries] == [True, False]
    assert receiver.requests[0] == receiver.requests[1]


def test_a_duplicate_comes_once_more() -> None:
    """The same events again although they had arrived; it is nothing that waits."""
    receiver = Receiver()
    simulator, webhook_id = a_quiet_one(receiver)
    simulator.faults.once("duplicate")
    say(simulator, 2)

    simulator.advance(MINUTE)

    assert vendors(receiver.events) == ["V0", "V1", "V0", "V1"]
    assert simulator.sender.boxes[webhook_id].is_idle


def test_a_delivery_held_back_is_overtaken() -> None:
    """Later events arrive first; none is lost."""
    receiver = Receiver()
    simulator, _ = a_quiet_one(receiver)
    simulator.faults.once("reorder")
    say(simulator, 1)
    simulator.advance(timedelta(seconds=5))
    say(simulator, 2)
    assert simulator.sender.pending == 3

    simulator.advance(6 * MINUTE)

    assert [len(delivery) for delivery in receiver.taken[:2]] == [2, 1]


def test_a_retry_may_be_grouped_anew() -> None:
    """Other groups, other delivery ids, the same events in the same order."""
    receiver = Receiver(500, 500)
    simulator, _ = a_quiet_one(receiver)
    simulator.faults.set({"rebatch": 1.0})
    say(simulator, 60)

    simulator.advance(10 * MINUTE)

    assert vendors(receiver.events) == [f"V{index}" for index in range(60)]
    assert len({headers["x-enode-delivery"] for _, headers, _ in receiver.requests}) == len(receiver.requests)
    assert receiver.requests[0][2] != receiver.requests[1][2]


def test_a_broken_element_stands_among_good_ones() -> None:
    """The array is JSON and signed; one element is no event."""
    receiver = Receiver()
    simulator, _ = a_quiet_one(receiver)
    simulator.faults.once("broken_element")
    say(simulator, 5)

    simulator.advance(MINUTE)

    assert len(receiver.taken[0]) == 6
    assert vendors(receiver.events) == [f"V{index}" for index in range(5)]
    assert simulator.sender.deliveries[0]["broken"] == 1


def test_an_unknown_event_follows_a_known_one() -> None:
    """Enode may add names at any time."""
    receiver = Receiver()
    simulator, _ = a_quiet_one(receiver)
    simulator.faults.once("unknown_event")
    say(simulator)

    simulator.advance(MINUTE)

    assert [event["event"] for event in receiver.events][1:] == ["user:teleporter:updated"]


@pytest.mark.parametrize("seed", range(3))
def test_under_every_fault_at_once_nothing_is_lost(seed: int) -> None:
    """Each event arrives at least once while the receiver is up again within the day."""
    outages: list[int | Exception] = [500, TimeoutError(), OSError("down")]
    receiver = Receiver(*outages * 3)
    chances = {"duplicate": 0.3, "reorder": 0.3, "rebatch": 0.5, "lose_reply": 0.3, "broken_element": 0.2}
    options = Options(faults={**chances, "unknown_event": 0.05})
    simulator = Simulator(Fleet.default(2), seed=seed, send=receiver, options=options)
    listen(simulator)
    simulator.advance(4 * HOUR)

    assert simulator.drain()

    got = {json.dumps(event) for event in receiver.events}
    said = {json.dumps(event.payload) for event in simulator.event_log.after(0)}
    assert said <= got
    assert simulator.sender.deliveries[-1]["at"] <= written(simulator.clock.now())


def test_a_deleted_webhook_is_forgotten() -> None:
    """With what waited, even with what is under way."""
    receiver = Receiver(TimeoutError())
    simulator, webhook_id = a_quiet_one(receiver)
    say(simulator)
    simulator.advance(timedelta(seconds=3))

    simulator.remove_webhook(webhook_id)
    simulator.advance(HOUR)

    assert simulator.sender.pending == 0
    assert len(receiver.requests) == 1
