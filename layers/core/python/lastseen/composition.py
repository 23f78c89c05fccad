"""Compose the use cases that a request needs rarely: a refresh, with its HTTP client and its writes."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import cache
from typing import TYPE_CHECKING

from lastseen.config import ReadSettings
from lastseen.domain.caller import Caller
from lastseen.domain.deadline import Deadline
from lastseen.enode.client import EnodeClient
from lastseen.enode.session import Session
from lastseen.store import client
from lastseen.store.batches import Batches
from lastseen.store.check_store import DynamoCheckStore
from lastseen.store.device_reader import DynamoDevices
from lastseen.store.log_writer import DynamoLog
from lastseen.store.secrets import EnodeCredentials, TwinKeySecret
from lastseen.store.state_writer import DynamoStates
from lastseen.store.twin_keys import TwinKeys, soon_checked
from lastseen.usecases.recent_failures import RecentFailures
from lastseen.usecases.refresh import Refresher
from lastseen.usecases.smart_charging import ChargingReader
from lastseen.usecases.split_twin import TwinSplitter

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


def refresher(settings: ReadSettings, deadline: Deadline, dynamodb: DynamoDBClient) -> Refresher:
    """Compose what refreshes a device until then. It reads through the client given, which retries."""
    enode, batches, pool = _lasting(settings)
    return Refresher(
        checks=DynamoCheckStore(settings.store.devices_table, dynamodb, batches, pool),
        log=DynamoLog(settings.store.history_table, batches, settings.store.history_kept),
        states=DynamoStates(settings.store.devices_table, batches, settings.store.history_kept),
        devices=DynamoDevices(settings.store.devices_table, dynamodb),
        enode=enode.within(deadline),
        limits=settings.limits,
        backoff=settings.backoff,
        now=lambda: datetime.now(UTC),
        deadline=deadline,
    )


def charging_reader(settings: ReadSettings, deadline: Deadline, dynamodb: DynamoDBClient) -> ChargingReader:
    """Compose what reads a smart-charging status from Enode until then; the client is as for `refresher`."""
    enode, batches, _ = _lasting(settings)
    return ChargingReader(
        log=DynamoLog(settings.store.history_table, batches, settings.store.history_kept),
        states=DynamoStates(settings.store.devices_table, batches, settings.store.history_kept),
        devices=DynamoDevices(settings.store.devices_table, dynamodb),
        enode=enode.within(deadline),
        now=lambda: datetime.now(UTC),
        deadline=deadline,
        failures=_charging_failures(),
    )


def twin_splitter(
    settings: ReadSettings, caller: Caller, deadline: Deadline, dynamodb: DynamoDBClient
) -> TwinSplitter:
    """Compose what splits twins until then; the client is as for `refresher`."""
    _, batches, _ = _lasting(settings)
    return TwinSplitter(
        caller=caller,
        log=DynamoLog(settings.store.history_table, batches, settings.store.history_kept),
        states=DynamoStates(settings.store.devices_table, batches, settings.store.history_kept),
        devices=DynamoDevices(settings.store.devices_table, dynamodb),
        now=lambda: datetime.now(UTC),
        deadline=deadline,
    )


@cache
def _charging_failures() -> RecentFailures:
    """What outlives one question for a smart-charging status that Enode did not answer."""
    return RecentFailures()


@cache
def _lasting(settings: ReadSettings) -> tuple[EnodeClient, Batches, ThreadPoolExecutor]:
    """What outlives one question: connections, a token, threads."""
    secrets = client.secrets_manager()
    credentials = EnodeCredentials(settings.enode.client_arn, secrets)
    session = Session.open(settings.enode.url, settings.enode.token_url, credentials)
    pool = ThreadPoolExecutor(max_workers=2)
    batches = Batches(client.dynamodb(), pool)
    twins = TwinKeys(
        settings.store.devices_table, batches, TwinKeySecret(settings.twin_key_arn, secrets), soon_checked
    )
    return EnodeClient(session, twins=twins.live), batches, pool
