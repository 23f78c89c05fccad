"""Proves `usecases/enode_mode.py`:
what was only announced, a device without its values, a user without a date: typed clients would lose the whole list.
"""

from datetime import timedelta
from typing import Any

import pytest

from functions.read import app
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceKind
from lastseen.domain.observation import ListedUser
from tests.support.builders import NOON, a_device, an_event, just_found
from tests.support.read_requests import Kept, ReadDoor, of
from tests.support.two_users import NOW

NO_HURRY = Deadline(1.0, lambda: 0.0)
LATER = f"{NOW:%Y-%m-%dT%H:%M:%SZ}"

ASKING: list[dict[str, Any]] = [
    {"WEBHOOK": {"id": "hook-1"}},
    {"RECONCILE": {"progress": {"since": "2026-03-01T12:00:00.000Z"}}},
]
LISTENING: list[dict[str, Any]] = [
    {},
    {"WEBHOOK": {"id": None}},
    {"RECONCILE": {"progress": {"since": None}}},
]


def a_car(id_: str) -> dict[str, Any]:
    """A car of Anna's."""
    return dict(a_device(DeviceKind.VEHICLE, id=id_, userId="anna"))


@pytest.fixture
def kept() -> Kept:
    """One car that was read, one that was only discovered, and one that was deleted and discovered again."""
    kept = Kept()
    ago = timedelta(hours=1)
    kept.deliver(
        an_event("user:vehicle:updated", at=NOW - ago, user_id="anna", vehicle=a_car("read")),
        an_event("user:vehicle:discovered", at=NOW - ago, user_id="anna", vehicle=just_found(a_car("new"))),
        an_event("user:vehicle:updated", at=NOW - 3 * ago, user_id="anna", vehicle=a_car("anew")),
        an_event("user:vehicle:deleted", at=NOW - 2 * ago, user_id="anna", vehicle=a_car("anew")),
        an_event("user:vehicle:discovered", at=NOW - ago, user_id="anna", vehicle=just_found(a_car("anew"))),
        now=NOW,
    )
    return kept


def door(kept: Kept, monkeypatch: pytest.MonkeyPatch, records: dict[str, Any]) -> ReadDoor:
    """The read function, in a deployment that left these records behind."""
    door = kept.door
    for name, said in records.items():
        door.records.write(name, said, version=0)
    monkeypatch.setattr(app, "build", door.collaborators)
    return door


LISTS = [("/vehicles", False), ("/users/anna/vehicles", False), ("/users/anna/vehicles", True)]


@pytest.mark.parametrize("records", ASKING)
@pytest.mark.parametrize(("path", "is_past"), LISTS)
def test_a_device_that_was_only_discovered_is_in_no_list_of_enodes_form(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, path: str, is_past: bool, records: dict[str, Any]
) -> None:
    """Until it was read, which is soon; now, and as of a moment."""
    asked = {"at": LATER} if is_past else {}

    assert door(kept, monkeypatch, records).get(path, asked).ids == ["read"]
    assert door(kept, monkeypatch, {}).get(path, asked, claims=of("anna")).ids == ["anew", "new", "read"]


@pytest.mark.parametrize("records", ASKING)
@pytest.mark.parametrize("id_", ["new", "anew"])
def test_a_device_that_was_only_discovered_has_no_details_in_enodes_form(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, id_: str, records: dict[str, Any]
) -> None:
    """404 now and at a moment; our own resources show it always."""
    asking = door(kept, monkeypatch, records)

    assert asking.get(f"/vehicles/{id_}").status == 404
    assert asking.get(f"/vehicles/{id_}", {"at": LATER}).status == 404
    assert asking.get(f"/devices/{id_}").status == 200
    assert set(asking.get("/users/anna/devices").ids) == {"read", "new", "anew"}


@pytest.mark.parametrize("records", LISTENING)
def test_where_nobody_asks_enode_discovery_is_all_there_is(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, records: dict[str, Any]
) -> None:
    """It would be left out for ever."""
    listening = door(kept, monkeypatch, records)

    assert set(listening.get("/vehicles").ids) == {"read", "new", "anew"}
    assert listening.get("/vehicles/new").status == 200
    assert [one["createdAt"] for one in listening.get("/users").data] == [None]


def test_a_device_is_shown_as_soon_as_it_was_read(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    """And pages do not end where one was left out."""
    asking = door(kept, monkeypatch, ASKING[0])
    kept.deliver(
        *(
            an_event("user:vehicle:discovered", at=NOW, user_id="anna", vehicle=just_found(a_car(f"m-{n}")))
            for n in range(5)
        ),
        an_event("user:vehicle:updated", at=NOW, user_id="anna", vehicle=a_car("new")),
        now=NOW,
    )

    first = asking.get("/users/anna/vehicles", {"pageSize": "1"})
    second = asking.get("/users/anna/vehicles", {"pageSize": "1", "after": first.after or ""})

    assert (first.ids, second.ids, second.after) == (["new"], ["read"], None)


@pytest.mark.parametrize("records", ASKING)
def test_a_user_of_whom_only_events_have_told_is_in_no_list(
    kept: Kept, monkeypatch: pytest.MonkeyPatch, records: dict[str, Any]
) -> None:
    """Nobody knows yet when Enode made them; their own resources are there."""
    asking = door(kept, monkeypatch, records)
    before = asking.get("/users").data, asking.get("/users", claims=of("anna")).data
    entry = b'{"createdAt":"2026-02-01T08:00:00.000Z","id":"anna","scopes":[]}'
    kept.states.merge([ListedUser("anna", entry, NOON).observed()], NO_HURRY)

    assert before == ([], [])
    assert asking.get("/users/anna").status == 200
    assert [one["id"] for one in asking.get("/users").data] == ["anna"]
    assert [one["id"] for one in asking.get("/users", claims=of("anna")).data] == ["anna"]
