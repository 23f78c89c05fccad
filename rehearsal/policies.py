"""Each function's role against what the function was seen to do: nothing refused, nothing granted and never used."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import Any

from rehearsal import recording
from rehearsal.grants import Grant
from rehearsal.outcome import Finding, Outcome, listed
from rehearsal.processed import Json, Processed
from rehearsal.recording import Recording

LEADING_KEYS = "dynamodb:LeadingKeys"
_TESTS: Mapping[str, Callable[[str, str], bool]] = {
    "ForAllValues:StringEquals": str.__eq__,
    "ForAllValues:StringLike": fnmatchcase,
}


@dataclass(frozen=True)
class Statement:
    """One statement of a policy, worked out.

    Attributes:
        sid: Its name, for people.
        allows: Whether it allows or denies.
        actions: Patterns of actions.
        resources: Patterns of resources, by logical id: `DevicesTable/index/by-kind`.
        keys: What leading keys must be, by kind of comparison; nothing if they do not matter.
    """

    sid: str
    allows: bool
    actions: tuple[str, ...]
    resources: tuple[str, ...]
    keys: tuple[tuple[str, tuple[str, ...]], ...]

    def covers(self, grant: Grant) -> bool:
        """Whether it speaks of a grant."""
        return (
            any(fnmatchcase(grant.action.lower(), one.lower()) for one in self.actions)
            and any(fnmatchcase(grant.resource, one) for one in self.resources)
            and all(
                any(_TESTS[test](key, wanted) for wanted in values)
                for test, values in self.keys
                for key in grant.keys
            )
        )


def rehearse(processed: Processed, recorded: Recording | None = None) -> Outcome:
    """Hold every recorded call against the role of its function, and every grant of a role against the calls."""
    seen = recorded or recording.read()
    findings: list[Finding] = []
    calls = 0
    for logical_id, properties in processed.of_type("AWS::Lambda::Function"):
        role = properties["Role"].removesuffix(".Arn")
        function = service_of(properties)
        needed = {grant for name, grant in seen.granted if name == function}
        calls += len(needed)
        if not needed:
            findings.append(Finding(logical_id, f"no call of {function} was recorded"))
        known = {grant for grant in needed if grant.resource.partition("/")[0] in processed.resources}
        found = list(statements(processed.resources[role]))
        findings += _wide(role, found)
        findings += _missing(role, found, known)
        findings += _unused(role, found, known | set(_of_lambda(processed, logical_id, properties)))
    return Outcome(f"{calls} calls recorded by tests against the policies of their functions", findings)


def service_of(function: Json) -> str:
    """Name a function as its logs and metrics do; its code is in the folder of that name."""
    return str(function.get("Environment", {}).get("Variables", {}).get("POWERTOOLS_SERVICE_NAME", "?"))


def statements(role: Json) -> Iterator[Statement]:
    """Go through the statements of a role's own policies.

    Raises:
        ValueError: A condition that is not understood here: what it refuses would go unseen.
    """
    for policy in role["Properties"].get("Policies", []):
        for one in policy["PolicyDocument"]["Statement"]:
            sid = one.get("Sid", policy["PolicyName"])
            keys = []
            for test, condition in one.get("Condition", {}).items():
                if test not in _TESTS or set(condition) != {LEADING_KEYS}:
                    raise ValueError(
                        f"{sid}: the condition {test} on {listed(condition)} is not understood here"
                    )
                keys.append((test, tuple(_many(condition[LEADING_KEYS]))))
            resources = tuple(_name(resource) for resource in _many(one["Resource"]))
            yield Statement(
                sid, one["Effect"] == "Allow", tuple(_many(one["Action"])), resources, tuple(keys)
            )


_WITHOUT_RESOURCE = "secretsmanager:BatchGetSecretValue"
"""AWS takes no resource for it: which secrets it gives, `GetSecretValue` on each decides."""

_SEEN_ELSEWHERE = {
    # By the contract suites of the stores on real engines, without a function around them.
    ("ReadTheState", "DevicesTable/index/by-physical"),
    ("LookThroughTheState", "DevicesTable/index/by-physical"),
    ("KeepAnchors", "dynamodb:PartiQLUpdate"),
}


def _missing(role: str, found: Iterable[Statement], needed: Iterable[Grant]) -> Iterator[Finding]:
    for grant in sorted(needed):
        covering = [one for one in found if one.covers(grant)]
        on = f"{grant.action} on {grant.resource}" + (f" for {listed(grant.keys)}" if grant.keys else "")
        if refusing := [one.sid for one in covering if not one.allows]:
            yield Finding(role, f"denies what its function does: {on} ({listed(refusing)})")
        elif not covering:
            yield Finding(role, f"does not grant what its function does: {on}")


def _unused(role: str, found: Iterable[Statement], needed: set[Grant]) -> Iterator[Finding]:
    for one in found:
        if not one.allows or one.actions == (_WITHOUT_RESOURCE,):
            continue
        used = {grant for grant in needed if one.covers(grant)}
        for action in one.actions:
            if (one.sid, action) in _SEEN_ELSEWHERE:
                continue
            if not any(fnmatchcase(grant.action.lower(), action.lower()) for grant in used):
                yield Finding(f"{role}, {one.sid}", f"grants {action}, which no test saw its function use")
        for resource in one.resources:
            if (one.sid, resource) in _SEEN_ELSEWHERE:
                continue
            if not any(fnmatchcase(grant.resource, resource) for grant in used):
                yield Finding(f"{role}, {one.sid}", f"grants {resource}, which no test saw its function use")


def _wide(role: str, found: Iterable[Statement]) -> Iterator[Finding]:
    for one in found:
        if one.actions == (_WITHOUT_RESOURCE,):
            continue
        for pattern in (*one.actions, *one.resources):
            if pattern == "*" or pattern.endswith(":*"):
                yield Finding(f"{role}, {one.sid}", f"grants all of {pattern}")


def _of_lambda(processed: Processed, logical_id: str, properties: Mapping[str, Any]) -> Iterator[Grant]:
    """What Lambda itself does with a function's role: its log, what failed asynchronously, traces."""
    if log := properties.get("LoggingConfig", {}).get("LogGroup"):
        yield Grant("logs:CreateLogStream", log)
        yield Grant("logs:PutLogEvents", log)
    if properties.get("TracingConfig", {}).get("Mode") == "Active":
        yield Grant("xray:PutTraceSegments", "*")
        yield Grant("xray:PutTelemetryRecords", "*")
    for _, config in processed.of_type("AWS::Lambda::EventInvokeConfig"):
        if processed.function_of(config["FunctionName"]) == logical_id:
            for destination in config.get("DestinationConfig", {}).values():
                yield Grant("sqs:SendMessage", _name(destination["Destination"]))


def _name(resource: str) -> str:
    """A resource by its logical id: `X.Arn/*` is `X/*`."""
    return resource.replace(".Arn", "", 1)


def _many(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value]
