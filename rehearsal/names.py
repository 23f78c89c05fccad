"""No name, namespace or place that two stacks in one account would share.

CloudFormation's own description of each type, which the linter carries, says which properties name a resource: those
that identify it and cannot be changed. A name is a stack's own if it differs from that of another stack, or if it lies
within something of the stack's own (an alias within a function).
"""

import json
from collections.abc import Callable, Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from rehearsal.outcome import Finding, NotRehearsedError, Outcome
from rehearsal.processed import ROOT, Json, Processed

IN_THE_WHOLE_ACCOUNT = frozenset({"AWS::CloudWatch::Dashboard", "AWS::IAM::Role", "AWS::IAM::ManagedPolicy"})
"""What has one name in all regions of an account."""

IN_THE_WORLD = frozenset({"AWS::S3::Bucket"})


@cache
def naming(kind: str) -> tuple[str, ...]:
    """Name the properties that name a resource of a type: what identifies it, or is called a name and cannot change."""
    schema = _schema(kind)
    top = {path.split("/")[2] for path in schema.get("primaryIdentifier", []) if path.count("/") == 2}
    fixed = {path.split("/")[2] for path in schema.get("createOnlyProperties", []) if path.count("/") == 2}
    names = {name for name in top | fixed if name.endswith("Name")}
    return tuple(sorted(names & schema["properties"].keys()))


def _schema(kind: str) -> Json:
    schema: Json = json.loads((_schemas() / f"resources/{_index()[kind]}.json").read_text(encoding="utf-8"))
    return schema


@cache
def _index() -> dict[str, str]:
    found: dict[str, str] = json.loads((_schemas() / "providers/us-east-1.json").read_text(encoding="utf-8"))
    return found


def _schemas() -> Path:
    found = next(ROOT.glob(".venv-sam/lib/python3*/site-packages/cfnlint/data/schemas"), None)
    if found is None:
        raise NotRehearsedError("cfn-lint is missing: `make rehearse` installs it")
    return found


def rehearse(processed: Processed, naming: Callable[[str], Sequence[str]] = naming) -> Outcome:
    """Set the stack beside another of the same account, and beside itself in another region."""
    here, other = processed, processed.beside(stack="another")
    fallback = processed.beside(region="us-east-1")
    findings: list[Finding] = []
    looked_at = 0
    for logical_id, resource in here.resources.items():
        kind, properties = resource["Type"], resource["Properties"]
        given = [name for name in naming(kind) if name in properties]
        looked_at += len(given)
        wide = kind in IN_THE_WHOLE_ACCOUNT | IN_THE_WORLD
        twins = [("two stacks", other)] + ([("stacks of one name in two regions", fallback)] if wide else [])
        findings += [
            Finding(logical_id, f"{who} would share its {name} {properties[name]!r}")
            for name in given
            if not _is_within_its_own(processed, properties, name)
            for who, twin in twins
            if twin.resources[logical_id]["Properties"].get(name) == properties[name]
        ]
    findings += _namespaces(here, other)
    findings += _exports(here, other)
    return Outcome(f"{len(here.resources)} resources, {looked_at} of them with a name of ours", findings)


def _is_within_its_own(processed: Processed, properties: Json, name: str) -> bool:
    """Whether the name lies within another resource of this stack, or is itself a reference to one."""
    owners = [value for key, value in properties.items() if key in {"ApiId", "FunctionName"} and key != name]
    own = [*owners, properties[name]]
    return any(isinstance(one, str) and one.removesuffix(".Arn") in processed.resources for one in own)


def _namespaces(here: Processed, other: Processed) -> Iterator[Finding]:
    for logical_id, resource in here.resources.items():
        mine = set(_of_metrics(resource["Properties"]))
        theirs = set(_of_metrics(other.resources[logical_id]["Properties"]))
        for namespace in sorted(mine & theirs):
            yield Finding(logical_id, f"two stacks would mix their metrics in the namespace {namespace!r}")


def _of_metrics(node: Any) -> Iterator[str]:
    """Find every namespace of metrics of ours, however deep."""
    if isinstance(node, dict):
        for key, value in node.items():
            is_namespace = key in {"Namespace", "POWERTOOLS_METRICS_NAMESPACE", "MetricNamespace"}
            if is_namespace and isinstance(value, str) and not value.startswith("AWS/"):
                yield value
            else:
                yield from _of_metrics(value)
    elif isinstance(node, list):
        for value in node:
            yield from _of_metrics(value)


def _exports(here: Processed, other: Processed) -> Iterator[Finding]:
    for name, output in here.template.get("Outputs", {}).items():
        export = output.get("Export", {}).get("Name")
        if export is not None and here.resolve(export) == other.resolve(export):
            yield Finding(f"Outputs, {name}", f"two stacks would share the export {here.resolve(export)!r}")
