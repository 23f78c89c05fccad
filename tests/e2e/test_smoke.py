"""The promise of the whole: what the API says of state and history is what Enode said, nothing lost, nothing added."""

import time
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest

from local.simulator.fleet import COLLECTIONS
from local.stack.api_client import ApiClient
from local.stack.stack_info import StackInfo
from tests.e2e import oracle

LIFE = timedelta(minutes=2)
UNREST = timedelta(seconds=40)
TROUBLES = {
    "duplicate": 0.3,
    "reorder": 0.3,
    "rebatch": 0.5,
    "lose_reply": 0.3,
    "unknown_event": 0.05,
    "broken_element": 0.1,
}
CALM = dict.fromkeys(TROUBLES, 0)
QUIET_WITHIN_SECONDS = 150
READ, A_MOMENT = "lastseen:read", timedelta(seconds=5)
STREAMS = ("smartChargingStatus", "schedules.", "vendorActions.", "statistics")


@pytest.fixture
def fleet_at_rest(api_client: ApiClient) -> Iterator[dict[str, Any]]:
    """The simulator's truth after two minutes of life or more, the last forty seconds troubled, all delivered."""
    live(api_client, LIFE - UNREST)
    api_client.enode.post("/_sim/faults", json=TROUBLES).raise_for_status()
    time.sleep(
        UNREST.total_seconds()
    )  # from now on, however late it is: the tests before this one took their time
    api_client.enode.post("/_sim/faults", json=CALM).raise_for_status()
    api_client.enode.post("/_sim/pause").raise_for_status()
    try:
        wait_until_delivered(api_client)
        yield api_client.simulator("truth")
    finally:
        api_client.enode.post("/_sim/resume").raise_for_status()


def test_state_and_history_equal_what_enode_said_of_every_device(
    stack: StackInfo, api_client: ApiClient, fleet_at_rest: dict[str, Any]
) -> None:
    """P1: after duplicates, lost replies, reordering and re-batching the API tells exactly what was said."""
    said = events_by_device(api_client)
    troubles = api_client.simulator("faults")["happened"]
    devices = fleet_at_rest["devices"]
    listed = {one["id"]: one for user in stack.users for one in api_client.devices(user["id"])}

    assert troubles.keys() >= {"duplicate", "lose_reply", "rebatch"}  # or nothing would be proven
    assert sum(map(len, said.values())) >= 200
    assert answers(api_client) <= {200, 503}  # a repetition would hide what failed the first time
    assert len(devices) >= 30
    assert {device["kind"] for device in devices} == set(COLLECTIONS.values())
    assert listed.keys() == {device["id"] for device in devices if device["alive"]}
    for device in devices:
        known = device["eventDocument"] or device["discoveredDocument"]
        if device["alive"]:
            assert told_alike(listed[device["id"]]["document"], known, device["document"])
            assert told_alike(as_enode(api_client, device), known, device["document"])
        else:
            assert as_enode(api_client, device) is None
        own, beside = history(api_client, device["id"])
        expected = sorted(oracle.changes_of(said[device["id"]]), key=repr)
        assert sorted((as_said(change, expected) for change in own), key=repr) == expected
        assert beside == events_beside(said[device["id"]])


def told_alike(told: Any, known: Any, at_enode: Any) -> bool:
    """Whether a document is the one last said, but for the contact: the sweep learns of later ones, up to Enode's."""
    return without_contact(told) == without_contact(known) and (
        contact(known) <= contact(told) <= contact(at_enode)
    )


def without_contact(document: dict[str, Any]) -> dict[str, Any]:
    """Leave out when Enode was last in contact."""
    kept = {name: value for name, value in document.items() if name != "lastSeen"}
    return {**kept, "status": {**kept["status"], "lastSeen": None}} if kept.get("status") else kept


def contact(document: dict[str, Any]) -> str:
    """Say when Enode was last in contact; nothing for never."""
    return document.get("lastSeen") or (document.get("status") or {}).get("lastSeen") or ""


def as_said(change: oracle.Change, expected: list[oracle.Change]) -> oracle.Change:
    """Name the event of a change that a sweep or reconcile read at Enode a moment before its event came."""
    path, before, after, at, event = change
    if event != READ:
        return change
    told = (one for one in expected if one[:3] == (path, before, after))
    read_at = datetime.fromisoformat(at)
    return next((one for one in told if abs(datetime.fromisoformat(one[3]) - read_at) <= A_MOMENT), change)


def live(api_client: ApiClient, age: timedelta) -> None:
    """Wait until the fleet has lived for so long since its first event."""
    first = api_client.simulator("events", limit=1)["events"][0]["createdAt"]
    rest = datetime.fromisoformat(first) + age - datetime.now(UTC)
    time.sleep(max(0.0, rest.total_seconds()))


def wait_until_delivered(api_client: ApiClient) -> None:
    """Wait until nothing is left to deliver."""
    until = time.monotonic() + QUIET_WITHIN_SECONDS
    while pending := api_client.simulator("status")["pending"]:
        assert time.monotonic() < until, f"{pending} events are still waiting to be delivered"
        time.sleep(0.5)


def answers(api_client: ApiClient) -> set[int | None]:
    """List the statuses that deliveries were answered with; None is no answer in time."""
    return {one["status"] for one in api_client.simulator("deliveries", limit=100_000)["deliveries"]}


def events_by_device(api_client: ApiClient) -> dict[str, list[dict[str, Any]]]:
    """List everything that was ever said, by device."""
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    after = 0
    while page := api_client.simulator("events", after=after)["events"]:
        after = page[-1]["number"]
        for entry in page:
            subject = oracle.subject(entry["event"])
            if subject:
                found[subject[0]].append(entry["event"])
    return found


def events_beside(events: list[dict[str, Any]]) -> set[tuple[str, str]]:
    """When and by which event something beside the device's own document was told for the first time."""
    seen: dict[str, tuple[str, str]] = {}
    for event in events:
        subject = oracle.subject(event)
        if subject and subject[1]:
            seen.setdefault(subject[1], (event["createdAt"], event["event"]))
    return set(seen.values())


def as_enode(api_client: ApiClient, device: dict[str, Any]) -> dict[str, Any] | None:
    """Read a device as a client of Enode's would; None if it is not there."""
    collection = next(name for name, kind in COLLECTIONS.items() if kind == device["kind"])
    answer = api_client.api.get(f"/{collection}/{device['id']}")
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    found: dict[str, Any] = answer.raise_for_status().json()
    return found


def history(api_client: ApiClient, device_id: str) -> tuple[list[oracle.Change], set[tuple[str, str]]]:
    """Read all changes: those of the device's own document, and when something beside it was first told."""
    own: list[oracle.Change] = []
    beside: dict[str, tuple[str, str]] = {}
    for change in api_client.history(device_id):
        stream = next((name for name in STREAMS if change["path"].startswith(name)), None)
        if stream is None:
            own.append((change["path"], change["before"], change["after"], change["at"], change["event"]))
        elif change["before"] is None:
            beside.setdefault(change["path"], (change["at"], change["event"]))
    return own, {when for path, when in beside.items() if path.count(".") <= 1}
