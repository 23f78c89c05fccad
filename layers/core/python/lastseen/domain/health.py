"""Health of the system as operators see it: what each part last recorded."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from lastseen.domain.record_shapes import (
    CensusRecord,
    GuardRecord,
    PopulationRecord,
    ReconcileRecord,
    SweepRecord,
)


@dataclass(frozen=True, slots=True)
class Health:
    """What the parts last said of themselves; each empty if it never ran.

    Attributes:
        heartbeat_at: When Enode last gave a sign of life, aware UTC; None if it never did.
        pending_events: The length of Enode's queue then.
        webhook: The guard's record.
        sweep: The last sweep's.
        faults: What could not be read lately though Enode answers for others, the latest last.
        reconcile: That of the reconcile under way, or the last.
        reconcile_due_at: When the next reconcile is due, aware UTC; None if none is planned.
        census: Devices by verdict, and when they were counted.
        population: Devices of each kind that Enode lists.
        cadences: What is learned of each class of devices, by its name.
    """

    heartbeat_at: datetime | None
    pending_events: float | None
    webhook: GuardRecord
    sweep: SweepRecord
    faults: Sequence[Mapping[str, Any]]
    reconcile: ReconcileRecord
    reconcile_due_at: datetime | None
    census: CensusRecord
    population: PopulationRecord
    cadences: Mapping[str, Any]
