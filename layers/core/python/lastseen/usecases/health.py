"""How is the system itself? What heartbeat, guard, sweep, reconcile and census last left behind, for its operators."""

from datetime import datetime

from lastseen.domain import instant
from lastseen.domain.caller import Caller
from lastseen.domain.health import Health
from lastseen.errors import Forbidden
from lastseen.usecases import census, faults, guard, heartbeat, reconcile, sweep
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
        webhook=records.read(guard.RECORD).said,
        sweep=records.read(sweep.LAST).said,
        faults=faults.standing(records, now),
        reconcile=records.read(reconcile.RECORD).said.get("progress", {}),
        reconcile_due_at=instant.parse(records.read(reconcile.DUE).said.get("due_at")),
        census=records.read(census.RECORD).said,
        population=records.read(sweep.POPULATION).said,
    )
