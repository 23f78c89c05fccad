"""Proves what readers are told of a user who links again: no event says so, only what came through the account."""

from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from functions.read import app
from lastseen.domain import instant
from lastseen.domain.device import DeviceKind
from tests.support.builders import Json, a_device, an_event, just_found
from tests.support.read_requests import Kept, ReadDoor

NOW = datetime.now(UTC).replace(microsecond=0)
DIED_AT = NOW - timedelta(hours=2)
LONG_AGO = instant.fixed(NOW - timedelta(days=9))


def _told(verb: str, minutes: float, id_: str = "charger", **changes: Any) -> Json:
    """An event of a charger, so many minutes after its account died."""
    device = a_device(
        DeviceKind.CHARGER, id=id_, userId="anna", vendor="ZAPTEC", **{"lastSeen": LONG_AGO, **changes}
    )
    if verb == "discovered":
        device = just_found(device)
    at = DIED_AT + timedelta(minutes=minutes)
    return an_event(f"user:charger:{verb}", at=at, user_id="anna", charger=device)


DIED = an_event("user:credentials:invalidated", at=DIED_AT, user_id="anna", vendor="ZAPTEC")
OFFLINE: Json = {"isReachable": False}


def _door(monkeypatch: pytest.MonkeyPatch, *events: Json) -> ReadDoor:
    kept = Kept()
    for event in events:
        kept.deliver(event, now=NOW)
    door = kept.door
    monkeypatch.setattr(app, "build", door.collaborators)
    return door


def _verdict(door: ReadDoor, id_: str = "charger") -> str:
    return str(door.get(f"/devices/{id_}").json["freshness"]["verdict"])


def _is_valid(door: ReadDoor) -> bool:
    (linked,) = door.get("/users/anna").json["linkedVendors"]
    return bool(linked["isValid"])


@pytest.mark.parametrize("order", range(24))
def test_an_offline_charger_that_was_linked_again_is_not_to_be_linked_again(
    order: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Found through the account, then told of with its old contact: in whatever order that arrives."""
    events = (_told("updated", -600), DIED, _told("discovered", 5), _told("updated", 6, **OFFLINE))

    door = _door(monkeypatch, *list(permutations(events))[order])

    assert _verdict(door) == "unreachable"
    assert _is_valid(door)


def test_one_device_of_an_account_speaks_for_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other charger's silence has another reason than dead credentials."""
    door = _door(monkeypatch, _told("updated", -600), DIED, _told("discovered", 5, "second"))

    assert _verdict(door) == _verdict(door, "second") == "unverified"
    assert _is_valid(door)


def test_credentials_that_die_again_are_dead_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest word is later than every proof."""
    died_again = DIED | {"createdAt": instant.fixed(DIED_AT + timedelta(minutes=30))}

    door = _door(monkeypatch, _told("updated", -600), DIED, _told("discovered", 5), died_again)

    assert _verdict(door) == "disconnected"
    assert not _is_valid(door)


def test_without_a_proof_the_account_stays_invalid(monkeypatch: pytest.MonkeyPatch) -> None:
    """An update that tells of an old contact comes from what Enode remembers, and proves nothing."""
    door = _door(
        monkeypatch, _told("discovered", -900), _told("updated", -600), DIED, _told("updated", 6, **OFFLINE)
    )

    assert _verdict(door) == "disconnected"
    assert not _is_valid(door)


def test_the_discovery_of_the_very_instant_is_a_proof(monkeypatch: pytest.MonkeyPatch) -> None:
    """A tie is mended."""
    door = _door(monkeypatch, DIED, _told("discovered", 0), _told("updated", 6, **OFFLINE))

    assert _verdict(door) == "unreachable"
