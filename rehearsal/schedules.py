"""The schedules: on by default, out of step, and allowed to call what they call."""

import json
import re
from collections.abc import Iterator
from itertools import combinations
from typing import Any

from rehearsal.outcome import Finding, Outcome, listed
from rehearsal.processed import Json, Processed

HOUR = 60
_RATE = re.compile(r"rate\((\d+) (minute|hour|day)s?\)")
_CRON = re.compile(r"cron\((\S+) (\S+) .*\)")


def rehearse(processed: Processed) -> Outcome:
    """Look at the schedules as the defaults of the template leave them."""
    schedules = dict(processed.of_type("AWS::Scheduler::Schedule"))
    findings: list[Finding] = [] if schedules else [Finding("the template", "has no schedule")]
    for logical_id, given in schedules.items():
        if given.get("State", "ENABLED") != "ENABLED":
            findings.append(
                Finding(logical_id, "is off by default: nothing would ever say that it does not run")
            )
        findings += _allowed(processed, logical_id, given)
    for (first, one), (second, other) in combinations(schedules.items(), 2):
        mine, theirs = starts(one["ScheduleExpression"]), starts(other["ScheduleExpression"])
        if mine is None or theirs is None:
            findings.append(
                Finding(
                    f"{first}, {second}",
                    "begin whenever the stack was made: rates keep no distance, cron does",
                )
            )
        elif mine & theirs:
            findings.append(Finding(f"{first}, {second}", f"both begin at minute {min(mine & theirs)}"))
    tasks = listed(task_of(one) for one in schedules.values())
    return Outcome(f"{len(schedules)} schedules: {tasks}", findings)


def starts(expression: str) -> frozenset[int] | None:
    """Give the minutes of an hour in which a schedule begins; None if they hang on when it was made.

    >>> sorted(starts("cron(2/20 * * * ? *)"))
    [2, 22, 42]
    """
    found = _CRON.fullmatch(expression)
    return None if found is None else frozenset(_minutes(found[1]))


def seconds_between(expression: str) -> int:
    """Give the longest time between two runs of a schedule that knows only minutes of an hour.

    Raises:
        ValueError: It is of another form.

    >>> seconds_between("rate(5 minutes)"), seconds_between("cron(4/5 * * * ? *)")
    (300, 300)
    """
    if found := _RATE.fullmatch(expression):
        return int(found[1]) * {"minute": 60, "hour": 3600, "day": 86400}[found[2]]
    if minutes := sorted(starts(expression) or ()):
        return 60 * max(
            (b - a) % HOUR or HOUR for a, b in zip(minutes, [*minutes[1:], minutes[0]], strict=True)
        )
    raise ValueError(f"{expression} is no schedule that is understood here")


def task_of(schedule: Json) -> str:
    """Name what a schedule asks its function to do."""
    return str(json.loads(schedule["Target"].get("Input", "{}")).get("task", "?"))


def _minutes(field: str) -> Iterator[int]:
    for part in field.split(","):
        span, _, step = part.partition("/")
        first, _, last = span.partition("-")
        begin = 0 if first == "*" else int(first)
        end = int(last) if last else (HOUR - 1 if step or first == "*" else begin)
        yield from range(begin, end + 1, int(step or 1))


def _allowed(processed: Processed, logical_id: str, schedule: Json) -> Iterator[Finding]:
    target = schedule["Target"]
    role = processed.resources.get(target["RoleArn"].removesuffix(".Arn"), {})
    wanted = [("lambda:InvokeFunction", target["Arn"])]
    if "DeadLetterConfig" in target:
        wanted.append(("sqs:SendMessage", target["DeadLetterConfig"]["Arn"]))
    for action, resource in wanted:
        if not any(_grants(one, action, resource) for one in _statements(role)):
            yield Finding(logical_id, f"its role does not grant {action} on {resource}")


def _statements(role: Json) -> Iterator[Any]:
    for policy in role.get("Properties", {}).get("Policies", []):
        yield from policy["PolicyDocument"]["Statement"]


def _grants(statement: Any, action: str, resource: str) -> bool:
    def many(value: Any) -> list[str]:
        return value if isinstance(value, list) else [value]

    ours = {one.removesuffix(".Arn") for one in many(statement["Resource"])}
    return action in many(statement["Action"]) and resource.removesuffix(".Arn") in ours
