"""How does the built template become a stack, and what is in it?"""

import json
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
        Trouble: It failed; its last words are in the text.
    """
    aws.client("s3", settings.aws_url).create_bucket(
        Bucket=ARTIFACTS, CreateBucketConfiguration={"LocationConstraint": REGION}
    )
    arguments = ["--template-file", str(build.template(settings)), "--stack-name", STACK_NAME]
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
