"""Proves `functions/read/app.py`, `routes/router.py`, `routes/request_context.py`, `routes/present.py`,
`routes/past.py`:
the door of the read API: every route of the table, for everyone, whatever stands in the request.
"""

import json
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, quote

import pytest

from functions.read import app
from lastseen.domain.device import DeviceKind
from lastseen.errors import StoreUnavailable
from tests.integration import template
from tests.support.builders import Json, a_vehicle, an_event
from tests.support.read_requests import FLEET, Answer, Claims, Kept, ReadDoor, asked, of
from tests.support.two_users import (
    ANNA,
    BEGAN,
    BEN,
    CHANGED,
    NOW,
    a_marked,
    a_world,
    device_id,
    paths_of,
    unnamed_routes,
)

EXAMPLES = Path(__file__).parents[3] / "events" / "read"
CAR = device_id(ANNA, DeviceKind.VEHICLE)
LAMBDAS_MOST = 6 * 1024 * 1024
AWKWARD = [
    "..%2F..",
    "a%23b",
    "a%2Fb",
    "%00",
    "a%00",
    "%20",
    "%",
    "%zz",
    "a%0Ab",
    "%C3%A9",
    "%ED%A0%80",
    "x" * 2048,
    "'",
    "{id}",
]


@pytest.fixture(scope="module")
def world() -> Kept:
    """Anna and Ben, with a device of each kind."""
    return a_world()


@pytest.fixture
def door(world: Kept, monkeypatch: pytest.MonkeyPatch) -> ReadDoor:
    """The door to their world."""
    return _opened(world.door, monkeypatch)


def _opened(door: ReadDoor, monkeypatch: pytest.MonkeyPatch) -> ReadDoor:
    monkeypatch.setattr(app, "build", door.collaborators)
    return door


def _ask(
    door: ReadDoor, url: str, *, claims: Claims = FLEET, headers: Mapping[str, str] | None = None
) -> Answer:
    path, _, query = url.partition("?")
    return door.get(path, dict(parse_qsl(query, keep_blank_values=True)), claims=claims, headers=headers)


def _is_problem(answer: Answer, status: int) -> bool:
    """Whether it is a refusal in Enode's form, with nothing of our insides in it."""
    assert answer.status == status, (answer.status, answer.text)
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.headers["cache-control"] == "no-store"
    assert set(answer.json) == {"type", "title", "detail"}
    assert not {"Traceback", "Error(", "lastseen."} & set(answer.text.split())
    return True


# -------------------------------------------------------------------------------------------- every question


def test_no_route_is_left_out() -> None:
    """What is in the table is asked below."""
    assert unnamed_routes() == set()


@pytest.mark.parametrize("url", paths_of(ANNA))
def test_every_question_is_answered_to_its_user_and_to_the_fleet(door: ReadDoor, url: str) -> None:
    """200, JSON, with a tag, private but for the description; and the same again is a 304."""
    for claims in (of(ANNA), FLEET):
        answer = _ask(door, url, claims=claims)

        assert answer.status == 200, answer.text
        assert answer.headers["content-type"] == "application/json"
        is_for_all = url == "/openapi.json"
        assert answer.headers["cache-control"].split(",")[0] == ("public" if is_for_all else "private")
        assert ("authorization" in answer.headers["vary"]) is not is_for_all
        assert answer.json is not None
        again = _ask(door, url, claims=claims, headers={"if-none-match": answer.headers["etag"]})
        assert (again.status, again.text) == (304, "")
        assert again.headers["etag"] == answer.headers["etag"]


def test_how_the_system_is_is_told_to_operators_only(door: ReadDoor) -> None:
    """A user's token does not reach so far; that there is such a page is no secret."""
    told, refused = _ask(door, "/health"), _ask(door, "/health", claims=of(ANNA))

    assert (told.status, told.json["heartbeat"]) == (200, {"at": None, "pendingEvents": None})
    assert _is_problem(refused, 403)


