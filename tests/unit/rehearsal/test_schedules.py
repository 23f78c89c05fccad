"""Proves `rehearsal/schedules.py`: a schedule that is off, in step with another, or not allowed is found."""

import pytest

from rehearsal import schedules
from rehearsal.processed import Json
from tests.unit.rehearsal.stacks import arn, function, processed, role, schedule


def a_stack() -> Json:
    """Three schedules two minutes apart."""
    return {
        "Sweep": function(),
        "SweepRole": role(("lambda:InvokeFunction", arn("Sweep")), ("sqs:SendMessage", arn("Letters"))),
        "A": schedule("sweep", "cron(0/6 * * * ? *)"),
        "B": schedule("guard", "cron(2/6 * * * ? *)"),
        "C": schedule("reconcile", "cron(4/6 * * * ? *)"),
    }


def found_in(stack: Json) -> list[str]:
    """What the check says."""
    return [f"{one.where}: {one.what}" for one in schedules.rehearse(processed(stack)).findings]


def test_schedules_out_of_step_have_no_findings() -> None:
    """And their tasks are named."""
    assert found_in(a_stack()) == []
    assert schedules.rehearse(processed(a_stack())).rehearsed == "3 schedules: guard, reconcile, sweep"


@pytest.mark.parametrize(
    ("when", "said"),
    [
        ("cron(0/5 * * * ? *)", "both begin at minute"),
        ("rate(5 minutes)", "rates keep no distance"),
        ("cron(* * * * ? *)", "both begin at minute 0"),
    ],
)
def test_schedules_in_step_are_found(when: str, said: str) -> None:
    """They would wait for each other, and some would be dropped."""
    stack = a_stack()
    stack["B"] = schedule("guard", when)

    assert any(said in one for one in found_in(stack))


def test_a_schedule_that_is_off_is_found() -> None:
    """By whatever condition."""
    stack = a_stack() | {"A": schedule("sweep", "cron(0/6 * * * ? *)", State="DISABLED")}

    assert [one for one in found_in(stack) if one.startswith("A: is off by default")]


@pytest.mark.parametrize("granted", ["lambda:InvokeFunction", "sqs:SendMessage"])
def test_a_schedule_that_may_not_call_or_report_is_found(granted: str) -> None:
    """It would fail in silence."""
    stack = a_stack()
    stack["A"]["Properties"]["Target"]["DeadLetterConfig"] = {"Arn": arn("Letters")}
    assert found_in(stack) == []

    stack["SweepRole"] = role((granted, arn("Sweep" if granted.startswith("lambda") else "Letters")))

    assert found_in(stack)


def test_a_stack_without_schedules_is_found() -> None:
    """A check that looks at nothing must not be green."""
    assert found_in({"Sweep": function()}) == ["the template: has no schedule"]
