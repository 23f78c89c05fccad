from datetime import timedelta
from email.utils import parsedate_to_datetime
from typing import Any

import httpx
import pytest

from local.simulator.fleet import COLLECTIONS
from local.simulator.simulator import Options, Simulator
from tests.unit.local.simulator.rig import HOUR, MINUTE, SECRET, URL, Receiver, client, listen, renew
from tests.unit.local.simulator.shapes import EVENTS, misfits


@pytest.fixture
def simulator() -> Simulator:
    """Give a default fleet that is linked."""
    simulator = Simulator(send=Receiver())
    simulator.advance(2 * MINUTE)
    return simulator


def everything(http: httpx.Client, path: str, size: int = 3) -> list[Any]:
    """Walk a list to its end."""
    found, query = list[Any](), {"pageSize": str(size)}
    while True:
        body = http.get(path, params=query).json()
        found += body["data"]
        if body["pagination"]["after"] is None:
            return found
        query["after"] = body["pagination"]["after"]


def test_a_token_is_needed_and_lasts_an_hour(simulator: Simulator) -> None:
    """Basic credentials give a bearer token for 3599 seconds; without it, 401."""
    http = client(simulator, token=False)
    assert http.get("/vehicles").status_code == 401
    assert http.post("/oauth2/token", auth=("who", "knows")).status_code == 401
    pair = (simulator.client.id, simulator.client.secret)
    assert http.post("/oauth2/token", auth=pair, data={"grant_type": "password"}).status_code == 400

    answer = http.post("/oauth2/token", auth=pair, data={"grant_type": "client_credentials"})
    assert answer.json()["expires_in"] == 3599
    http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"

    assert http.get("/vehicles").status_code == 200
    simulator.advance(timedelta(seconds=3599))
    refused = http.get("/vehicles")
    assert refused.status_code == 401
    assert refused.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(("collection", "kind"), COLLECTIONS.items())
def test_lists_hold_what_gets_show(simulator: Simulator, collection: str, kind: str) -> None:
    """Client-wide and per user, page by page."""
    http = client(simulator)

    listed = everything(http, f"/{collection}")

    assert [one["id"] for one in listed] == [cached.id for cached in simulator.cloud.listing(kind)]
    assert all(http.get(f"/{collection}/{one['id']}").json() == one for one in listed)
    by_user = [
        one
        for user in everything(http, "/users")
        for one in everything(http, f"/users/{user['id']}/{collection}")
    ]
    assert sorted(one["id"] for one in by_user) == sorted(one["id"] for one in listed)


def test_what_is_not_there_is_a_problem(simulator: Simulator) -> None:
    """Devices, users, webhooks and routes: 404 with a problem body each."""
    http = client(simulator)
    charger = simulator.cloud.listing("charger")[0].id
    paths = (
        "/vehicles/none",
        f"/vehicles/{charger}",
        "/users/none",
        "/users/none/vehicles",
        "/webhooks/none",
        "/no",
    )

    for path in paths:
        answer = http.get(path)
        assert answer.status_code == 404, path
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["type"].endswith("/not-found")
    assert http.get("/no").json()["title"] == "Route not found"
    assert http.post("/hem-systems/none/refresh-hint").json()["title"] == "Route not found"


def test_bad_pages_are_refused(simulator: Simulator) -> None:
    """400 with a problem body."""
    assert client(simulator).get("/vehicles?pageSize=0").status_code == 400


def test_a_user_shows_the_vendors_linked(simulator: Simulator) -> None:
    """Vendor, type and whether the credentials hold; deleting the authorisation takes all away."""
    http = client(simulator)
    vendors = http.get("/users/ada-example").json()["linkedVendors"]
    assert {"vendor": "TESLA", "vendorType": "vehicle", "isValid": True} in vendors

    assert http.delete("/users/ada-example/authorization").status_code == 204

    assert http.get("/users/ada-example").json() == {"id": "ada-example", "linkedVendors": []}
    assert http.get("/users/ada-example/vehicles").json()["data"] == []
    assert http.delete("/users/ada-example").status_code == 204
    assert http.get("/users/ada-example").status_code == 404
    assert http.delete("/users/ada-example").status_code == 404


def test_a_hint_is_204_and_makes_the_device_seen_soon(simulator: Simulator) -> None:
    """A hint for a device that is not there is 404."""
    http = client(simulator)
    simulator.advance(HOUR / 2)
    car = everything(http, "/vehicles")[-1]

    assert http.post(f"/vehicles/{car['id']}/refresh-hint").status_code == 204
    simulator.advance(timedelta(seconds=10))

    assert http.get(f"/vehicles/{car['id']}").json()["lastSeen"] > car["lastSeen"]
    assert http.post("/vehicles/none/refresh-hint").status_code == 404


def test_smart_charging_status_is_of_one_car(simulator: Simulator) -> None:
    """A car without a plan has it disabled."""
    http = client(simulator)
    states = {
        http.get(f"/vehicles/{car['id']}/smart-charging-status").json()["state"]
        for car in everything(http, "/vehicles")
    }

    assert "DISABLED" in states
    assert len(states) > 1
    assert http.get("/vehicles/none/smart-charging-status").status_code == 404


def test_every_answer_carries_the_time_of_the_simulator(simulator: Simulator) -> None:
    """One clock orders events and reads."""
    answer = client(simulator).get("/health/ready")

    assert answer.status_code == 204
    assert parsedate_to_datetime(answer.headers["date"]) == simulator.clock.now().replace(microsecond=0)


