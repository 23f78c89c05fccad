from typing import Any

import httpx
import pytest

from local.simulator.faults import Faults
from local.simulator.simulator import Simulator
from tests.unit.local.simulator.rig import HOUR, MINUTE, Receiver, client, listen, truth_of


@pytest.fixture
def receiver() -> Receiver:
    """Give a receiver that takes everything."""
    return Receiver()


@pytest.fixture
def simulator(receiver: Receiver) -> Simulator:
    """Give a default fleet that sends."""
    simulator = Simulator(send=receiver)
    listen(simulator)
    simulator.advance(10 * MINUTE)
    return simulator


@pytest.fixture
def http(simulator: Simulator) -> httpx.Client:
    """Give a client of its API."""
    return client(simulator)


def ask(http: httpx.Client, **body: Any) -> httpx.Response:
    """Ask for misbehaviour."""
    return http.post("/_sim/faults", json=body)


def test_the_truth_is_what_enode_would_answer(simulator: Simulator, http: httpx.Client) -> None:
    """For every living device the document of a GET, and what the last `updated` event carried."""
    truth = http.get("/_sim/truth").json()

    assert (truth["paused"], len(truth["users"]), len(truth["devices"])) == (False, 6, 35)
    for device in truth["devices"]:
        collection = {"battery": "batteries"}.get(device["kind"], device["kind"] + "s")
        assert http.get(f"/{collection}/{device['id']}").json() == device["document"]
        assert device["alive"]
        assert device["lastEventAt"] is not None
        assert device["discoveredDocument"]["id"] == device["id"]
        if device["kind"] != "charger":
            assert device["eventDocument"]["information"] == device["document"]["information"]


def test_every_event_and_every_delivery_is_on_record(
    simulator: Simulator, receiver: Receiver, http: httpx.Client
) -> None:
    """In order, from any number on, so that a viewer can follow."""
    first = http.get("/_sim/events?limit=10").json()
    rest = http.get("/_sim/events?after=10&limit=9999").json()
    deliveries = http.get("/_sim/deliveries?after=0").json()["deliveries"]

    numbers = [event["number"] for event in first["events"] + rest["events"]]
    assert numbers == list(range(1, rest["last"] + 1))
    assert sum(record["count"] for record in deliveries) == len(receiver.events)
    assert {record["status"] for record in deliveries} == {200}
    assert http.get("/_sim/deliveries?after=3").json()["deliveries"][0]["number"] == 4


def test_pause_and_resume_hold_the_world(simulator: Simulator, http: httpx.Client) -> None:
    """Polls stop and go on."""
    assert http.post("/_sim/pause").json()["paused"] is True
    polls = http.get("/_sim/status").json()["polls"]
    simulator.advance(HOUR)
    assert http.get("/_sim/status").json()["polls"] == polls

    assert http.post("/_sim/resume").json()["paused"] is False
    simulator.advance(HOUR)
    assert http.get("/_sim/status").json()["polls"] > polls


def test_chances_and_single_faults_are_set_by_name(simulator: Simulator, http: httpx.Client) -> None:
    """The answer tells what holds now."""
    told = ask(http, duplicate=0.25, api_429=0, retryAfterSeconds=7, once=["lose_reply"]).json()

    assert told["chances"]["duplicate"] == 0.25
    assert simulator.faults.strikes("lose_reply")
    assert not simulator.faults.strikes("lose_reply")
    assert http.get("/_sim/faults").json()["happened"] == {"lose_reply": 1}
    ask(http, once="api_429")
    assert http.get("/vehicles").headers["retry-after"] == "7"


