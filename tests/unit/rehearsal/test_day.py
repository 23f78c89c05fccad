"""Proves `rehearsal/day.py`: an alarm that rings on a usual day, or keeps silent in its trouble, is found."""

from typing import Any

import pytest

from lastseen.observability import (
    CENSUS_METRICS,
    ENODE_METRICS,
    RECONCILE_METRICS,
    RUN_METRICS,
    SWEEP_METRICS,
)
from rehearsal import day
from rehearsal.day import KINDS, Kind
from rehearsal.life import Silent, Stopped, Usual
from rehearsal.processed import Json
from rehearsal.recording import Published, Recording
from tests.unit.rehearsal.stacks import function, processed, schedule

GUARDS = ("WebhookInactive", "HeartbeatAge", "PendingEvents", "GuardUnanswered")
EVERYTHING = {
    *SWEEP_METRICS.values(), *CENSUS_METRICS.values(), *ENODE_METRICS.values(), *RECONCILE_METRICS.values(),
    *RUN_METRICS.values(), *GUARDS, "ReconcileRepairs", "ReconcileStopped", "Deliveries", "Events", "Quarantined",
    "UnknownEvents", "Superseded", "TextReplaced", "Reads", "CensusOverdue", "AnchorsOverdue", "FirstBackfill",
    "EnodeClientMissing",
}  # fmt: skip
DEAF = "Stale: rings on no kind of day: teach rehearsal/day.py what it is for"
DAYS = (
    Kind("usual", Usual(), frozenset()),
    Kind("large", Usual(fleet=100_000), frozenset()),
    Kind("silent", Silent(), frozenset({"Heartbeat"})),
    Kind("stopped", Stopped(task="guard"), frozenset({"NoGuard"})),
)


def alarm(name: str, threshold: float, service: str = "sweep", **given: Any) -> Json:
    """An alarm above a threshold, two periods of five minutes, unless told otherwise."""
    usual: Json = {
        "Namespace": "Lastseen", "MetricName": name, "Dimensions": [{"Name": "service", "Value": service}],
        "Statistic": "Maximum", "Period": 300, "EvaluationPeriods": 2, "Threshold": threshold,
        "ComparisonOperator": "GreaterThanThreshold", "TreatMissingData": "notBreaching",
    }  # fmt: skip
    return {"Type": "AWS::CloudWatch::Alarm", "Properties": usual | given}


def a_stack(**alarms: Json) -> Json:
    """Two functions, three schedules, and an alarm for each trouble of `DAYS`."""
    silence = {"TreatMissingData": "breaching", "ComparisonOperator": "LessThanThreshold", "Statistic": "Sum"}
    return {
        **{
            name.title(): function(
                Environment={
                    "Variables": {"POWERTOOLS_SERVICE_NAME": name, "POWERTOOLS_METRICS_NAMESPACE": "Lastseen"}
                }
            )
            for name in ("ingest", "read", "sweep")
        },
        "A": schedule("sweep", "cron(0/5 * * * ? *)"),
        "B": schedule("reconcile", "cron(2/5 * * * ? *)"),
        "C": schedule("guard", "cron(4/5 * * * ? *)"),
        "Heartbeat": alarm("HeartbeatAge", 3600),
        "NoGuard": alarm("GuardRuns", 1, EvaluationPeriods=3, **silence),
        **alarms,
    }


def found_in(stack: Json, names: set[str] = EVERYTHING) -> list[str]:
    """What the check says."""
    seen = frozenset({Published("sweep", "", "Lastseen", (("service", "tests"),), tuple(names))})
    outcome = day.rehearse(processed(stack), DAYS, Recording(frozenset(), seen, frozenset()))
    return [f"{one.where}: {one.what}" for one in outcome.findings]


def test_alarms_that_ring_in_their_trouble_and_go_quiet_have_no_findings() -> None:
    """The heartbeat's in silence, the guard's when it does not run."""
    assert found_in(a_stack()) == []


@pytest.mark.parametrize(
    ("stale", "found"),
    [
        (alarm("StaleDevices", 100), ["large, Stale: rings from minute 10 on", DEAF]),
        (alarm("StaleDevices", 1000), [DEAF]),
    ],
)
def test_an_alarm_that_rings_because_a_fleet_is_large_is_found(stale: Json, found: list[str]) -> None:
    """Two devices of a thousand are always stale."""
    assert [one.partition(", and")[0] for one in found_in(a_stack(Stale=stale))] == found


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"Heartbeat": alarm("HeartbeatAge", 36_000)}, "silent, Heartbeat: should ring, and does not"),
        ({"Heartbeat": alarm("HeartbeatAge", 10)}, "usual, Heartbeat: rings from minute"),
        ({"NoGuard": alarm("GuardRuns", 1)}, "stopped, NoGuard: should ring, and does not"),
        (
            {"Heartbeat": alarm("HeartbeatAge", 3600, EvaluationPeriods=1, Period=86_400)},
            "silent, Heartbeat: still rings at midnight",
        ),
        ({"Other": alarm("Dreams", 1)}, "Other: no kind of day publishes Dreams"),
    ],
)
def test_an_alarm_that_is_wrong_is_found(changed: dict[str, Json], said: str) -> None:
    """Too deaf, too shrill, taking silence for peace, ringing on, or on what no kind of day knows."""
    assert [one for one in found_in(a_stack(**changed)) if said in one]


def test_a_missing_alarm_is_found() -> None:
    """A trouble of which nobody hears."""
    stack = a_stack()
    del stack["Heartbeat"]

    assert found_in(stack) == ["silent: should make Heartbeat ring, which there is not"]


def test_a_day_that_publishes_what_no_function_does_is_found() -> None:
    """The days must not drift from the code."""
    assert found_in(a_stack(), EVERYTHING - {"GuardRuns"}) == [
        "rehearsal/life.py: publishes GuardRuns, which no test saw a function publish"
    ]


def test_every_kind_of_day_is_told_apart() -> None:
    """The ones that the programme lets pass have names of their own, and the usual ones ring nothing."""
    assert len({kind.name for kind in KINDS}) == len(KINDS) >= 12
    assert [kind.rings for kind in KINDS if type(kind.life) is Usual] == [frozenset()] * 3
