"""Proves what readers are told of a device whose last contact cannot be believed."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from functions.read import app
from lastseen.domain import instant
from lastseen.domain.device import DeviceKind
from tests.support.builders import Json, a_device, an_event
from tests.support.read_requests import Answer, Kept

NOW = datetime.now(UTC)
SAID_AT = NOW - timedelta(hours=2)


def _asked_for(told: object, monkeypatch: pytest.MonkeyPatch, *before: Json, **changes: Any) -> Answer:
    """What is answered for a car of which an event of two hours ago says this `lastSeen`."""
    kept = Kept()
    car = a_device(DeviceKind.VEHICLE, id="car", userId="anna", **{"lastSeen": told, **changes})
    kept.deliver(*before, an_event(at=SAID_AT, user_id="anna", vehicle=car), now=NOW)
    door = kept.door
    monkeypatch.setattr(app, "build", door.collaborators)
    return door.get("/devices/car")


@pytest.mark.parametrize(
    "ahead",
    [
        timedelta(days=4321),
        timedelta(days=1),
        timedelta(hours=2),  # local time sent as UTC, which happens to be now
        timedelta(minutes=10, milliseconds=2),
    ],
    ids=repr,
)
def test_a_contact_later_than_its_word_is_unknown_and_the_reason_says_so(
    ahead: timedelta, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is neither fresh for ever nor an age; the document is passed on as it came."""
    told = instant.fixed(SAID_AT + ahead)

    answer = _asked_for(told, monkeypatch).json

    assert answer["freshness"]["verdict"] == "unverified"
    assert "later than the word" in answer["freshness"]["reason"]
    assert (answer["freshness"]["lastSeenAt"], answer["freshness"]["freshUntil"]) == (None, None)
    assert answer["document"]["lastSeen"] == told


def test_a_contact_a_little_later_than_its_word_is_as_old_as_the_word(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Ten minutes are granted, and give nothing away."""
    answer = _asked_for(instant.fixed(SAID_AT + timedelta(minutes=9)), monkeypatch).json

    assert answer["freshness"]["lastSeenAt"] == instant.fixed(SAID_AT)
    assert answer["freshness"]["verdict"] == "unverified"
    assert "No news" in answer["freshness"]["reason"]


@pytest.mark.parametrize(
    "told",
    ["2026-03-01T12:00:00.123456789012Z", "2026-03-01T12:00:00,5Z", "2026-03-01T24:00:00Z", 1772366400],
)
def test_a_contact_that_cannot_be_read_is_not_one_that_was_not_said(
    told: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who reads "not yet said" waits for an update that was there already."""
    answer = _asked_for(told, monkeypatch)

    assert "cannot be read" in answer.json["freshness"]["reason"]
    assert "cannot be read" in answer.headers["lastseen-freshness"]


def test_a_contact_that_was_not_said_is_told_as_before(monkeypatch: pytest.MonkeyPatch) -> None:
    """Null is no unreadable moment."""
    assert "not yet said" in _asked_for(None, monkeypatch).json["freshness"]["reason"]


@pytest.mark.parametrize("zed", ["z", "Z"])
def test_what_rfc_3339_allows_is_read(zed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Small letters and the 60th second."""
    minute = (SAID_AT - timedelta(minutes=5)).replace(second=0, microsecond=0)
    told = f"{minute:%Y-%m-%dt%H:%M}:60{zed}"

    answer = _asked_for(told, monkeypatch).json

    assert answer["freshness"]["lastSeenAt"] == instant.fixed(minute + timedelta(minutes=1))


def test_a_contact_of_the_future_does_not_shield_dead_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    """Only a contact that is believed proves that they were mended."""
    died = an_event(
        "user:credentials:invalidated", at=SAID_AT - timedelta(minutes=1), user_id="anna", vendor="TESLA"
    )

    answer = _asked_for("2038-01-19T03:14:07Z", monkeypatch, died, vendor="TESLA").json

    assert answer["freshness"]["verdict"] == "disconnected"
