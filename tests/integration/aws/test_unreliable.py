"""An AWS that drops connections, hangs, throttles and refuses in part: what both doors make of it, and how long.

Every answer of the stand-in is one that AWS's own model of the operation knows.
"""

import json
import time
from datetime import UTC, datetime

import pytest

from rehearsal.standin import Answer, Call, Hang, Refusal, Reply, Reset
from tests.integration.aws.conftest import Account, unless
from tests.support.builders import a_delivery, a_vehicle, an_event, signed

ENODE_WAITS = 5.0
READERS_WAIT = 10.0  # the read function's own limit
THROTTLED = Refusal(
    "ThrottlingException",
    400,
    {
        "throttlingReasons": [
            {"reason": "TableWriteKeyRangeThroughputExceeded", "resource": "arn:aws:dynamodb:table/t"}
        ]
    },
)
OVER_THE_ACCOUNT = Refusal(
    "RequestLimitExceeded",
    400,
    {
        "ThrottlingReasons": [
            {"reason": "TableReadAccountLimitExceeded", "resource": "arn:aws:dynamodb:table/t"}
        ]
    },
)
DOWN = Refusal("InternalServerError", 500)


def a_car(user_id: str) -> bytes:
    """A delivery of one car's news."""
    now = datetime.now(UTC)
    return a_delivery([an_event(at=now, user_id=user_id, vehicle=a_vehicle(id=f"car-of-{user_id}"))])


def known(account: Account, user_id: str) -> str:
    """Let an account know a car, and give its path."""
    with account.behind(unless(lambda _: None)) as doors:
        assert doors.deliver(signed(a_car(user_id)))["statusCode"] == 200
    return f"/vehicles/car-of-{user_id}"


def test_a_read_survives_a_kept_connection_that_was_dropped(account: Account) -> None:
    """Lambda freezes between two requests; AWS drops what is idle, and the next call finds out only then."""
    path = known(account, "reset")

    def dropped(call: Call) -> Reply | None:
        return Reset() if call.is_kept and call.service == "dynamodb" and call.nth == 1 else None

    with account.behind(unless(dropped)) as doors:
        first, second = doors.ask(path, "reset"), doors.ask(path, "reset")
        dropped_once = sum(call.is_kept and call.nth == 1 for call in doors.aws.calls)

    assert (first["statusCode"], second["statusCode"]) == (200, 200)
    assert dropped_once


@pytest.mark.parametrize("refusal", [THROTTLED, OVER_THE_ACCOUNT, DOWN], ids=lambda one: one.code)
def test_a_read_survives_a_passing_refusal(account: Account, refusal: Refusal) -> None:
    """One throttle, one 500: the reader hears nothing of it."""
    path = known(account, "passing")

    with account.behind(
        unless(lambda call: refusal if call.service == "dynamodb" and call.nth == 0 else None)
    ) as doors:
        assert doors.ask(path, "passing")["statusCode"] == 200


@pytest.mark.parametrize(
    "reply", [THROTTLED, DOWN, Reset(), Hang(30)], ids=["throttled", "500", "reset", "hangs"]
)
def test_a_read_that_cannot_be_answered_is_503_in_time(account: Account, reply: Reply) -> None:
    """Before Lambda ends the function, which would answer 500 and tell nothing."""
    path = known(account, "never")

    with account.behind(unless(lambda call: reply if call.service == "dynamodb" else None)) as doors:
        began = time.monotonic()
        answer = doors.ask(path, "never")
        lasted = time.monotonic() - began

    assert answer["statusCode"] == 503
    assert json.loads(answer["body"])["title"] == "Service Unavailable"
    assert lasted < READERS_WAIT


