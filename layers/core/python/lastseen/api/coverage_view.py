"""JSON of what the log covers, and of its gaps; and the same in a header."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

from lastseen.domain import instant

if TYPE_CHECKING:  # a plain read needs nothing of the past
    from lastseen.domain.gap import Gap


def coverage(coverage_from: datetime | None, gaps: Sequence[Gap]) -> Mapping[str, object]:
    """Give from when on the log knows, and where events may have been lost."""
    return {
        "from": told(coverage_from),
        "gaps": [
            {
                "from": told(gap.begin),
                "to": told(gap.end),
                "cause": gap.cause,
                "repairedAt": told(gap.repaired_at),
            }
            for gap in gaps
        ],
    }


def told(moment: datetime | None) -> str | None:
    """Give a moment as it is told; None for none."""
    return None if moment is None else instant.fixed(moment)


def caution(gap: Gap) -> str:
    """Say in words that more may have happened than is known."""
    begin = "" if gap.begin is None else f" from {instant.fixed(gap.begin)}"
    end = " until now" if gap.end is None else f" to {instant.fixed(gap.end)}"
    return f"more may have happened than is known: events may have been lost{begin}{end} ({gap.cause})"


def parameters(gap: Gap | None) -> str:
    """Say the same in a structured field (RFC 9651), behind what it is about; nothing without a gap."""
    if gap is None:
        return ""
    bounds = {"gap-from": gap.begin, "gap-to": gap.end}
    return f";gap={gap.cause}" + "".join(
        f';{name}="{instant.fixed(at)}"' for name, at in bounds.items() if at is not None
    )
