"""What webhooks cannot tell is found out on the running stack: a webhook that is gone, what it lost, a stuck vendor.

It troubles the world and puts it right again, but what was lost and repaired stays in the history: after this file,
`test_smoke.py`, which holds the whole history against Enode's events, needs a new stack.
"""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from typing import Any

import httpx
import pytest

from local.stack import deploy, functions
from local.stack.api_client import ApiClient
from local.stack.settings import Settings
from local.stack.stack_info import StackInfo
from tests.e2e import sides

type Json = dict[str, Any]
type Run = Callable[..., Json]

SLACK = timedelta(seconds=15)
"""A sweep of our own every two seconds, on a machine that does other things too."""

ORDINARY = ("fresh", "unverified")


@pytest.fixture
def run(settings: Settings) -> Run:
    """Invoke the deployed function, as its schedules do beside it: `run("reconcile", atOnce=True)`."""
    deployed = deploy.describe(settings)

    def invoke(task: str, **more: Any) -> Json:
        return functions.invoke(settings, deployed, "SweepFunction", {"task": task, **more})

    return invoke


@pytest.fixture
def enode(stack: StackInfo, api_client: ApiClient) -> Iterator[httpx.Client]:
    """Enode's own API, as its client may use it."""
    client = api_client.simulator("tokens")["enode"]
    granted = api_client.enode.post(
        "/oauth2/token",
        auth=(client["client_id"], client["client_secret"]),
        data={"grant_type": "client_credentials"},
    )
    bearer = {"authorization": f"Bearer {granted.raise_for_status().json()['access_token']}"}
    with httpx.Client(base_url=stack.enode_url, headers=bearer, timeout=20, trust_env=False) as opened:
        yield opened


@pytest.fixture
def stuck(api_client: ApiClient) -> Iterator[dict[str, Json]]:
    """Three devices in trouble, in a world where all others were just in contact.

    One that a hint helps, one that no hint helps, and an HVAC that Enode knows to be out of reach. The first two are
    awake, cars if there are any: what sleeps deeply is found later, by decision.
    """
    wait_until(lambda: not sides.out_of_contact(api_client))
    living = [one for one in sides.truth(api_client).values() if one["document"].get("isReachable")]
    restless = {
        one["document"]["vendor"] for one in living if one["kind"] == "charger"
    }  # accounts that the story ends
    hvac = next(one for one in living if one["kind"] == "hvac")
    awake = sorted(
        (
            one
            for one in living
            if one["id"] != hvac["id"]
            and one["document"]["vendor"] not in restless
            and sides.is_awake(sides.judged(api_client, one["id"]))
        ),
        key=lambda one: one["kind"] != "vehicle",
    )
    found = {"helped": awake[0], "stubborn": awake[1], "out of reach": hvac}
    do(
        api_client,
        {"action": "stall", "deviceId": awake[0]["id"], "endsOnHint": True},
        {"action": "stall", "deviceId": awake[1]["id"]},
        {"action": "out_of_reach", "deviceId": hvac["id"]},
    )
    yield found
    do(api_client, *({"action": "recover", "deviceId": one["id"]} for one in found.values()))


@pytest.fixture
def at_rest(api_client: ApiClient, run: Run) -> Iterator[Json]:
    """The simulator's truth, with the world stopped, everything delivered, and nothing to repair."""
    api_client.enode.post("/_sim/pause").raise_for_status()
    try:
        wait_until(lambda: api_client.simulator("status")["pending"] == 0)
        finish(run, api_client, since=sides.now(), atOnce=True)
        yield api_client.simulator("truth")
    finally:
        api_client.enode.post("/_sim/resume").raise_for_status()


def test_what_stalls_is_found_and_hinted_once_and_nothing_else_is(
    settings: Settings, api_client: ApiClient, run: Run, stuck: dict[str, Json]
) -> None:
    """Found within the ceiling and a sweep; fresh once the hint helped; a hint that cannot help is never sent."""
    helped, stubborn, unreachable = (one["id"] for one in stuck.values())
    before = sides.hints(api_client)

    def hinted() -> dict[str, int]:
        return {
            id_: many - before[id_] for id_, many in sides.hints(api_client).items() if many > before[id_]
        }

    # Nothing need be learned in a stack that is minutes old; whoever is above the ceiling is stale all the same.
    limit = timedelta(seconds=int(settings.parameters["FreshCeilingSeconds"]))
    sweep_until(run, lambda: hinted().keys() >= {helped, stubborn}, within=2 * limit + SLACK)
    told = sides.judged(api_client, stubborn)
    sweep_until(run, lambda: sides.judged(api_client, helped)["verdict"] == "fresh", within=SLACK)
    sweep_until(run, lambda: sides.judged(api_client, unreachable)["checkedAt"], within=SLACK)

    assert (told["verdict"], told["checkedAt"] > told["freshUntil"]) == ("stale", True)
    assert sides.judged(api_client, unreachable)["verdict"] == "unreachable"
    assert hinted() == {helped: 1, stubborn: 1}
    parked = next(
        one for one in sides.truth(api_client).values() if one["document"].get("vendor") == "VOLKSWAGEN"
    )
    assert sides.judged(api_client, parked["id"])["verdict"] in ORDINARY
    swept = sides.health(api_client)["sweep"]
    assert sides.now() - sides.moment(swept["endedAt"]) < SLACK
    assert (swept["stopped"], swept["scanned"] >= len(before)) == ("", True)


