"""Proves `rehearsal/policies.py`: a grant that is missing and one that is never used are both found."""

from typing import Any

import pytest

from rehearsal import policies
from rehearsal.grants import Grant
from rehearsal.processed import Json
from rehearsal.recording import Recording
from tests.unit.rehearsal.stacks import arn, function, processed, ref

SEEN = {
    Grant("dynamodb:GetItem", "Table", ("U#*",)),
    Grant("dynamodb:Query", "Table/index/by-kind"),
    Grant("dynamodb:PutItem", "Table", ("SYS",)),
    Grant("s3:PutObject", "Bucket/*"),
}


def a_stack() -> Json:
    """A function, and a role that grants what it does and no more."""
    index = {"Fn::Sub": "${Table.Arn}/index/by-kind"}
    only_system = {"ForAllValues:StringEquals": {"dynamodb:LeadingKeys": ["SYS"]}}
    statements: list[Json] = [
        {"Sid": "Read", "Action": ["dynamodb:GetItem", "dynamodb:Query"], "Resource": [arn("Table"), index]},
        {"Sid": "Remember", "Action": "dynamodb:PutItem", "Resource": arn("Table"), "Condition": only_system},
        {"Sid": "SetAside", "Action": "s3:PutObject", "Resource": {"Fn::Sub": "${Bucket.Arn}/*"}},
        {"Sid": "Log", "Action": ["logs:CreateLogStream", "logs:PutLogEvents"], "Resource": arn("Logs")},
        {"Sid": "Fail", "Action": "sqs:SendMessage", "Resource": arn("Letters")},
    ]
    document = {"Statement": [{"Effect": "Allow", **one} for one in statements]}
    return {
        "Table": {"Type": "AWS::DynamoDB::Table"},
        "Bucket": {"Type": "AWS::S3::Bucket"},
        "Sweep": function(
            Role=arn("Role"),
            LoggingConfig={"LogGroup": ref("Logs")},
            Environment={"Variables": {"POWERTOOLS_SERVICE_NAME": "sweep"}},
        ),
        "Config": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {
                "FunctionName": ref("Sweep"),
                "DestinationConfig": {"OnFailure": {"Destination": arn("Letters")}},
            },
        },
        "Role": {
            "Type": "AWS::IAM::Role",
            "Properties": {"Policies": [{"PolicyName": "sweep", "PolicyDocument": document}]},
        },
    }


def found_in(stack: Json, seen: set[Grant] = SEEN, who: str = "sweep") -> list[str]:
    """What the check says."""
    recorded = Recording(frozenset((who, one) for one in seen), frozenset(), frozenset({"unit"}))
    outcome = policies.rehearse(processed(stack), recorded)
    return [f"{one.where}: {one.what}" for one in outcome.findings]


def statement(stack: Json, sid: str) -> Any:
    """One statement of the role."""
    policy = stack["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    return next(one for one in policy["Statement"] if one["Sid"] == sid)


def test_a_role_that_fits_has_no_findings() -> None:
    """Lambda's own doings, the log and the dead letters, count without being recorded."""
    assert found_in(a_stack()) == []


@pytest.mark.parametrize(
    ("grant", "said"),
    [
        (Grant("dynamodb:Scan", "Table"), "dynamodb:Scan on Table"),
        (Grant("dynamodb:Query", "Table/index/by-device"), "dynamodb:Query on Table/index/by-device"),
        (Grant("dynamodb:PutItem", "Table", ("SYS", "U#*")), "dynamodb:PutItem on Table for SYS, U#*"),
        (Grant("s3:GetObject", "Bucket/*"), "s3:GetObject on Bucket/*"),
    ],
)
def test_a_call_that_aws_would_refuse_is_found(grant: Grant, said: str) -> None:
    """Another action, another index, another partition key, another object."""
    assert found_in(a_stack(), SEEN | {grant}) == [f"Role: does not grant what its function does: {said}"]


@pytest.mark.parametrize(
    ("sid", "name", "more", "said"),
    [
        ("Read", "Action", "dynamodb:Scan", "grants dynamodb:Scan"),
        ("SetAside", "Action", "s3:DeleteObject", "grants s3:DeleteObject"),
        ("Read", "Resource", "OtherTable.Arn", "grants OtherTable"),
        ("Log", "Action", "logs:CreateLogGroup", "grants logs:CreateLogGroup"),
    ],
)
def test_a_grant_that_is_never_used_is_found(sid: str, name: str, more: str, said: str) -> None:
    """An action too many, or a resource too many."""
    stack = a_stack()
    one = statement(stack, sid)
    one[name] = [*(one[name] if isinstance(one[name], list) else [one[name]]), more]

    assert found_in(stack) == [f"Role, {sid}: {said}, which no test saw its function use"]


def test_a_condition_counts_and_one_that_is_not_understood_is_refused() -> None:
    """Read past it, and a call that AWS refuses would seem granted."""
    stack = a_stack()
    statement(stack, "Remember")["Condition"] = {"Bool": {"aws:SecureTransport": True}}

    with pytest.raises(ValueError, match="Remember: the condition Bool"):
        found_in(stack)


def test_a_denial_wins() -> None:
    """However much is allowed beside it."""
    stack = a_stack()
    policy = stack["Role"]["Properties"]["Policies"][0]["PolicyDocument"]
    policy["Statement"].append(
        {"Sid": "No", "Effect": "Deny", "Action": "s3:Put*", "Resource": arn("Bucket")}
    )
    assert found_in(stack) == []

    policy["Statement"][-1]["Resource"] = {"Fn::Sub": "${Bucket.Arn}/*"}

    assert found_in(stack) == ["Role: denies what its function does: s3:PutObject on Bucket/* (No)"]


@pytest.mark.parametrize("wide", ["*", "dynamodb:*"])
def test_a_grant_of_everything_is_found(wide: str) -> None:
    """It would hide every missing one."""
    stack = a_stack()
    statement(stack, "Read")["Action"] = wide

    assert f"Role, Read: grants all of {wide}" in found_in(stack)


def test_a_function_of_which_nothing_was_recorded_is_found() -> None:
    """Nothing seen is not nothing needed."""
    assert "Sweep: no call of sweep was recorded" in found_in(a_stack(), who="ingest")