@pytest.mark.parametrize("url", paths_of(BEN, of_the_fleet=False))
def test_what_is_another_users_is_as_if_it_did_not_exist(door: ReadDoor, url: str) -> None:
    """404 with the very words of what there is not, in every route, filter and moment."""
    answer = _ask(door, url, claims=of(ANNA))
    nothing = _ask(door, url.replace(BEN, "nobody0"), claims=of(ANNA))

    assert _is_problem(answer, 404)
    assert answer.text.replace(BEN, "nobody0") == nothing.text
    assert answer.headers == nothing.headers


def test_lists_that_name_nobody_show_the_callers_own(door: ReadDoor) -> None:
    """For a user their own, for the fleet all, by user."""
    for kind in DeviceKind:
        assert _ask(door, f"/{kind.collection}", claims=of(ANNA)).ids == [device_id(ANNA, kind)]
        assert _ask(door, f"/{kind.collection}").ids == [device_id(ANNA, kind), device_id(BEN, kind)]
    assert _ask(door, "/users", claims=of(ANNA)).ids == [ANNA]
    assert _ask(door, "/users").ids == [ANNA, BEN]


def test_another_users_devices_are_not_refreshed(door: ReadDoor) -> None:
    """404, before Enode is asked; one's own is done."""
    for owner, status in ((ANNA, 204), (BEN, 404)):
        event = asked(f"/vehicles/{owner}-vehicle/refresh-hint", claims=of(ANNA), method="POST")

        assert door.send(event).status == status


@pytest.mark.parametrize("kind", DeviceKind)
def test_enodes_own_resources_are_those_that_enode_sent(door: ReadDoor, kind: DeviceKind) -> None:
    """Alone, in the user's list and in the client's list; freshness is beside them, in a header."""
    resource = a_marked(kind, ANNA)

    alone = _ask(door, f"/{kind.collection}/{device_id(ANNA, kind)}")
    users = _ask(door, f"/users/{ANNA}/{kind.collection}")

    assert alone.json == resource
    assert users.json == {"data": [resource], "pagination": {"after": None, "before": None}}
    assert _ask(door, f"/{kind.collection}").data[0] == resource
    assert "lastseen-freshness" in alone.headers
    assert "lastseen-freshness" in users.headers


def test_a_cursor_of_one_caller_is_a_bad_request_of_another(door: ReadDoor) -> None:
    """Also where both may ask the question."""
    bens = _ask(door, f"/users/{BEN}/devices?pageSize=2", claims=of(BEN)).after
    fleets = _ask(door, "/vehicles?pageSize=1").after
    annas = _ask(door, f"/users/{ANNA}/devices?pageSize=2", claims=of(ANNA)).after

    for url in (f"/users/{ANNA}/devices", "/vehicles", "/users", f"/devices/{CAR}/history"):
        for cursor in (bens, fleets):
            for name in ("after", "before"):
                assert _is_problem(_ask(door, f"{url}?{name}={cursor}", claims=of(ANNA)), 400)
    assert _is_problem(_ask(door, f"/users/{ANNA}/devices?after={annas}&kind=vehicle", claims=of(ANNA)), 400)
    assert _ask(door, f"/users/{ANNA}/devices?after={annas}&pageSize=3", claims=of(ANNA)).status == 200


def test_a_cursor_is_bound_to_nothing_that_does_not_choose_what_is_listed(door: ReadDoor) -> None:
    """Not to parameters that the route does not know, nor to the form in which the items are shown."""
    for url in (f"/users/{ANNA}/devices", "/vehicles", "/users", f"/users/{ANNA}/devices?kind=charger"):
        link = "&" if "?" in url else "?"
        first = _ask(door, f"{url}{link}pageSize=1&_=1&fields=id&kind_=x")
        for more in ("", "&_=2", "&pageSize=2&utm=x", "&fields=vendor", "&userId=x", "&before="):
            after = first.after or _ask(door, f"{url}{link}pageSize=1&before=").after or ""
            assert _ask(door, f"{url}{link}after={after}{more}").status == 200, (url, more)


