"""Collect the faults of single items in a run, and keep a list of those that stand, for operators."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from lastseen.domain import instant
from lastseen.domain.fault import FOUND_BEFORE, Fault, Subject
from lastseen.domain.records import FAULTS
from lastseen.usecases.ports import Records

MOST_NAMED = 50
"""Faults that the list holds, the newest; how many there were in a run is counted without a bound."""

STANDS_FOR = timedelta(hours=30)
"""Without being found again. Longer than any back-off, and than a reconcile a day."""

LONGEST_REASON = 200

_ATTEMPTS = 3

type Standing = list[tuple[Subject, Mapping[str, Any]]]
"""Faults, the latest last, each with `reason`, `times`, `since` and `last_at`."""


@dataclass
class Faults:
    """What one run found.

    Attributes:
        by_subject: What could not be read, and why.
    """

    by_subject: dict[Subject, Fault] = field(default_factory=dict)
    _mended: set[Subject] = field(default_factory=set)

    def found(self, subject: Subject, fault: Fault) -> None:
        """Take note of a fault."""
        self.by_subject[subject] = fault
        self._mended.discard(subject)

    def mended(self, subject: Subject) -> None:
        """Take note that something could be read again."""
        if subject not in self.by_subject:
            self._mended.add(subject)

    def write(self, records: Records, now: datetime) -> None:
        """Join them into the list that operators see. Who loses every race against others leaves it to the next run."""
        if not self.by_subject and not self._mended:
            return
        for _ in range(_ATTEMPTS):
            record = records.read(FAULTS)
            before = _read(record.content)
            after = self._joined(before, now)
            if after == before:
                return
            said = {"faults": [{**one._asdict(), **told} for one, told in after]}
            if records.write(FAULTS, said, version=record.version):
                return

    def _joined(self, before: Standing, now: datetime) -> Standing:
        joined = {one: told for one, told in before if _stands(told, now) and one not in self._mended}
        for subject, fault in self.by_subject.items():
            told = joined.pop(subject, None) or {"times": 0, "since": instant.fixed(now)}
            is_told = fault is FOUND_BEFORE and "reason" in told
            joined[subject] = {
                "reason": told["reason"] if is_told else fault.reason[:LONGEST_REASON],
                "times": told["times"] + 1,
                "since": told["since"],
                "last_at": instant.fixed(now),
            }
        return list(joined.items())[-MOST_NAMED:]


def standing(records: Records, now: datetime) -> list[Mapping[str, Any]]:
    """Give the faults that stand: who they are of, the reason, how often and when they were found, the latest last.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    found = _read(records.read(FAULTS).content)
    return [{**one._asdict(), **told} for one, told in found if _stands(told, now)]


def _read(said: Mapping[str, Any]) -> Standing:
    found: Standing = []
    for one in said.get("faults", ()):
        told = dict(one)
        found.append((Subject(*(told.pop(name) for name in Subject._fields)), told))
    return found


def _stands(told: Mapping[str, Any], now: datetime) -> bool:
    last_at = instant.parse(told["last_at"])
    return last_at is not None and now - last_at <= STANDS_FOR
