"""Gaps of the past: named spans in which events may have been lost, with their causes."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from lastseen.domain import instant

MOST = 500
"""Gaps that are remembered one by one; of more, the two oldest become one that covers both."""


class Cause(StrEnum):
    """Why events may have been lost."""

    WEBHOOK_INACTIVE = "webhook-inactive"
    INGEST_FAILED = "ingest-failed"
    HEARTBEAT_SILENT = "heartbeat-silent"
    BEFORE_FIRST_COVERAGE = "before-first-coverage"


_RANK = (Cause.BEFORE_FIRST_COVERAGE, Cause.HEARTBEAT_SILENT, Cause.WEBHOOK_INACTIVE, Cause.INGEST_FAILED)


@dataclass(frozen=True, slots=True)
class Gap:
    """A span in which events may have been lost.

    Attributes:
        begin: The last moment up to which everything came; None if nothing ever had.
        end: From when on everything comes again; None while it lasts.
        cause: Why.
        repaired_at: When a reconcile ended that began after it: what changed for good is known since; None before.
    """

    begin: datetime | None
    end: datetime | None
    cause: Cause
    repaired_at: datetime | None = None

    @classmethod
    def read(cls, said: object) -> "Gap | None":
        """Read what `written` wrote; None for what has another form."""
        if not isinstance(said, dict) or said.get("cause") not in set(Cause):
            return None
        begin, end, repaired_at = (instant.parse(said.get(name)) for name in ("begin", "end", "repaired_at"))
        return cls(begin, end, Cause(said["cause"]), repaired_at)

    def written(self) -> Mapping[str, Any]:
        """Give it as plain JSON."""
        moments = {"begin": self.begin, "end": self.end, "repaired_at": self.repaired_at}
        return {
            "cause": self.cause.value,
            **{name: None if at is None else instant.fixed(at) for name, at in moments.items()},
        }

    def touches(self, since: datetime | None, until: datetime | None) -> bool:
        """Whether it has a moment in common with a span; None is without end."""
        return (self.begin is None or until is None or self.begin <= until) and (
            self.end is None or since is None or self.end >= since
        )

    def overlaps(self, other: "Gap") -> bool:
        """Whether more than a moment belongs to both."""
        return (self.begin is None or other.end is None or self.begin < other.end) and (
            self.end is None or other.begin is None or other.begin < self.end
        )

    def leaves_open(self, said_at: datetime | None, at: datetime) -> bool:
        """Whether more may have happened by a moment than was known then.

        Args:
            said_at: When the last word before that moment was said.
            at: The moment.
        """
        is_behind_begin = self.begin is None or self.begin <= at
        is_settled = self.end is not None and (
            (said_at is not None and said_at > self.end)
            or (self.repaired_at is not None and at >= self.repaired_at)
        )
        return is_behind_begin and not is_settled

    def hides(self, since: datetime, at: datetime) -> bool:
        """Whether a change that a read found may have happened in it.

        Args:
            since: When the word was said that the read was compared with.
            at: When it was read.
        """
        return (self.begin is None or self.begin < at) and (self.end is None or self.end >= since)


def opened(gaps: Iterable[Gap], gap: Gap) -> tuple[Gap, ...]:
    """Add a gap; those that it overlaps become one with it, which has the cause that says most.

    >>> at = [datetime.fromisoformat(f"2026-03-01T{hour:02}:00Z") for hour in range(24)]
    >>> silent = Gap(at[3], at[9], Cause.HEARTBEAT_SILENT)
    >>> opened([silent], Gap(at[6], None, Cause.WEBHOOK_INACTIVE)) == (Gap(at[3], None, Cause.WEBHOOK_INACTIVE),)
    True
    """
    apart: list[Gap] = []
    for one in gaps:
        if one.overlaps(gap):
            gap = Gap(
                None if one.begin is None or gap.begin is None else min(one.begin, gap.begin),
                None if one.end is None or gap.end is None else max(one.end, gap.end),
                max(one.cause, gap.cause, key=_RANK.index),
            )
        else:
            apart.append(one)
    return _few(sorted([*apart, gap], key=_begin))


def closed(gaps: Iterable[Gap], end: datetime) -> tuple[Gap, ...]:
    """End the gap that lasts, if one does: everything comes again."""
    return tuple(replace(one, end=end) if one.end is None else one for one in gaps)


def forgiven(gaps: Iterable[Gap]) -> tuple[Gap, ...]:
    """Take back the gap that lasts: whatever was missing was only late."""
    return tuple(one for one in gaps if one.end is not None)


def lasting(gaps: Iterable[Gap]) -> Gap | None:
    """Give the gap that lasts; None if none does."""
    return next((one for one in gaps if one.end is None), None)


def repaired(gaps: Iterable[Gap], *, begun_at: datetime, ended_at: datetime) -> tuple[Gap, ...]:
    """Take note of a reconcile that walked everything."""
    return tuple(
        replace(one, repaired_at=ended_at)
        if one.repaired_at is None and one.end is not None and one.end <= begun_at
        else one
        for one in gaps
    )


def touching(gaps: Iterable[Gap], since: datetime | None, until: datetime | None) -> tuple[Gap, ...]:
    """Give the gaps that have a moment in common with a span."""
    return tuple(one for one in gaps if one.touches(since, until))


def between(gaps: Iterable[Gap], since: datetime | None, at: datetime) -> tuple[datetime, datetime] | None:
    """Say between which moments a change happened that a read found; None if the word on it was not lost.

    Args:
        gaps: Spans in which events may have been lost.
        since: When the word was said that the read was compared with; None if there was none.
        at: When it was read.

    >>> at = [datetime.fromisoformat(f"2026-03-01T{hour:02}:00Z") for hour in range(24)]
    >>> lost = [Gap(at[12], at[15], Cause.WEBHOOK_INACTIVE)]
    >>> between(lost, at[3], at[16]) == (at[12], at[16]), between(lost, at[16], at[17])
    (True, None)
    """
    if since is None:
        return None
    hiding = [one for one in gaps if one.hides(since, at)]
    if not hiding:
        return None
    begins = [since if one.begin is None else max(since, one.begin) for one in hiding]
    return min(begins), at


def since(gaps: Iterable[Gap], begin: datetime | None) -> tuple[Gap, ...]:
    """Give the gaps that a window still sees."""
    return tuple(one for one in gaps if one.touches(begin, None))


def _begin(gap: Gap) -> str:
    return "" if gap.begin is None else instant.fixed(gap.begin)


def _few(gaps: list[Gap]) -> tuple[Gap, ...]:
    while len(gaps) > MOST:
        first, second, *rest = gaps
        end = None if first.end is None or second.end is None else max(first.end, second.end)
        gaps = [Gap(first.begin, end, second.cause), *rest]
    return tuple(gaps)
