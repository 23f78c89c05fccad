"""Freshness census: count all devices by verdict, once an hour.

What one run has no time for, the next goes on with: however large the fleet, it is counted in the end.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lastseen.domain import freshness
from lastseen.domain.deadline import Deadline
from lastseen.domain.freshness import Limits, Verdict
from lastseen.domain.maintenance import DeviceSummary
from lastseen.domain.record_shapes import CensusRecord, PartialCount
from lastseen.domain.records import CENSUS
from lastseen.usecases.ports import CheckStore, Records


@dataclass(frozen=True, slots=True)
class Census:
    """The newest count that is whole.

    Attributes:
        verdicts: How many devices have which verdict; None while there never was one.
        at: When it was finished; while there never was one, since when it is waited for.
    """

    verdicts: Mapping[str, int] | None
    at: datetime


def run(
    *,
    checks: CheckStore,
    records: Records,
    limits: Limits,
    every: timedelta,
    now: datetime,
    deadline: Deadline,
) -> Census:
    """Count living devices by verdict, if the last count is old enough, or go on with one that had no time.

    Returns:
        The newest count that is whole, of this run or an earlier one.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    record = records.read(CENSUS)
    before = said = CensusRecord.read(record.content)
    is_due = said.partial is not None or said.at is None or now - said.at >= every
    if is_due and deadline.left:

        def judge(one: DeviceSummary, credentials_invalid_since: datetime | None) -> str:
            return freshness.judge(
                one.kind,
                one.facts,
                now=now,
                limits=limits,
                credentials_invalid_since=credentials_invalid_since,
                checked_at=one.checked_at,
                denied_at=one.denied_at,
            ).verdict.value

        begun = said.partial or PartialCount()
        counted = checks.count(judge, start=begun.cursor, deadline=deadline)
        counts = Counter(begun.counts) + Counter(counted.counts)
        if counted.cursor is None:
            verdicts = {
                verdict.value: counts[verdict.value] for verdict in Verdict if verdict is not Verdict.GONE
            }
            said = CensusRecord(at=now, verdicts=verdicts)
        else:
            said = replace(said, partial=PartialCount(dict(counts), counted.cursor))
    if said.at is None and said.since is None:
        said = replace(said, since=now)
    if said != before:
        records.write(CENSUS, said.write(), version=record.version)
    return Census(said.verdicts, said.at or said.since or now)
