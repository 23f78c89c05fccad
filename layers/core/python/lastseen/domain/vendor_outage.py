"""Outage of a vendor: most devices of a class silent, or unreachable, together."""

from datetime import timedelta
from enum import Enum

from lastseen.domain.cadence import CadenceClass
from lastseen.domain.check_schedule import TrackedDevice
from lastseen.domain.device import DeviceKind

SMALLEST_CLASS = 5
"""Fewer devices cannot tell a vendor's outage from their own: each keeps its own pace."""

SAMPLE = 10
"""Devices that were moving, and are looked at before a class's first hint."""

MOST_DOUBTS = 2
"""So often in a row hints are held back because of some silent devices; then they are taken for those devices' own."""

_DOUBTFUL_SHARE, _SILENT_SHARE, _ALL_BUT_ONE_OF_TEN = 0.3, 0.5, 0.9


class ClassStanding(Enum):
    """How a class stands, by a sample of those of its devices that were moving."""

    MOVING = "moving"
    IN_DOUBT = "in doubt"
    SILENT = "silent"


def judge_class(silent: float, still: float, *, doubts: int) -> ClassStanding:
    """Judge a class by a sample of it. In doubt, nobody is hinted.

    Most of it beyond their limits is an outage. All of it at rest since the first of them should have been heard is
    one that begins, as devices go beyond their limits one after the other; and a few beyond them may be.

    Args:
        silent: The share that is unreachable or beyond its limit.
        still: The share without a contact since a device now at its limit should have had one.
        doubts: How often in a row the class was in doubt before.

    >>> judge_class(0.6, 0.7, doubts=0), judge_class(0.1, 1.0, doubts=9), judge_class(0.4, 0.5, doubts=2)
    (<ClassStanding.SILENT: 'silent'>, <ClassStanding.IN_DOUBT: 'in doubt'>, <ClassStanding.MOVING: 'moving'>)
    """
    if silent > _SILENT_SHARE:
        return ClassStanding.SILENT
    is_doubtful = silent > _DOUBTFUL_SHARE and doubts < MOST_DOUBTS
    return ClassStanding.IN_DOUBT if still >= _ALL_BUT_ONE_OF_TEN or is_doubtful else ClassStanding.MOVING


def can_be_judged(one: CadenceClass, size: int, *, smallest: int = SMALLEST_CLASS) -> bool:
    """Whether silence of most of a class tells of its vendor. Inverters outside production sleep, all at once."""
    return size >= smallest and (one.kind is not DeviceKind.INVERTER or one.is_active)


def was_moving(tracked: TrackedDevice, limit: timedelta) -> bool:
    """Whether a device was in contact of late when it was last looked at, or was never looked at.

    Of late is twice its limit: who fell silent with others must not drop out before they are told from it.

    Args:
        tracked: The device and what is remembered of it.
        limit: The age up to which a contact of it is fresh.
    """
    check = tracked.check
    if check.checked_at is None:
        return True
    return check.checked_seen is not None and check.checked_at - check.checked_seen <= 2 * limit
