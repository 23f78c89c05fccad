"""Guard the webhook: create, repair or revive the subscription, and name the gaps that outages leave."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lastseen.domain import instant, subscription
from lastseen.domain.gap import Cause, Gap
from lastseen.domain.record_shapes import GuardRecord
from lastseen.domain.records import WEBHOOK
from lastseen.domain.subscription import EVERYTHING, SubscriptionAction, Webhook, WebhookTest
from lastseen.errors import EnodeUnavailable
from lastseen.usecases import heartbeat
from lastseen.usecases.maintenance import gap_watch
from lastseen.usecases.maintenance.rate_limiter import RateLimiter
from lastseen.usecases.maintenance.reconcile_schedule import demand
from lastseen.usecases.ports import Devices, Records, Webhooks


@dataclass(frozen=True, slots=True)
class GuardOutcome:
    """How the guard found things, and what it did.

    Attributes:
        step: What had to be done.
        is_active: Whether Enode delivers now.
        heartbeat_age: Since the newest heartbeat, or, if none ever came, since the guard first ran.
        pending: Events that waited at Enode at that heartbeat; None if none ever came.
        outage: For how long nothing came in before this, if events may have been lost; None if none were.
    """

    step: SubscriptionAction
    is_active: bool
    heartbeat_age: timedelta
    pending: float | None
    outage: timedelta | None


def run(
    *,
    webhooks: Webhooks,
    devices: Devices,
    records: Records,
    limiter: RateLimiter,
    url: str,
    secret: str,
    kept: timedelta,
    now: Callable[[], datetime],
) -> GuardOutcome:
    """See that the webhook exists, points here, has everything and is active; after an outage demand a reconcile.

    Args:
        webhooks: Enode's subscriptions.
        devices: The state, for the newest heartbeat.
        records: Where the guard remembers what it did.
        limiter: Through which every question to Enode goes.
        url: Where Enode must deliver.
        secret: What must sign the deliveries.
        kept: How long Enode keeps what it cannot deliver.
        now: Gives the present moment, aware UTC.

    Raises:
        EnodeUnavailable: Enode did not answer; the next guard tries again.
        StoreUnavailable: The store did not.
    """
    silent = gap_watch.run(devices=devices, records=records, kept=kept, now=now())
    record = records.read(WEBHOOK)
    said = GuardRecord.read(record.content)
    beat = heartbeat.newest(devices, now=now())
    beat_at, pending = beat.at, beat.pending
    guarded_since, last_beat_at = said.guarded_since or now(), said.heartbeat_at
    silence = None if beat_at is None or last_beat_at is None else beat_at - last_beat_at

    known_id, print_ = said.id, subscription.fingerprint(secret)
    webhook = subscription.ours(limiter.ask(webhooks.every), url=url, known_id=known_id)
    knows_secret = webhook is not None and webhook.id == known_id and said.secret == print_
    step = subscription.needs(webhook, url=url, knows_secret=knows_secret)
    # An outage that was found and not yet dealt with outlives a crash of the guard.
    is_diverted = subscription.is_diverted(webhook, url=url, known_url=said.url)
    has_lost = said.has_lost or subscription.may_have_lost(webhook, silence=silence, kept=kept) or is_diverted
    outage = _outage(webhook, beat_at, now()) if has_lost else None
    version = record.version
    if has_lost:
        records.write(WEBHOOK, replace(said, has_lost=True).write(), version=version)
        version += 1
    reached_at = gap_watch.reached_until(beat_at, _succeeded_at(webhook, now()))
    if webhook is None or not webhook.is_active or is_diverted:
        # Heartbeats come whatever the webhook is for: it was right when the guard last saw it so.
        right_at = said.checked_at if is_diverted and said.is_active else None
        since = reached_at if right_at is None else right_at
        gap_watch.lost(records, since=since, cause=_cause(webhook, since, silent))
    mended, trial = _mend(step, webhook, webhooks=webhooks, limiter=limiter, url=url, secret=secret)
    if trial is not None and not trial.succeeded:
        gap_watch.lost(records, since=reached_at, cause=Cause.INGEST_FAILED)
    if has_lost:
        demand(records, now())  # after the webhook delivers again, so that nothing falls between the two
    is_active = mended is not None and mended.is_active
    if is_active:
        gap_watch.came_back(records, now())
    told = GuardRecord(
        id=None if mended is None else mended.id,
        url=url,
        secret=print_ if mended is not None else None,
        heartbeat_at=beat_at,
        pending=pending,
        is_active=is_active,
        step=step.value,
        checked_at=now(),
        guarded_since=guarded_since,
        last_success_at=_succeeded_at(mended, now()),
        last_outage_at=now() if has_lost else said.last_outage_at,
        last_outage_seconds=outage.total_seconds() if outage else said.last_outage_seconds,
    )
    records.write(WEBHOOK, told.write(), version=version)
    return GuardOutcome(step, is_active, _age(beat_at or guarded_since, now()), pending, outage)


def heartbeat_age(*, devices: Devices, records: Records, now: datetime) -> timedelta:
    """Since the newest heartbeat, or, if none ever came, since the guard first ran. Enode is not asked.

    Args:
        devices: The state, for the newest heartbeat.
        records: Where the guard remembers what it did.
        now: The present moment, aware UTC.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    beat_at = heartbeat.newest(devices, now=now).at
    return _age(beat_at or GuardRecord.read(records.read(WEBHOOK).content).guarded_since or now, now)