def test_a_lost_webhook_is_made_again_and_exactly_what_it_lost_is_repaired(
    stack: StackInfo, api_client: ApiClient, enode: httpx.Client, run: Run, at_rest: Json
) -> None:
    """Guard, then the reconcile it asks for: each deletion, move and lost account once, all else untouched."""
    assert sides.health(api_client)["reconcile"]["counts"]["listed"] == sum(
        one["alive"] for one in at_rest["devices"]
    )
    (lost,) = sides.ours(enode, stack)
    deleted, unheard, moved, invalid, unlinked = victims(at_rest)
    left = {one["document"]["vendor"] for one in unlinked if one["kind"] != "hem-system"}
    old, new = moved["userId"], invalid["userId"]
    account = {"userId": new, "vendor": invalid["document"]["vendor"]}

    began_at = sides.now()
    enode.delete(f"/webhooks/{lost['id']}").raise_for_status()
    do(
        api_client,
        {"action": "delete", "deviceId": deleted["id"]},
        {"action": "delete", "deviceId": unheard["id"], "silent": True},
        {"action": "move", "deviceId": moved["id"], "userId": new, "silent": True},
        {"action": "invalidate", **account},
        {"action": "deauthorise", "userId": unlinked[0]["userId"]},
    )
    try:
        run("guard")
        told = finish(run, api_client, since=began_at)

        (made,) = sides.ours(enode, stack)
        assert made["id"] != lost["id"]
        assert (made["isActive"], made["events"], made["apiVersion"]) == (True, ["*"], "2024-10-01")
        assert sides.health(api_client)["webhook"]["isActive"]
        counts = told["counts"]
        assert (told["stage"], told["reason"]) == ("done", "")
        assert (counts["found"], counts["changed"], counts["moved"]) == (1, 0, 1)
        assert (counts["gone"], counts["credentials"]) == (2 + 1, len(left) + 1)
        assert sides.disagreements(api_client) == []
        assert [sides.as_enode(api_client, one) for one in (deleted, unheard)] == [None, None]
        assert {sides.judged(api_client, one["id"])["verdict"] for one in (invalid, *unlinked)} == {
            "disconnected"
        }
        assert moved["id"] in {one["id"] for one in api_client.devices(new)}
        assert moved["id"] not in {one["id"] for one in api_client.devices(old)}
    finally:
        do(
            api_client,
            {"action": "relink", "deviceId": deleted["id"]},
            {"action": "relink", "deviceId": unheard["id"]},
            {"action": "move", "deviceId": moved["id"], "userId": old},
            {"action": "restore", **account},
            {"action": "relink", "userId": unlinked[0]["userId"]},
        )
        api_client.enode.post("/_sim/resume").raise_for_status()

    back = [deleted, unheard, moved, invalid, *unlinked]
    finish(run, api_client, since=sides.now(), atOnce=True)  # no event tells that credentials are valid again
    wait_until(lambda: all(sides.verdicts(api_client, stack).get(one["id"]) in ORDINARY for one in back))
    answers = {one["status"] for one in sides.deliveries(api_client, made["id"])}
    assert 200 in answers <= {200, 503}


@pytest.mark.parametrize("who", ["a user", "a stranger"])
def test_health_is_for_operators(stack: StackInfo, who: str) -> None:
    """A user's token is valid, but not for this."""
    token = {"a user": stack.users[0]["token"], "a stranger": "forged"}[who]

    answer = httpx.get(
        f"{stack.api_url}/health", headers={"authorization": f"Bearer {token}"}, timeout=20, trust_env=False
    )

    assert answer.status_code == {"a user": 403, "a stranger": 401}[who]


def victims(at_rest: Json) -> tuple[Json, Json, Json, Json, list[Json]]:
    """Choose whom to trouble: two to delete, one to move, one whose credentials die, and all devices of one user."""
    living = [one for one in at_rest["devices"] if one["alive"]]
    linked = {user["id"]: user["linkedVendors"] for user in at_rest["users"]}
    valid = {(id_, each["vendor"]) for id_, vendors in linked.items() for each in vendors if each["isValid"]}
    users = sorted(linked)
    leaves = users[-1]
    first: dict[str, Json] = {}  # of each user: of several HVACs the story itself removes the last
    for one in living:
        if one["kind"] == "hvac" and one["userId"] != leaves:
            first.setdefault(one["userId"], one)
    deleted, unheard, moved = list(first.values())[:3]
    invalid = next(
        one
        for one in living
        if one["kind"] == "vehicle"
        and one["userId"] not in {leaves, moved["userId"]}
        and (one["userId"], one["document"]["vendor"]) in valid
    )
    return deleted, unheard, moved, invalid, [one for one in living if one["userId"] == leaves]


def do(api_client: ApiClient, *actions: Json) -> None:
    """Let things happen at Enode."""
    api_client.enode.post("/_sim/faults", json={"do": list(actions)}).raise_for_status()


def finish(run: Run, api_client: ApiClient, *, since: datetime, **more: Any) -> Json:
    """Work on a reconcile that began since then until it is over, whoever began it, and give what it tells."""
    told: list[Json] = []

    def is_over() -> bool:
        run("reconcile", **({} if told else more))
        told.append(sides.health(api_client)["reconcile"])
        return sides.moment(told[-1]["startedAt"]) >= since and told[-1]["stage"] in {"done", "stopped"}

    wait_until(is_over)
    return told[-1]


def sweep_until(run: Run, is_so: Callable[[], Any], *, within: timedelta) -> None:
    """Sweep every two seconds until something is so."""

    def swept() -> Any:
        run("sweep")
        return is_so()

    wait_until(swept, within=within, every=2)


def wait_until(
    is_so: Callable[[], Any], *, within: timedelta = timedelta(seconds=40), every: float = 0.5
) -> None:
    """Wait until something is so."""
    until = time.monotonic() + within.total_seconds()
    while not is_so():
        assert time.monotonic() < until, f"not so within {within}"
        time.sleep(every)
