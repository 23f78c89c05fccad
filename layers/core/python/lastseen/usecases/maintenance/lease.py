"""Lease on asking Enode: of two runs that overlap one holds it, the other gives up its turn.

Five questions a second are for all runs together. A run that ends gives the lease back; that of one that
crashed expires.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from lastseen.domain.record_shapes import LeaseRecord
from lastseen.domain.records import LEASE
from lastseen.errors import StoreUnavailable
from lastseen.usecases.ports import Records

CLOCKS_DIFFER = timedelta(minutes=1)
"""A lease that ends later than a whole one would, by more than this, was written by a wrong clock, or by hand. It is
not believed: it would keep everybody away until then."""

HELD = "another run is asking Enode"
"""Why a run gave up its turn."""


@dataclass(frozen=True, slots=True)
class Lease:
    """A lease that is held.

    Attributes:
        holder: Who holds it, a name that nobody else has.
        version: Of the record that says so.
    """

    holder: str
    version: int


def take(records: Records, *, holder: str, span: timedelta, now: Callable[[], datetime]) -> Lease | None:
    """Take the lease, if nobody holds it.

    Args:
        records: Where it is written down.
        holder: A name that nobody else has, not even the same event delivered twice.
        span: How long it holds at most: longer than any run can last.
        now: Gives the present moment, aware UTC.

    Returns:
        The lease; None if somebody else holds it.

    Raises:
        StoreUnavailable: The store did not answer; if the lease was taken, it expires by itself.
    """
    record = records.read(LEASE)
    until = LeaseRecord.read(record.content).until
    if until is not None and now() < until <= now() + span + CLOCKS_DIFFER:
        return None
    if records.write(LEASE, LeaseRecord(holder, now() + span).write(), version=record.version):
        return Lease(holder, record.version + 1)
    # Somebody was faster; or it was our own write, tried again by the client after its answer was lost.
    record = records.read(LEASE)
    return Lease(holder, record.version) if LeaseRecord.read(record.content).holder == holder else None


def give_back(records: Records, lease: Lease, *, now: Callable[[], datetime]) -> None:
    """End a lease before its time; one that has expired and is held by somebody else stays theirs."""
    try:
        records.write(LEASE, LeaseRecord(lease.holder, now()).write(), version=lease.version)
    except StoreUnavailable:
        return  # it expires by itself
