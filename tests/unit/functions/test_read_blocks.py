"""Proves that answers of ours tell the age of each part of a device where that is asked for, and nowhere else."""

from datetime import timedelta

import pytest

from functions.read import app
from lastseen.domain.blocks import BLOCKS
from lastseen.domain.device import DeviceKind
from tests.support.read_requests import ReadDoor, of
from tests.support.two_users import ANNA, CHANGED, a_world, device_id

CAR = device_id(ANNA, DeviceKind.VEHICLE)
THEN = f"{CHANGED + timedelta(minutes=2):%Y-%m-%dT%H:%M:%SZ}"


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> ReadDoor:
    """The read function over a device of each kind."""
    door = a_world().door
    monkeypatch.setattr(app, "build", door.collaborators)
    return door


def test_a_device_by_its_id_always_has_its_blocks(door: ReadDoor) -> None:
    """Of every kind, all of the table, in body and header; asked for or not."""
    for kind in DeviceKind:
        path = f"/devices/{device_id(ANNA, kind)}"

        plain, asked_for = door.get(path), door.get(path, {"include": "blocks"})

        assert list(plain.json["blocks"]) == [block.path for block in BLOCKS[kind]]
        assert plain.headers["lastseen-blocks"].count(";age=") == sum(
            block["updatedAt"] is not None for block in plain.json["blocks"].values()
        )
        assert asked_for.text == plain.text


def test_a_304_renews_the_ages(door: ReadDoor) -> None:
    """Who has the body needs only what grew older since."""
    first = door.get(f"/devices/{CAR}")

    again = door.get(f"/devices/{CAR}", headers={"if-none-match": first.headers["etag"]})

    assert again.status == 304
    assert "lastseen-blocks" in again.headers


def test_a_list_has_blocks_only_if_they_are_asked_for(door: ReadDoor) -> None:
    """All else is the same, byte for byte, whatever `fields` leaves of the documents."""
    for query in ({}, {"fields": "lastSeen"}):
        plain = door.get(f"/users/{ANNA}/devices", query, claims=of(ANNA))
        with_blocks = door.get(f"/users/{ANNA}/devices", {**query, "include": "blocks"}, claims=of(ANNA))

        assert "blocks" not in plain.text
        blocks = [item.pop("blocks") for item in with_blocks.json["data"]]
        assert all(blocks)
        assert [{**item, "blocks": None} for item in plain.data] == [
            {**item, "blocks": None} for item in with_blocks.data
        ]


def test_a_cursor_leads_on_with_and_without_blocks(door: ReadDoor) -> None:
    """They are a form of what stands in a list, and choose nothing."""
    first = door.get(f"/users/{ANNA}/devices", {"pageSize": "1"})

    second = door.get(
        f"/users/{ANNA}/devices", {"pageSize": "1", "after": str(first.after), "include": "blocks"}
    )

    assert second.status == 200
    assert second.data[0]["blocks"]


@pytest.mark.parametrize("path", [f"/users/{ANNA}/devices", f"/devices/{CAR}"])
@pytest.mark.parametrize("include", ["", "block", "Blocks", "blocks,all", "blocks,", " blocks", "why"])
def test_what_cannot_be_included_is_refused_in_words(door: ReadDoor, path: str, include: str) -> None:
    """The refusal says what can be."""
    answer = door.get(path, {"include": include})

    assert answer.status == 400
    assert answer.json["detail"] == "'include' can ask for blocks and nothing else."


@pytest.mark.parametrize("path", [f"/users/{ANNA}/devices", f"/devices/{CAR}"])
def test_the_past_has_no_blocks(door: ReadDoor, path: str) -> None:
    """What a limit was then, nobody knows; each document says its own dates."""
    assert door.get(path, {"at": THEN, "include": "blocks"}).status == 400
    assert "blocks" not in door.get(path, {"at": THEN}).text


@pytest.mark.parametrize("path", [f"/vehicles/{CAR}", f"/users/{ANNA}/vehicles", "/vehicles"])
def test_enodes_own_forms_know_no_blocks(door: ReadDoor, path: str) -> None:
    """Their schemas are closed, and a parameter that Enode does not know changes nothing there."""
    answer = door.get(path, {"include": "blocks"})

    assert answer.status == 200
    assert answer.text == door.get(path).text
    assert "lastseen-blocks" not in answer.headers
