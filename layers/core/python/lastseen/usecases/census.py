"""How many devices are fresh, stale, unreachable …? All of them judged once an hour, as each is for a reader."""

from collections import Counter
from collections.abc import Mapping
from datetime import datetime, timedelta

from lastseen.domain import freshness, instant
from lastseen.domain.deadline import Deadline
from lastseen.domain.freshness import Limits, Verdict
from lastseen.usecases.upkeep import Records, Ward

RECORD = "CENSUS"


def run(
    *, ward: Ward, records: Records, limits: Limits, every: timedelta, now: datetime, deadline: Deadline
) -> Mapping[Verdict, int] | None:
    """Count living devices by verdict, if the last count is old enough; None if it is not, or time was short.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    record = records.read(RECORD)
    counted_at = instant.parse(record.said.get("at"))
    if counted_at is not None and now - counted_at < every:
        return None
    seen = ward.glances(deadline)
    if seen is None:
        return None
    lost = seen.disconnected()
    counts = Counter(
        freshness.judge(
            one.kind,
            one.facts,
            now=now,
            limits=limits,
            credentials_invalid_since=lost.get(account) if lost and (account := one.account) else None,
            checked_at=one.checked_at,
            denied_at=one.denied_at,
        ).verdict
        for one in seen.devices
    )
    told: dict[Verdict, int] = {
        verdict: counts[verdict] for verdict in Verdict if verdict is not Verdict.GONE
    }
    said = {"at": instant.fixed(now), "verdicts": {verdict.value: count for verdict, count in told.items()}}
    records.write(RECORD, said, version=record.version)
    return told
