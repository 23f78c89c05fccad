"""Retention of the log: when an entry expires, and where the window that can be asked for begins.

An entry outlives the window by a grace: within it, whoever looks after the past visits every stream, and keeps what is
still needed. So an entry costs a second write only if it is the word that held when the window began, for as long as
nothing followed it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lastseen.domain import instant

LONGEST_GRACE = timedelta(days=7)
_SHARE = 4


def grace(kept: timedelta) -> timedelta:
    """How long an entry outlives the window: a quarter of it, and no more than a week.

    >>> grace(timedelta(days=1)), grace(timedelta(days=90))
    (datetime.timedelta(seconds=21600), datetime.timedelta(days=7))
    """
    return min(kept / _SHARE, LONGEST_GRACE)


def expires_at(at: datetime, *, received_at: datetime, kept: timedelta) -> datetime:
    """When an entry expires, unless it is needed for longer.

    Args:
        at: When it happened.
        received_at: When it came. What came late is kept until it was looked at, too.
        kept: How long the log is kept.
    """
    return max(at + kept, received_at) + grace(kept)


@dataclass(frozen=True, slots=True)
class EarlierTerm:
    """For how long the log was kept before that was changed.

    Attributes:
        kept: How long; never for ever, which takes nothing away.
        until: When it was changed. What was written before may be gone, or go, by this term.
    """

    kept: timedelta
    until: datetime


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long the log is kept, and was.

    Attributes:
        kept: How long; None for ever.
        earlier: The terms before it by which something can still be missing.
    """

    kept: timedelta | None
    earlier: tuple[EarlierTerm, ...] = ()

    @classmethod
    def read(cls, said: Mapping[str, Any]) -> "Retention":
        """Read what `written` wrote; of anything else what can be understood."""
        earlier, terms = said.get("earlier"), list[EarlierTerm]()
        for one in earlier if isinstance(earlier, list) else ():
            told = one if isinstance(one, dict) else {}
            term, until = _span(told.get("seconds")), instant.parse(told.get("until"))
            if term is not None and until is not None:
                terms.append(EarlierTerm(term, until))
        return cls(_span(said.get("seconds")), tuple(terms))

    def written(self) -> Mapping[str, Any]:
        """Give it as plain JSON."""
        return {
            "seconds": None if self.kept is None else self.kept.total_seconds(),
            "earlier": [
                {"seconds": term.kept.total_seconds(), "until": instant.fixed(term.until)}
                for term in self.earlier
            ],
        }

    @property
    def shortest(self) -> timedelta | None:
        """The shortest term that something expires by; None if nothing ever expires."""
        terms = [term.kept for term in self.earlier]
        return min([*terms, *([] if self.kept is None else [self.kept])], default=None)

    def begin(self, now: datetime) -> datetime | None:
        """Where the window begins: from there on nothing has expired; None if nothing ever did.

        It never moves back. A longer term lengthens nothing that was written under a shorter one.

        >>> noon, day = datetime.fromisoformat("2026-03-10T12:00Z"), timedelta(days=1)
        >>> raised = Retention(3 * day).changed(9 * day, now=noon)
        >>> [(noon - raised.begin(noon)).days, (noon + 2 * day - raised.begin(noon + 2 * day)).days]
        [3, 3]
        >>> (noon + 5 * day - raised.begin(noon + 5 * day)).days
        5
        """
        begins = [min(now - term.kept, term.until) for term in self.earlier]
        if self.kept is not None:
            begins.append(now - self.kept)
        return max(begins, default=None)

    def changed(self, kept: timedelta | None, *, now: datetime) -> "Retention":
        """Give the retention after the term was changed, or found unchanged."""
        earlier = self.earlier
        if kept != self.kept and self.kept is not None:
            earlier = (*earlier, EarlierTerm(self.kept, now))
        if kept is not None:
            earlier = tuple(term for term in earlier if term.kept < kept and now - kept < term.until)
        return replace(self, kept=kept, earlier=earlier)


def _span(seconds: object) -> timedelta | None:
    is_number = isinstance(seconds, int | float) and not isinstance(seconds, bool)
    return timedelta(seconds=float(seconds)) if is_number else None  # type: ignore[arg-type]