@pytest.mark.parametrize(
    "body",
    [
        {"gremlins": 0.5},
        {"duplicate": 2},
        {"duplicate": True},
        {"once": ["gremlins"]},
        {"do": {"action": "gremlins"}},
        {"do": ["delete"]},
        {"do": {"action": "delete"}},
        {"do": {"action": "delete", "deviceId": "none"}},
        {"do": {"action": "deauthorise", "userId": "none"}},
        {"do": {"action": "outage", "vendor": "TESLA", "mode": "gremlins"}},
        {"retryAfterSeconds": None},
    ],
)
def test_a_fault_that_is_none_is_refused_with_a_sentence(http: httpx.Client, body: dict[str, Any]) -> None:
    """Rather than ignored: a test that misspells its fault would pass."""
    answer = ask(http, **body)

    assert answer.status_code == 400
    assert answer.json()["detail"]


def test_a_body_that_is_no_object_is_refused(http: httpx.Client) -> None:
    """As is one that is no JSON."""
    assert http.post("/_sim/faults", content=b"[1]").status_code == 400
    assert http.post("/_sim/faults", content=b"{").status_code == 400


def test_an_unknown_event_on_request_comes_at_once(
    simulator: Simulator, receiver: Receiver, http: httpx.Client
) -> None:
    """A quiet fleet may say nothing for hours; the request does not wait for that."""
    http.post("/_sim/pause")
    ask(http, once=["unknown_event"])

    simulator.advance(MINUTE)

    assert receiver.events[-1]["event"] == "user:teleporter:updated"


def test_devices_and_users_can_be_made_to_vanish(simulator: Simulator, http: httpx.Client) -> None:
    """With an event or without; and linked again."""
    car = simulator.cloud.listing("vehicle")[0].id
    before = simulator.event_log.count

    ask(http, do=[{"action": "delete", "deviceId": car, "silent": True}])
    assert simulator.event_log.count == before
    assert http.get(f"/vehicles/{car}").status_code == 404
    assert truth_of(http, car)["alive"] is False
    ask(http, do={"action": "relink", "deviceId": car})
    assert truth_of(http, car)["alive"] is True

    ask(http, do={"action": "deauthorise", "userId": "bo-example"})
    assert http.get("/users/bo-example/hvacs").json()["data"] == []
    ask(http, do={"action": "relink", "userId": "bo-example"})
    assert len(http.get("/users/bo-example/hvacs").json()["data"]) == 2
    ask(http, do={"action": "move", "deviceId": car, "userId": "bo-example"})
    assert truth_of(http, car)["userId"] == "bo-example"


def test_a_device_can_be_linked_anew_under_another_id(simulator: Simulator, http: httpx.Client) -> None:
    """Again by its user, and by a second person beside them: one car, told by its VIN, under three ids."""
    car = simulator.cloud.listing("vehicle")[0]

    ask(http, do=[{"action": "delete", "deviceId": car.id}, {"action": "link-anew", "deviceId": car.id}])
    told = car.device.information
    (again,) = (one for one in simulator.cloud.listing("vehicle") if one.device.information is told)
    ask(http, do={"action": "link-anew", "deviceId": again.id, "userId": "bo-example"})
    simulator.advance(MINUTE)

    links = [
        one
        for one in simulator.cloud.devices.values()
        if one.rendered()["information"].get("vin") == car.device.information["vin"]
    ]
    assert [(one.user_id, one.is_alive) for one in links] == [
        (car.user_id, False),
        (car.user_id, True),
        ("bo-example", True),
    ]
    assert len({one.id for one in links}) == 3
    assert http.get(f"/vehicles/{car.id}").status_code == 404
    assert all(http.get(f"/vehicles/{one.id}").json()["chargeState"] for one in links[1:])


