"""Lives of physical devices over links: relinks, late identities, sales and junk, each with what is true of it."""

from dataclasses import dataclass, field
from datetime import timedelta
from itertools import count
from random import Random

from lastseen.domain.device import DeviceKind
from tests.support.builders import NOON, Json, an_event, just_found
from tests.support.device_documents import a_charger, a_vehicle

JUNK = (None, "UNKNOWN", "00000000", "1234567890", "XXXXXXXXXXXXXXXXX", "n/a")
USERS = ("anna", "ben")


@dataclass
class Life:
    """What Enode tells of one physical device, and what is true of it.

    Attributes:
        kind: Of which kind it is.
        number: Its VIN or serial number; junk for a device that has none.
        is_strong: Whether that is a strong identity.
        events: What Enode tells, in the order in which it happened.
        links: Every link, by user and Enode's id.
        steps: What a twin's history tells of one number, by user and in order: link, value before, value after.
    """

    kind: DeviceKind
    number: str | None
    is_strong: bool
    events: list[Json] = field(default_factory=list)
    links: set[tuple[str, str]] = field(default_factory=set)
    steps: dict[str, list[tuple[str, float, float]]] = field(default_factory=dict)


def lived(seed: int) -> list[Life]:
    """Give the lives of some devices of two users, the same for the same seed."""
    rng, ids = Random(seed), count(1)
    return [_life(rng, ids, number) for number in range(rng.randint(1, 4))]


def _life(rng: Random, ids: "count[int]", number: int) -> Life:
    kind = rng.choice([DeviceKind.VEHICLE, DeviceKind.CHARGER])
    is_strong = rng.random() < 0.75
    digits = f"{rng.randint(1, 9)}1{number}{rng.randint(10, 99)}"
    strong = f"5YJ3E1EA7KF3{digits}" if kind is DeviceKind.VEHICLE else f"ZAP{digits}"
    life = Life(kind, strong if is_strong else rng.choice(JUNK), is_strong)
    at, user_id, id_ = 0, rng.choice(USERS), f"d{next(ids)}"
    last: dict[str, float] = {}
    for turn in range(rng.randint(1, 4)):
        is_late = turn == 0 and rng.random() < 0.3
        at += 1
        life.links.add((user_id, id_))
        life.events.append(_told(life, "discovered", at, user_id, id_, 0, is_named=not is_late))
        words = rng.randint(1, 3)
        for word in range(words):
            at += 1
            value = float(rng.randint(1, 9))
            is_named = not is_late or word == words - 1
            life.events.append(_told(life, "updated", at, user_id, id_, value, is_named=is_named))
            before = last.get(user_id)
            if before is not None and before != value:
                life.steps.setdefault(user_id, []).append((id_, before, value))
            last[user_id] = value
        at += 1
        if turn == 3 and rng.random() < 0.5:
            break
        life.events.append(_told(life, "deleted", at, user_id, id_, value, is_named=True))
        if rng.random() < 0.2:
            user_id = USERS[1 - USERS.index(user_id)]
            id_ = f"d{next(ids)}"
        elif rng.random() < 0.6:
            id_ = f"d{next(ids)}"
    return life


def _told(  # noqa: PLR0917 - they are what one line of a table would hold
    life: Life, verb: str, at: int, user_id: str, id_: str, value: float, *, is_named: bool
) -> Json:
    number = life.number if is_named else None
    if life.kind is DeviceKind.VEHICLE:
        device = a_vehicle(battery_percent=value, id=id_, userId=user_id)
        device["information"] = {**device["information"], "vin": number}
    else:
        device = a_charger(id=id_, userId=user_id)
        device["chargeState"] = {**device["chargeState"], "chargeRate": value}
        device["information"] = {**device["information"], "serialNumber": number}
    told = just_found(device) if verb == "discovered" else device
    moment = NOON + timedelta(seconds=at)
    return an_event(f"user:{life.kind}:{verb}", at=moment, user_id=user_id, **{life.kind.wire_key: told})


def delivered(lives: list[Life], rng: Random) -> list[list[Json]]:
    """Give all events, some of them twice, in any order, cut into deliveries."""
    events = [event for life in lives for event in life.events]
    events += rng.choices(events, k=len(events) // 3)
    rng.shuffle(events)
    deliveries: list[list[Json]] = []
    while events:
        size = rng.randint(1, 5)
        deliveries.append(events[:size])
        events = events[size:]
    return deliveries
