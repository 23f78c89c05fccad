"""Collect the faults of single items in a run, and keep a list of those that stand, for operators."""

from dataclasses import dataclass, field, replace
from datetime import datetime

from lastseen.domain.fault import FOUND_BEFORE, Fault, Subject
from lastseen.domain.record_shapes import FaultsRecord, StandingFault
from lastseen.domain.records import FAULTS
from lastseen.usecases.ports import Records

MOST_NAMED = 50
"""Faults that the list holds, the newest; how many there were in a run is counted without a bound."""

LONGEST_REASON = 200

_ATTEMPTS = 3


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
            before = FaultsRecord.read(record.content)
            after = FaultsRecord(self._joined(before, now))
            if after == before or records.write(FAULTS, after.write(), version=record.version):
                return

    def _joined(self, before: FaultsRecord, now: datetime) -> tuple[StandingFault, ...]:
        joined = {one.subject: one for one in before.standing(now) if one.subject not in self._mended}
        for subject, fault in self.by_subject.items():
            told = joined.pop(subject, None) or StandingFault(*subject, since=now)
            is_told = fault is FOUND_BEFORE and told.reason is not None
            reason = told.reason if is_told else fault.reason[:LONGEST_REASON]
            joined[subject] = replace(told, reason=reason, times=told.times + 1, last_at=now)
        return tuple(joined.values())[-MOST_NAMED:]