def test_an_empty_cursor_is_the_first_page(door: ReadDoor) -> None:
    """As a client sends it that fills in a template."""
    for name in ("after", "before"):
        assert _ask(door, f"/vehicles?pageSize=1&{name}=").json == _ask(door, "/vehicles?pageSize=1").json


def test_pages_of_all_kinds_of_lists_give_everything_once(door: ReadDoor) -> None:
    """Through the door, with its cursors."""
    lists = [
        f"/users/{ANNA}/devices",
        "/vehicles",
        "/users",
        f"/devices/{CAR}/history",
        f"/devices/{CAR}/snapshots",
    ]
    for path in lists:
        whole = door.get(path).data
        assert len(whole) > 1

        assert [item for page in door.pages(path, {"pageSize": "1"}) for item in page.data] == whole


# --------------------------------------------------------------------------------------------------- filters


def test_filters_keep_what_they_say(door: ReadDoor) -> None:
    """Kind, vendor, verdict; deleted devices show only to those who ask for them."""
    whole = _ask(door, f"/users/{ANNA}/devices")
    assert f"{ANNA}-gone" not in whole.ids

    assert _ask(door, f"/users/{ANNA}/devices?verdict=gone").ids == [f"{ANNA}-gone"]
    assert _ask(door, f"/users/{ANNA}/devices?kind=charger").ids == [f"{ANNA}-charger"]
    assert _ask(door, f"/users/{ANNA}/devices?vendor={ANNA}-ADAX").ids == [f"{ANNA}-hvac"]
    assert _ask(door, f"/users/{ANNA}/devices?vendor={ANNA}-ADAX&kind=charger").ids == []
    assert _ask(door, f"/users/{ANNA}/devices?verdict=disconnected").ids == [f"{ANNA}-hvac"]


@pytest.mark.parametrize(
    "query",
    [
        *("pageSize=0", "pageSize=-1", "pageSize=1e1", "pageSize="),
        *("after=x", "before=%00", "after=a&before=b", "after=" + "A" * 9000),
        *("kind=Vehicle", "kind=", "verdict=fine", "vendor=..", "vendor=", "vendor=" + "x" * 2000),
        *(
            "fields=",
            "fields=a..b,",
            "fields=" + "a," * 99,
            "fields=a\\",
            "at=yesterday",
            "at=",
            "at=2026-13-01T00:00:00Z",
        ),
        *("at=9999-12-31T23:59:59Z", "at=9999-12-31T23:59:59-23:59"),
    ],
)
def test_an_absurd_value_is_a_bad_request(door: ReadDoor, query: str) -> None:
    """Never passed over, never a crash."""
    assert _is_problem(_ask(door, f"/users/{ANNA}/devices?{query}", claims=of(ANNA)), 400)


@pytest.mark.parametrize(
    "query",
    [
        *(
            "history?order=up",
            "history?from=x",
            "history?to=",
            "history?field=",
            "history?field=a\\",
            "history?field=" + "a" * 500,
        ),
        *("snapshots?order=", "snapshots?pageSize=all", "snapshots?after=x"),
        *("diff", "diff?from=2026-03-01T12:00:00Z", "diff?from=2026-03-02T12:00:00Z&to=2026-03-01T12:00:00Z"),
    ],
)
def test_an_absurd_value_about_the_past_is_a_bad_request(door: ReadDoor, query: str) -> None:
    """The same of the log."""
    assert _is_problem(_ask(door, f"/devices/{CAR}/{query}", claims=of(ANNA)), 400)


@pytest.mark.parametrize("id_", AWKWARD)
@pytest.mark.parametrize(
    "route",
    [
        "/users/{}",
        "/users/{}/devices",
        "/users/{}/vehicles",
        "/devices/{}",
        "/devices/{}/history",
        "/devices/{}/snapshots",
        "/vehicles/{}",
        "/hem-systems/{}?at=2026-03-01T12:00:00Z",
        "/vehicles/{}/smart-charging-status",
    ],
)
def test_no_awkward_id_is_harmful(door: ReadDoor, route: str, id_: str) -> None:
    """Separators, encodings, NULs, half characters and 2 KB, decoded by the gateway or not: 404."""
    for text in (id_, quote(id_, safe="")):
        path, _, query = route.format(text).partition("?")
        event = asked(path, dict(parse_qsl(query)), claims=FLEET)
        assert _is_problem(door.send(event), 404)
        if "pathParameters" in event:
            event["pathParameters"] = dict.fromkeys(event["pathParameters"], text)
            assert door.send(event).status in (404, 501)


