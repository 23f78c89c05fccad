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
from local.stack.card import Card
from local.stack.reader import Reader
from local.stack.settings import Settings
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
def enode(stack: Card, reader: Reader) -> Iterator[httpx.Client]:
    """Enode's own API, as its client may use it."""
    client = reader.simulator("tokens")["enode"]
    granted = reader.enode.post(
        "/oauth2/token",
        auth=(client["client_id"], client["client_secret"]),
        data={"grant_type": "client_credentials"},
    )
    bearer = {"authorization": f"Bearer {granted.raise_for_status().json()['access_token']}"}
    with httpx.Client(base_url=stack.enode_url, headers=bearer, timeout=20, trust_env=False) as opened:
        yield opened


@pytest.fixture
def stuck(reader: Reader) -> Iterator[dict[str, Json]]:
    """Three devices in trouble, in a world where all others were just in contact.

    One that a hint helps, one that no hint helps, and an HVAC that Enode knows to be out of reach. The first two are
    awake, cars if there are any: what sleeps deeply is found later, by decision.
    """
    wait_until(lambda: not sides.out_of_contact(reader))
    living = [one for one in sides.truth(reader).values() if one["document"].get("isReachable")]
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
            and sides.is_awake(sides.judged(reader, one["id"]))
        ),
        key=lambda one: one["kind"] != "vehicle",
    )
    found = {"helped": awake[0], "stubborn": awake[1], "out of reach": hvac}
    do(
        reader,
        {"action": "stall", "deviceId": awake[0]["id"], "endsOnHint": True},
        {"action": "stall", "deviceId": awake[1]["id"]},
        {"action": "out_of_reach", "deviceId": hvac["id"]},
    )
    yield found
    do(reader, *({"action": "recover", "deviceId": one["id"]} for one in found.values()))


@pytest.fixture
def at_rest(reader: Reader, run: Run) -> Iterator[Json]:
    """The simulator's truth, with the world stopped, everything delivered, and nothing to repair."""
    reader.enode.post("/_sim/pause").raise_for_status()
    try:
        wait_until(lambda: reader.simulator("status")["pending"] == 0)
        finish(run, reader, since=sides.now(), atOnce=True)
        yield reader.simulator("truth")
    finally:
        reader.enode.post("/_sim/resume").raise_for_status()


def test_what_stalls_is_found_and_hinted_once_and_nothing_else_is(
    settings: Settings, reader: Reader, run: Run, stuck: dict[str, Json]
) -> None:
    """Found within its limit and a sweep; fresh once the hint helped; a hint that cannot help is never sent."""
    helped, stubborn, unreachable = (one["id"] for one in stuck.values())
    before = sides.hints(reader)

    def hinted() -> dict[str, int]:
        return {id_: many - before[id_] for id_, many in sides.hints(reader).items() if many > before[id_]}

    limit = timedelta(seconds=int(settings.parameters["FreshRegularSeconds"]))
    sweep_until(run, lambda: hinted().keys() >= {helped, stubborn}, within=limit + SLACK)
    told = sides.judged(reader, stubborn)
    sweep_until(run, lambda: sides.judged(reader, helped)["verdict"] == "fresh", within=SLACK)
    sweep_until(run, lambda: sides.judged(reader, unreachable)["checkedAt"], within=SLACK)

    assert (told["verdict"], told["checkedAt"] > told["freshUntil"]) == ("stale", True)
    assert sides.judged(reader, unreachable)["verdict"] == "unreachable"
    assert hinted() == {helped: 1, stubborn: 1}
    parked = next(
        one for one in sides.truth(reader).values() if one["document"].get("vendor") == "VOLKSWAGEN"
    )
    assert sides.judged(reader, parked["id"])["verdict"] in ORDINARY
    swept = sides.health(reader)["sweep"]
    assert sides.now() - sides.moment(swept["endedAt"]) < SLACK
    assert (swept["stopped"], swept["scanned"] >= len(before)) == ("", True)


def test_a_lost_webhook_is_made_again_and_exactly_what_it_lost_is_repaired(
    stack: Card, reader: Reader, enode: httpx.Client, run: Run, at_rest: Json
) -> None:
    """Guard, then the reconcile it asks for: each deletion, move and lost account once, all else untouched."""
    assert sides.health(reader)["reconcile"]["counts"]["listed"] == sum(
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
        reader,
        {"action": "delete", "deviceId": deleted["id"]},
        {"action": "delete", "deviceId": unheard["id"], "silent": True},
        {"action": "move", "deviceId": moved["id"], "userId": new, "silent": True},
        {"action": "invalidate", **account},
        {"action": "deauthorise", "userId": unlinked[0]["userId"]},
    )
    try:
        run("guard")
        told = finish(run, reader, since=began_at)

        (made,) = sides.ours(enode, stack)
        assert made["id"] != lost["id"]
        assert (made["isActive"], made["events"], made["apiVersion"]) == (True, ["*"], "2024-10-01")
        assert sides.health(reader)["webhook"]["isActive"]
        counts = told["counts"]
        assert (told["stage"], told["reason"]) == ("done", "")
        assert (counts["found"], counts["changed"], counts["moved"]) == (1, 0, 1)
        assert (counts["gone"], counts["credentials"]) == (2 + 1, len(left) + 1)
        assert sides.disagreements(reader) == []
        assert [sides.as_enode(reader, one) for one in (deleted, unheard)] == [None, None]
        assert {sides.judged(reader, one["id"])["verdict"] for one in (invalid, *unlinked)} == {
            "disconnected"
        }
        assert moved["id"] in {one["id"] for one in reader.devices(new)}
        assert moved["id"] not in {one["id"] for one in reader.devices(old)}
    finally:
        do(
            reader,
            {"action": "relink", "deviceId": deleted["id"]},
            {"action": "relink", "deviceId": unheard["id"]},
            {"action": "move", "deviceId": moved["id"], "userId": old},
            {"action": "restore", **account},
            {"action": "relink", "userId": unlinked[0]["userId"]},
        )
        reader.enode.post("/_sim/resume").raise_for_status()

    back = [deleted, unheard, moved, invalid, *unlinked]
    finish(run, reader, since=sides.now(), atOnce=True)  # no event tells that credentials are valid again
    wait_until(lambda: all(sides.verdicts(reader, stack).get(one["id"]) in ORDINARY for one in back))
    answers = {one["status"] for one in sides.deliveries(reader, made["id"])}
    assert 200 in answers <= {200, 503}


@pytest.mark.parametrize("who", ["a user", "a stranger"])
def test_health_is_for_operators(stack: Card, who: str) -> None:
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


def do(reader: Reader, *deeds: Json) -> None:
    """Let things happen at Enode."""
    reader.enode.post("/_sim/faults", json={"do": list(deeds)}).raise_for_status()


def finish(run: Run, reader: Reader, *, since: datetime, **more: Any) -> Json:
    """Work on a reconcile that began since then until it is over, whoever began it, and give what it tells."""
    told: list[Json] = []

    def is_over() -> bool:
        run("reconcile", **({} if told else more))
        told.append(sides.health(reader)["reconcile"])
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
