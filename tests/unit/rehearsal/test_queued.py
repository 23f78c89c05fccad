"""Proves `rehearsal/queued.py`: schedules in step on a function with one place are found, and so is what is dropped."""

from typing import Any

import pytest

from rehearsal import queued
from rehearsal.processed import Json
from tests.unit.rehearsal.stacks import arn, function, processed, ref, schedule

APART = {"sweep": "cron(0/5 * * * ? *)", "reconcile": "cron(2/5 * * * ? *)", "guard": "cron(4/5 * * * ? *)"}


def a_stack(when: dict[str, str] = APART, **of_function: Any) -> Json:
    """Three schedules of one function, whose failures go to a queue that an alarm looks at."""
    return {
        "Sweep": function(**of_function),
        "Config": {
            "Type": "AWS::Lambda::EventInvokeConfig",
            "Properties": {
                "FunctionName": ref("Sweep"),
                "MaximumEventAgeInSeconds": 300,
                "DestinationConfig": {"OnFailure": {"Destination": arn("Letters")}},
            },
        },
        "Alarm": {
            "Type": "AWS::CloudWatch::Alarm",
            "Properties": {
                "Namespace": "AWS/SQS",
                "Dimensions": [{"Name": "QueueName", "Value": {"Fn::GetAtt": ["Letters", "QueueName"]}}],
            },
        },
        **{task: schedule(task, expression) for task, expression in when.items()},
    }


def found_in(stack: Json) -> list[str]:
    """What the check says."""
    return [f"{one.where}: {one.what}" for one in queued.rehearse(processed(stack)).findings]


def test_schedules_apart_on_a_function_with_room_have_no_findings() -> None:
    """864 runs, all in time; what an hour without a place drops is heard of."""
    outcome = queued.rehearse(processed(a_stack()))

    assert outcome.findings == []
    assert outcome.rehearsed.startswith("864 runs of a busy day")


def test_schedules_in_step_that_hold_a_lease_are_found() -> None:
    """Every second turn would be given up."""
    together = dict.fromkeys(APART, "cron(0/5 * * * ? *)")

    assert [one for one in found_in(a_stack(together)) if "gave up" in one]


def test_schedules_in_step_on_a_function_with_one_place_are_found() -> None:
    """The guard would start minutes late, and now and then not at all."""
    together = dict.fromkeys(APART, "cron(0/5 * * * ? *)")

    found = found_in(a_stack(together, ReservedConcurrentExecutions=1))

    assert [one for one in found if one.startswith("guard: started")]
    assert [one for one in found if one.startswith("guard:") and "grew too old" in one]


@pytest.mark.parametrize("missing", ["Alarm", "Config"])
def test_events_that_are_dropped_unheard_are_found(missing: str) -> None:
    """An hour without a place drops runs: something must keep them, and somebody look there."""
    stack = a_stack()
    if missing == "Alarm":
        del stack["Alarm"]
    else:
        del stack["Config"]["Properties"]["DestinationConfig"]

    assert [one for one in found_in(stack) if "nothing keeps or tells them" in one]


def test_an_event_waits_for_a_place_and_grows_too_old() -> None:
    """One second, two, four …: an event of 300 s finds a place until 255 s after it was born, and none later."""
    plan = {"guard": frozenset({0})}

    kept = queued.simulate(plan, oldest=300, places=None, full=lambda second: second % 3600 < 200)
    lost = queued.simulate(plan, oldest=300, places=None, full=lambda second: second % 3600 < 400)

    assert max(kept.waited["guard"]) == pytest.approx(255)
    assert (len(kept.started["guard"]), kept.dropped["guard"]) == (24, 0)
    assert (len(lost.started["guard"]), lost.dropped["guard"]) == (0, 24)
