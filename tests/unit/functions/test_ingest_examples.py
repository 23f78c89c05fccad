"""Proves that each payload in `events/ingest` is what its name says, here and for `sam local invoke`."""

import json
from pathlib import Path

import pytest

from lastseen.api import http
from lastseen.domain.delivery import Delivery, Flaw
from lastseen.domain.device import DeviceKind
from lastseen.domain.event import DeviceUpdate, Status
from lastseen.enode import delivery as enode_delivery
from lastseen.enode import signature
from tests.support.builders import EVENTS, NOON, SECRET, Json
from tests.unit.functions.conftest import Door

EXAMPLES = Path(__file__).parents[3] / "events" / "ingest"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.json"))
REFUSED = {"wrong-signature", "no-signature"}


def _example(name: str) -> Json:
    event: Json = json.loads((EXAMPLES / f"{name}.json").read_text("utf-8"))
    return event


def _read(name: str) -> Delivery:
    """Read an example at the moment it was made, if its signature holds."""
    event = _example(name)
    body = http.raw_body(event)
    signature.verify(body, http.header(event, "x-enode-signature"), secrets=[SECRET.encode()])
    return enode_delivery.read(body, now=NOON)


def _devices(delivery: Delivery) -> list[DeviceUpdate]:
    return [
        effect for event in delivery.events for effect in event.effects if isinstance(effect, DeviceUpdate)
    ]


def _document(update: DeviceUpdate) -> Json:
    snapshot = update.snapshot
    document: Json = json.loads(snapshot.seen.document or snapshot.found.document or b"{}")
    return document


@pytest.mark.parametrize("name", NAMES)
def test_every_example_gets_the_answer_it_is_an_example_of(name: str, door: Door) -> None:
    """200 for what is signed, 401 for what is not; their dates are fixed, so that today they are set aside as old."""
    response = door.post(_example(name))

    assert response["statusCode"] == (401 if name in REFUSED else 200)
    assert door.has_kept_nothing == (name in REFUSED)


@pytest.mark.parametrize("name", sorted(set(NAMES) - REFUSED - {"broken-element", "not-json"}))
def test_examples_of_good_deliveries_are_understood_whole(name: str) -> None:
    """Signed with the builders' example secret, and nothing in them is set aside."""
    delivery = _read(name)

    assert delivery.events
    assert delivery.set_aside == ()


def test_vehicle_unplugged() -> None:
    """A car that was charging is not plugged in any more."""
    (update,) = _devices(_read("vehicle-unplugged"))

    assert update.device.kind is DeviceKind.VEHICLE
    assert _document(update)["chargeState"]["powerDeliveryState"] == "UNPLUGGED"


def test_charger_started() -> None:
    """A charger that charges."""
    (update,) = _devices(_read("charger-started"))

    assert update.device.kind is DeviceKind.CHARGER
    assert update.snapshot.seen.facts.is_active


def test_vehicle_deleted() -> None:
    """Only the tombstone is written."""
    (update,) = _devices(_read("vehicle-deleted"))

    assert update.snapshot.gone > ""


def test_discovered_with_nulls() -> None:
    """One with nulls inside its parts, one whose parts are null."""
    inside, outside = map(_document, _devices(_read("discovered-with-nulls")))

    assert inside["chargeState"]["batteryLevel"] is None
    assert outside["productionState"] is None


def test_every_event() -> None:
    """All names of API 2024-10-01."""
    assert tuple(event.name for event in _read("every-event").events) == EVENTS


def test_unknown_event() -> None:
    """A name that Enode does not have."""
    (event,) = _read("unknown-event").events

    assert event.name not in EVENTS


def test_heartbeat() -> None:
    """With three events waiting."""
    (event,) = _read("heartbeat").events

    (effect,) = event.effects
    assert isinstance(effect, Status)
    assert b'"pendingEvents":3' in effect.document


def test_broken_element() -> None:
    """The middle one of three has an id that would lead elsewhere in every path."""
    delivery = _read("broken-element")

    assert len(delivery.events) == 2
    assert [(piece.index, piece.flaw) for piece in delivery.set_aside] == [(1, Flaw.BAD_ID)]


def test_not_json() -> None:
    """Signed by Enode all the same."""
    delivery = _read("not-json")

    assert [(piece.flaw, piece.raw) for piece in delivery.set_aside] == [(Flaw.NOT_JSON, b"this is not JSON")]


def test_base64_body() -> None:
    """As HTTP API hands over a body it takes for binary."""
    assert _example("base64-body")["isBase64Encoded"] is True
