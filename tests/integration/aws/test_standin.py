"""Proves `rehearsal/standin.py`: botocore sees what AWS would do, and nothing that AWS would not."""

from contextlib import suppress
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import (
    BotoCoreError,
    ClientError,
    ConnectionClosedError,
    ReadTimeoutError,
)

from rehearsal.standin import (
    Answer,
    Call,
    Hang,
    Refusal,
    Reply,
    Reset,
    Script,
    StandIn,
    standing_in,
)

ONCE = Config(retries={"mode": "standard", "total_max_attempts": 1}, read_timeout=0.3)
KEY: Any = {"pk": {"S": "SYS"}}


def client_of(aws: StandIn, service: str = "dynamodb") -> Any:
    """A client that asks once."""
    return boto3.session.Session().client(  # type: ignore[call-overload]  # the service is known at run time only
        service, endpoint_url=aws.url, region_name="eu-central-1", config=ONCE,
        aws_access_key_id="tests", aws_secret_access_key="tests",
    )  # fmt: skip


def always(reply: Reply) -> Script:
    """A script of one answer."""
    return lambda _call: reply


def test_an_answer_arrives_and_the_call_is_noted() -> None:
    """In the words of the API, and whether the connection was a kept one."""
    with standing_in(always(Answer({"Item": KEY}))) as aws:
        dynamodb = client_of(aws)
        found = [dynamodb.get_item(TableName="t", Key=KEY)["Item"] for _ in range(2)]

    assert found == [KEY, KEY]
    assert aws.calls == [
        Call("dynamodb", "GetItem", {"TableName": "t", "Key": KEY}, is_kept=False, nth=0),
        Call("dynamodb", "GetItem", {"TableName": "t", "Key": KEY}, is_kept=True, nth=1),
    ]


def test_a_refusal_has_its_code_status_and_reasons() -> None:
    """As botocore gives them to the caller."""
    reasons = [{"reason": "TableReadAccountLimitExceeded", "resource": "arn"}]
    refusal = Refusal("ThrottlingException", 400, {"throttlingReasons": reasons})

    with standing_in(always(refusal)) as aws, pytest.raises(ClientError) as refused:
        client_of(aws).get_item(TableName="t", Key=KEY)

    assert refused.value.response["Error"]["Code"] == "ThrottlingException"
    assert dict(refused.value.response)["throttlingReasons"] == reasons


@pytest.mark.parametrize(("reply", "error"), [(Reset(), ConnectionClosedError), (Hang(30), ReadTimeoutError)])
def test_a_connection_is_dropped_or_says_nothing(reply: Reply, error: type[Exception]) -> None:
    """Nobody waits for the hanging one when the block ends."""
    with standing_in(always(reply)) as aws, pytest.raises(error):
        client_of(aws).get_item(TableName="t", Key=KEY)


@pytest.mark.parametrize("reply", [Answer({"Thing": 1}), Refusal("TooBusy")])
def test_what_aws_could_not_answer_ends_the_block(reply: Reply) -> None:
    """A test that stands on it would prove nothing."""
    with pytest.raises(ValueError, match="dynamodb GetItem"):
        ask_once(always(reply))


def test_a_call_that_the_script_does_not_know_ends_the_block() -> None:
    """Else it would look like a dropped connection."""

    def nothing(call: Call) -> Reply:
        raise LookupError(call.operation)

    with pytest.raises(ValueError, match="does not know dynamodb GetItem"):
        ask_once(nothing)


def ask_once(script: Script) -> None:
    """Ask a stand-in of this script for an item, whatever becomes of it."""
    with standing_in(script) as aws, suppress(ClientError, BotoCoreError):
        client_of(aws).get_item(TableName="t", Key=KEY)


def test_services_of_other_protocols_are_understood() -> None:
    """CloudFormation's forms and XML, S3's paths."""
    answers: dict[str, Reply] = {
        "DescribeStacks": Answer(
            {
                "Stacks": [
                    {
                        "StackName": "s",
                        "CreationTime": "2026-03-01T12:00:00Z",
                        "StackStatus": "CREATE_COMPLETE",
                    }
                ]
            }
        ),
        "PutObject": Answer({}),
        "GetObject": Refusal("NoSuchKey", 404),
    }
    with standing_in(lambda call: answers[call.operation]) as aws:
        stacks = client_of(aws, "cloudformation").describe_stacks(StackName="s")["Stacks"]
        client_of(aws, "s3").put_object(Bucket="b", Key="k/1", Body=b"x")
        with pytest.raises(ClientError, match="NoSuchKey"):
            client_of(aws, "s3").get_object(Bucket="b", Key="k/1")

    assert stacks[0]["StackStatus"] == "CREATE_COMPLETE"
    assert aws.calls[1].params == {"Bucket": "b", "Key": "k/1"}
