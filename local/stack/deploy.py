"""Deploy the built template to the emulator, and describe the stack."""

import json
import re
from dataclasses import dataclass
from typing import Any

import yaml

from local.stack import aws, build
from local.stack.settings import REGION, STACK_NAME, Settings

ARTIFACTS = "lastseen-artifacts"


@dataclass(frozen=True)
class Stack:
    """What CloudFormation says about the deployed stack.

    Attributes:
        template: As processed, that is without SAM's own resources.
        written: As it was written, with them.
        parameters: Name to value, defaults included.
        resources: Logical to physical id.
        outputs: Name to value.
    """

    template: dict[str, Any]
    written: dict[str, Any]
    parameters: dict[str, str]
    resources: dict[str, str]
    outputs: dict[str, str]


def deploy(settings: Settings) -> Stack:
    """Run `sam deploy` of the built template against the emulated AWS.

    Raises:
        UserError: It failed; its last words are in the text.
    """
    aws.client("s3", settings.aws_url).create_bucket(
        Bucket=ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    built = build.template(settings)
    deployed = built.with_name("emulated.yaml")  # beside it: its paths are relative
    deployed.write_text(without_metric_math(built.read_text(encoding="utf-8")), encoding="utf-8")
    arguments = ["--template-file", str(deployed), "--stack-name", STACK_NAME]
    arguments += ["--s3-bucket", ARTIFACTS, "--region", REGION, "--capabilities", "CAPABILITY_IAM"]
    build.sam(settings, "deploy", [*arguments, "--no-confirm-changeset", "--no-progressbar"])
    return describe(settings)


def describe(settings: Settings) -> Stack:
    """Ask CloudFormation what it made."""
    formation = aws.client("cloudformation", settings.aws_url)
    template = formation.get_template(StackName=STACK_NAME, TemplateStage="Processed")["TemplateBody"]
    written = formation.get_template(StackName=STACK_NAME, TemplateStage="Original")["TemplateBody"]
    stack = formation.describe_stacks(StackName=STACK_NAME)["Stacks"][0]
    resources = formation.describe_stack_resources(StackName=STACK_NAME)["StackResources"]
    template = template if isinstance(template, dict) else json.loads(template)
    defaults = {name: str(given.get("Default", "")) for name, given in template["Parameters"].items()}
    return Stack(
        template=template,
        written=written if isinstance(written, dict) else yaml.safe_load(written),
        parameters=defaults | settings.parameters,
        resources={one["LogicalResourceId"]: one["PhysicalResourceId"] for one in resources},
        outputs={one["OutputKey"]: one["OutputValue"] for one in stack.get("Outputs", [])},
    )


def without_metric_math(text: str) -> str:
    """Leave out of a built template the alarms that ministack cannot make, those that calculate.

    >>> alarm = "  {}:\\n    Type: AWS::CloudWatch::Alarm\\n    Properties:\\n      {}\\n"
    >>> text = "Resources:\\n" + alarm.format("A", "Metrics:") + alarm.format("B", "MetricName: x") + "Outputs: {}\\n"
    >>> without_metric_math(text).split()[:4]
    ['Resources:', 'B:', 'Type:', 'AWS::CloudWatch::Alarm']
    """
    blocks = re.split(r"(?m)^(?=  \w+:\n)", text)
    return "".join(
        re.sub(r"(?s)\A.*?(?=^\S|\Z)", "", block, flags=re.MULTILINE)
        if "    Type: AWS::CloudWatch::Alarm\n" in block and "\n      Metrics:" in block
        else block
        for block in blocks
    )