def test_a_webhook_is_made_shown_changed_and_deleted(simulator: Simulator) -> None:
    """Never with its secret or the value of its header; a change makes it active again."""
    http = client(simulator)
    header = {"headerName": "x-api-key", "headerValue": "open"}
    made = http.post("/webhooks", json={"url": URL, "secret": SECRET, "authentication": header})
    path = f"/webhooks/{made.json()['id']}"

    assert made.status_code == 200
    assert misfits(made.json(), EVENTS["webhook"]) == set()
    assert made.json()["lastSuccess"] == made.json()["createdAt"]
    assert made.json()["events"] == ["*"]
    assert SECRET not in made.text
    assert made.json()["authentication"] == {"headerName": "x-api-key"}
    assert http.get("/webhooks").json()["data"] == [made.json()] == [http.get(path).json()]
    simulator.webhooks[made.json()["id"]].is_active = False
    changed = http.patch(path, json={"events": ["user:vehicle:updated"], "authentication": None}).json()
    assert (changed["isActive"], changed["events"], changed["authentication"]) == (
        True,
        ["user:vehicle:updated"],
        None,
    )
    assert http.delete(path).status_code == 204
    for answer in (http.get(path), http.patch(path, json={}), http.delete(path), http.post(f"{path}/test")):
        assert answer.status_code == 404
        assert answer.json()["title"] == "Webhook not found"


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"url": URL},
        {"url": "http://receiver.example/", "secret": SECRET},
        {"url": "ftp://a.b", "secret": SECRET},
        {"url": f"https://{'a' * 200}.example", "secret": SECRET},
        {"url": URL, "secret": "short"},
        {"url": URL, "secret": SECRET, "events": ["user:vehicle:*"]},
        {"url": URL, "secret": SECRET, "events": ["user:hem-system:updated"]},
        {"url": URL, "secret": SECRET, "events": ["system:heartbeat"]},
        {"url": URL, "secret": SECRET, "apiVersion": "2023-08-01"},
        {"url": URL, "secret": SECRET, "authentication": {"headerName": "X-Upper", "headerValue": "v"}},
        {"url": URL, "secret": SECRET, "authentication": {"headerName": "x-lower"}},
        {"url": URL, "secret": SECRET, "isActive": True},
    ],
)
def test_a_webhook_enode_would_not_take_is_refused(simulator: Simulator, body: Any) -> None:
    """400, with the reasons listed."""
    answer = client(simulator).post("/webhooks", json=body)

    assert answer.status_code == 400
    assert answer.json()["title"] == "Webhook input is not valid."
    assert answer.json()["issues"]


@pytest.mark.parametrize(
    "url", ["http://localhost:4566/x", "http://127.0.0.1:1/x", "http://api.localhost:4566/x"]
)
def test_a_receiver_on_this_machine_may_speak_plain_http(simulator: Simulator, url: str) -> None:
    """Enode itself insists on https; the local stack has none."""
    http = client(simulator)

    assert http.post("/webhooks", json={"url": url, "secret": SECRET}).status_code == 200
    again = http.post("/webhooks", json={"url": url, "secret": SECRET})
    assert (again.status_code, again.json()["title"]) == (400, "Webhook already exists")


@pytest.mark.parametrize(
    ("answer", "status", "is_active"),
    [
        (200, "SUCCESS", True),
        (401, "FAILURE", False),
        (TimeoutError(), "FAILURE", False),
        (OSError(), "FAILURE", False),
    ],
)
def test_a_test_is_sent_at_once_and_revives(answer: int | Exception, status: str, is_active: bool) -> None:
    """Success makes an inactive webhook active; failure says what came back."""
    receiver = Receiver(then=answer)
    simulator = Simulator(send=receiver)
    webhook_id = listen(simulator)
    simulator.webhooks[webhook_id].is_active = False

    told = client(simulator).post(f"/webhooks/{webhook_id}/test").json()

    assert told["status"] == status
    assert (told["response"] is not None) == isinstance(answer, int)
    assert simulator.webhooks[webhook_id].is_active is is_active
    assert len(receiver.requests) == 1
    if is_active:
        assert receiver.events[0]["event"] == "enode:webhook:test"
        assert misfits(receiver.events[0], EVENTS["enode:webhook:test"]) == set()


def test_the_api_misbehaves_on_request(simulator: Simulator) -> None:
    """429 with Retry-After, 500, no answer at all, and tokens that end early; each once."""
    http = client(simulator)
    for name in ("api_429", "api_500", "api_hang"):
        simulator.faults.once(name)

    with pytest.raises(httpx.ReadTimeout):
        http.get("/vehicles")
    throttled = http.get("/vehicles")
    assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "30")
    assert http.get("/vehicles").status_code == 500
    assert http.get("/vehicles").status_code == 200
    simulator.tokens.expire()
    assert http.get("/vehicles").status_code == 401
    renew(simulator, http)
    assert http.get("/vehicles").status_code == 200


def test_faults_of_the_api_can_be_options() -> None:
    """A probability, drawn from the seed."""
    simulator = Simulator(options=Options(faults={"api_500": 0.5}))
    http = client(simulator)

    statuses = [http.get("/vehicles").status_code for _ in range(50)]

    assert 10 < statuses.count(500) < 40
