from collections import Counter

import pytest

from local.simulator.clock import WallClock
from local.simulator.events import Event
from local.simulator.simulator import Options, Simulator
from tests.unit.local.simulator.rig import HOUR, MINUTE, Receiver, listen


def said(simulator: Simulator) -> list[Event]:
    """List every event so far."""
    return list(simulator.event_log.after(0))


def a_morning(seed: int) -> tuple[Simulator, Receiver]:
    """Let the default fleet live for three hours."""
    receiver = Receiver()
    simulator = Simulator(seed=seed, send=receiver)
    listen(simulator)
    simulator.advance(3 * HOUR)
    return simulator, receiver


def test_the_same_seed_sends_the_same_bytes() -> None:
    """A failing run can be repeated; another seed is another fleet."""
    (_, first), (_, second), (_, other) = a_morning(1), a_morning(1), a_morning(2)

    assert first.requests == second.requests
    assert first.requests != other.requests


def test_how_time_is_cut_does_not_matter() -> None:
    """Advancing by minutes or by hours does the same things at the same instants."""
    at_once, in_steps = Simulator(), Simulator()

    at_once.advance(3 * HOUR)
    for _ in range(180):
        in_steps.advance(MINUTE)

    assert said(at_once) == said(in_steps)


def test_two_days_tell_every_kind_of_story(lived: Simulator) -> None:
    """All events but the deprecated one and the test happen by themselves."""
    names = Counter(event.name for event in said(lived))

    for kind in ("vehicle", "charger", "battery", "inverter", "hvac", "meter", "hem-system"):
        assert names[f"user:{kind}:discovered"] > 0
        assert names[f"user:{kind}:updated"] > 0
    for name in (
        "user:hvac:deleted",
        "user:vehicle:smart-charging-status-updated",
        "user:schedule:execution-updated",
        "user:vendor-action:updated",
        "user:inverter:statistics-updated",
        "user:credentials:invalidated",
        "system:heartbeat",
    ):
        assert names[name] > 0, name


def test_events_come_in_order_and_never_from_the_future(lived: Simulator) -> None:
    """`createdAt` is the moment the event was made; numbers follow it but for neighbours in one instant."""
    events = said(lived)

    assert [event.number for event in events] == list(range(1, len(events) + 1))
    assert all(event.payload["createdAt"].endswith("Z") for event in events)
    assert all(event.created_at <= lived.clock.now() for event in events)


def test_a_fast_world_keeps_real_timestamps() -> None:
    """At speed 60 two minutes hold two hours of life, and every timestamp lies within the two minutes."""
    simulator = Simulator(options=Options(speed=60, world_hour=10))
    begun_at = simulator.clock.now()

    simulator.advance(2 * MINUTE)

    assert simulator.world.now().hour == 11  # 12:00 of the home, which lies an hour east
    assert simulator.event_log.count > 400
    assert all(begun_at <= event.created_at <= begun_at + 2 * MINUTE for event in said(simulator))


def test_a_paused_world_sends_what_waits_and_says_nothing_new() -> None:
    """So that a test can compare what was sent with what is true."""
    receiver = Receiver(*[OSError("down")] * 4)
    simulator = Simulator(send=receiver)
    listen(simulator)
    simulator.advance(MINUTE)
    assert simulator.sender.pending > 0

    assert simulator.drain()

    count = Counter(event.name for event in said(simulator))
    simulator.advance(HOUR)
    assert simulator.sender.pending == 0
    assert Counter(event.name for event in said(simulator)) - count == Counter({"system:heartbeat": 6})
    simulator.resume()
    simulator.advance(HOUR)
    assert sum((Counter(event.name for event in said(simulator)) - count).values()) > 100


def test_users_may_wait_until_somebody_listens() -> None:
    """A receiver that starts late still sees every device discovered."""
    simulator = Simulator(options=Options(linking="listening"))
    simulator.advance(HOUR)
    assert simulator.event_log.count == 0

    listen(simulator)
    simulator.advance(HOUR)

    assert len({event.payload["user"]["id"] for event in said(simulator) if "user" in event.payload}) == 6


def test_real_time_cannot_be_moved() -> None:
    """Only virtual time can."""
    with pytest.raises(TypeError, match="virtual"):
        Simulator(clock=WallClock()).advance(HOUR)
