"""A refresh, composed as in the cloud: the read function asks Enode, and keeps what it says with rights of its own."""

import json
from datetime import UTC, datetime, timedelta

import boto3
import pytest

from lastseen.domain import instant
from lastseen.domain.records import WEBHOOK
from lastseen.store.records import DynamoRecords
from tests.integration.aws.conftest import Account, unless
from tests.integration.aws.enode import answering
from tests.support.builders import (
    Json,
    a_delivery,
    a_smart_charging_status,
    a_vehicle,
    an_event,
    signed,
)

QUIET = timedelta(hours=2)


def a_car(name: str, seen: datetime, percent: int) -> Json:
    """A car as Enode has it."""
    return a_vehicle(id=name, battery_percent=percent) | {"userId": name, "lastSeen": instant.fixed(seen)}


def let_in(account: Account, name: str) -> None:
    """Deliver news of a car that has been quiet since."""
    then = datetime.now(UTC) - QUIET
    with account.behind(unless(lambda _: None)) as doors:
        event = an_event(at=then, user_id=name, vehicle=a_car(name, then, 20))
        assert doors.deliver(signed(a_delivery([event])))["statusCode"] == 200


@pytest.mark.parametrize("expires", [False, True], ids=["known", "expired meanwhile"])
def test_a_refresh_keeps_what_enode_says(account: Account, expires: bool) -> None:
    """A device whose item DynamoDB expires while Enode is asked is written anew, not lost."""
    name = f"refreshed-{expires}"
    let_in(account, name)

    def meanwhile() -> None:
        if expires:
            account.remove(f"U#{name}", f"D#vehicle#{name}")

    with answering(a_car(name, datetime.now(UTC), 80), meanwhile) as enode:
        told = {"ENODE_API_URL": enode.url, "ENODE_TOKEN_URL": f"{enode.url}/oauth2/token"}
        with account.behind(unless(lambda _: None), **told) as doors:
            answer = doors.ask(f"/vehicles/{name}/refresh-hint", name, method="POST")
            read = doors.ask(f"/vehicles/{name}", name)

    assert answer["statusCode"] == 204
    assert f"GET /vehicles/{name}" in enode.asked
    assert json.loads(read["body"])["chargeState"]["batteryLevel"] == 80


def test_a_smart_charging_status_that_no_event_told_is_asked_for_and_kept(account: Account) -> None:
    """With the rights of the read function; the second answer needs no Enode."""
    name = "charging"
    let_in(account, name)
    status = a_smart_charging_status(vehicleId=name, userId=name)
    dynamodb = boto3.client("dynamodb", endpoint_url=account.url)
    DynamoRecords("DevicesTable", dynamodb).write(WEBHOOK, {"id": "hook-1"}, version=0)

    with answering(status) as enode:
        told = {"ENODE_API_URL": enode.url, "ENODE_TOKEN_URL": f"{enode.url}/oauth2/token"}
        with account.behind(unless(lambda _: None), **told) as doors:
            answers = [doors.ask(f"/vehicles/{name}/smart-charging-status", name) for _ in range(2)]
            history = doors.ask(f"/devices/{name}/history", name)

    assert [one["statusCode"] for one in answers] == [200, 200]
    assert [json.loads(one["body"]) for one in answers] == [status, status]
    assert enode.asked.count(f"GET /vehicles/{name}/smart-charging-status") == 1
    assert "lastseen:read-smart-charging-status" in history["body"]
