"""Proves that ingest tells its operators nothing secret and nothing personal, whatever comes and whatever fails."""

import json
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from lastseen.errors import Misconfigured
from tests.support.builders import (
    SECRET,
    Json,
    a_delivery,
    a_hem_system,
    a_vehicle,
    an_event,
    signature_of,
    signed,
)
from tests.unit.functions.conftest import Door, Told
from tests.unit.functions.test_ingest import KILLERS

CANARY = "canary-0451"
PERSONAL = (
    "Batmobile",
    "2HGFB2F5XEH542858",
    "10.7197486",
    "59.9173985",
    "123 Main St",
    CANARY,
)


def _bodies() -> dict[str, bytes]:
    now = datetime.now(UTC)
    vehicle = an_event(at=now, vehicle=a_vehicle(note=CANARY))
    told = a_delivery([vehicle])
    return {
        "good": a_delivery([vehicle, an_event("user:hem-system:updated", at=now, hemSystem=a_hem_system())]),
        "unknown": a_delivery([an_event("user:of:tomorrow", at=now, vehicle=a_vehicle(note=CANARY))]),
        "bad id": a_delivery([an_event(at=now, vehicle=a_vehicle(id=f"{CANARY}#"))]),
        "bad user": a_delivery([an_event(at=now, user_id=f"{CANARY}/")]),
        "bad time": a_delivery([an_event(at=CANARY)]),
        "bad number": told.replace(b'"batteryLevel":66', b'"batteryLevel":1e400'),
        "one broken": a_delivery([vehicle, told[1:-1] + b"x", f'"{CANARY}'.encode() + b'"']),
        "cut off": told[:-20],
        "no array": told[1:-1],
        "no JSON": f"{CANARY} {SECRET} 2HGFB2F5XEH542858".encode(),
        "too large": a_delivery([an_event(at=now, vehicle=a_vehicle(note=CANARY * 200_000))]),
    }


def _is_discreet(said: str, event: Json) -> bool:
    signature = str(event["headers"]["x-enode-signature"])
    secrets = (SECRET, signature, signature.removeprefix("sha1="))
    return not any(canary in said for canary in (*PERSONAL, *secrets))


@pytest.mark.parametrize("encoded", [False, True], ids=["plain", "base64"])
@pytest.mark.parametrize("body", _bodies())
def test_a_delivery_leaves_no_trace_of_what_it_says(
    body: str, encoded: bool, door: Door, told: Callable[[], Told]
) -> None:
    """No VIN, name, place or piece of a body in any line or metric: kept or set aside."""
    event = signed(_bodies()[body], encoded=encoded)

    response = door.post(event)

    said = told()
    assert response["statusCode"] == 200
    assert said.log
    assert said.metrics
    assert _is_discreet(said.text + response["body"], event)


@pytest.mark.parametrize("body", _bodies())
def test_a_refused_delivery_leaves_no_trace_either(body: str, door: Door, told: Callable[[], Told]) -> None:
    """Neither the signature that came nor the one that should have."""
    raw = _bodies()[body]
    event = signed(raw, CANARY * 3)

    response = door.post(event)

    said = told().text + response["body"]
    assert response["statusCode"] == 401
    assert _is_discreet(said, event)
    assert signature_of(raw).removeprefix("sha1=") not in said


@pytest.mark.parametrize("kill", KILLERS)
def test_a_failing_store_makes_nobody_talk(
    kill: Callable[[Door], None], door: Door, told: Callable[[], Told]
) -> None:
    """Errors carry counts and names of ours, not what was to be stored."""
    kill(door)
    event = signed(_bodies()["one broken"])

    response = door.post(event)

    assert response["statusCode"] == 503
    assert _is_discreet(told().text + response["body"], event)


@pytest.mark.parametrize("text", [f'{{"current": "{CANARY}"}}', CANARY, f'["{CANARY}"]'])
def test_a_wrong_secret_is_not_told_to_whoever_reads_the_error(
    text: str, door: Door, told: Callable[[], Told]
) -> None:
    """The runtime logs the message of an error that leaves the handler, and its causes."""
    door.vault.text = text
    event = signed(_bodies()["good"])

    with pytest.raises(Misconfigured) as failure:
        door.post(event)

    error: BaseException | None = failure.value
    messages = told().text
    while error is not None:
        messages += str(error)
        error = error.__cause__ or error.__context__
    assert _is_discreet(messages, event)


def test_the_canaries_are_in_what_is_sent() -> None:
    """Else the tests above would prove nothing."""
    sent = b"".join(_bodies().values()).decode()

    assert all(canary in sent for canary in PERSONAL)
    assert json.loads(_bodies()["good"])
