"""What do sweep, reconcile and guard need from the store beside log and state? Protocols, as in `ports`."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:  # as in `ports`
    from lastseen.domain.care import Care, Patient
    from lastseen.domain.deadline import Deadline
    from lastseen.domain.device import DeviceKind
    from lastseen.domain.freshness import Limits
    from lastseen.domain.record import Record
    from lastseen.domain.snapshot import Known
    from lastseen.domain.upkeep import Answered, Counted, Due, Glance, Missing, Owned, ScanCursor


class Ward(Protocol):
    """What is remembered of the devices in care. Every method raises StoreUnavailable when it could not be done."""

    def due(
        self, *, now: datetime, limits: Limits, most: int, start: ScanCursor | None, deadline: Deadline
    ) -> Due:
        """Devices whose last contact is old and whose next look is due, or whose hint's outcome is to be seen.

        And those that were only discovered, and not read since.

        Stops early, with a cursor, once there are `most` of them or the time is up.
        """

    def one(self, owned: Owned) -> Patient | None:
        """A device and what is remembered of it; None if there is none."""

    def claim(self, patients: Sequence[Patient], *, until: datetime, deadline: Deadline) -> list[Patient]:
        """Take devices for oneself until then; gives those that nobody else was faster to take, unchanged."""

    def remember(self, patients: Sequence[Patient], *, claim: datetime, deadline: Deadline) -> None:
        """Write down what is to be remembered, where the claim still stands; that ends it."""

    def write_down_hints(
        self, hints: Sequence[tuple[Patient, Care]], *, claim: datetime, deadline: Deadline
    ) -> list[tuple[Patient, Care]]:
        """Write hints down before they are sent; gives those that may be sent: the claim stands, nobody else hinted."""

    def mark_answered(self, answered: Sequence[Answered], deadline: Deadline) -> None:
        """Write down that Enode was asked, of devices that nobody has to have claimed."""

    def mark_denied(self, denied: Sequence[Missing], deadline: Deadline) -> None:
        """Write down that Enode denies them, for their readers; a reconcile decides what follows."""

    def mark_missing(self, missing: Sequence[Missing], *, run: str, deadline: Deadline) -> None:
        """Write down that Enode denies them; they are not buried yet."""

    def mark_failed(self, owned: Sequence[Owned], *, run: str, deadline: Deadline) -> None:
        """Write down that this run asked for them in vain: it does not ask again, and buries none of them."""

    def many(self, owned: Iterable[Owned]) -> Mapping[Owned, Known]:
        """Those of these devices that we know, tombstones included."""

    def unlisted(
        self, *, since: datetime, run: str, but: Collection[DeviceKind], most: int, deadline: Deadline
    ) -> list[Known]:
        """Living devices that Enode did not name since then, neither asked nor by itself, and that are not marked.

        None of the kinds `but`, and none that this run asked for in vain.
        """

    def count(
        self, judge: Callable[[Glance, datetime | None], str], *, start: ScanCursor | None, deadline: Deadline
    ) -> Counted:
        """Count living devices by a word on each, given since when its account is lost; stops early, with a cursor."""

    def missing(self, *, run: str, most: int, deadline: Deadline) -> list[Missing]:
        """Living devices that this run has marked as missing."""


class Records(Protocol):
    """What the system remembers of itself. Every method raises StoreUnavailable when it could not be done."""

    def read(self, name: str) -> Record:
        """One record; an empty one of version 0 if it was never written."""

    def write(self, name: str, said: Mapping[str, Any], *, version: int) -> bool:
        """Write a record over the version that was read; False if somebody else was faster."""