def _age(since: datetime, now: datetime) -> timedelta:
    return max(now - since, timedelta())


def _mend(
    step: SubscriptionAction,
    webhook: Webhook | None,
    *,
    webhooks: Webhooks,
    limiter: RateLimiter,
    url: str,
    secret: str,
) -> tuple[Webhook | None, WebhookTest | None]:
    """Do what has to be done; give the webhook as it is then, and how the test fared, if there was one."""
    if webhook is None:
        return limiter.ask(lambda: webhooks.create(url=url, secret=secret, events=EVERYTHING)), None
    id_, trial = webhook.id, None
    if step is SubscriptionAction.REVIVE:
        # A test shows that we can be reached; where it fails, Enode shall collect for us all the same.
        try:
            trial = limiter.ask(lambda: webhooks.test(id_))
        except EnodeUnavailable as error:
            if error.is_general:
                raise
            trial = None  # that a test cannot be had keeps nobody from delivering
        if trial is not None and trial.succeeded:
            return limiter.ask(lambda: webhooks.one(id_)), trial
    if step is SubscriptionAction.NOTHING:
        return webhook, None
    return limiter.ask(lambda: webhooks.change(id_, url=url, secret=secret, events=EVERYTHING)), trial


def _cause(webhook: Webhook | None, since: datetime | None, silent: Gap | None) -> Cause:
    """Why events may have been lost, by what is known before the webhook is tried."""
    if since is None:
        return Cause.BEFORE_FIRST_COVERAGE
    # An active webhook of which nothing came had deliveries that we did not take.
    was_failing = webhook is not None and silent is not None and silent.cause is Cause.HEARTBEAT_SILENT
    return Cause.INGEST_FAILED if was_failing else Cause.WEBHOOK_INACTIVE


def _outage(webhook: Webhook | None, beat_at: datetime | None, now: datetime) -> timedelta:
    """Since the last sign that we were reached; of a webhook that never was, nothing is known to be missed."""
    signs = [moment for moment in (_succeeded_at(webhook, now), beat_at) if moment is not None]
    return now - max(signs) if signs else timedelta()


def _succeeded_at(webhook: Webhook | None, now: datetime) -> datetime | None:
    """When Enode last delivered by its own word, which may be no later than now."""
    told_at = None if webhook is None else webhook.last_success_at
    return None if told_at is None else instant.bounded(told_at, by=now)