@pytest.mark.parametrize("refusal", [THROTTLED, DOWN], ids=lambda one: one.code)
@pytest.mark.parametrize("operation", ["BatchWriteItem", "BatchExecuteStatement"])
def test_a_delivery_survives_a_passing_refusal(account: Account, operation: str, refusal: Refusal) -> None:
    """The batches retry by themselves: one throttle with its reasons, one 500."""
    path = known(account, f"{operation}-{refusal.code}")

    with account.behind(
        unless(lambda call: refusal if call[1:2] == (operation,) and call.nth == 0 else None)
    ) as doors:
        answer = doors.deliver(signed(a_car(f"{operation}-{refusal.code}")))

    assert json.loads(answer["body"])["stored"] == 1
    with account.behind(unless(lambda _: None)) as doors:
        assert doors.ask(path, f"{operation}-{refusal.code}")["statusCode"] == 200


def test_a_batch_is_finished_statement_by_statement(account: Account) -> None:
    """Of two statements one is throttled and one applied; only the first is sent again."""
    refused = {"Error": {"Code": "ThrottlingError", "Message": "slow down"}, "TableName": "DevicesTable"}
    sent: list[int] = []

    def in_part(call: Call) -> Reply | None:
        # At a cold start the check value of the twins' key is written by itself.
        if call.operation != "BatchExecuteStatement" or "D#vehicle#part-" not in str(call.params):
            return None
        sent.append(len(call.params["Statements"]))
        return Answer({"Responses": [refused, {"TableName": "DevicesTable"}]}) if len(sent) == 1 else None

    now = datetime.now(UTC)
    events = [an_event(at=now, user_id="part", vehicle=a_vehicle(id=f"part-{number}")) for number in range(2)]
    with account.behind(unless(in_part)) as doors:
        answer = doors.deliver(signed(a_delivery(events)))

    assert answer["statusCode"] == 200
    assert sent[:2] == [2, 1]


def test_items_left_unprocessed_are_sent_again_alone(account: Account) -> None:
    """DynamoDB takes what it can and gives the rest back."""
    left: list[int] = []

    def in_part(call: Call) -> Reply | None:
        if call.operation != "BatchWriteItem":
            return None
        requests = call.params["RequestItems"]["HistoryTable"]
        left.append(len(requests))
        return Answer({"UnprocessedItems": {"HistoryTable": requests[1:]}}) if call.nth == 0 else None

    now = datetime.now(UTC)
    events = [an_event(at=now, user_id="left", vehicle=a_vehicle(id=f"left-{number}")) for number in range(3)]
    with account.behind(unless(in_part)) as doors:
        answer = doors.deliver(signed(a_delivery(events)))

    assert answer["statusCode"] == 200
    assert left == [3, 2]


def test_a_statement_that_iam_refuses_is_loud(account: Account) -> None:
    """No retry cures it, and no 503 may hide it: the invocation fails and the alarm rings."""
    denied = {
        "Error": {"Code": "AccessDenied", "Message": "no dynamodb:PartiQLUpdate"},
        "TableName": "DevicesTable",
    }

    def refuse(call: Call) -> Reply | None:
        many = len(call.params.get("Statements", []))
        return Answer({"Responses": [denied] * many}) if call.operation == "BatchExecuteStatement" else None

    with account.behind(unless(refuse)) as doors, pytest.raises(RuntimeError, match="AccessDenied"):
        doors.deliver(signed(a_car("denied")))


@pytest.mark.parametrize("service", ["dynamodb", "secretsmanager", "s3"])
def test_a_delivery_is_answered_before_enode_hangs_up_whatever_hangs(account: Account, service: str) -> None:
    """Enode waits five seconds; 503 in time, and its redelivery completes what was begun."""
    with account.behind(unless(lambda call: Hang(30) if call.service == service else None)) as doors:
        began = time.monotonic()
        answer = doors.deliver(
            signed(a_delivery([an_event(at=datetime.now(UTC), user_id="hangs"), "no event"]))
        )
        lasted = time.monotonic() - began

    assert answer["statusCode"] == 503
    assert lasted < ENODE_WAITS
