"""The record of what the log covers: how long it is kept, and the gaps in which events may have been lost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lastseen.domain import gap
from lastseen.domain.gap import Gap
from lastseen.domain.record_shapes import CoverageRecord
from lastseen.domain.records import COVERAGE
from lastseen.domain.retention import Retention
from lastseen.errors import StoreUnavailable
from lastseen.usecases.ports import Records

_TRIES = 8


@dataclass(frozen=True, slots=True)
class Covered:
    """What the log covers, of whatever device.

    Attributes:
        retention: For how long it is kept, and was; None until the sweep function has looked after it once.
        gaps: In which events may have been lost, the oldest first.
    """

    retention: Retention | None = None
    gaps: tuple[Gap, ...] = ()

    def begin(self, now: datetime) -> datetime | None:
        """Where the window begins; None where it has no begin: all that the log holds is told."""
        return None if self.retention is None else self.retention.begin(now)


NOTHING_KNOWN = Covered()
"""Where nobody has looked after the past yet."""


def read(records: Records) -> Covered:
    """Read what the log covers.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    return _covered(records.read(COVERAGE).content)


def read_under(records: Records, kept: timedelta | None, *, now: datetime) -> Covered:
    """Read what the log covers, by a term that the sweep function may not know of yet.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    covered = read(records)
    if covered.retention is None:
        return covered
    return replace(covered, retention=covered.retention.changed(kept, now=now))


def change(records: Records, how: Callable[[Covered], Covered]) -> Covered:
    """Change the record, whoever else does so meanwhile; nothing is written where nothing changes.

    Raises:
        StoreUnavailable: The store did not answer, or others were faster too often.
    """
    for _ in range(_TRIES):
        record = records.read(COVERAGE)
        before = _covered(record.content)
        after = how(before)
        if after == before:
            return after
        said = CoverageRecord(
            {} if after.retention is None else after.retention.written(),
            [one.written() for one in after.gaps],
        )
        if records.write(COVERAGE, said.write(), version=record.version):
            return after
    raise StoreUnavailable("the record of coverage was changed by others faster than by us")


def keep_term(records: Records, kept: timedelta | None, *, now: datetime) -> Retention:
    """Take note of how long the log is kept now, and forget the gaps that the window has left behind.

    Raises:
        StoreUnavailable: The store did not answer.
    """

    def how(covered: Covered) -> Covered:
        retention = (covered.retention or Retention(kept)).changed(kept, now=now)
        return Covered(retention, gap.since(covered.gaps, retention.begin(now)))

    return change(records, how).retention or Retention(kept)


def open_gap(records: Records, found: Gap) -> None:
    """Name a gap; raises as `change` does."""
    change(records, lambda covered: replace(covered, gaps=gap.opened(covered.gaps, found)))


def mark_repaired(records: Records, *, begun_at: datetime, ended_at: datetime) -> None:
    """Take note that a reconcile walked everything since the gaps that had ended; raises as `change` does."""
    change(
        records,
        lambda covered: replace(
            covered, gaps=gap.repaired(covered.gaps, begun_at=begun_at, ended_at=ended_at)
        ),
    )


def _covered(content: Mapping[str, Any]) -> Covered:
    said = CoverageRecord.read(content)
    found = (Gap.read(one) for one in said.gaps or ())
    return Covered(
        Retention.read(said.retention) if said.retention else None,
        tuple(one for one in found if one is not None),
    )
