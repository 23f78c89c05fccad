"""How is the system itself? What heartbeat, guard, sweep, reconcile and census last left behind, for its operators."""

from datetime import datetime

from lastseen.domain import instant
from lastseen.domain.caller import Caller
from lastseen.domain.health import Health
from lastseen.domain.record import CENSUS, POPULATION, RECONCILE, RECONCILE_DUE, SWEEP, WEBHOOK
from lastseen.errors import Forbidden
from lastseen.usecases import faults, heartbeat
from lastseen.usecases.ports import Devices
from lastseen.usecases.upkeep import Records


def look(caller: Caller, *, devices: Devices, records: Records, now: datetime) -> Health:
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
        webhook=records.read(WEBHOOK).said,
        sweep=records.read(SWEEP).said,
        faults=faults.standing(records, now),
        reconcile=records.read(RECONCILE).said.get("progress", {}),
        reconcile_due_at=instant.parse(records.read(RECONCILE_DUE).said.get("due_at")),
        census=records.read(CENSUS).said,
        population=records.read(POPULATION).said,
    )
