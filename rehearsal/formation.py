"""CloudFormation as far as a deployment speaks to it, and what stands around: change sets, stacks, uploads.

A script for the stand-in (`standin`). It keeps stacks with the parameters that each would get, by CloudFormation's own
rules: a new stack gets what it is told, else the default; an updated one keeps what it is told to keep.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from rehearsal.standin import Answer, Call, Refusal, Reply

NEVER_MADE = "ROLLBACK_COMPLETE"
UPLOADS = "aws-sam-cli-managed-default"


@dataclass
class Stack:
    """A stack.

    Attributes:
        status: As CloudFormation says it.
        parameters: All of them.
        deployed: How often a change was carried out.
    """

    status: str
    parameters: dict[str, str] = field(default_factory=dict)
    deployed: list[dict[str, str]] = field(default_factory=list)


@dataclass
class Formation:
    """An account with its stacks.

    Attributes:
        defaults: Of the template's parameters; None where there is none.
        stacks: By name.
        deleted: Names of stacks that were deleted.
        refused: What CloudFormation would have refused.
    """

    defaults: Mapping[str, str | None]
    stacks: dict[str, Stack] = field(default_factory=dict)
    deleted: list[str] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    _wanted: dict[str, dict[str, str]] = field(default_factory=dict)

    def script(self, call: Call) -> Reply:
        """Answer a call."""
        match call.service:
            case "cloudformation":
                return self._formation(call.operation, call.params)
            case "s3" if call.operation in {"HeadObject", "HeadBucket"}:
                return Refusal("404", 404)
            case "s3":
                return Answer({})
            case "sts":
                return Answer(
                    {"Account": "123456789012", "Arn": "arn:aws:iam::123456789012:user/x", "UserId": "x"}
                )
            case "secretsmanager":
                return Answer({"ARN": "arn:enode-client", "Name": "enode-client", "VersionIdsToStages": {}})
        raise LookupError(call.service)

    def _formation(self, operation: str, given: dict[str, Any]) -> Reply:
        name = str(given.get("StackName", "")).rpartition("/")[2]
        match operation:
            case "CreateChangeSet":
                return self._create_change_set(name, given)
            case "GetTemplateSummary":
                return Answer({"Parameters": [{"ParameterKey": key} for key in self.defaults]})
        known: dict[str, Callable[[str], Reply]] = {
            "DescribeStacks": self._described,
            "DescribeChangeSet": self._describe_change_set,
            "ExecuteChangeSet": self._carry_out,
            "DeleteStack": self._delete,
            "DescribeStackEvents": self._happened,
        }
        return known[operation](name)

    def _carry_out(self, name: str) -> Reply:
        stack = self.stacks[name]
        stack.status = "CREATE_COMPLETE" if stack.status == "REVIEW_IN_PROGRESS" else "UPDATE_COMPLETE"
        stack.parameters = self._wanted.pop(name)
        stack.deployed.append(stack.parameters)
        return Answer({})

    def _delete(self, name: str) -> Reply:
        self.stacks.pop(name, None)
        self.deleted.append(name)
        return Answer({})

    def _described(self, name: str) -> Reply:
        if name == UPLOADS:
            outputs = [{"OutputKey": "SourceBucket", "OutputValue": "uploads"}]
            outputs.append({"OutputKey": "SourceBucketArn", "OutputValue": "arn:aws:s3:::uploads"})
            tags = [{"Key": "ManagedStackSource", "Value": "AwsSamCli"}]
            return Answer({"Stacks": [_stack(name, "CREATE_COMPLETE") | {"Outputs": outputs, "Tags": tags}]})
        if name not in self.stacks:
            return Refusal("ValidationError", 400, message=f"Stack with id {name} does not exist")
        outputs = [{"OutputKey": "EnodeClientArn", "OutputValue": "arn:enode-client"}]
        return Answer({"Stacks": [_stack(name, self.stacks[name].status) | {"Outputs": outputs}]})

    def _create_change_set(self, name: str, given: dict[str, Any]) -> Reply:
        standing = self.stacks.get(name)
        is_new = given["ChangeSetType"] == "CREATE"
        if standing is not None and (is_new or standing.status == NEVER_MADE):
            words = f"Stack:{name} is in {standing.status} state and can not be updated."
            self.refused.append(words)
            return Refusal("ValidationError", 400, message=words)
        told = dict(_told(given))
        wanted: dict[str, str] = {}
        for key, default in self.defaults.items():
            value = told.get(key, default)
            if key in told and told[key] is None:
                value = standing.parameters.get(key) if standing else None
            if value is None:
                words = f"Parameters: [{key}] must have values"
                self.refused.append(words)
                return Refusal("ValidationError", 400, message=words)
            wanted[key] = value
        self._wanted[name] = wanted
        if is_new:
            self.stacks[name] = Stack("REVIEW_IN_PROGRESS")
        return Answer({"Id": f"arn:change-set/{name}", "StackId": f"arn:stack/{name}"})

    def _describe_change_set(self, name: str) -> Reply:
        if self._wanted.get(name) == self.stacks[name].parameters:
            reason = "The submitted information didn't contain changes."
            return Answer({"Status": "FAILED", "StatusReason": reason, "Changes": []})
        change = {"Action": "Add", "LogicalResourceId": "Api", "ResourceType": "AWS::ApiGatewayV2::Api"}
        return Answer(
            {"Status": "CREATE_COMPLETE", "Changes": [{"Type": "Resource", "ResourceChange": change}]}
        )

    def _happened(self, name: str) -> Reply:
        status = self.stacks[name].status
        event = {
            "StackId": f"arn:stack/{name}",
            "EventId": "1",
            "StackName": name,
            "LogicalResourceId": name,
            "PhysicalResourceId": f"arn:stack/{name}",
            "ResourceType": "AWS::CloudFormation::Stack",
            "Timestamp": datetime.now(UTC).isoformat(),
            "ResourceStatus": "CREATE_IN_PROGRESS" if status == "REVIEW_IN_PROGRESS" else status,
        }
        return Answer({"StackEvents": [event]})


def _stack(name: str, status: str) -> dict[str, Any]:
    return {
        "StackName": name,
        "StackId": f"arn:stack/{name}",
        "StackStatus": status,
        "CreationTime": datetime.now(UTC).isoformat(),
    }


def _told(given: Mapping[str, str]) -> dict[str, str | None]:
    """The parameters of a request; None for those that shall stay as they are."""
    found: dict[str, str | None] = {}
    at = 1
    while (key := given.get(f"Parameters.member.{at}.ParameterKey")) is not None:
        keeps = given.get(f"Parameters.member.{at}.UsePreviousValue") == "true"
        found[key] = None if keeps else given.get(f"Parameters.member.{at}.ParameterValue", "")
        at += 1
    return found


def defaults_of(parameters: Mapping[str, Any]) -> dict[str, str | None]:
    """Give the defaults of a template's parameters, as CloudFormation writes them.

    >>> defaults_of({"A": {"Default": True}, "B": {"Default": 90}, "C": {}})
    {'A': 'true', 'B': '90', 'C': None}
    """
    return {
        name: (json.dumps(given["Default"]) if isinstance(given["Default"], bool) else str(given["Default"]))
        if "Default" in given
        else None
        for name, given in parameters.items()
    }
