"""Proves that any text may be the id of a user, of a device and of a vendor, from the event to every answer."""

import json
from collections.abc import Iterator
from datetime import timedelta
from urllib.parse import quote

import pytest

from functions.read import app
from lastseen.domain.device import escaped
from lastseen.observability import logger
from tests.support.builders import (
    ODD_IDS,
    Json,
    a_charger,
    a_smart_charging_status,
    a_vehicle,
    an_event,
)
from tests.support.read_requests import FLEET, Answer, Claims, Kept, ReadDoor, of
from tests.support.two_users import BEGAN, NOW

CHANGED = BEGAN + timedelta(hours=1)
THEN = f"{CHANGED:%Y-%m-%dT%H:%M:%SZ}"


def _life(id_: str) -> Iterator[Json]:
    """A user, a car and a vendor of one name; and a charger, so that there is more than one device."""
    charger = a_charger(id="charger", userId=id_, vendor=id_)
    yield an_event("user:charger:updated", at=BEGAN, user_id=id_, charger=charger)
    for at, is_reachable in ((BEGAN, True), (CHANGED, False)):
        car = a_vehicle(id=id_, userId=id_, vendor=id_, isReachable=is_reachable)
        yield an_event("user:vehicle:updated", at=at, user_id=id_, vehicle=car)
    status = a_smart_charging_status(vehicleId=id_, userId=id_)
    yield an_event(
        "user:vehicle:smart-charging-status-updated", at=CHANGED, user_id=id_, smartChargingStatus=status
    )
    yield an_event("user:credentials:invalidated", at=NOW, user_id=id_, vendor=id_.swapcase())


@pytest.fixture(scope="module")
def kept() -> Kept:
    """All of them."""
    kept = Kept()
    for id_ in ODD_IDS:
        kept.deliver(*_life(id_), now=NOW)
    return kept


