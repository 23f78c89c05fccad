"""Ingest a delivery: append to the log, then merge into the state, then quarantine what was not understood.

The log is a grow-only set and the state a maximum, so a redelivery is the only recovery needed: whatever stopped us,
doing all of it again ends in the same tables. Broken pieces come last, so that good events never wait for a bucket.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from lastseen.domain.deadline import Deadline
from lastseen.domain.delivery import Delivery
from lastseen.domain.device import DeviceId
from lastseen.domain.event import DeviceUpdate, Effect, Status, StatusId
from lastseen.domain.merge import merge
from lastseen.usecases import join_state
from lastseen.usecases.ports import Log, Quarantine, States


@dataclass(frozen=True, slots=True)
class DeliveryOutcome:
    """What became of a delivery.

    Attributes:
        received: Elements that came.
        stored: Of these, those understood; every one of them stands in log or state.
        quarantined: The others, kept byte for byte.
        devices: Devices and statuses they spoke of.
        superseded: Of these, those of which something newer, or the very same, stood already.
    """

    received: int
    stored: int
    quarantined: int
    devices: int
    superseded: int


def take(
    delivery: Delivery,
    *,
    log: Log,
    states: States,
    quarantine: Quarantine,
    received_at: datetime,
    delivery_id: str,
    deadline: Deadline,
) -> DeliveryOutcome:
    """Keep one delivery. When this returns, every part of it is acknowledged by a store.

    Raises:
        StoreUnavailable: Some of it may not be kept; the whole must be delivered again.
    """
    entries = [event.entry for event in delivery.events if event.entry is not None]
    effects = _newest(effect for event in delivery.events for effect in event.effects)
    if entries:
        log.append(entries, received_at=received_at, delivery_id=delivery_id, deadline=deadline)
    superseded = (
        join_state.join_effects(
            effects,
            log=log,
            states=states,
            received_at=received_at,
            delivery_id=delivery_id,
            deadline=deadline,
        )
        if effects
        else 0
    )
    if delivery.set_aside:
        quarantine.keep(delivery.set_aside, delivery_id=delivery_id)
    return DeliveryOutcome(
        received=delivery.received,
        stored=len(delivery.events),
        quarantined=len(delivery.set_aside),
        devices=len(effects),
        superseded=superseded,
    )


def _newest(effects: Iterable[Effect]) -> list[Effect]:
    """Join the effects of a delivery, so that each device or status is written once."""
    joined: dict[tuple[str, DeviceId] | StatusId, Effect] = {}
    for effect in effects:
        match effect:
            case DeviceUpdate(device, user_id, snapshot):
                known = joined.get((user_id, device))
                if isinstance(known, DeviceUpdate):
                    snapshot = merge(known.snapshot, snapshot)
                joined[user_id, device] = DeviceUpdate(device, user_id, snapshot)
            case Status(id=status_id):
                standing = joined.get(status_id)
                if not isinstance(standing, Status) or effect.ord > standing.ord:
                    joined[status_id] = effect
    return list(joined.values())
