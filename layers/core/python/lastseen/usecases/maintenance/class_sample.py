"""Sample of devices class by class, drawn while all are counted: candidates for probes, whoever they are."""

from collections import defaultdict
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from heapq import heappush, heappushpop
from threading import Lock
from zlib import crc32

from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.cadence import CadenceClass
from lastseen.domain.class_cadence import MEMBERS
from lastseen.domain.device import OwnedDevice
from lastseen.domain.freshness import Limits
from lastseen.domain.maintenance import DeviceSummary
from lastseen.usecases.maintenance import cadences, freshness_census
from lastseen.usecases.maintenance.context import RunContext
from lastseen.usecases.maintenance.freshness_census import Census


@dataclass
class ClassSample:
    """Of each class the devices with the smallest digests of id and hour: another sample each hour.

    Attributes:
        at: When it is drawn.
    """

    at: datetime
    _drawn: dict[CadenceClass, list[tuple[int, OwnedDevice]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    _lock: Lock = field(default_factory=Lock)

    def note(self, one: DeviceSummary) -> None:
        """Draw a device, or not; several threads may ask."""
        digest = crc32(f"{self.at:%Y%m%d%H}{one.device.id}".encode())
        with self._lock:
            drawn = self._drawn[one.cadence_class]
            if len(drawn) < MEMBERS:
                heappush(drawn, (-digest, (one.user_id, one.device)))
            elif -digest > drawn[0][0]:
                heappushpop(drawn, (-digest, (one.user_id, one.device)))

    def members(self) -> dict[CadenceClass, list[OwnedDevice]]:
        """Give the sample."""
        return {one: [owned for _, owned in drawn] for one, drawn in self._drawn.items()}


def count(context: RunContext, *, limits: Limits, backoff: BackoffPolicy, every: timedelta) -> Census:
    """Count all devices, if it is time, and keep of each class how many there are, and some by name.

    Args:
        context: What to work with.
        limits: Ages up to which a contact is fresh.
        backoff: How patient to be with a device.
        every: How long a count is new enough.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    sample = ClassSample(context.now())
    known = freshness_census.run(
        checks=context.checks,
        records=context.records,
        limits=limits,
        every=every,
        now=context.now(),
        deadline=context.deadline,
        note=sample.note,
    )
    if known.classes is not None:
        cadences.take_count(context, limits, backoff, known.classes, sample.members())
    return known
