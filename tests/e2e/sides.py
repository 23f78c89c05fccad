"""Questions to both sides, Enode and our API, for tests that compare what they say right now."""

from datetime import UTC, datetime, timedelta
from typing import Any

import httpx

from local.simulator.fleet import COLLECTIONS
from local.stack.api_client import ApiClient
from local.stack.stack_info import StackInfo
from tests.support.reference import RESTLESS, leaves

type Json = dict[str, Any]


def out_of_contact(api_client: ApiClient) -> list[str]:
    """The devices that Enode has not asked for within its own longest cadence, as after a pause."""
    oldest = now() - timedelta(minutes=9) / api_client.simulator("status")["speed"]
    return [
        id_
        for id_, one in truth(api_client).items()
        if one["kind"] != "hem-system"
        and (one["document"]["lastSeen"] is None or moment(one["document"]["lastSeen"]) < oldest)
    ]


def is_awake(freshness: Json) -> bool:
    """Whether Enode told of a device since the sweep last looked at it, so that its silence will be news."""
    checked_at, seen_at = freshness["checkedAt"], freshness["lastSeenAt"]
    return bool(seen_at) and (checked_at is None or seen_at > checked_at)


def truth(api_client: ApiClient) -> dict[str, Json]:
    """The devices that Enode has."""
    return {one["id"]: one for one in api_client.simulator("truth")["devices"] if one["alive"]}


def hints(api_client: ApiClient) -> dict[str, int]:
    """How often Enode was hinted of each device."""
    return {one["id"]: one["hints"] for one in api_client.simulator("truth")["devices"]}


def ours(enode: httpx.Client, stack: StackInfo) -> list[Json]:
    """The webhooks that point here."""
    found = enode.get("/webhooks").raise_for_status().json()["data"]
    return [one for one in found if one["url"] == stack.webhook_url]


def deliveries(api_client: ApiClient, webhook_id: str) -> list[Json]:
    """What was sent to a webhook."""
    sent = api_client.simulator("deliveries", limit=100_000)["deliveries"]
    return [one for one in sent if one["webhookId"] == webhook_id]


def health(api_client: ApiClient) -> Json:
    """What operators are told."""
    found: Json = api_client.api.get("/health").raise_for_status().json()
    return found


def judged(api_client: ApiClient, device_id: str) -> Json:
    """How far a device may be trusted."""
    found: Json = api_client.api.get(f"/devices/{device_id}").raise_for_status().json()["freshness"]
    return found


def verdicts(api_client: ApiClient, stack: StackInfo) -> dict[str, str]:
    """The verdict on each living device."""
    found = [one for user in stack.users for one in api_client.devices(user["id"])]
    return {one["id"]: one["freshness"]["verdict"] for one in found}


def as_enode(api_client: ApiClient, device: Json) -> Json | None:
    """Read a device as a client of Enode's would, its contact times left out; None if it is not there."""
    collection = next(name for name, kind in COLLECTIONS.items() if kind == device["kind"])
    answer = api_client.api.get(f"/{collection}/{device['id']}")
    if answer.status_code == httpx.codes.NOT_FOUND:
        return None
    return settled(answer.raise_for_status().json())


def disagreements(api_client: ApiClient) -> list[str]:
    """The living devices of which we believe something else than Enode."""
    return [
        id_ for id_, one in truth(api_client).items() if as_enode(api_client, one) != settled(one["document"])
    ]


def settled(document: Json) -> Json:
    """Flatten a document, without what moves on every look."""
    return {path: value for path, value in leaves(document).items() if path not in RESTLESS}


def moment(text: str) -> datetime:
    """Read an instant."""
    return datetime.fromisoformat(text)


def now() -> datetime:
    """The present moment."""
    return datetime.now(UTC)
