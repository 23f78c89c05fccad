"""Records the system keeps of itself: their names, and what a record is. `record_shapes` says what each holds."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

ANCHORS = "ANCHORS"
"""How far the present pass over all streams of the log has come."""

CADENCE = "CADENCE"
"""What is learned of each class of devices, in short; of each: `cadence`."""

CENSUS = "CENSUS"
"""What the last freshness census counted."""

COVERAGE = "COVERAGE"
"""What the log covers: how long it is kept, and the gaps in which events may have been lost."""

FAULTS = "FAULTS"
"""Faults of single items that stand, for operators."""

HEARTBEAT_WATCH = "HEARTBEAT#WATCH"
"""Which heartbeat was the newest when it was last looked for gaps."""

HINTS = "HINTS"
"""Hints spent in the present window, of all vendors together; of each: `hints`."""

LEASE = "LEASE"
"""Which run may ask Enode now."""

POPULATION = "POPULATION"
"""How many devices of each kind Enode listed."""

RECONCILE = "RECONCILE"
"""How far the present reconcile is, or what the last one found."""

RECONCILE_DUE = "RECONCILE#DUE"
"""When the next reconcile begins."""

SWEEP = "SWEEP"
"""What the last sweep did."""

SWEEP_SCAN = "SWEEP#SCAN"
"""Where the sweep's scan goes on."""

USERS = "USERS"
"""When Enode's list of users was last read for those of whom only events have told."""

WEBHOOK = "WEBHOOK"
"""What the guard knows of the webhook at Enode."""


def cadence(name: str) -> str:
    """Name the record of what is remembered of a class of devices: gaps, probes, members."""
    return f"{CADENCE}#{name}"


def hints(vendor: str) -> str:
    """Name the record of the hints spent on a vendor's devices in the present window."""
    return f"{HINTS}#{vendor}"


def sweep_list(kind: str) -> str:
    """Name the record of the sweep's walk over Enode's list of a kind."""
    return f"{SWEEP}#LIST#{kind}"


@dataclass(frozen=True, slots=True)
class Record:
    """One thing the system remembers of itself.

    Attributes:
        content: Plain JSON.
        version: Counts its writes; 0 of one that was never written.
    """

    content: Mapping[str, Any]
    version: int
