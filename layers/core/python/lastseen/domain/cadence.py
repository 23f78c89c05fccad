"""Cadence: how often Enode is usually in contact with a class of devices, learned from gaps between contacts.

A class is a vendor, a kind and an activity. A gap counts only if neither contact was asked for by a hint. With looks
farther apart than contacts, several contacts may lie between the two that were seen; then a gap is only bounded.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from functools import lru_cache
from typing import NamedTuple, Self

from lastseen.domain.device import DeviceKind, in_any_case
from lastseen.domain.document import Facts
from lastseen.domain.frozen import fast_frozen

LAST_GAPS = 8
"""So many gaps are remembered of a class, the newest."""

MARGIN = 1.5
"""A contact may be late by half the cadence before the device counts as silent."""

_HINT_REACHES = 5
"""Times the settling time: a contact within that span after a hint is taken to follow it."""

PROBED = "w"
"""With this the text of a probe's cadence begins: the scan finds it by that."""

_SILENT = "!"


class CadenceClass(NamedTuple):
    """Devices that Enode polls alike, as far as it says.

    Attributes:
        vendor: In capitals; `UNKNOWN` where the documents do not name it.
        kind: Of which kind.
        is_active: Whether they charge, discharge, produce or heat.
    """

    vendor: str
    kind: DeviceKind
    is_active: bool

    @classmethod
    def of(cls, kind: DeviceKind, facts: Facts) -> Self:
        """Give the class of a device by what its current document says."""
        return cls(in_any_case(facts.vendor or "UNKNOWN"), kind, facts.is_active)

    @classmethod
    def named(cls, name: str) -> Self:
        """Read a class's name.

        >>> CadenceClass.named("TESLA/vehicle/regular").is_active
        False
        """
        vendor, kind, activity = name.rsplit("/", 2)
        return cls(vendor, DeviceKind(kind), activity == "active")

    @property
    def name(self) -> str:
        """Its name in records."""
        return f"{self.vendor}/{self.kind}/{'active' if self.is_active else 'regular'}"


class ContactGap(NamedTuple):
    """Time between two contacts with one device, as looks bound it.

    Attributes:
        at: When the later contact was, aware UTC.
        seconds: The best guess.
        at_most: The whole distance, with contacts that nobody saw in between.
    """

    at: datetime
    seconds: float
    at_most: float

    @property
    def is_exact(self) -> bool:
        """Whether there can have been no contact in between, if they are evenly spaced."""
        return self.seconds == self.at_most


class ContactSeen(NamedTuple):
    """A contact, and the last look that found it to be the newest.

    Attributes:
        at: When Enode was in contact.
        looked_at: When Enode was asked and told of no later one; the contact itself if it was never asked.
    """

    at: datetime
    looked_at: datetime


def gap_between(
    before: ContactSeen,
    after: ContactSeen,
    *,
    hint_at: datetime | None,
    found_at: datetime | None,
    settling: timedelta,
) -> ContactGap | None:
    """Measure the gap between the contact that was known and the one that a look told; None if it does not count.

    Between the two looks there were k contacts, evenly spaced, the first of them later than the first look. Where only
    k = 1 fits, the gap is exact. Silence after the last of them proves nothing: the device may just have been lost.

    Args:
        before: What was known.
        after: What the look told.
        hint_at: When the device was last hinted; None if it never was.
        found_at: When it was last discovered; None if it never was. Enode looks at it then, out of turn.
        settling: How long after a hint Enode is asked whether it helped.

    >>> noon, minute = datetime.fromisoformat("2026-03-01T12:00Z"), timedelta(minutes=1)
    >>> seen, then = ContactSeen(noon, noon + 5 * minute), ContactSeen(noon + 7 * minute, noon + 10 * minute)
    >>> gap_between(seen, then, hint_at=None, found_at=None, settling=minute).at_most
    420.0
    """
    if after.at <= before.at or _is_hinted(before.at, after.at, hint_at, settling):
        return None
    if found_at is not None and before.at <= found_at + settling:
        return None
    distance = (after.at - before.at).total_seconds()
    longer_than = (before.looked_at - before.at).total_seconds()
    is_exact = distance < 2 * longer_than
    return ContactGap(after.at, distance if is_exact else max(longer_than, distance / 2), distance)