@pytest.fixture
def door(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> ReadDoor:
    """The door to them."""
    monkeypatch.setattr(app, "build", kept.door.collaborators)
    return kept.door


def _paths(user_id: str, device_id: str) -> list[str]:
    return [
        f"/users/{user_id}",
        f"/users/{user_id}/devices",
        f"/users/{user_id}/vehicles",
        f"/vehicles/{device_id}",
        f"/devices/{device_id}",
        f"/devices/{device_id}/history",
        f"/devices/{device_id}/snapshots",
        f"/devices/{device_id}/diff",
        f"/vehicles/{device_id}/smart-charging-status",
    ]


def _query(path: str) -> dict[str, str]:
    return {"from": f"{BEGAN:%Y-%m-%dT%H:%M:%SZ}", "to": THEN} if path.endswith("/diff") else {}


def _asked_by_path(door: ReadDoor, id_: str, claims: Claims) -> list[Answer]:
    segment = quote(id_, safe="", errors="surrogatepass")
    return [door.get(path, _query(path), claims=claims) for path in _paths(segment, segment)]


def _asked_by_query(door: ReadDoor, id_: str, claims: Claims) -> list[Answer]:
    ids = {"userId": id_, "deviceId": id_}
    return [door.get(path, _query(path) | ids, claims=claims) for path in _paths("-", "-")]


def _without_deliveries(data: list[Json] | None) -> list[Json] | None:
    """Items of a list without what only callers of the fleet are told."""
    return data and [{name: value for name, value in one.items() if name != "deliveryId"} for one in data]


@pytest.mark.parametrize("id_", ODD_IDS, ids=lambda id_: ascii(id_)[:30])
def test_every_question_about_an_odd_id_is_answered(door: ReadDoor, id_: str) -> None:
    """Named in the path or in the query, by the user or the fleet: one answer, of that user and device and no other."""
    own = _asked_by_path(door, id_, of(id_))

    assert [answer.status for answer in own] == [200] * len(own), [answer.text for answer in own]
    user, devices, vehicles, vehicle, device, history, snapshots, diff, status = (one.json for one in own)
    assert (user["id"], [one["vendor"] for one in user["linkedVendors"]]) == (id_, [id_, id_])
    assert [(one["id"], one["userId"]) for one in devices["data"]] == [("charger", id_), (id_, id_)]
    assert [one["document"]["userId"] for one in devices["data"]] == [id_] * 2
    assert vehicles["data"] == [vehicle] == [device["document"]]
    assert (vehicle["id"], vehicle["userId"]) == (id_, id_)
    assert {history["deviceId"], snapshots["deviceId"], diff["deviceId"], status["vehicleId"]} == {id_}
    for answers in (
        _asked_by_query(door, id_, of(id_)),
        _asked_by_path(door, id_, FLEET),
        _asked_by_query(door, id_, FLEET),
    ):
        for mine, other in zip(own, answers, strict=True):
            if "pagination" not in other.json:
                assert other.text == mine.text
            assert _without_deliveries(other.json.get("data")) == mine.json.get("data")


@pytest.mark.parametrize("id_", ODD_IDS, ids=lambda id_: ascii(id_)[:30])
def test_another_users_odd_id_is_as_if_it_did_not_exist(door: ReadDoor, id_: str) -> None:
    """Neither in the path nor in the query; the words of the refusal are those of what there is not."""
    for answers in (_asked_by_path(door, id_, of("somebody")), _asked_by_query(door, id_, of("somebody"))):
        assert [answer.status for answer in answers] == [404] * len(answers)
        for answer in answers:
            assert set(answer.json) == {"type", "title", "detail"}


def test_what_stands_in_the_query_counts_only_where_the_path_says_so(door: ReadDoor) -> None:
    """A parameter that somebody adds to another path leads nowhere; without it, `-` is an id as any other."""
    mine = door.get("/users/a%20b/devices", {"userId": "Åsa", "deviceId": "Åsa"}, claims=of("a b"))
    dash = door.get("/users/-/devices", claims=of("-"))
    others = door.get("/users/-/devices", {"userId": "Åsa"}, claims=of("-"))

    assert (mine.ids, dash.ids, others.status) == (["charger", "a b"], ["charger", "-"], 404)
    assert door.get("/users/-", {"userId": ".."}).status == 404
    assert door.get("/devices/-", {"deviceId": ""}).status == 404


def test_lists_are_in_the_order_of_escaped_ids_and_page_both_ways(door: ReadDoor) -> None:
    """Users, and devices by user; each once, whatever characters are in the cursors."""
    expected = sorted(ODD_IDS, key=escaped)

    for path in ("/users", "/vehicles"):
        for size in (1, 7, 100):
            pages = list(door.pages(path, {"pageSize": str(size)}))
            assert [id_ for page in pages for id_ in page.ids] == expected

            back: list[str] = []
            cursor = pages[-1].before
            while cursor:
                page = door.get(path, {"pageSize": str(size), "before": cursor})
                back = page.ids + back
                cursor = page.before
            assert back + pages[-1].ids == expected


def test_a_cursor_at_the_longest_ids_fits_a_url_and_opens(door: ReadDoor) -> None:
    """Control characters are six letters each in JSON; two ids of them are the longest place there is."""
    longest = "\0" * 256
    pages = list(door.pages("/vehicles", {"pageSize": "1"}))

    assert any(page.ids == [longest] and page.after for page in pages)
    assert max(len(page.after or "") for page in pages) < 4608


@pytest.mark.parametrize("vendor", ["ALFA ROMEO", "Alfa Romeo", "alfa romeo"])
@pytest.mark.parametrize("written", ["ALFA ROMEO", "alfa Romeo"])
def test_vendors_compare_without_case(monkeypatch: pytest.MonkeyPatch, vendor: str, written: str) -> None:
    """In filters, and between a device, the word that its credentials died, and the account it came with."""
    kept = Kept()
    car = a_vehicle(id="car", userId="anna", vendor=written)
    kept.deliver(an_event("user:vehicle:updated", at=BEGAN, user_id="anna", vehicle=car), now=NOW)
    kept.deliver(an_event("user:credentials:invalidated", at=NOW, user_id="anna", vendor=vendor), now=NOW)
    monkeypatch.setattr(app, "build", kept.door.collaborators)

    found = kept.door.get("/users/anna/devices", {"vendor": vendor}, claims=of("anna"))
    then = kept.door.get("/users/anna/devices", {"vendor": vendor, "at": THEN}, claims=of("anna"))
    user = kept.door.get("/users/anna", claims=of("anna"))

    assert (found.ids, then.ids) == (["car"], ["car"])
    assert found.data[0]["freshness"]["verdict"] == "disconnected"
    assert user.json["linkedVendors"] == [{"vendor": written, "vendorType": "vehicle", "isValid": False}]


def test_one_vendor_in_two_cases_is_one_account(monkeypatch: pytest.MonkeyPatch) -> None:
    """Told as the first device writes it."""
    kept = Kept()
    for id_, written in (("car-1", "Tesla"), ("car-2", "TESLA")):
        car = a_vehicle(id=id_, userId="anna", vendor=written)
        kept.deliver(an_event("user:vehicle:updated", at=BEGAN, user_id="anna", vehicle=car), now=NOW)
    monkeypatch.setattr(app, "build", kept.door.collaborators)

    user = kept.door.get("/users/anna", claims=of("anna"))

    assert user.json["linkedVendors"] == [{"vendor": "Tesla", "vendorType": "vehicle", "isValid": True}]


@pytest.mark.parametrize("id_", ODD_IDS, ids=lambda id_: ascii(id_)[:30])
def test_no_header_and_no_log_line_holds_an_odd_id(
    door: ReadDoor, id_: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor anything that could end one: headers are plain text, and a line is one line of JSON."""
    lines: list[str] = []
    for handler in logger.handlers:
        monkeypatch.setattr(handler, "stream", _Lines(lines))

    answers = [*_asked_by_path(door, id_, FLEET), *_asked_by_query(door, id_, of("somebody"))]

    for answer in answers:
        for value in answer.headers.values():
            assert value.isascii()
            assert value.isprintable()
    told = [json.loads(line) for line in "".join(lines).splitlines()]
    assert len(told) == len(answers)
    assert all(line["message"] == "read answered" for line in told)


class _Lines:
    """A stream that keeps what is written."""

    def __init__(self, lines: list[str]) -> None:
        self.lines = lines

    def write(self, text: str) -> None:
        self.lines.append(text)

    def flush(self) -> None:
        """Nothing waits."""


def test_a_document_that_names_another_user_is_the_envelopes(monkeypatch: pytest.MonkeyPatch) -> None:
    """One rule for every event: the user of the envelope. The document is passed on as it came."""
    kept = Kept()
    car = a_vehicle(id="car", userId="ben")
    status = a_smart_charging_status(vehicleId="car", userId="ben")
    kept.deliver(
        an_event("user:vehicle:updated", at=BEGAN, user_id="anna", vehicle=car),
        an_event(
            "user:vehicle:smart-charging-status-updated",
            at=BEGAN,
            user_id="anna",
            smartChargingStatus=status,
        ),
        now=NOW,
    )
    monkeypatch.setattr(app, "build", kept.door.collaborators)

    for path in _paths("anna", "car"):
        assert kept.door.get(path, _query(path), claims=of("anna")).status == 200, path
        assert kept.door.get(path, _query(path), claims=of("ben")).status == 404, path
    assert kept.door.get("/vehicles/car", claims=of("anna")).json == car
