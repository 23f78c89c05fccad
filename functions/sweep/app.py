"""Sweep, reconcile and guard, each on its schedule and in bounded time; of the first two, one at a time."""

import os
import time
import uuid
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import islice
from typing import Any

from lastseen import cold_start  # isort: split

from aws_lambda_powertools.utilities.typing import LambdaContext

from lastseen.config import SweepSettings
from lastseen.domain.budget import Quota
from lastseen.domain.deadline import Deadline
from lastseen.domain.fault import Fault, Subject
from lastseen.domain.twin import TwinKey
from lastseen.enode.client import EnodeClient
from lastseen.enode.session import Session
from lastseen.enode.transport import RequestStats, Transport, http_client
from lastseen.enode.webhooks import EnodeWebhooks
from lastseen.errors import EnodeUnavailable, LastseenError, Misconfigured, NoEnodeClient
from lastseen.observability import (
    CENSUS_METRICS,
    ENODE_METRICS,
    RECONCILE_METRICS,
    RUN_METRICS,
    SWEEP_METRICS,
    MetricUnit,
    logger,
    metrics,
)
from lastseen.store import call_deadline, client
from lastseen.store.anchor_store import DynamoAnchors
from lastseen.store.batches import Batches
from lastseen.store.check_store import DynamoCheckStore
from lastseen.store.device_reader import DynamoDevices
from lastseen.store.log_writer import DynamoLog
from lastseen.store.records import DynamoRecords
from lastseen.store.secrets import EnodeCredentials, TwinKeySecret, WebhookSecrets
from lastseen.store.state_writer import DynamoStates
from lastseen.store.twin_keys import TwinKeys, soon_checked
from lastseen.usecases.maintenance import (
    class_sample,
    lease,
    rate_limiter,
    reconcile,
    sweep,
    unasked,
    user_list,
    webhook_guard,
)
from lastseen.usecases.maintenance.context import Clocks, RunContext
from lastseen.usecases.maintenance.hints import Budgets
from lastseen.usecases.maintenance.rate_limiter import RateLimiter
from lastseen.usecases.maintenance.reconcile_schedule import demand

LONGEST = timedelta(seconds=90)
"""A run. The template starts the three two minutes apart, so that one is over before the next begins."""

MARGIN = timedelta(seconds=10)
"""What Lambda's own limit is kept away by."""

KEPT_FOR_WRITING = timedelta(seconds=3)
"""At the end of a run, which no answer may take: what was learnt has to be written down."""

LONGEST_ANSWER = 12.0
"""Seconds that Enode's answer may take. Three that do not come, before a list page is asked for, are not half a run."""

MOST_LOGGED = 20

LAST_CALL = client.LONGEST_SCAN_ATTEMPT + timedelta(seconds=2)
"""So long before Lambda's own limit the last call to AWS is begun, so that it has ended, or was given up, by then."""

LEASE = LONGEST + timedelta(seconds=30)
"""Claims and the lease outlive every run, which Lambda ends after two minutes, and are over at the next sweep."""


@dataclass(frozen=True)
class SweepCollaborators:
    """Everything this door works with, whatever the task."""

    settings: SweepSettings
    session: Session
    secrets: WebhookSecrets
    twins: Callable[[], TwinKey]
    run_context: Callable[[EnodeClient, RateLimiter, Deadline, str], RunContext]
    pool: ThreadPoolExecutor | None


type Task = Callable[[SweepCollaborators, RunContext, Mapping[str, Any]], dict[str, Any]]
"""What one run does; gives what is logged of it."""


@cache  # once per warm container; tests replace it
def build() -> SweepCollaborators:
    """Compose the door from its environment."""
    settings = SweepSettings.from_env(os.environ)
    secrets, dynamodb = client.secrets_manager(), client.patient_dynamodb()
    batches = Batches(client.dynamodb(), ThreadPoolExecutor(max_workers=8))
    scanning = ThreadPoolExecutor(max_workers=8)
    # Whoever comes through the limiter is asked again by it, never behind its back.
    credentials = EnodeCredentials(settings.enode.client_arn, secrets)
    transport = Transport(http=http_client(), longest_answer=LONGEST_ANSWER)
    session = Session.open(settings.enode.url, settings.enode.token_url, credentials, transport)
    session = replace(session, tries=1)

    tables = settings.store
    anchors = DynamoAnchors(tables.devices_table, tables.history_table, dynamodb, batches, scanning)

    def run_context(enode: EnodeClient, way: RateLimiter, deadline: Deadline, run: str) -> RunContext:
        return RunContext(
            checks=DynamoCheckStore(settings.store.devices_table, dynamodb, batches, scanning),
            log=DynamoLog(settings.store.history_table, batches, settings.store.history_kept),
            states=DynamoStates(settings.store.devices_table, batches, settings.store.history_kept),
            devices=DynamoDevices(settings.store.devices_table, dynamodb),
            records=DynamoRecords(settings.store.devices_table, dynamodb),
            enode=enode,
            limiter=way,
            clocks=Clocks(lambda: datetime.now(UTC)),
            deadline=deadline,
            run=run,
            anchors=anchors,
        )

    return SweepCollaborators(
        settings=settings,
        session=session,
        secrets=WebhookSecrets(settings.webhook_secret_arn, secrets),
        twins=TwinKeys(
            settings.store.devices_table, batches, TwinKeySecret(settings.twin_key_arn, secrets), soon_checked
        ).live,
        run_context=run_context,
        pool=ThreadPoolExecutor(max_workers=rate_limiter.ALL_AT_ONCE),
    )


