"""Schedule of reconciles: when the next is due, and how one is requested."""

from datetime import datetime

from lastseen.domain.record_shapes import DueRecord
from lastseen.domain.records import RECONCILE_DUE
from lastseen.usecases.ports import Records


def demand(records: Records, at: datetime) -> None:
    """Let a reconcile begin at this moment, or again once the one that runs has ended."""
    for _ in range(5):
        record = records.read(RECONCILE_DUE)
        if records.write(RECONCILE_DUE, DueRecord(at).write(), version=record.version):
            return


def is_due(records: Records, now: datetime, *, at_once: bool) -> bool:
    record = records.read(RECONCILE_DUE)
    due_at = DueRecord.read(record.content).due_at
    if not at_once and due_at is not None and due_at > now:
        return False
    # Clear due_at first, so that a request made during this run is not lost.
    return records.write(RECONCILE_DUE, DueRecord().write(), version=record.version)