def test_vendors_and_devices_fail_and_recover(simulator: Simulator, http: httpx.Client) -> None:
    """An outage ends by itself after its seconds, or on request."""
    car, meter = simulator.cloud.listing("vehicle")[0].id, simulator.cloud.listing("meter")[0].id
    charger = simulator.cloud.listing("charger")[0].id
    told = ask(
        http,
        do=[
            {"action": "outage", "vendor": "TESLA", "seconds": 1200},
            {"action": "stall", "deviceId": meter, "endsOnHint": True},
            {"action": "out_of_reach", "deviceId": charger},
            {"action": "invalidate", "userId": "bo-example", "vendor": "BMW"},
        ],
    ).json()
    assert told["vendors"] == {"TESLA": "unreachable"}
    assert told["devices"] == {meter: "stall", charger: "unreachable"}

    simulator.advance(15 * MINUTE)
    assert truth_of(http, car)["document"]["isReachable"] is False
    assert truth_of(http, charger)["document"]["isReachable"] is False
    assert truth_of(http, meter)["document"]["isReachable"] is True
    assert http.get("/users/bo-example").json()["linkedVendors"][0]["isValid"] is False

    ask(http, do=[{"action": "recover"}, {"action": "restore", "userId": "bo-example", "vendor": "BMW"}])
    simulator.advance(15 * MINUTE)
    assert truth_of(http, car)["document"]["isReachable"] is True
    assert truth_of(http, charger)["document"]["isReachable"] is True
    assert http.get("/users/bo-example").json()["linkedVendors"][0]["isValid"] is True


def test_single_things_fail_by_themselves(simulator: Simulator, http: httpx.Client) -> None:
    """A device, a user, a list or a hint; everything else can be read, and after a recovery all can."""
    car, other = (cached.id for cached in simulator.cloud.listing("vehicle")[:2])
    owner = simulator.cloud.devices[car].user_id
    ask(
        http,
        do=[
            {"action": "hide", "deviceId": car},
            {"action": "fail", "name": car, "mode": "other"},
            {"action": "fail", "what": "hint", "name": other, "mode": "busy"},
            {"action": "fail", "what": "user", "name": owner, "mode": "forbidden"},
            {"action": "fail", "what": "list", "name": "users", "behindFirstPage": True},
            {"action": "fail", "what": "list", "name": "hvacs", "mode": "garbage"},
        ],
    )

    busy = http.post(f"/vehicles/{other}/refresh-hint")
    assert car not in {one["id"] for one in http.get("/vehicles").json()["data"]}
    assert http.get(f"/vehicles/{car}").json()["id"] != car
    assert http.get(f"/vehicles/{other}").json()["id"] == other
    assert (busy.status_code, busy.headers["retry-after"]) == (503, "30")
    assert http.get(f"/users/{owner}").status_code == 403
    first = http.get("/users", params={"pageSize": "1"})
    assert first.status_code == 200
    after = first.json()["pagination"]["after"]
    assert http.get("/users", params={"pageSize": "1", "after": after}).status_code == 500
    assert "html" in http.get("/hvacs").text

    ask(http, do={"action": "recover"})
    assert http.get(f"/vehicles/{car}").json()["id"] == car
    assert http.get("/hvacs").json()["data"]


def test_what_fails_must_be_said_in_words_that_there_are(http: httpx.Client) -> None:
    """Nothing fails by mistake."""
    assert ask(http, do={"action": "fail", "name": "one", "mode": "softly"}).status_code == 400
    assert ask(http, do={"action": "fail"}).status_code == 400


def test_an_outage_ends_after_its_seconds(simulator: Simulator, http: httpx.Client) -> None:
    """In seconds of the world."""
    ask(http, do={"action": "outage", "vendor": "TESLA", "mode": "stall", "seconds": 600})

    simulator.advance(11 * MINUTE)

    assert http.get("/_sim/faults").json()["vendors"] == {}


def test_tokens_end_on_request(http: httpx.Client) -> None:
    """The next call finds itself refused."""
    ask(http, do={"action": "expire_tokens"})

    assert http.get("/vehicles").status_code == 401


def test_chances_given_in_code_are_checked_too() -> None:
    """A misspelt option fails at once."""
    with pytest.raises(ValueError, match="no fault"):
        Faults(gremlins=1.0)