# -------------------------------------------------------------------------------------------------- the past


def test_a_device_as_it_was(door: ReadDoor) -> None:
    """In Enode's form and in ours, alone and in lists; the header says of when it is."""
    moment = f"{CHANGED:%Y-%m-%dT%H:%M:%SZ}"
    for url in (
        f"/vehicles/{CAR}",
        f"/users/{ANNA}/vehicles",
        f"/devices/{CAR}",
        f"/users/{ANNA}/devices?kind=vehicle",
    ):
        mark = "&" if "?" in url else "?"
        then = _ask(door, f"{url}{mark}at={moment}").text
        now = _ask(door, url).text

        assert '"isReachable":false' in then
        assert '"isReachable":true' in now
        assert moment[:19] in _ask(door, f"{url}{mark}at={moment}").headers["lastseen-as-of"]


def test_neither_the_future_nor_what_was_before_is_the_latest_state(door: ReadDoor) -> None:
    """400 and 404, each saying why, for a device and for a list: nothing is not what there was before coverage."""
    tomorrow = f"{NOW + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    before = f"{BEGAN - timedelta(seconds=1):%Y-%m-%dT%H:%M:%SZ}"
    for url in (f"/vehicles/{CAR}", f"/devices/{CAR}"):
        assert _is_problem(_ask(door, f"{url}?at={tomorrow}"), 400)
        assert _is_problem(_ask(door, f"{url}?at={before}"), 404)
    for url in (f"/users/{ANNA}/vehicles", f"/users/{ANNA}/devices"):
        assert _is_problem(_ask(door, f"{url}?at={tomorrow}"), 400)
        refused = _ask(door, f"{url}?at={before}")
        assert _is_problem(refused, 404)
        assert refused.json["type"] == "urn:lastseen:problem:not-covered"


@pytest.mark.parametrize(
    "path",
    [
        "/vehicles",
        "/users",
        f"/users/{ANNA}",
        "/health",
        f"/devices/{CAR}/history",
        f"/devices/{CAR}/snapshots",
        f"/devices/{CAR}/diff?from=2026-03-01T11:00:00Z&to=2026-03-01T12:00:00Z",
        f"/vehicles/{CAR}/smart-charging-status",
        f"/users/{ANNA}/devices?verdict=fresh",
    ],
)
def test_the_present_is_not_told_under_a_date_of_yesterday(door: ReadDoor, path: str) -> None:
    """Where there is no answer about a moment, asking for one is a bad request."""
    mark = "&" if "?" in path else "?"

    refused = _ask(door, f"{path}{mark}at=2026-03-01T11:30:00Z")

    assert _is_problem(refused, 400)
    assert "'at'" in refused.json["detail"]


def test_a_span_that_ends_before_it_begins_is_a_bad_request(door: ReadDoor) -> None:
    """In history as in a difference; and the refusal of a moment to come names the parameter."""
    backwards = "from=2026-03-02T12:00:00Z&to=2026-03-01T12:00:00Z"
    for name in ("history", "snapshots", "diff"):
        refused = _ask(door, f"/devices/{CAR}/{name}?{backwards}")
        assert _is_problem(refused, 400)
        assert "'from' must not be later than 'to'" in refused.json["detail"]

    refused = _ask(door, f"/devices/{CAR}/diff?from={BEGAN:%Y-%m-%dT%H:%M:%SZ}&to=2999-01-01T00:00:00Z")

    assert "'to' must not be in the future" in refused.json["detail"]


# ------------------------------------------------------------------------------------------- how it is carried


