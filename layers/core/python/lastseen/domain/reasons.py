"""Reasons of verdicts in words, for people; without quotation marks, so that they can stand between them.

By the values of `freshness.Verdict`, which is above this module.
"""

from datetime import timedelta
from functools import lru_cache

from lastseen.domain.contact import Doubt

_SENTENCES = {
    "fresh": "Enode was in contact within the last {limit}.",
    "unverified": "No news for more than {limit}; Enode is silent while nothing changes, "
    "so this may well be current.",
    "stale": "When asked, Enode itself had had no contact for more than {limit}.",
    "unreachable": "Enode cannot reach the device through its vendor now.",
    "disconnected": "The vendor's credentials are invalid; the user must link the account again.",
    "gone": "Enode no longer has this device for this user.",
}
DENIED = "When asked, Enode did not have this device; if it stays so, the next reconcile takes it off."
_NEVER_SEEN = "Enode has not yet said when it was in contact; an update follows discovery."


DOUBTS = {
    Doubt.AHEAD: "Enode dates its last contact later than the word that tells of it, so nobody knows when it was.",
    Doubt.UNREADABLE: "Enode says when it was in contact, but in a form that cannot be read.",
}


OUT_OF_CONTACT = frozenset({"stale", "unreachable", "unverified"})
VENDOR_SILENT = (
    "Enode is out of contact with most devices of this vendor and kind, so the fault is hardly this device."
)
_NOT_LEARNED = (
    "When asked, Enode itself had had no contact for more than {limit}; its usual cadence is not learned yet."
)
_LEARNED = {
    "fresh": "Enode was in contact within the last {limit}; it usually is every {every}.",
    "unverified": "No news for more than {limit}, while Enode is usually in contact every {every}; it is silent "
    "while nothing changes, so this may well be current.",
    "stale": "When asked, Enode itself had had no contact for more than {limit}; it usually has one every "
    "{every}.",
}


@lru_cache  # there are few limits, and many devices
def sentence(verdict: str, limit: timedelta, every: int, *, was_seen: bool) -> str:
    """Give the usual sentence of a verdict.

    >>> sentence("fresh", timedelta(minutes=15), 420, was_seen=True)
    'Enode was in contact within the last 15 minutes; it usually is every 7 minutes.'
    """
    if verdict == "unverified" and not was_seen:
        return _NEVER_SEEN
    learned = _LEARNED.get(verdict) if every else None
    if learned is not None:
        return learned.format(limit=_minutes(limit), every=_about(every))
    return _SENTENCES[verdict].format(limit=_minutes(limit))


def not_learned(limit: timedelta) -> str:
    """Say of an old contact that nobody knows yet whether it is."""
    return _NOT_LEARNED.format(limit=_minutes(limit))


def _minutes(span: timedelta) -> str:
    seconds = int(span.total_seconds())
    return f"{seconds} seconds" if seconds % 60 else f"{seconds // 60} minutes"


def _about(seconds: int) -> str:
    """A learned cadence in words: it is no more exact than that."""
    return f"{round(seconds / 60)} minutes" if seconds >= _TWO_MINUTES else f"{seconds} seconds"


_TWO_MINUTES = 120
