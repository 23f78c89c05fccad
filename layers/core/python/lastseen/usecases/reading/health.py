"""Read the health of the system from what heartbeat, guard, sweep, reconcile and census recorded."""

from datetime import datetime

from lastseen.domain import instant
from lastseen.domain.caller import Caller
from lastseen.domain.health import Health
from lastseen.domain.records import CENSUS, POPULATION, RECONCILE, RECONCILE_DUE, SWEEP, WEBHOOK
from lastseen.errors import Forbidden
from lastseen.usecases import heartbeat
from lastseen.usecases.maintenance import faults
from lastseen.usecases.ports import Devices, Records


def read_health(caller: Caller, *, devices: Devices, records: Records, now: datetime) -> Health:
    """Read what is known of the system, at this moment.

    Raises:
        Forbidden: The caller is no operator.
        StoreUnavailable: The store did not answer.
    """
    if not caller.sees_all:
        raise Forbidden(
            "this is for operators: the token lacks the claim that tells them, by default the scope fleet:read"
        )
    beat = heartbeat.newest(devices, now=now)
    return Health(
        heartbeat_at=beat.at,
        pending_events=beat.pending,
        webhook=records.read(WEBHOOK).content,
        sweep=records.read(SWEEP).content,
        faults=faults.standing(records, now),
        reconcile=records.read(RECONCILE).content.get("progress", {}),
        reconcile_due_at=instant.parse(records.read(RECONCILE_DUE).content.get("due_at")),
        census=records.read(CENSUS).content,
        population=records.read(POPULATION).content,
    )
