"""Watch for gaps of the past: spans in which events may have been lost, named with begin, end and cause.

Enode's heartbeat is the evidence: it stands in the same queue as the events, so what was said before one that came has
come too. While none comes, a gap is named as a precaution; if Enode delivers again within the time for which it keeps
events, all of them were late, not lost, and the gap is taken back.
"""

from datetime import datetime, timedelta

from lastseen.domain import gap
from lastseen.domain.gap import Cause, Gap
from lastseen.domain.record_shapes import HeartbeatRecord
from lastseen.domain.records import HEARTBEAT_WATCH
from lastseen.usecases import coverage, heartbeat
from lastseen.usecases.coverage import Covered
from lastseen.usecases.ports import Devices, Records

SILENT_AFTER = timedelta(minutes=30)
"""How old the newest heartbeat may grow before a gap is named. The period is not published; ten minutes were seen."""

_USUAL = timedelta(minutes=10)
"""How far in front of Enode's last successful delivery events may have been made that did not come with it."""


def run(*, devices: Devices, records: Records, kept: timedelta, now: datetime) -> Gap | None:
    """Name the gap of a silence that lasts, or of one that lasted longer than Enode keeps events. Enode is not asked.

    Args:
        devices: The state, for the newest heartbeat.
        records: What the log covers, and which heartbeat was the newest at the last look.
        kept: How long Enode keeps what it cannot deliver.
        now: The present moment, aware UTC.

    Returns:
        The gap that lasts; None if none does.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    beat_at = heartbeat.newest(devices, now=now).at
    if beat_at is None:
        return gap.lasting(coverage.read(records).gaps)
    record = records.read(HEARTBEAT_WATCH)
    before = HeartbeatRecord.read(record.content).heartbeat_at

    def how(covered: Covered) -> Covered:
        gaps = covered.gaps
        lasts = gap.lasting(gaps)
        if lasts is not None and lasts.cause is Cause.HEARTBEAT_SILENT and before != beat_at:
            gaps = gap.forgiven(gaps)
        # What a gap has named already is behind us: since its end, Enode keeps what it cannot deliver.
        ends = [one.end for one in gaps if one.end is not None]
        if before is not None and beat_at - max([before, *ends]) > kept:
            gaps = gap.opened(gaps, Gap(max([before, *ends]), beat_at, Cause.HEARTBEAT_SILENT))
        heard_at = max([beat_at, *ends])
        if now - heard_at > SILENT_AFTER and gap.lasting(gaps) is None:
            gaps = gap.opened(gaps, Gap(heard_at, None, Cause.HEARTBEAT_SILENT))
        return Covered(covered.retention, gaps)

    lasting = gap.lasting(coverage.change(records, how).gaps)
    if before != beat_at:
        records.write(HEARTBEAT_WATCH, HeartbeatRecord(beat_at).write(), version=record.version)
    return lasting


def reached_until(beat_at: datetime | None, succeeded_at: datetime | None) -> datetime | None:
    """Say up to when all that Enode had to tell has come; None if nothing ever did.

    Args:
        beat_at: When the newest heartbeat was made.
        succeeded_at: When Enode last delivered anything, by its own word: what was made while that was on its way was
            not part of it.
    """
    delivered = None if succeeded_at is None else succeeded_at - _USUAL
    return max((one for one in (beat_at, delivered) if one is not None), default=None)


def lost(records: Records, *, since: datetime | None, cause: Cause) -> None:
    """Name a gap that the guard found; it lasts until `came_back`.

    Args:
        records: What the log covers.
        since: Up to when everything had come; None if nothing ever had.
        cause: Why.

    Raises:
        StoreUnavailable: The store did not answer.
    """

    def how(covered: Covered) -> Covered:
        lasts, begin = gap.lasting(covered.gaps), since
        if lasts is not None:
            begin = None if since is None or lasts.begin is None else min(since, lasts.begin)
        gaps = gap.opened(gap.forgiven(covered.gaps), Gap(begin, None, cause))
        return Covered(covered.retention, gaps)

    coverage.change(records, how)


def came_back(records: Records, at: datetime) -> None:
    """End the gap that lasts, if the guard found one: Enode delivers again. Raises as `lost` does."""

    def how(covered: Covered) -> Covered:
        lasts = gap.lasting(covered.gaps)
        if lasts is None or lasts.cause is Cause.HEARTBEAT_SILENT:
            return covered
        return Covered(covered.retention, gap.closed(covered.gaps, at))

    coverage.change(records, how)
