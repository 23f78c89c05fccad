"""Read the health of the system from what heartbeat, guard, sweep, reconcile and census recorded."""

from datetime import datetime

from lastseen.domain.caller import Caller
from lastseen.domain.class_cadence import in_short
from lastseen.domain.health import Health
from lastseen.domain.record_shapes import (
    CensusRecord,
    DueRecord,
    FaultsRecord,
    GuardRecord,
    PopulationRecord,
    ReconcileRecord,
    SweepRecord,
)
from lastseen.domain.records import (
    CADENCE,
    CENSUS,
    FAULTS,
    POPULATION,
    RECONCILE,
    RECONCILE_DUE,
    SWEEP,
    WEBHOOK,
)
from lastseen.errors import Forbidden
from lastseen.usecases import heartbeat
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
        webhook=GuardRecord.read(records.read(WEBHOOK).content),
        sweep=SweepRecord.read(records.read(SWEEP).content),
        faults=[one.write() for one in FaultsRecord.read(records.read(FAULTS).content).standing(now)],
        reconcile=ReconcileRecord.read(records.read(RECONCILE).content),
        reconcile_due_at=DueRecord.read(records.read(RECONCILE_DUE).content).due_at,
        census=CensusRecord.read(records.read(CENSUS).content),
        population=PopulationRecord.read(records.read(POPULATION).content),
        cadences=in_short(records.read(CADENCE).content),
    )
