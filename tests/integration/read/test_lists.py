"""Proves that lists hold still under a reader's feet, and that a large one comes in pages of bounded cost."""

import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from pytest_socket import enable_socket

from lastseen.domain.device import DeviceKind
from tests.integration import tables
from tests.integration.engines import Engine
from tests.integration.read.conftest import Ingest, opened
from tests.integration.tables import Tables, connect
from tests.support.builders import (
    Json,
    a_delivery,
    a_device,
    a_vehicle,
    an_event,
    signature_of,
)
from tests.support.read_requests import FLEET, Answer, ReadDoor, of

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

MANY = 2000
DYNAMODBS_SECONDS = 0.01
LAMBDAS_MOST = 6 * 1024 * 1024


def _deliver(ingest: Ingest, *events: Json) -> None:
    body = a_delivery(events)
    ingest.post({"x-enode-signature": signature_of(body), "x-enode-delivery": "delivery"}, body)


def _car(user_id: str, id_: str, verb: str = "updated", **changes: Any) -> Json:
    car = a_vehicle(id=id_, userId=user_id, **changes)
    return an_event(f"user:vehicle:{verb}", at=datetime.now(UTC), user_id=user_id, vehicle=car)


# ------------------------------------------------------------------------------------ while events keep arriving


@pytest.mark.parametrize("path", ["/vehicles", "/users/user-3/vehicles", "/users/user-3/devices"])
def test_who_pages_while_events_arrive_misses_and_repeats_nothing_that_was_there(
    fresh_tables: Tables, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Between any two pages devices change, come and go, in front of the reader, behind, and just where they stand."""
    ingest = Ingest(fresh_tables.log(), fresh_tables.states())
    cars = {
        f"car-{number:02}": f"user-{number % 6}" if path == "/vehicles" else "user-3"
        for number in range(0, 60, 2)
    }
    _deliver(ingest, *(_car(user_id, id_) for id_, user_id in cars.items()))
    door = opened(fresh_tables, monkeypatch)
    throughout = set(cars)

    pages = [door.get(path, {"pageSize": "4"})]
    while pages[-1].after is not None:
        number = len(pages)
        last, gone, new = (
            pages[-1].ids[-1],
            f"car-{(number * 14) % 60:02}",
            f"car-{(number * 22 + 1) % 60:02}",
        )
        owner = cars.get(gone, "user-0")
        _deliver(ingest, *(_car(cars[id_], id_, isReachable=False) for id_ in pages[-1].ids if id_ in cars))
        for leaving in {gone} | ({last} if number % 3 == 0 else set()):
            _deliver(ingest, _car(cars.get(leaving, owner), leaving, "deleted"))
            throughout.discard(leaving)
        _deliver(ingest, _car(owner, new))
        pages.append(door.get(path, {"pageSize": "4", "after": pages[-1].after}))
        assert number < 40

    seen = [id_ for page in pages for id_ in page.ids]
    assert len(seen) == len(set(seen))
    assert set(seen) >= throughout
    assert len(throughout) > 15

    back = [door.get(path, {"pageSize": "4", "before": pages[-1].before or ""})]
    while back[-1].before is not None:
        back.append(door.get(path, {"pageSize": "4", "before": back[-1].before}))
    assert {id_ for page in [*back, pages[-1]] for id_ in page.ids} >= throughout


# --------------------------------------------------------------------------------------------------- large ones


@pytest.fixture(scope="module")
def large(dynamodb: "DynamoDBClient") -> Iterator[Tables]:
    """Thirty users with a few devices, and between them one with two thousand vehicles."""
    enable_socket()
    with tables.created(dynamodb) as created:
        ingest = Ingest(created.log(), created.states())
        for first in range(0, MANY, 100):
            _deliver(ingest, *(_car("user-m", f"many-{number:04}") for number in range(first, first + 100)))
        for number in range(30):
            user_id = f"user-{'abcdefghijklnopqrstuvwxyz0123456789'[number]}"
            now = datetime.now(UTC)
            _deliver(
                ingest,
                *(
                    an_event(
                        f"user:{kind}:updated",
                        at=now - timedelta(minutes=1),
                        user_id=user_id,
                        **{kind.wire_key: a_device(kind, id=f"{user_id}-{kind}", userId=user_id)},
                    )
                    for kind in (DeviceKind.VEHICLE, DeviceKind.CHARGER)
                ),
            )
        yield created


class _Watched:
    """The read API, and what each question cost."""

    def __init__(self, over: Tables, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
        enable_socket()
        client = connect(engine)
        self.calls: list[str] = []
        self.items = 0
        client.meta.events.register("before-call", lambda model, **_: self.calls.append(model.name))
        client.meta.events.register("after-call", self._count)
        self.door: ReadDoor = opened(Tables(client, over.devices, over.history, over.pool), monkeypatch)
        self.most_calls, self.most_seconds, self.largest, self.most_items = 0, 0.0, 0, 0

    def get(self, path: str, *, caller: str | None = None, **query: str) -> Answer:
        self.calls.clear()
        self.items = 0
        begun = time.process_time()
        answer = self.door.get(path, query, claims=FLEET if caller is None else of(caller))
        # Our own CPU, and what DynamoDB takes for a call; how long an emulator takes for one says nothing.
        seconds = time.process_time() - begun + len(self.calls) * DYNAMODBS_SECONDS
        self.most_seconds = max(self.most_seconds, seconds)
        self.most_items = max(self.most_items, self.items)
        self.most_calls = max(self.most_calls, len(self.calls))
        self.largest = max(self.largest, answer.raw_size)
        assert answer.status == 200, answer.text
        return answer

    def _count(self, parsed: dict[str, Any], **_: Any) -> None:
        self.items += parsed.get("Count", 0)


@pytest.fixture
def watched(large: Tables, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> _Watched:
    """The read API over the large tables."""
    return _Watched(large, engine, monkeypatch)


@pytest.mark.parametrize(
    ("path", "count", "size"),
    [
        ("/vehicles", MANY + 30, 100),
        ("/users/user-m/vehicles", MANY, 100),
        ("/users/user-m/devices", MANY, 99),
    ],
)
def test_two_thousand_vehicles_of_one_user_come_in_pages(
    watched: _Watched, path: str, count: int, size: int
) -> None:
    """Each once, in order, within 6 MB and a second, at a bounded number of calls, wherever the page lies."""
    seen: list[str] = []
    cursor: dict[str, str] = {}
    while True:
        page = watched.get(path, pageSize=str(size), **cursor)
        seen += page.ids
        if page.after is None:
            break
        cursor = {"after": page.after}

    assert len(seen) == len(set(seen)) == count
    ours = [id_ for id_ in seen if id_.startswith("many")]
    assert ours == sorted(ours)
    assert watched.largest < LAMBDAS_MOST / 10
    assert watched.most_calls <= 8
    assert watched.most_seconds < 1.0
    if path != "/vehicles":
        assert watched.most_calls <= 3, "whether there is such a user, devices, accounts"
        assert watched.most_items <= size + 3 + 2 * len(DeviceKind)


@pytest.mark.parametrize("path", ["/users/user-m/vehicles", "/users/user-m/devices", "/vehicles"])
def test_ones_own_devices_are_one_question_to_the_store(watched: _Watched, path: str) -> None:
    """Whether their accounts hold comes along with them; from elsewhere than the beginning on it is asked for."""
    first = watched.get(path, caller="user-m")
    assert watched.calls == ["Query"]

    watched.get(path, caller="user-m", after=first.after or "")
    assert watched.calls == ["Query", "BatchGetItem"]


def test_accounts_take_no_room_of_the_devices_behind_them(
    fresh_tables: Tables, engine: Engine, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page as long as the list is still one question, and whether there is such a user another."""
    ingest, now = Ingest(fresh_tables.log(), fresh_tables.states()), datetime.now(UTC)
    _deliver(ingest, *(_car("user-1", f"car-{number}") for number in range(5)))
    _deliver(ingest, an_event("user:credentials:invalidated", at=now, user_id="user-1", vendor="TESLA"))
    watched = _Watched(fresh_tables, engine, monkeypatch)

    for path in ("/users/user-1/devices", "/users/user-1/vehicles"):
        own = watched.get(path, caller="user-1", pageSize="5")
        assert (len(own.ids), watched.calls) == (5, ["Query"])
        watched.get(path, pageSize="5")
        assert watched.calls == ["Query", "Query"]


def test_the_way_back_through_them_is_as_cheap(watched: _Watched) -> None:
    """From the last page to the first."""
    page = watched.get("/vehicles", pageSize="100")
    while page.after is not None:
        page = watched.get("/vehicles", pageSize="100", after=page.after)
    seen = page.ids[::-1]
    while page.before is not None:
        page = watched.get("/vehicles", pageSize="100", before=page.before)
        seen += page.ids[::-1]

    assert len(seen) == len(set(seen)) == MANY + 30
    assert watched.most_calls <= 8


def test_a_list_of_all_users_does_not_read_all_devices(watched: _Watched) -> None:
    """Each once, though one of them has two thousand."""
    first = watched.get("/users", pageSize="20")
    rest = watched.get("/users", pageSize="20", after=first.after or "")

    assert len({*first.ids, *rest.ids}) == 31
    assert watched.most_calls <= 20


def test_the_first_devices_of_a_kind_do_not_cost_the_reading_of_all(watched: _Watched) -> None:
    """A page of ten reads some hundreds of keys, however many thousand there are."""
    assert len(watched.get("/vehicles", pageSize="10").ids) == 10
    assert watched.items <= 300


def test_a_filter_that_none_of_many_passes_is_a_bounded_number_of_calls(watched: _Watched) -> None:
    """It looks at all of them, a few at first and more each time."""
    for query in ({"verdict": "gone"}, {"vendor": "NOBODY"}, {"kind": "vehicle", "verdict": "disconnected"}):
        page = watched.get("/users/user-m/devices", pageSize="10", **query)

        assert page.ids == []
        assert len(watched.calls) <= 8
