"""Every alarm over 24 hours of every kind of day (`life`): exactly the right ones ring, and go quiet again.

The functions' metrics are those that `life` says, published when the template's schedules run; alarms are evaluated as
CloudWatch does (`cloudwatch`). A metric of an alarm that no kind of day publishes, and one of a day that no test has
seen a function publish, are findings: else an alarm could be left out here.
"""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

from rehearsal import recording
from rehearsal.cloudwatch import ALARM, Alarm, Data, Metric
from rehearsal.life import (
    MINUTES,
    FirstDay,
    NoClient,
    Reconciled,
    Rotated,
    Silent,
    Stopped,
    Unanswered,
    Usual,
    Vendor,
    Wrong,
    minutes_of,
)
from rehearsal.outcome import Finding, Outcome
from rehearsal.policies import service_of
from rehearsal.processed import Processed
from rehearsal.published import metrics_of
from rehearsal.recording import Recording
from rehearsal.schedules import starts, task_of


class Kind(NamedTuple):
    """A kind of day.

    Attributes:
        name: What it is called.
        life: What happens.
        rings: The alarms that must ring, and no others.
    """

    name: str
    life: Usual
    rings: frozenset[str]


def _kind(name: str, life: Usual, *rings: str) -> Kind:
    return Kind(name, life, frozenset(rings))


KINDS: Sequence[Kind] = (
    _kind("usual", Usual()),
    _kind("100,000 devices", Usual(fleet=100_000)),
    _kind("ten devices", Usual(fleet=10, unreachable=0.1)),
    _kind("first backfill", FirstDay()),
    _kind("silent Enode", Silent(), "HeartbeatAlarm"),
    _kind("rotation botched", Rotated(), "HeartbeatAlarm", "BadSignaturesAlarm"),
    _kind("no client yet", NoClient(), "EnodeClientMissingAlarm"),
    _kind("Enode down", Unanswered(numbers={"EnodeFailed": 3}), "GuardUnansweredAlarm"),
    _kind("Enode hangs", Unanswered(numbers={"EnodeUnanswered": 4}), "GuardUnansweredAlarm"),
    _kind("client refused", Unanswered(numbers={"EnodeRefused": 2}), "GuardUnansweredAlarm"),
    _kind("Enode gone", Unanswered(delivers=False), "GuardUnansweredAlarm", "HeartbeatAlarm"),
    _kind("no sweeps", Stopped(task="sweep"), "SweepSilentAlarm"),
    _kind("no reconciles", Stopped(task="reconcile"), "ReconcileSilentAlarm"),
    _kind("no guards", Stopped(task="guard"), "GuardSilentAlarm"),
    _kind("sweeps without a turn", Wrong(source="sweep", numbers={"SweepRuns": 0}), "SweepSilentAlarm"),
    _kind("no census", Wrong(source="sweep", numbers={"CensusOverdue": 5}), "CensusOverdueAlarm"),
    _kind("past left alone", Wrong(source="sweep", numbers={"AnchorsOverdue": 2}), "AnchorsOverdueAlarm"),
    _kind(
        "vendor down", Vendor(), "VendorOutageAlarm", "ManyStaleDevicesAlarm", "ManyUnreachableDevicesAlarm"
    ),
    _kind("webhooks lost", Reconciled(numbers={"RepairsChanged": 9, "ReconcileRepairs": 9}), "RepairsAlarm"),
    _kind("fleet gone", Reconciled(numbers={"ReconcileStopped": 1}), "ReconcileStoppedAlarm"),
    _kind("webhook off", Wrong(source="guard", numbers={"WebhookInactive": 1}), "WebhookInactiveAlarm"),
    _kind("events pile up", Wrong(source="guard", numbers={"PendingEvents": 5000}), "PendingEventsAlarm"),
    _kind("Enode limits", Wrong(source="sweep", numbers={"EnodeRateLimited": 2}), "EnodeRateLimitedAlarm"),
    _kind("Enode fails", Wrong(source="sweep", numbers={"EnodeFailed": 20}), "EnodeFailedAlarm"),
    _kind("Enode refuses", Wrong(source="sweep", numbers={"EnodeRefused": 80}), "EnodeRefusedAlarm"),
    _kind("unreadable events", Wrong(source="ingest", numbers={"Quarantined": 1}), "QuarantinedAlarm"),
    _kind("account full", Wrong(source="aws ingest", numbers={"Throttles": 3}), "IngestThrottledAlarm"),
    _kind("ingest fails", Wrong(source="aws ingest", numbers={"Errors": 1}), "IngestErrorsAlarm"),
    _kind("ingest slow", Wrong(source="aws ingest", numbers={"Duration": 3900}), "IngestSlowAlarm"),
    _kind("reads fail", Wrong(source="aws read", numbers={"Errors": 1}), "ReadErrorsAlarm"),
    _kind("sweep fails", Wrong(source="aws sweep", numbers={"Errors": 1}), "SweepErrorsAlarm"),
    _kind("API faults", Wrong(source="api", numbers={"5xx": 3}), "ApiFaultsAlarm"),
    _kind(
        "dead letters", Wrong(source="queue", numbers={"NumberOfMessagesSent": 1}), "SweepDeadLettersAlarm"
    ),
)