def _is_hinted(before: datetime, after: datetime, hint_at: datetime | None, settling: timedelta) -> bool:
    """Whether either contact follows a hint, or one lies between them: the gap is then not Enode's own."""
    if hint_at is None:
        return False
    return before - _HINT_REACHES * settling <= hint_at <= after + settling / 2


def learned(gaps: Sequence[ContactGap], *, now: datetime, oldest: timedelta) -> float | None:
    """Estimate the cadence of a class in seconds: the 0.9 quantile, from below, of its last eight gaps.

    From below means that one of the eight may be an outlier: a device that was out of reach for an hour. Until there
    are eight, the largest counts, unseen contacts included: rather too long a limit than a healthy device called stale.

    Args:
        gaps: Those of probes, the newest last.
        now: The present moment, aware UTC.
        oldest: Gaps older than this do not count.

    Returns:
        Seconds; None while nothing was learned.
    """
    counted = recent(gaps, now=now, oldest=oldest)
    if not counted:
        return None
    if len(counted) < LAST_GAPS:
        return max(gap.at_most for gap in counted)
    ranked = sorted(gap.seconds for gap in counted)
    return ranked[int(0.9 * (LAST_GAPS - 1))]


def recent(gaps: Iterable[ContactGap], *, now: datetime, oldest: timedelta) -> list[ContactGap]:
    """Give the gaps that count, the newest last."""
    return [gap for gap in gaps if now - gap.at <= oldest][-LAST_GAPS:]


@fast_frozen(frozen=True, slots=True)
class DeviceCadence:
    """What the last look knew of how often Enode is in contact with a device; kept in the device's item.

    Attributes:
        active: Seconds between contacts of its class while active; 0 while that is not learned.
        regular: The same otherwise.
        own_active: Seconds between two contacts of this very device while active; 0 while none was measured.
        own_regular: The same otherwise.
        is_probed: Whether it is looked at each sweep, so that its class is learned.
        is_vendor_silent: Whether most of its class was out of contact with it.
    """

    active: int = 0
    regular: int = 0
    own_active: int = 0
    own_regular: int = 0
    is_probed: bool = False
    is_vendor_silent: bool = False

    @property
    def is_measured(self) -> bool:
        """Whether the device was ever seen to be in contact by itself: until then it may be slower than its class."""
        return self.own_regular > 0 or self.own_active > 0

    def own(self, *, is_active: bool) -> int:
        """Seconds between two contacts of this device at this activity; 0 if none was measured."""
        return self.own_active if is_active else self.own_regular

    def of_class(self, *, is_active: bool) -> int:
        """Seconds between contacts of its class at this activity; 0 if that is not learned."""
        return self.active if is_active else self.regular

    def expected(self, *, is_active: bool) -> int:
        """Seconds within which to expect a contact; 0 if nothing is learned. Who is active is polled no more rarely."""
        known = max(self.active, self.own_active) if is_active else 0
        return known or max(self.regular, self.own_regular)

    @property
    def text(self) -> str:
        """Write it as it is kept.

        >>> DeviceCadence(120, 420, own_regular=430, is_probed=True).text
        'w120/420/0/430'
        """
        numbers = f"{self.active}/{self.regular}/{self.own_active}/{self.own_regular}"
        return f"{PROBED if self.is_probed else ''}{numbers}{_SILENT if self.is_vendor_silent else ''}"


NOTHING_LEARNED = DeviceCadence()


@lru_cache(maxsize=4096)  # a list holds many devices of few classes
def kept(text: str) -> DeviceCadence:
    """Read what `DeviceCadence.text` wrote.

    >>> kept("w120/420/0/430!") == DeviceCadence(120, 420, 0, 430, is_probed=True, is_vendor_silent=True)
    True
    """
    numbers = text.removeprefix(PROBED).removesuffix(_SILENT).split("/")
    active, regular, own_active, own_regular = map(int, numbers)
    return DeviceCadence(
        active, regular, own_active, own_regular, text.startswith(PROBED), text.endswith(_SILENT)
    )
