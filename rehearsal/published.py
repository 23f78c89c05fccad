"""Every metric of an alarm or of the dashboard: published by a function, with exactly those dimensions.

A name that nobody publishes, or a dimension too many, is a graph that stays empty and an alarm that never rings. And
for each schedule one alarm must ring when it falls silent: one that takes missing data for a breach.
"""

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any, NamedTuple

from rehearsal import recording
from rehearsal.outcome import Finding, Outcome, listed
from rehearsal.policies import service_of
from rehearsal.processed import Json, Processed
from rehearsal.recording import Published, Recording
from rehearsal.schedules import task_of

# What AWS publishes by itself: the metric, its dimensions, and the type of resource that each names.
_FUNCTION = {"FunctionName": "AWS::Lambda::Function"}
_BY_AWS: dict[str, tuple[frozenset[str], list[dict[str, str]]]] = {
    "AWS/Lambda": (
        frozenset(
            {"Errors", "Throttles", "Duration", "Invocations", "ConcurrentExecutions", "AsyncEventsDropped",
             "AsyncEventAge", "AsyncEventsReceived", "DeadLetterErrors", "DestinationDeliveryFailures",
             "UnreservedConcurrentExecutions", "ClaimedAccountConcurrency"}
        ),
        [_FUNCTION, {**_FUNCTION, "Resource": ""}, {}],
    ),
    "AWS/ApiGateway": (
        frozenset({"4xx", "5xx", "Count", "IntegrationLatency", "Latency", "DataProcessed"}),
        [{"ApiId": "AWS::ApiGatewayV2::Api"}, {"ApiId": "AWS::ApiGatewayV2::Api", "Stage": ""}],
    ),
    "AWS/SQS": (
        frozenset({"NumberOfMessagesSent", "ApproximateNumberOfMessagesVisible", "ApproximateAgeOfOldestMessage"}),
        [{"QueueName": "AWS::SQS::Queue"}],
    ),
    "AWS/DynamoDB": (
        frozenset({"ReadThrottleEvents", "WriteThrottleEvents", "ConsumedReadCapacityUnits", "UserErrors",
                   "ConsumedWriteCapacityUnits", "OnlineIndexThrottleEvents"}),
        [{"TableName": "AWS::DynamoDB::Table"},
         {"TableName": "AWS::DynamoDB::Table", "GlobalSecondaryIndexName": ""}],
    ),
}  # fmt: skip
_PER_OPERATION = frozenset({"ThrottledRequests", "SystemErrors", "SuccessfulRequestLatency"})
"""Metrics of DynamoDB that there are by operation only."""


type _Metric = tuple[str, str, tuple[tuple[str, str], ...]]
"""Namespace, name, dimensions."""


class Wanted(NamedTuple):
    """A metric that an alarm or a graph asks for.

    Attributes:
        where: Which alarm or graph.
        dimensions: Names and values, sorted.
    """

    where: str
    namespace: str
    name: str
    dimensions: tuple[tuple[str, str], ...]


def rehearse(processed: Processed, recorded: Recording | None = None) -> Outcome:
    """Look for every metric that is asked for among those that were published."""
    seen = recorded or recording.read()
    spaces = dict(_namespaces(processed))
    there = {
        (spaces[one.function], name, as_deployed(one))
        for one in seen.published
        if one.function in spaces
        for name in one.names
    }
    wanted = [*_of_alarms(processed), *_of_dashboards(processed)]
    findings = [
        _of_aws(processed, one) if one.namespace.startswith("AWS/") else _ours(one, there) for one in wanted
    ]
    unseen = sorted({name for _, name, _ in there} - {one.name for one in wanted})
    silent = list(_silence(processed, seen))
    told = f"{len(set(wanted))} metrics asked for, {len({name for _, name, _ in there})} published"
    return Outcome(
        told + (f"; only in the logs: {listed(unseen)}" if unseen else ""),
        [one for one in findings if one is not None] + silent,
    )


def as_deployed(published: Published) -> tuple[tuple[str, str], ...]:
    """Give the dimensions that metrics have once deployed: under test every function's service is another."""
    return tuple(
        (name, published.function if name == "service" else value) for name, value in published.dimensions
    )


