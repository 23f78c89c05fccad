"""Freshness census: count all devices by verdict, once an hour.

What one run has no time for, the next goes on with: however large the fleet, it is counted in the end.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from lastseen.domain import freshness, instant
from lastseen.domain.deadline import Deadline
from lastseen.domain.freshness import Limits, Verdict
from lastseen.domain.maintenance import DeviceSummary
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
    said = record.content
    counted_at, partial = instant.parse(said.get("at")), said.get("partial")
    is_due = partial is not None or counted_at is None or now - counted_at >= every
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

        begun = partial or {"counts": {}, "cursor": None}
        counted = checks.count(judge, start=begun["cursor"], deadline=deadline)
        counts = Counter(begun["counts"]) + Counter(counted.counts)
        if counted.cursor is None:
            verdicts = {
                verdict.value: counts[verdict.value] for verdict in Verdict if verdict is not Verdict.GONE
            }
            said = {"at": instant.fixed(now), "verdicts": verdicts}
        else:
            said = {**said, "partial": {"counts": dict(counts), "cursor": counted.cursor}}
    if "at" not in said and "since" not in said:
        said = {**said, "since": instant.fixed(now)}
    if said != record.content:
        records.write(CENSUS, said, version=record.version)
    since = instant.parse(said.get("at")) or instant.parse(said.get("since"))
    return Census(said.get("verdicts"), since or now)
