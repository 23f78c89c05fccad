"""Proves `rehearsal/published.py`: graphs that would stay empty and silence that rings nothing are found."""

import json
from typing import Any

import pytest

from rehearsal import published
from rehearsal.processed import Json
from rehearsal.recording import Published, Recording
from tests.unit.rehearsal.stacks import function, processed, ref, schedule

SPACE = "Lastseen/lastseen"
OF_STACK = {"Fn::Sub": "Lastseen/${AWS::StackName}"}


def seen(task: str, *names: str, who: str = "sweep", **dimensions: str) -> Published:
    """Metrics that tests saw."""
    pairs = tuple(sorted({"service": "tests", **dimensions}.items()))
    return Published(who, task, "Lastseen", pairs, names)


RECORDED = {seen("sweep", "Sweeps", "Stale", "Asked"), seen("guard", "Guards", "Asked")}


def alarm(name: str, space: Any = OF_STACK, missing: str = "notBreaching", **dimensions: Any) -> Json:
    """An alarm on one metric."""
    pairs = [{"Name": key, "Value": value} for key, value in dimensions.items()]
    return {
        "Type": "AWS::CloudWatch::Alarm",
        "Properties": {
            "Namespace": space,
            "MetricName": name,
            "Dimensions": pairs,
            "TreatMissingData": missing,
        },
    }


def dashboard(*rows: list[Any]) -> Json:
    """A dashboard of one graph."""
    body = {"widgets": [{"properties": {"title": "Graph", "metrics": list(rows)}}]}
    return {"Type": "AWS::CloudWatch::Dashboard", "Properties": {"DashboardBody": json.dumps(body)}}


def a_stack() -> Json:
    """Everything that is asked for is published, and no schedule falls silent unheard."""
    variables = {"POWERTOOLS_SERVICE_NAME": "sweep", "POWERTOOLS_METRICS_NAMESPACE": OF_STACK}
    return {
        "Sweep": function(Environment={"Variables": variables}),
        "SweepRole": {"Type": "AWS::IAM::Role"},
        "Hourly": schedule("sweep", "cron(0 * * * ? *)"),
        "Often": schedule("guard", "cron(1/5 * * * ? *)"),
        "Stale": alarm("Stale", service="sweep"),
        "NoSweep": alarm("Sweeps", missing="breaching", service="sweep"),
        "NoGuard": alarm("Guards", missing="breaching", service="sweep"),
        "Failed": alarm("Errors", "AWS/Lambda", FunctionName=ref("Sweep")),
        "Dashboard": dashboard(
            [SPACE, "Stale", "service", "sweep"],
            [".", "Asked", ".", ".", {"yAxis": "right"}],
            ["AWS/Lambda", "Duration", "FunctionName", "Sweep"],
            [{"expression": "m1/m2"}],
        ),
    }


def found_in(stack: Json, recorded: set[Published] = RECORDED) -> list[str]:
    """What the check says."""
    recording = Recording(frozenset(), frozenset(recorded), frozenset({"unit"}))
    outcome = published.rehearse(processed(stack), recording)
    return [f"{one.where}: {one.what}" for one in outcome.findings]


def test_a_stack_whose_metrics_are_all_published_has_no_findings() -> None:
    """Those of AWS are known, those of ours were seen."""
    assert found_in(a_stack()) == []


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        (alarm("Stales", service="sweep"), "no test saw any function publish it"),
        (alarm("Stale", service="ingest"), "published was Lastseen/lastseen {'service': 'sweep'}"),
        (alarm("Stale", service="sweep", kind="car"), "published was Lastseen/lastseen {'service': 'sweep'}"),
        (alarm("Stale"), "published was Lastseen/lastseen {'service': 'sweep'}"),
        (alarm("Stale", "Lastseen", service="sweep"), "published was Lastseen/lastseen {'service': 'sweep'}"),
        (alarm("Mistakes", "AWS/Lambda", FunctionName=ref("Sweep")), "AWS is not known here to publish"),
        (alarm("Errors", "AWS/Lambda", Function=ref("Sweep")), "by Function, which AWS does not publish"),
        (alarm("Errors", "AWS/Lambda", FunctionName="sweep"), "no AWS::Lambda::Function of this stack"),
        (alarm("Errors", "AWS/Lamda", FunctionName=ref("Sweep")), "AWS is not known here to publish"),
    ],
)
def test_an_alarm_that_would_never_ring_is_found(wrong: Json, said: str) -> None:
    """A wrong name, value, number of dimensions, or namespace."""
    (found,) = found_in(a_stack() | {"Wrong": wrong})

    assert found.startswith("Wrong: ")
    assert said in found


def test_metric_math_is_looked_into() -> None:
    """The metrics of an expression are metrics."""
    metrics = [
        {"Id": "share", "Expression": "m1/m2"},
        {
            "Id": "m1",
            "MetricStat": {"Metric": {"Namespace": OF_STACK, "MetricName": "Stales", "Dimensions": []}},
        },
    ]
    wrong = {"Type": "AWS::CloudWatch::Alarm", "Properties": {"Metrics": metrics}}

    assert [one for one in found_in(a_stack() | {"Wrong": wrong}) if "Stales" in one]


def test_a_graph_that_would_stay_empty_is_found() -> None:
    """Whatever its abbreviations stand for."""
    wrong = dashboard([SPACE, "Stale", "service", "sweep"], [".", "Stales", ".", "."], ["...", "ingest"])

    found = found_in(a_stack() | {"Dashboard": wrong})

    assert ["Stales {'service': 'sweep'}" in found[0], "Stales {'service': 'ingest'}" in found[1]] == [
        True,
        True,
    ]


@pytest.mark.parametrize(
    "wrong",
    [
        alarm("Guards", service="sweep"),
        alarm("Asked", missing="breaching", service="sweep"),
    ],
)
def test_a_schedule_whose_silence_rings_nothing_is_found(wrong: Json) -> None:
    """Missing data must be a breach, and the metric its own: another schedule's runs must not keep it quiet."""
    (found,) = found_in(a_stack() | {"NoGuard": wrong})

    assert found.startswith("Often: no alarm rings when it falls silent")
    assert found.endswith("(Guards)")
