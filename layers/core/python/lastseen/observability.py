"""The one logger and the one set of metrics: one canonical line an invocation, a metric for every outcome.

Lines carry ids and counts. Never a secret, a token, a VIN, a coordinate or a body: what is logged is named field by
field at the doors, and nothing is passed through.
"""

from collections.abc import Sequence

from aws_lambda_powertools import Logger, Metrics
from aws_lambda_powertools.metrics import MetricUnit

__all__ = [
    "CENSUS_METRICS",
    "ENODE_METRICS",
    "INGEST_LAGS",
    "RECONCILE_METRICS",
    "RUN_METRICS",
    "SWEEP_METRICS",
    "MetricUnit",
    "add_values",
    "logger",
    "metrics",
]

# Every metric of the sweep function, by the count that it publishes; the template's alarms and dashboard name these.
# The guard's are HeartbeatAge (seconds), PendingEvents, OutageSeconds and, each 0 or 1, WebhookInactive,
# EnodeClientMissing and GuardUnanswered. AnchorsOverdue and CensusOverdue tell how late a sweep is with either.
SWEEP_METRICS = {
    "due": "DevicesDue",
    "verified": "DevicesVerified",
    "stale": "FoundStale",
    "unreachable": "FoundUnreachable",
    "disconnected": "FoundDisconnected",
    "missing": "FoundMissing",
    "unknown": "FoundUnknown",
    "changed": "RepairsBySweep",
    "hints_sent": "HintsSent",
    "hints_failed": "HintsFailed",
    "hints_helped": "HintsHelped",
    "hints_unhelped": "HintsUnhelped",
    "hints_denied": "HintsDenied",
    "hints_avoided": "HintsAvoided",
    "hints_held": "HintsHeld",
    "vendor_outages": "VendorOutages",
    "faulty": "DevicesFaulty",
    "left": "DevicesLeft",
}
RUN_METRICS = {"sweep": "SweepRuns", "reconcile": "ReconcileRuns", "guard": "GuardRuns"}
"""1 for each run that did its task; 0 where it gave up its turn because another was at work."""

CENSUS_METRICS = {
    "fresh": "FreshDevices",
    "unverified": "UnverifiedDevices",
    "stale": "StaleDevices",
    "unreachable": "UnreachableDevices",
    "disconnected": "DisconnectedDevices",
}
RECONCILE_METRICS = {
    "listed": "DevicesListed",
    "found": "RepairsFound",
    "changed": "RepairsChanged",
    "credentials": "RepairsCredentials",
    "gone": "RepairsGone",
    "left": "ReconcileLeft",
}
ENODE_METRICS = {
    "requests": "EnodeRequests",
    "unanswered": "EnodeUnanswered",
    "refused": "EnodeRefused",
    "rate_limited": "EnodeRateLimited",
    "failed": "EnodeFailed",
}

INGEST_LAGS = ("EnodeLag", "StoreLag")
"""From an event's `createdAt` to API Gateway, for each event: Enode's; from there until it is kept, for each delivery:
ours. Milliseconds."""

# Service, level and namespace come from the POWERTOOLS_* variables of the template.
logger = Logger(utc=True)
metrics = Metrics()


def add_values(name: str, unit: MetricUnit, values: Sequence[float]) -> None:
    """Add many values of one metric, at the cost of one: CloudWatch makes percentiles of them.

    Args:
        name: The metric.
        unit: Of the values.
        values: Fewer than a hundred: with the hundredth, the invocation would write a second line.
    """
    if values:
        metrics.add_metric(name=name, unit=unit, value=values[0])
        metrics.metric_set[name]["Value"].extend(values[1:])