def test_a_large_list_is_compressed_and_a_small_one_is_not(door: ReadDoor) -> None:
    """Base64 for Lambda; a tag of its own."""
    event = asked(f"/users/{ANNA}/devices", headers={"accept-encoding": "gzip, br"})

    shrunk, plain = door.send(event), door.get(f"/users/{ANNA}/devices")

    assert shrunk.headers["content-encoding"] == "gzip"
    assert shrunk.json == plain.json
    assert shrunk.raw_size < plain.raw_size / 2
    assert shrunk.headers["etag"] != plain.headers["etag"]
    assert "content-encoding" not in door.get("/users", headers={"accept-encoding": "gzip"}).headers


def test_a_tag_follows_the_content_and_not_the_clock(
    door: ReadDoor, world: Kept, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It stays while a device only ages, and moves when it changes."""
    kept = a_world()
    door = _opened(kept.door, monkeypatch)
    first = door.get(f"/vehicles/{CAR}").headers["etag"]
    assert door.get(f"/vehicles/{CAR}").headers["etag"] == first

    kept.deliver(
        an_event(at=NOW, user_id=ANNA, vehicle=a_marked(DeviceKind.VEHICLE, ANNA, isReachable=None)), now=NOW
    )

    assert door.get(f"/vehicles/{CAR}", headers={"if-none-match": first}).status == 200


def test_last_modified_is_when_enode_said_it(door: ReadDoor) -> None:
    """Of a list, the newest."""
    said = f"{CHANGED + timedelta(minutes=1):%a, %d %b %Y %H:%M:%S} GMT"

    for url in (f"/vehicles/{CAR}", f"/devices/{CAR}", f"/users/{ANNA}/devices", "/vehicles"):
        assert door.get(url).headers["last-modified"] == said


def test_paths_cannot_make_an_answer_too_large(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names that are long and lie deep make paths of 24 MB out of a document of 128 KB; Lambda answers 6 MB at most."""
    kept = Kept()
    for number in range(3):
        inside: Json = {f"leaf-{leaf}": number * 10_000 + leaf for leaf in range(1500)}
        for _ in range(150):
            inside = {"n" * 400: inside}
        car = a_vehicle(id=CAR, userId=ANNA, odometer=inside, battery_percent=number)
        kept.deliver(an_event(at=BEGAN + timedelta(minutes=number), user_id=ANNA, vehicle=car), now=NOW)
    door = _opened(kept.door, monkeypatch)
    moments = {"from": f"{BEGAN:%Y-%m-%dT%H:%M:%SZ}", "to": f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}

    difference = door.get(f"/devices/{CAR}/diff", moments)
    histories = [
        page
        for direction in ("asc", "desc")
        for page in door.pages(f"/devices/{CAR}/history", {"order": direction, "pageSize": "100"})
    ]

    assert {one["path"] for one in difference.data} == {"chargeState", "odometer"}
    assert [len(page.data) for page in histories] == [4, 4]
    assert max(one.raw_size for one in (difference, *histories)) < LAMBDAS_MOST


def test_names_with_dots_and_dollars_are_told_apart_and_can_be_asked_for(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A device's own property cannot pass for what we tell of it, in changes, filters and projections."""
    kept = Kept()
    for number in range(2):
        odd = {"$exists": number, "schedules": {"a.b": number}, "charge,State": number}
        car = a_vehicle(id=CAR, userId=ANNA) | odd
        kept.deliver(an_event(at=BEGAN + timedelta(minutes=number), user_id=ANNA, vehicle=car), now=NOW)
    door = _opened(kept.door, monkeypatch)

    def told(field: str) -> list[str]:
        return [one["path"] for one in door.get(f"/devices/{CAR}/history", {"field": field}).data]

    assert told("$exists") == told("schedules") == told("charge") == []
    assert told("\\$exists") == ["\\$exists"]
    assert told("\\schedules") == told("\\schedules.a\\.b") == ["\\schedules.a\\.b"]
    document = door.get(f"/devices/{CAR}", {"fields": "\\schedules.a\\.b,charge\\,State"}).json["document"]
    assert document == {"schedules": {"a.b": 1}, "charge,State": 1}


def test_the_heaviest_devices_fit_through_lambda(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ingest takes documents of 128 KB; a hundred of them are 13 MB, and Lambda answers 6 MB at most."""
    kept = Kept()
    heavy = 'é"' * 31_000
    for number in range(60):
        car = a_vehicle(id=f"car-{number:03}", userId=ANNA, odometer={"distance": number, "notes": heavy})
        kept.deliver(an_event(at=BEGAN, user_id=ANNA, vehicle=car), now=NOW)
        car |= {"id": "car-000"}
        kept.deliver(an_event(at=BEGAN + timedelta(minutes=number), user_id=ANNA, vehicle=car), now=NOW)
    door = _opened(kept.door, monkeypatch)

    for path in (
        f"/users/{ANNA}/devices",
        "/vehicles",
        "/devices/car-000/snapshots",
        "/devices/car-000/history",
    ):
        found = 0
        for page in door.pages(path, {"pageSize": "100"}):
            assert page.raw_size < LAMBDAS_MOST
            found += len(page.data)
        assert found >= 59
    assert (
        door.get(f"/users/{ANNA}/devices", {"pageSize": "100", "at": f"{NOW:%Y-%m-%dT%H:%M:%SZ}"}).raw_size
        < LAMBDAS_MOST
    )


def test_a_list_as_of_a_moment_is_weighed_by_what_was_known_then(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Cars that are small today were large then; every page fits, either way, and together they are all."""
    kept = Kept()
    then, text = f"{BEGAN + timedelta(hours=1):%Y-%m-%dT%H:%M:%SZ}", '"' * 60_000
    for number in range(100):
        for at, name in ((BEGAN, text), (CHANGED, "small")):
            car = a_vehicle(id=f"car-{number:03}", userId=ANNA, information={"displayName": name})
            kept.deliver(an_event("user:vehicle:updated", at=at, user_id=ANNA, vehicle=car), now=NOW)
    door = _opened(kept.door, monkeypatch)
    ids = [f"car-{number:03}" for number in range(100)]

    for path in (f"/users/{ANNA}/devices", f"/users/{ANNA}/vehicles"):
        forth = list(door.pages(path, {"at": then, "pageSize": "100"}))
        back, cursor = list[str](), forth[-1].before
        while cursor:
            page = door.get(path, {"at": then, "pageSize": "100", "before": cursor})
            assert page.raw_size < LAMBDAS_MOST
            back, cursor = [*page.ids, *back], page.before

        assert all(page.raw_size < LAMBDAS_MOST for page in forth)
        assert len(forth) > 3
        assert [id_ for page in forth for id_ in page.ids] == ids
        assert back == [id_ for page in forth[:-1] for id_ in page.ids]


# -------------------------------------------------------------------------------------------- HEAD, and readiness


@pytest.mark.parametrize(
    "url",
    [*paths_of(ANNA), "/vehicles/nobodys", "/users/nobody", "/webhooks", "/nothing", "/vehicles?pageSize=0"],
)
def test_head_is_get_without_the_body(door: ReadDoor, url: str) -> None:
    """The same status and headers, the tag among them; and 304 for who has it."""
    path, _, query = url.partition("?")
    asked_for = dict(parse_qsl(query, keep_blank_values=True))
    for headers in ({}, {"accept-encoding": "gzip"}):
        get = door.send(asked(path, asked_for, headers=headers))
        head = door.send(asked(path, asked_for, headers=headers, method="HEAD"))
        again = door.send(asked(path, asked_for, headers=headers))

        assert (head.status, head.text) == (get.status, "")
        assert head.headers in (get.headers, again.headers)  # an age in seconds may have moved on in between
    if get.status == 200:
        held = {"if-none-match": get.headers["etag"], "accept-encoding": "gzip"}
        assert door.send(asked(path, asked_for, headers=held, method="HEAD")).status == 304


def test_a_cursor_serves_get_and_head(door: ReadDoor) -> None:
    """It is the same list."""
    after = _ask(door, "/vehicles?pageSize=1").after or ""

    assert door.send(asked("/vehicles", {"after": after}, method="HEAD")).status == 200


def test_readiness_is_told_to_anyone(door: ReadDoor, monkeypatch: pytest.MonkeyPatch) -> None:
    """204 as at Enode while the state answers, else 503; whatever the token, or without one."""
    event = asked("/health/ready")
    del event["requestContext"]["authorizer"]

    ready = door.send(event)
    down: Any = _Down()
    _opened(ReadDoor(down, down), monkeypatch)
    failed = door.send(event)

    assert (ready.status, ready.text) == (204, "")
    assert _is_problem(failed, 503)
    assert template.http_routes()["GET /health/ready"] == ("ReadFunction", False)


def test_every_get_of_the_template_has_its_head() -> None:
    """With the same authorizer."""
    routes = template.http_routes()
    heads = {f"GET {key.removeprefix('HEAD ')}": to for key, to in routes.items() if key.startswith("HEAD ")}

    assert heads == {key: to for key, to in routes.items() if key.startswith("GET ")}


@pytest.mark.parametrize(
    "url", [*paths_of(ANNA), "/health", "/health/ready", "/webhooks", "/nothing", "/vehicles?pageSize=0"]
)
def test_no_browser_may_guess_what_an_answer_is(door: ReadDoor, url: str) -> None:
    """On answers, 304s and refusals alike."""
    answer = _ask(door, url)
    again = _ask(door, url, headers={"if-none-match": answer.headers.get("etag", "x")})

    for told in (answer, again):
        assert told.headers["x-content-type-options"] == "nosniff"


# ------------------------------------------------------------------------------------------- when things fail


class _Down:
    """A store that does not answer."""

    def __getattr__(self, name: str) -> Any:
        def fail(*_: Any, **__: Any) -> Any:
            raise StoreUnavailable("the devices did not answer")

        return fail


@pytest.mark.parametrize("url", [url for url in paths_of(ANNA) if url != "/openapi.json"])
def test_when_the_store_does_not_answer_it_is_503_with_when_to_come_back(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    """Nothing half, nothing empty."""
    down: Any = _Down()
    door = _opened(ReadDoor(down, down), monkeypatch)

    answer = _ask(door, url)

    assert _is_problem(answer, 503)
    assert int(answer.headers["retry-after"]) > 0


def test_a_bug_fails_the_invocation(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not answered as if it were the caller's fault: the alarm must ring."""

    class Nonsense:
        def __getattr__(self, name: str) -> Any:
            raise ZeroDivisionError

    nonsense: Any = Nonsense()
    door = _opened(ReadDoor(nonsense, nonsense), monkeypatch)

    with pytest.warns(UserWarning, match="No application metrics"), pytest.raises(ZeroDivisionError):
        door.get("/vehicles")


# --------------------------------------------------------------------------------------------------- examples


@pytest.fixture
def examples() -> dict[str, Json]:
    """The payloads in `events/read`, for `sam local invoke` and for these tests."""
    return {path.stem: json.loads(path.read_text("utf-8")) for path in EXAMPLES.glob("*.json")}


def test_examples_are_what_their_names_say(
    examples: dict[str, Json], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Asked of a world in which their user has the device they ask for."""
    kept = Kept()
    example_user = "bb28471e-cde6-4eff-ace4-9a7f4f50882a"
    kept.deliver(an_event(at=BEGAN, user_id=example_user), now=NOW)
    door = _opened(kept.door, monkeypatch)

    statuses = {name: door.send(event).status for name, event in examples.items()}

    assert statuses == {
        "as-of-before-coverage": 404,
        "devices-with-blocks": 200,
        "forged-cursor": 400,
        "history": 200,
        "list-devices": 200,
        "list-vehicles": 200,
        "openapi": 200,
        "someone-elses-device": 404,
        "start-charging": 501,
        "vehicle": 200,
        "vehicles-of-the-fleet": 200,
        "why": 200,
    }
