"""The template as AWS sees it: transformed by SAM, its parameters, conditions and references worked out."""

import json
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

from local.stack.intrinsics import Intrinsics
from rehearsal.outcome import NotRehearsedError

ROOT = Path(__file__).resolve().parents[1]
TEMPLATE = ROOT / "template.yaml"
SAM_PYTHON = ROOT / ".venv-sam/bin/python"

type Json = dict[str, Any]

ANSWERS: Mapping[str, str] = {"OidcIssuer": "https://login.example.com/"}
"""What a person has to answer; every other parameter has a default."""


class _Names(dict[str, str]):
    """Stands in for ids that AWS gives: a reference to a resource comes to its logical id, `X.Arn` to itself."""

    def __missing__(self, name: str) -> str:
        return name


@dataclass(frozen=True)
class Processed:
    """A processed template and what it was deployed with.

    Attributes:
        template: As SAM's transform left it.
        parameters: What was answered; defaults hold for the rest.
        stack: The stack's name.
        region: Where it stands.
    """

    template: Json
    parameters: Mapping[str, str] = field(default_factory=dict)
    stack: str = "lastseen"
    region: str = "eu-central-1"

    def beside(self, *, stack: str | None = None, region: str | None = None) -> "Processed":
        """Give the same template as another stack, or in another region."""
        return replace(self, stack=stack or self.stack, region=region or self.region)

    @cached_property
    def resources(self) -> dict[str, Json]:
        """The resources that would be made, by logical id, worked out. A resource's `Ref` is its logical id."""
        found = {}
        for logical_id, resource in self.template["Resources"].items():
            condition = resource.get("Condition")
            if condition is None or self._intrinsics.holds(self.template["Conditions"][condition]):
                found[logical_id] = {**resource, "Properties": self.resolve(resource.get("Properties", {}))}
        return found

    def of_type(self, kind: str) -> Iterator[tuple[str, Json]]:
        """Go through the properties of all resources of a type, by logical id."""
        for logical_id, resource in self.resources.items():
            if resource["Type"] == kind:
                yield logical_id, resource["Properties"]

    def resolve(self, node: Any) -> Any:
        """Work out a value."""
        return self._intrinsics.resolve(node)

    def function_of(self, reference: str) -> str:
        """Name the function behind a reference: its own, its ARN's, or that of an alias of it."""
        name = reference.removesuffix(".Arn")
        alias = self.resources.get(name, {})
        if alias.get("Type") == "AWS::Lambda::Alias":
            return str(alias["Properties"]["FunctionName"])
        return name

    @cached_property
    def _intrinsics(self) -> Intrinsics:
        defaults = {
            name: str(given["Default"])
            for name, given in self.template.get("Parameters", {}).items()
            if "Default" in given
        }
        pseudo = {
            "AWS::StackName": self.stack,
            "AWS::Region": self.region,
            "AWS::AccountId": "123456789012",
            "AWS::Partition": "aws-cn" if self.region.startswith("cn-") else "aws",
            "AWS::URLSuffix": "amazonaws.com.cn" if self.region.startswith("cn-") else "amazonaws.com",
            "AWS::StackId": f"arn:aws:cloudformation:{self.region}:123456789012:stack/{self.stack}/1",
        }
        return Intrinsics(
            _Names({**defaults, **self.parameters, **pseudo}), self.template.get("Conditions", {})
        )


def process(
    template: Path = TEMPLATE,
    *,
    region: str = "eu-central-1",
    stack: str = "lastseen",
    parameters: Mapping[str, str] = ANSWERS,
) -> Processed:
    """Let SAM transform a template.

    Raises:
        NotRehearsedError: The SAM CLI is not installed.
        ValueError: SAM does not take the template; its words are in the text.
    """
    request = {"template": str(template), "region": region, "parameters": dict(parameters)}
    done = in_sam("transform.py", json.dumps(request))
    if done.returncode:
        raise ValueError(done.stderr.strip().splitlines()[-1])
    return Processed(json.loads(done.stdout), parameters, stack, region)


def in_sam(script: str, said: str) -> subprocess.CompletedProcess[str]:
    """Run a script of this folder in the environment of the SAM CLI.

    Raises:
        NotRehearsedError: The SAM CLI is not installed.
    """
    if not SAM_PYTHON.exists():
        raise NotRehearsedError("the SAM CLI is missing: `make rehearse` installs it")
    return subprocess.run(
        [str(SAM_PYTHON), "-I", str(ROOT / "rehearsal" / script)],
        input=said, capture_output=True, text=True, check=False,
    )  # fmt: skip