def handler(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Do one task: `{"task": "sweep"}`, `"guard"`, or `"reconcile"` (with `"atOnce": true` even if it is not due)."""
    if event.get("task") not in TASKS:
        raise Misconfigured(f"the task is one of {', '.join(sorted(TASKS))}")
    told: dict[str, Any] = run(event, context)
    return told


@logger.inject_lambda_context
@metrics.log_metrics
def run(event: dict[str, Any], context: LambdaContext) -> dict[str, Any]:
    """Do one task in bounded time, count it and say what it did."""
    own = build()
    left = timedelta(milliseconds=context.get_remaining_time_in_millis())
    deadline = Deadline.after(min(LONGEST, left - MARGIN), time.monotonic)
    enode = EnodeClient(own.session, twins=own.twins).within(deadline.earlier(KEPT_FOR_WRITING))
    way = RateLimiter(deadline, time.monotonic, time.sleep, pool=own.pool)
    run_context = own.run_context(enode, way, deadline, f"{event['task']}-{context.aws_request_id}")
    told, past = dict[str, Any](), dict[str, Any]()
    has_client = is_answered = True
    try:
        with call_deadline.until(Deadline.after(left - LAST_CALL, time.monotonic)):
            past = unasked.run(event["task"], run_context, own.settings)
            own.session.require_client()
            told = TASKS[event["task"]](own, run_context, event)
    except EnodeUnavailable as error:
        is_answered, told = False, {"stopped": str(error)}
    except NoEnodeClient as error:
        has_client, told = False, {"stopped": str(error)}
    finally:  # a run that failed was a run; of its failure the function's errors tell
        had_turn = told.get("stopped") != lease.HELD
        metrics.add_metric(name=RUN_METRICS[event["task"]], unit=MetricUnit.Count, value=had_turn)
        if event["task"] == "guard":
            metrics.add_metric(name="EnodeClientMissing", unit=MetricUnit.Count, value=not has_client)
            metrics.add_metric(name="GuardUnanswered", unit=MetricUnit.Count, value=not is_answered)
        if "anchors_overdue" in past:
            metrics.add_metric(name="AnchorsOverdue", unit=MetricUnit.NoUnit, value=past["anchors_overdue"])
        report(enode.stats)
    logger.info(f"{event['task']} done", **told, **past, asked=way.asked, replaced=enode.stats.replaced)
    return {"task": event["task"], **told}


def in_turn(
    task: Task, own: SweepCollaborators, run_context: RunContext, event: Mapping[str, Any]
) -> dict[str, Any]:
    """Do a task that asks much of Enode, unless another run is at it: then give up this turn, and the next is soon."""
    holder = f"{run_context.run}-{uuid.uuid4().hex}"
    held = lease.take(run_context.records, holder=holder, span=LEASE, now=run_context.now)
    if held is None:
        return {"stopped": lease.HELD}
    try:
        told = task(own, run_context, event)
    except LastseenError:
        lease.give_back(run_context.records, held, now=run_context.now)
        raise  # whatever else it is, the lease expires: questions may still be on their way
    lease.give_back(run_context.records, held, now=run_context.now)
    return told


def run_sweep(own: SweepCollaborators, run_context: RunContext, event: Mapping[str, Any]) -> dict[str, Any]:
    """Look after the devices that are due, if it is this run's turn."""
    return in_turn(_sweep, own, run_context, event)


def _sweep(own: SweepCollaborators, run_context: RunContext, _event: Mapping[str, Any]) -> dict[str, Any]:
    """Look after the devices that are due."""
    settings = own.settings
    budgets = Budgets(
        vendor=Quota(settings.hints_a_vendor, settings.hint_window),
        overall=Quota(settings.hints_overall, settings.hint_window),
    )
    done = sweep.run(
        run_context, sweep.SweepPlan(settings.limits, replace(settings.backoff, lease=LEASE), budgets)
    )
    count(SWEEP_METRICS, done.counts)
    users = user_list.run(run_context, has_new=bool(done.counts.get("new")))
    known = class_sample.count(
        run_context, limits=settings.limits, backoff=settings.backoff, every=settings.census_every
    )
    if known.verdicts is not None:  # told again by each sweep: alarms see it however rarely there is a count
        count(CENSUS_METRICS, known.verdicts)
    overdue = (run_context.now() - known.at) / settings.census_every
    metrics.add_metric(name="CensusOverdue", unit=MetricUnit.NoUnit, value=overdue)
    return {
        "stopped": done.stopped,
        "scanned": done.scanned,
        "read_units": done.read_units,
        **done.counts,
        "silent": [one.told() for one in done.silent],
        "faults": named(done.faults),
        "users_listed": users or 0,
    }


def run_reconcile(
    own: SweepCollaborators, run_context: RunContext, event: Mapping[str, Any]
) -> dict[str, Any]:
    """Work on a reconcile, if one is due or under way and it is this run's turn.

    One that is wanted at once and has to give up its turn is due then, and begins with the next run of the schedule.
    """
    at_once = event.get("atOnce") is True
    if not at_once and not reconcile.has_work(run_context.records, run_context.now()):
        return {"stopped": "", "stage": "not due"}
    told = in_turn(_reconcile, own, run_context, event)
    if (
        at_once
        and told["stopped"] == lease.HELD
        and not reconcile.has_work(run_context.records, run_context.now())
    ):
        demand(run_context.records, run_context.now())
    return told


def _reconcile(own: SweepCollaborators, run_context: RunContext, event: Mapping[str, Any]) -> dict[str, Any]:
    settings = own.settings
    plan = reconcile.ReconcilePlan(settings.reconcile_every, settings.max_deletion_share, LEASE)
    done = reconcile.run(run_context, plan, at_once=event.get("atOnce") is True)
    if done.progress is None:
        return {"stopped": done.stopped, "stage": "not due"}
    now = done.progress
    if done.ended:
        count(RECONCILE_METRICS, asdict(now.counts))
        repaired = 0 if now.is_first else now.counts.repaired  # what was never known was not lost
        metrics.add_metric(name="ReconcileRepairs", unit=MetricUnit.Count, value=repaired)
        metrics.add_metric(name="FirstBackfill", unit=MetricUnit.Count, value=now.is_first)
        metrics.add_metric(name="ReconcileStopped", unit=MetricUnit.Count, value=bool(now.reason))
    return {"run": now.run, "stage": now.stage.value, "reason": now.reason, "stopped": done.stopped} | {
        "slices": now.slices,
        "repaired": now.counts.repaired,
        **asdict(now.counts),
        "faults": named(done.faults),
    }


def run_guard(own: SweepCollaborators, run_context: RunContext, _event: Mapping[str, Any]) -> dict[str, Any]:
    """See that Enode delivers to us."""
    try:
        done = webhook_guard.run(
            webhooks=EnodeWebhooks(own.session).within(run_context.deadline),
            devices=run_context.devices,
            records=run_context.records,
            limiter=run_context.limiter,
            url=own.settings.webhook_url,
            secret=own.secrets.live()[0].decode(),
            kept=own.settings.webhook_kept,
            now=run_context.now,
        )
    except EnodeUnavailable:  # that we cannot ask Enode must not hide that it tells us nothing
        silence = webhook_guard.heartbeat_age(
            devices=run_context.devices, records=run_context.records, now=run_context.now()
        )
        metrics.add_metric(name="HeartbeatAge", unit=MetricUnit.Seconds, value=silence.total_seconds())
        raise
    age, outage = done.heartbeat_age.total_seconds(), seconds(done.outage)
    metrics.add_metric(name="WebhookInactive", unit=MetricUnit.Count, value=not done.is_active)
    metrics.add_metric(name="HeartbeatAge", unit=MetricUnit.Seconds, value=age)
    if done.pending is not None:
        metrics.add_metric(name="PendingEvents", unit=MetricUnit.Count, value=done.pending)
    if outage is not None:
        metrics.add_metric(name="OutageSeconds", unit=MetricUnit.Seconds, value=outage)
    return {
        "step": done.step.value,
        "is_active": done.is_active,
        "heartbeat_age_seconds": age,
        "pending": done.pending,
        "outage_seconds": outage,
    }


def count(names: Mapping[str, str], counts: Mapping[str, int]) -> None:
    """Publish counts under their names, zeros too: an alarm must see that it is over."""
    for name, metric in names.items():
        metrics.add_metric(name=metric, unit=MetricUnit.Count, value=counts.get(name, 0))


def named(faults: Mapping[Subject, Fault]) -> list[str]:
    """Name some of what could not be read, for the log; GET /health names more, with reasons."""
    return [" ".join(filter(None, subject[:3])) for subject in islice(faults, MOST_LOGGED)]


def report(stats: RequestStats) -> None:
    """Publish what happened between us and Enode."""
    count(ENODE_METRICS, stats.counts())
    if stats.replaced:
        metrics.add_metric(name="TextReplaced", unit=MetricUnit.Count, value=stats.replaced)


def seconds(span: timedelta | None) -> float | None:
    """Give a span as seconds, for logs and metrics."""
    return None if span is None else span.total_seconds()


TASKS: Mapping[str, Task] = {
    "sweep": run_sweep,
    "reconcile": run_reconcile,
    "guard": run_guard,
}


# A container starts with a whole processor, and nobody waits yet.
if "AWS_LAMBDA_FUNCTION_NAME" in os.environ:
    build()
cold_start.over()
