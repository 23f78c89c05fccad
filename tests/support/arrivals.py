"""Arrivals: all that Enode can send, and the ways in which it can arrive. Real JSON through the real reader."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

from lastseen.domain.deadline import Deadline
from lastseen.domain.delivery import Delivery
from lastseen.domain.device import DeviceKind
from lastseen.enode import delivery as enode_delivery
from lastseen.usecases import ingest
from lastseen.usecases.ingest import DeliveryOutcome
from lastseen.usecases.ports import Log, States
from tests.support.builders import NOON, TWIN_KEY, Json, a_delivery, a_device, an_event, just_found
from tests.support.fakes import FakeQuarantine

NO_HURRY = Deadline(30.0, lambda: 0.0)
"""A deadline that never comes nearer; it is as long as a test waits for one batch at most."""


def told(
    verb: str,
    id_: str = "car-1",
    *,
    at: int = 0,
    kind: DeviceKind = DeviceKind.VEHICLE,
    user_id: str = "anna",
    variant: int = 0,
) -> Json:
    """An event about a device.

    Args:
        verb: `discovered`, `updated` or `deleted`.
        id_: Which device.
        at: Milliseconds after noon.
        kind: The device's kind.
        user_id: Whose it is.
        variant: Makes documents differ that are equal otherwise, in what is promoted out of them too.
    """
    device = a_device(
        kind,
        id=id_,
        userId=user_id,
        lastSeen=f"2026-03-01T11:{variant:02}:00.000Z",
        isReachable=(True, False, None)[variant % 3],
    )
    if verb == "discovered":
        device = just_found(device)
    moment = NOON + timedelta(milliseconds=at)
    return an_event(f"user:{kind}:{verb}", at=moment, user_id=user_id, **{kind.wire_key: device})


def reported(name: str, *, at: int = 0, user_id: str = "anna", **body: Any) -> Json:
    """Any other event, so many milliseconds after noon."""
    return an_event(name, at=NOON + timedelta(milliseconds=at), user_id=user_id, **body)


def read(events: Sequence[Json]) -> Delivery:
    """One delivery of these events, read as the door reads it; each of them is good."""
    delivery = enode_delivery.read(a_delivery(events), now=NOON, twins=TWIN_KEY)
    assert not delivery.set_aside, delivery.set_aside
    return delivery


def take(
    events: Sequence[Json], log: Log, states: States, *, number: int = 0, deadline: Deadline = NO_HURRY
) -> DeliveryOutcome:
    """Let one delivery of these events in.

    Args:
        events: What it holds.
        log: Where it is written down.
        states: Where it is joined.
        number: Of the delivery; each arrives a second after the other.
        deadline: Until when.
    """
    return ingest.take(
        read(events),
        log=log,
        states=states,
        quarantine=FakeQuarantine(),
        received_at=NOON + timedelta(seconds=number),
        delivery_id=f"delivery-{number}",
        deadline=deadline,
    )


@dataclass(frozen=True)
class Arrival:
    """A set of events, and one of the ways in which they may reach us.

    Attributes:
        events: Each once, in the order in which Enode made them.
        deliveries: The same, reordered, said again and cut into deliveries anew.
    """

    events: list[Json]
    deliveries: list[list[Json]]


# Few devices, moments and variants: so that events meet in one register, at one millisecond, in one delivery.
_moments = st.integers(0, 4)
_variants = st.integers(0, 2)
_users = st.sampled_from(["anna", "ben"])
_device_events = st.builds(
    told,
    st.sampled_from(["updated", "updated", "discovered", "deleted"]),
    st.sampled_from(["one", "one", "two"]),
    at=_moments,
    kind=st.sampled_from([DeviceKind.VEHICLE, DeviceKind.VEHICLE, DeviceKind.CHARGER, DeviceKind.HEM_SYSTEM]),
    user_id=_users,
    variant=_variants,
)
_other_events = st.builds(
    reported,
    st.sampled_from(
        [
            "user:vehicle:smart-charging-status-updated",
            "user:schedule:execution-updated",
            "user:vendor-action:updated",
            "user:charge-action:updated",
            "user:inverter:statistics-updated",
            "user:credentials:invalidated",
            "system:heartbeat",
            "enode:webhook:test",
            "user:dishwasher:updated",
        ]
    ),
    at=_moments,
    user_id=_users,
    pendingEvents=_variants,
)


@st.composite
def arrivals(draw: st.DrawFn) -> Arrival:
    """Any few events, and any order, duplication and split of them."""
    events = draw(st.lists(st.one_of(_device_events, _device_events, _other_events), min_size=1, max_size=12))
    again = draw(st.lists(st.sampled_from(range(len(events))), max_size=6))
    order = draw(st.permutations([*range(len(events)), *again]))
    cuts = draw(st.sets(st.integers(1, len(order)), max_size=4))
    bounds = [0, *sorted(cuts), len(order)]
    deliveries = [
        [events[index] for index in order[start:end]] for start, end in pairwise(bounds) if start < end
    ]
    return Arrival(events, deliveries)
