"""Freshness census: count all devices by verdict, once an hour.

What one run has no time for, the next goes on with: however large the fleet, it is counted in the end.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from lastseen.domain import freshness
from lastseen.domain.deadline import Deadline
from lastseen.domain.freshness import Limits, Verdict
from lastseen.domain.maintenance import DeviceSummary
from lastseen.domain.record_shapes import CensusRecord, PartialCount
from lastseen.domain.records import CENSUS
from lastseen.usecases.ports import CheckStore, Records

_OF = " of "
"""Between verdict and class in the word that a device is counted by."""


@dataclass(frozen=True, slots=True)
class Census:
    """The newest count that is whole.

    Attributes:
        verdicts: How many devices have which verdict; None while there never was one.
        at: When it was finished; while there never was one, since when it is waited for.
        classes: How many devices each class has by a count that this run finished, by name; None if it finished none.
    """

    verdicts: Mapping[str, int] | None
    at: datetime
    classes: Mapping[str, int] | None = None


def run(
    *,
    checks: CheckStore,
    records: Records,
    limits: Limits,
    every: timedelta,
    now: datetime,
    deadline: Deadline,
    note: Callable[[DeviceSummary], None] = lambda _: None,
) -> Census:
    """Count living devices by verdict and class, if the last count is old enough, or go on with one that had no time.

    Args:
        checks: What is remembered of the devices.
        records: Where counts are kept.
        limits: Ages up to which a contact is fresh.
        every: How long a count is new enough.
        now: The present moment, aware UTC.
        deadline: Until when.
        note: Is told of each device that is counted, by several threads.

    Returns:
        The newest count that is whole, of this run or an earlier one.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    classes: Mapping[str, int] | None = None
    record = records.read(CENSUS)
    before = said = CensusRecord.read(record.content)
    is_due = said.partial is not None or said.at is None or now - said.at >= every
    if is_due and deadline.left:

        def judge(one: DeviceSummary, credentials_invalid_since: datetime | None) -> str:
            note(one)
            verdict = freshness.judge(
                one.device.kind,
                one.facts,
                now=now,
                limits=limits,
                credentials_invalid_since=credentials_invalid_since,
                checked_at=one.checked_at,
                denied_at=one.denied_at,
                cadence=one.cadence,
            ).verdict
            return f"{verdict}{_OF}{one.cadence_class.name}"

        begun = said.partial or PartialCount()
        counted = checks.count(judge, start=begun.cursor, deadline=deadline)
        counts = Counter(begun.counts) + Counter(counted.counts)
        if counted.cursor is None:
            verdicts, classes = _by_verdict(counts), _by_class(counts)
            said = CensusRecord(at=now, verdicts=verdicts)
        else:
            said = replace(said, partial=PartialCount(dict(counts), counted.cursor))
    if said.at is None and said.since is None:
        said = replace(said, since=now)
    if said != before:
        records.write(CENSUS, said.write(), version=record.version)
    return Census(said.verdicts, said.at or said.since or now, classes)


def _by_verdict(counts: Counter[str]) -> Mapping[str, int]:
    found = {verdict.value: 0 for verdict in Verdict if verdict is not Verdict.GONE}
    for word, count in counts.items():
        found[word.partition(_OF)[0]] += count
    return found


def _by_class(counts: Counter[str]) -> Mapping[str, int]:
    found: Counter[str] = Counter()
    for word, count in counts.items():
        found[word.partition(_OF)[2]] += count
    return found
