"""Releases: a new layer and a new digest make new versions, and everybody calls by the alias that moves to them.

SAM works out whether a function has changed from what stands in the template: not from the values of parameters, and of
a layer only its name, unless the layer says otherwise. An alias would stand still and lead to the release before.
"""

import tempfile
from collections.abc import Iterator
from pathlib import Path

from rehearsal.outcome import Finding, Outcome
from rehearsal.processed import TEMPLATE, Processed, process

type Versions = dict[str, str]
"""A function's logical id, and that of its version."""

DIGEST = "Release"


def rehearse(processed: Processed) -> Outcome:
    """See that each function has an alias, and that its version follows layers and the digest."""
    versions = versions_of(processed)
    findings = list(without_alias(processed, versions))
    told = versions_of(process(parameters={**processed.parameters, DIGEST: "0123456789abcdef"}))
    findings += list(standing_still(versions, told, f"the parameter {DIGEST} changes"))
    for layer in layers_of(TEMPLATE.read_text(encoding="utf-8")):
        findings += list(
            standing_still(versions, _with_another(layer, processed), f"the layer {layer} changes")
        )
    return Outcome(f"{len(versions)} functions with versions of their own", findings)


def versions_of(processed: Processed) -> Versions:
    """The version of each function that has one."""
    return {
        logical_id[: logical_id.index("Version")]: logical_id
        for logical_id, _ in processed.of_type("AWS::Lambda::Version")
    }


def standing_still(before: Versions, after: Versions, when: str) -> Iterator[Finding]:
    """Find functions whose version is the same, although something has changed."""
    for function, version in before.items():
        if after.get(function) == version:
            yield Finding(function, f"publishes no version when {when}: its alias would stand still")


def layers_of(template: str) -> list[str]:
    """The logical ids of the layers in a template's text."""
    lines = template.splitlines()
    return [
        lines[number - 1].strip().rstrip(":")
        for number, line in enumerate(lines)
        if line.strip() == "Type: AWS::Serverless::LayerVersion"
    ]


def without_alias(processed: Processed, versions: Versions) -> Iterator[Finding]:
    aliased = {str(one.get("FunctionName")) for _, one in processed.of_type("AWS::Lambda::Alias")}
    for function, _ in processed.of_type("AWS::Lambda::Function"):
        if function not in aliased or function not in versions:
            yield Finding(
                function, "has no alias: code and layers of a new release arrive one after the other"
            )


def _with_another(layer: str, processed: Processed) -> Versions:
    """The versions after a layer has changed: here its license, which SAM looks at as it does at its content."""
    written = TEMPLATE.read_text(encoding="utf-8")
    begins = written.index(f"\n  {layer}:\n")
    at = written.index("      Description: ", begins)
    changed = written[:at] + "      LicenseInfo: another\n" + written[at:]
    with tempfile.TemporaryDirectory() as folder:
        template = Path(folder) / "template.yaml"
        template.write_text(changed, encoding="utf-8")
        return versions_of(process(template, parameters=processed.parameters))
