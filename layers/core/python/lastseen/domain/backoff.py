"""Backoff policy of checks and hints: first wait, longest wait, lease of a claim."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class BackoffPolicy:
    """How patient the sweep is. Spans only, so that a faster world shortens them all alike.

    Attributes:
        longest_quiet: A device that is only quiet is looked at no less often than this.
        first_hint: No two hints to one device are closer than this; doubles while hints do not help.
        longest_hint: Where the doubling ends.
        settling: How long after a hint Enode is asked whether it helped.
        lease: For how long a claim keeps other sweeps away. Longer than a sweep may run, shorter than their distance.
    """

    longest_quiet: timedelta = timedelta(hours=6)
    first_hint: timedelta = timedelta(minutes=15)
    longest_hint: timedelta = timedelta(hours=24)
    settling: timedelta = timedelta(minutes=2)
    lease: timedelta = timedelta(minutes=4)