def rehearse(
    processed: Processed, kinds: Sequence[Kind] = KINDS, recorded: Recording | None = None
) -> Outcome:
    """Let every kind of day pass."""
    seen = recorded or recording.read()
    alarms = {logical_id: Alarm(given) for logical_id, given in processed.of_type("AWS::CloudWatch::Alarm")}
    findings: list[Finding] = []
    published: set[tuple[str, str]] = set()
    for kind in kinds:
        data = data_of(kind.life, processed)
        published |= {(metric.namespace, metric.name) for metric in data.values}
        findings += _compare(kind, alarms, data)
    findings += _unmodelled(alarms, published)
    findings += [
        Finding(logical_id, "rings on no kind of day: teach rehearsal/day.py what it is for")
        for logical_id in sorted(alarms.keys() - frozenset[str]().union(*(kind.rings for kind in kinds)))
    ]
    findings += _unseen(published, seen)
    return Outcome(f"{len(alarms)} alarms, each over 24 hours of {len(kinds)} kinds of days", findings)


def data_of(life: Usual, processed: Processed) -> Data:
    """Let a day pass, and give what CloudWatch has of it."""
    press = _Press(life, processed)
    for minute in range(MINUTES):
        for counts in life.ingest(minute):
            press.publish("ingest", minute, counts)
        press.publish("read", minute, {"Reads": 1})
        press.publish_services(minute)
    for _, schedule in processed.of_type("AWS::Scheduler::Schedule"):
        task = task_of(schedule)
        function = processed.resources[processed.function_of(schedule["Target"]["Arn"])]
        for minute in minutes_of(starts(schedule["ScheduleExpression"]) or frozenset(range(0, 60, 5))):
            if life.runs(task, minute):
                press.publish(service_of(function["Properties"]), minute, life.published(task, minute))
    return press.data


class _Press:
    """Publishes what functions and the API say, under the names of the stack."""

    def __init__(self, life: Usual, processed: Processed) -> None:
        self.data, self._life = Data(), life
        self._functions: dict[str, tuple[str, str]] = {}
        for logical_id, one in processed.of_type("AWS::Lambda::Function"):
            namespace = one["Environment"]["Variables"]["POWERTOOLS_METRICS_NAMESPACE"]
            self._functions[service_of(one)] = (logical_id, namespace)
        self._apis = [logical_id for logical_id, _ in processed.of_type("AWS::ApiGatewayV2::Api")]
        self._queues = [logical_id for logical_id, _ in processed.of_type("AWS::SQS::Queue")]

    def publish(self, service: str, minute: int, counts: Mapping[str, float]) -> None:
        """One invocation of a function: its own counts, and Lambda's."""
        if service not in self._functions:
            return
        logical_id, namespace = self._functions[service]
        for name, value in counts.items():
            self.data.publish(minute, Metric(namespace, name, (("service", service),)), value)
        for name, value in self._life.aws(service, minute).items():
            self.data.publish(minute, Metric("AWS/Lambda", name, (("FunctionName", logical_id),)), value)

    def publish_services(self, minute: int) -> None:
        """A minute of requests, and of dead letters."""
        for api in self._apis:
            for name, value in self._life.api(minute).items():
                self.data.publish(minute, Metric("AWS/ApiGateway", name, (("ApiId", api),)), value)
        for queue in self._queues:
            for name, value in self._life.queue(minute).items():
                dimensions = (("QueueName", f"{queue}.QueueName"),)
                self.data.publish(minute, Metric("AWS/SQS", name, dimensions), value)


def _compare(kind: Kind, alarms: Mapping[str, Alarm], data: Data) -> Iterator[Finding]:
    for logical_id, alarm in alarms.items():
        states = list(alarm.states(data, MINUTES))
        rang = [minute for minute, state in states if state == ALARM]
        if rang and logical_id not in kind.rings:
            yield Finding(f"{kind.name}, {logical_id}", f"rings from minute {rang[0]} on, and should not")
        elif not rang and logical_id in kind.rings:
            yield Finding(f"{kind.name}, {logical_id}", "should ring, and does not")
        elif rang and states[-1][1] == ALARM:
            yield Finding(
                f"{kind.name}, {logical_id}", "still rings at midnight, hours after the trouble was over"
            )
    for logical_id in sorted(kind.rings - alarms.keys()):
        yield Finding(kind.name, f"should make {logical_id} ring, which there is not")


def _unmodelled(alarms: Mapping[str, Alarm], published: set[tuple[str, str]]) -> Iterator[Finding]:
    for logical_id, alarm in alarms.items():
        for metric in metrics_of(alarm.properties):
            known = (metric["Namespace"], metric["MetricName"])
            if known not in published:
                yield Finding(logical_id, f"no kind of day publishes {known[1]}: teach rehearsal/life.py")


def _unseen(published: set[tuple[str, str]], seen: Recording) -> Iterator[Finding]:
    known = {name for one in seen.published for name in one.names}
    for namespace, name in sorted(published):
        if not namespace.startswith("AWS/") and name not in known:
            yield Finding("rehearsal/life.py", f"publishes {name}, which no test saw a function publish")
