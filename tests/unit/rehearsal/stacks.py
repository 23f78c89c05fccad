"""Small processed templates, right in everything, to be falsified by hand."""

import copy
from typing import Any

from rehearsal.processed import Json, Processed


def processed(resources: Json, parameters: Json | None = None, **answers: str) -> Processed:
    """Make a processed template of these resources."""
    return Processed({"Resources": copy.deepcopy(resources), "Parameters": parameters or {}}, answers)


def ref(name: str) -> Json:
    """Refer to a resource or parameter."""
    return {"Ref": name}


def arn(name: str) -> Json:
    """Refer to a resource's ARN."""
    return {"Fn::GetAtt": [name, "Arn"]}


def operation(function: str, *needs: str) -> Json:
    """Write an operation of an API's body as SAM does."""
    uri = f"arn:${{AWS::Partition}}:apigateway:${{AWS::Region}}:lambda:path/functions/${{{function}.Arn}}/invocations"
    return {
        "x-amazon-apigateway-integration": {"uri": {"Fn::Sub": uri}},
        "security": [{need: []} for need in needs],
    }


def permission(function: str, path: str) -> Json:
    """Write a permission as SAM does."""
    here = "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}"
    source = f"{here}:${{__ApiId__}}/${{__Stage__}}/{path}"
    return {
        "Type": "AWS::Lambda::Permission",
        "Properties": {
            "FunctionName": ref(function),
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": {"Fn::Sub": [source, {"__ApiId__": ref("Api"), "__Stage__": "*"}]},
        },
    }


def function(**properties: Any) -> Json:
    """Write a function."""
    return {"Type": "AWS::Lambda::Function", "Properties": properties}


def schedule(task: str, when: str, **properties: Any) -> Json:
    """Write a schedule of the function Sweep with the role SweepRole."""
    return {
        "Type": "AWS::Scheduler::Schedule",
        "Properties": {
            "ScheduleExpression": when,
            "State": "ENABLED",
            "Target": {"Arn": arn("Sweep"), "RoleArn": arn("SweepRole"), "Input": f'{{"task":"{task}"}}'},
            **properties,
        },
    }


def role(*granted: tuple[str, Any]) -> Json:
    """Write a role that grants actions on resources."""
    statements = [{"Effect": "Allow", "Action": action, "Resource": resource} for action, resource in granted]
    return {
        "Type": "AWS::IAM::Role",
        "Properties": {"Policies": [{"PolicyName": "it", "PolicyDocument": {"Statement": statements}}]},
    }