def _namespaces(processed: Processed) -> Iterator[tuple[str, str]]:
    """Under which namespace each function publishes."""
    for _, properties in processed.of_type("AWS::Lambda::Function"):
        yield service_of(properties), properties["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]


def _of_alarms(processed: Processed) -> Iterator[Wanted]:
    for logical_id, alarm in processed.of_type("AWS::CloudWatch::Alarm"):
        for metric in metrics_of(alarm):
            yield Wanted(
                logical_id, metric["Namespace"], metric["MetricName"], _pairs(metric.get("Dimensions", []))
            )


def metrics_of(alarm: Json) -> Iterator[Json]:
    """Go through an alarm's metrics: its one, or those of its metric math."""
    if "MetricName" in alarm:
        yield alarm
    for one in alarm.get("Metrics", []):
        if "MetricStat" in one:
            yield one["MetricStat"]["Metric"]


def _of_dashboards(processed: Processed) -> Iterator[Wanted]:
    for logical_id, dashboard in processed.of_type("AWS::CloudWatch::Dashboard"):
        for widget in json.loads(dashboard["DashboardBody"])["widgets"]:
            rows = [row for row in widget["properties"].get("metrics", []) if not isinstance(row[0], dict)]
            where = f"{logical_id}, {widget['properties'].get('title', '?')!r}"
            for namespace, name, *rest in written_out(rows):
                pairs = tuple(sorted(zip(rest[::2], rest[1::2], strict=True)))
                yield Wanted(where, namespace, name, pairs)


def written_out(rows: Sequence[Sequence[Any]]) -> Iterator[list[str]]:
    """Write out what a dashboard abbreviates: `.` is the word above, `...` all of them up to what follows.

    >>> list(written_out([["A", "b", "c", "d"], [".", "x", ".", "."], ["...", "y"]]))
    [['A', 'b', 'c', 'd'], ['A', 'x', 'c', 'd'], ['A', 'x', 'c', 'y']]
    """
    above: list[str] = []
    for row in rows:
        words = [word for word in row if isinstance(word, str)]
        if words[0] == "...":
            words = above[: len(above) - len(words) + 1] + words[1:]
        above = [above[at] if word == "." else word for at, word in enumerate(words)]
        yield above


def _ours(one: Wanted, there: set[_Metric]) -> Finding | None:
    if (one.namespace, one.name, one.dimensions) in there:
        return None
    near = sorted({f"{space} {dict(dimensions)}" for space, name, dimensions in there if name == one.name})
    instead = f"; published was {', '.join(near)}" if near else "; no test saw any function publish it"
    return Finding(one.where, f"asks for {one.namespace} {one.name} {dict(one.dimensions)}{instead}")


def _of_aws(processed: Processed, one: Wanted) -> Finding | None:
    names, forms = _BY_AWS.get(one.namespace, (frozenset(), []))
    dimensions = dict(one.dimensions)
    if one.namespace == "AWS/DynamoDB" and one.name in _PER_OPERATION:
        names, forms = _PER_OPERATION, [{"TableName": "AWS::DynamoDB::Table", "Operation": ""}]
    if one.name not in names:
        return Finding(
            one.where, f"asks for {one.namespace} {one.name}, which AWS is not known here to publish"
        )
    form = next((form for form in forms if form.keys() == dimensions.keys()), None)
    if form is None:
        return Finding(one.where, f"asks for {one.name} by {listed(dimensions)}, which AWS does not publish")
    for name, kind in form.items():
        resource = re.split(r"[.:]", dimensions[name])[0]
        if kind and processed.resources.get(resource, {}).get("Type") != kind:
            return Finding(one.where, f"{name} is {dimensions[name]!r}, which is no {kind} of this stack")
    return None


def _silence(processed: Processed, seen: Recording) -> Iterator[Finding]:
    """Each schedule needs an alarm on its silence: on what its runs publish, and no run of another."""
    spaces = dict(_namespaces(processed))
    by_task: dict[tuple[str, str], set[_Metric]] = {}
    for one in seen.published:
        metrics = {(spaces.get(one.function, ""), name, as_deployed(one)) for name in one.names}
        by_task.setdefault((one.function, one.task), set()).update(metrics)
    loud = {
        (metric["Namespace"], metric["MetricName"], _pairs(metric.get("Dimensions", [])))
        for _, alarm in processed.of_type("AWS::CloudWatch::Alarm")
        if alarm.get("TreatMissingData") == "breaching"
        for metric in metrics_of(alarm)
    }
    for logical_id, schedule in processed.of_type("AWS::Scheduler::Schedule"):
        function = processed.function_of(schedule["Target"]["Arn"])
        this = (service_of(processed.resources[function]["Properties"]), task_of(schedule))
        others: set[_Metric] = set().union(*(known for task, known in by_task.items() if task != this))
        own = by_task.get(this, set()) - others
        if not own & loud:
            names = listed({name for _, name, _ in own}) or "it has none"
            yield Finding(
                logical_id,
                "no alarm rings when it falls silent: none that takes missing data for a breach is on a metric "
                f"of its own ({names})",
            )


def _pairs(dimensions: Sequence[Json]) -> tuple[tuple[str, str], ...]:
    return tuple(sorted((one["Name"], one["Value"]) for one in dimensions))
