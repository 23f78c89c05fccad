"""Shapes of the system's own records: what each holds, written as plain JSON and read again.

Apart from their names (`domain/records.py`), which every read loads: a dozen classes would cost its cold start 15 ms.
What has another form than the one that is written, by another release or by hand, is as if it never had been.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime, timedelta
from typing import Any, Self

from lastseen.domain import instant
from lastseen.domain.device import DeviceKind
from lastseen.domain.fault import Subject

STANDS_FOR = timedelta(hours=30)
"""Without being found again. Longer than any back-off, and than a reconcile a day."""


@dataclass(frozen=True, slots=True)
class Shape:
    """What a record holds: fields of the types in `_FORMS`, each with a default."""

    @classmethod
    def read(cls, content: object) -> Self:
        """Read what `write` gave; of anything else what can be understood."""
        said = content if isinstance(content, dict) else {}
        taken = {one.name: _FORMS[one.type](said[one.name]) for one in fields(cls) if one.name in said}
        return cls(**{name: value for name, value in taken.items() if value is not None})

    def write(self) -> dict[str, Any]:
        """Give it as plain JSON, without what is None."""
        values = {one.name: getattr(self, one.name) for one in fields(self)}
        return {name: _plain(value) for name, value in values.items() if value is not None}


@dataclass(frozen=True, slots=True)
class GuardRecord(Shape):
    """`WEBHOOK`: how the guard found the webhook at Enode, and what it did.

    Attributes:
        id: Of the webhook; None while there is none of ours.
        url: Where it had to deliver.
        secret: The fingerprint of what signs its deliveries.
        heartbeat_at: When Enode last gave a sign of life, aware UTC.
        pending: How many events waited then.
        is_active: Whether Enode delivered when it was last looked at.
        step: What was done to it.
        checked_at: When it was looked at.
        guarded_since: When it first was.
        last_success_at: When Enode last delivered, by its own word.
        last_outage_at: When events were last found to be lost.
        last_outage_seconds: For how long nothing had come in then.
        has_lost: Whether an outage was found and is not dealt with yet.
    """

    id: str | None = None
    url: str | None = None
    secret: str | None = None
    heartbeat_at: datetime | None = None
    pending: float | None = None
    is_active: bool | None = None
    step: str | None = None
    checked_at: datetime | None = None
    guarded_since: datetime | None = None
    last_success_at: datetime | None = None
    last_outage_at: datetime | None = None
    last_outage_seconds: float | None = None
    has_lost: bool | None = None


@dataclass(frozen=True, slots=True)
class CoverageRecord(Shape):
    """`COVERAGE`: how long the log is kept, for `domain/retention.py`; its gaps, for `domain/gap.py`."""

    retention: Mapping[str, Any] = field(default_factory=dict)
    gaps: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class AnchorsRecord(Shape):
    """`ANCHORS`: how far the pass over all streams of the log has come.

    Attributes:
        begun_at: When the pass under way, or the last, began.
        whole_since: When the last began that is whole; while there is none, since when it is waited for.
        cursor: Where the pass under way goes on; None if none is.
    """

    begun_at: datetime | None = None
    whole_since: datetime | None = None
    cursor: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class HeartbeatRecord(Shape):
    """`HEARTBEAT#WATCH`: which heartbeat was the newest when it was last looked for gaps."""

    heartbeat_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class SweepRecord(Shape):
    """`SWEEP`: what the last sweep did; the fields are those of its outcome."""

    run: str | None = None
    ended_at: datetime | None = None
    scanned: int | None = None
    read_units: float | None = None
    stopped: str | None = None
    counts: Mapping[str, int] | None = None


@dataclass(frozen=True, slots=True)
class ScanRecord(Shape):
    """`SWEEP#SCAN`: where the sweep's scan goes on; None for the beginning."""

    cursor: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class WalkRecord(Shape):
    """`SWEEP#LIST#<kind>`: where the walk over a list of Enode's goes on, and until when somebody is at it."""

    cursor: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class QuotaRecord(Shape):
    """`HINTS`, `HINTS#<vendor>`: how many hints were spent in the window that began then."""

    window: datetime | None = None
    used: int | None = None


@dataclass(frozen=True, slots=True)
class LeaseRecord(Shape):
    """`LEASE`: which run asks Enode, and until when at most."""

    holder: str | None = None
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class ReconcileRecord(Shape):
    """`RECONCILE`: how far one has come, for `domain/reconcile_progress.py`; until when a slice is at work on it."""

    progress: Mapping[str, Any] = field(default_factory=dict)
    held_until: datetime | None = None


@dataclass(frozen=True, slots=True)
class DueRecord(Shape):
    """`RECONCILE#DUE`: when the next reconcile begins; None if none is planned."""

    due_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class PopulationRecord(Shape):
    """`POPULATION`: how many devices of each kind Enode listed, by the name of the kind.

    >>> PopulationRecord.read({"vehicle": 3, "boat": 1}).listed, PopulationRecord({"meter": 2}).write()
    ({'vehicle': 3}, {'meter': 2})
    """

    listed: Mapping[str, int] = field(default_factory=dict)

    @classmethod
    def read(cls, content: object) -> Self:
        """Read the counts of those kinds that there are."""
        counts = _counts(content) or {}
        return cls({kind.value: counts[kind.value] for kind in DeviceKind if kind.value in counts})

    def write(self) -> dict[str, Any]:
        """Give the counts, and nothing around them."""
        return dict(self.listed)


@dataclass(frozen=True, slots=True)
class PartialCount(Shape):
    """A census that one run had no time for: what was counted, and where to go on."""

    counts: Mapping[str, int] = field(default_factory=dict)
    cursor: list[Any] | None = None


@dataclass(frozen=True, slots=True)
class CensusRecord(Shape):
    """`CENSUS`: the last count that is whole, and one under way.

    Attributes:
        at: When it was finished; None while there never was one.
        verdicts: How many devices have which verdict.
        since: While there never was one, since when it is waited for.
        partial: The one under way.
    """

    at: datetime | None = None
    verdicts: Mapping[str, int] | None = None
    since: datetime | None = None
    partial: PartialCount | None = None


@dataclass(frozen=True, slots=True)
class StandingFault(Shape):
    """A fault of a single item that stands: of what (see `Subject`), why, how often it was found, first and last."""

    what: str = ""
    kind: str = ""
    id: str = ""
    user_id: str = ""
    reason: str | None = None
    times: int = 0
    since: datetime | None = None
    last_at: datetime | None = None

    @property
    def subject(self) -> Subject:
        """What it is of."""
        return Subject(self.what, self.kind, self.id, self.user_id)

    def stands(self, now: datetime) -> bool:
        """Whether it was found lately."""
        return self.last_at is not None and now - self.last_at <= STANDS_FOR


@dataclass(frozen=True, slots=True)
class FaultsRecord(Shape):
    """`FAULTS`: what could not be read lately though Enode answers for others, the latest last."""

    faults: tuple[StandingFault, ...] = ()

    def standing(self, now: datetime) -> tuple[StandingFault, ...]:
        """Give those that stand."""
        return tuple(one for one in self.faults if one.stands(now))


@dataclass(frozen=True, slots=True)
class CadencesRecord(Shape):
    """`CADENCE`: what is learned of each class of devices, in short.

    Attributes:
        classes: By the class's name: `every` seconds, `devices`, `round_at` (the next), `silent_share`, `silent_since`.
    """

    classes: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ClassCadenceRecord(Shape):
    """`CADENCE#<class>`: what is remembered of a class; `domain/class_cadence.py` says what each means."""

    gaps: list[Any] | None = None
    probes: Mapping[str, Any] = field(default_factory=dict)
    round_at: datetime | None = None
    chosen: tuple[str, ...] = ()
    members: list[Any] | None = None
    size: int = 0
    sample: list[Any] | None = None
    doubts: int = 0
    silent_share: float | None = None
    silent_since: datetime | None = None
    silent_until: datetime | None = None
    hinted_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class UsersRecord(Shape):
    """`USERS`: how far the walk for users who lack their entry has come.

    Attributes:
        looked_at: When our users were last looked through for such as lack their entry.
        walked_at: When the last walk began.
        is_walking: Whether it is to be gone on with.
        cursor: Where.
        is_lacking: Whether somebody waits for the next.
        absent: Who was on no page of the last.
    """

    looked_at: datetime | None = None
    walked_at: datetime | None = None
    is_walking: bool = False
    cursor: str | None = None
    is_lacking: bool = False
    absent: tuple[str, ...] = ()


def _plain(value: Any) -> Any:
    if isinstance(value, Shape):
        return value.write()
    if isinstance(value, datetime):
        return instant.fixed(value)
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _text(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _truth(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _number(value: object) -> float | None:
    return value if isinstance(value, int | float) and not isinstance(value, bool) else None


def _whole(value: object) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else None


def _counts(value: object) -> Mapping[str, int] | None:
    if not isinstance(value, dict):
        return None
    return {name: many for name, many in value.items() if _whole(many) is not None}


_FORMS: Mapping[Any, Callable[[object], Any]] = {
    str: _text,
    str | None: _text,
    bool: _truth,
    bool | None: _truth,
    int: _whole,
    int | None: _whole,
    float | None: _number,
    datetime | None: instant.parse,
    Mapping[str, int]: _counts,
    Mapping[str, int] | None: _counts,
    Mapping[str, Any]: lambda value: value if isinstance(value, dict) else None,
    list[Any] | None: lambda value: value if isinstance(value, list) else None,
    tuple[str, ...]: lambda value: (
        tuple(one for one in value if isinstance(one, str)) if isinstance(value, list) else None
    ),
    tuple[StandingFault, ...]: lambda value: (
        tuple(map(StandingFault.read, value)) if isinstance(value, list) else None
    ),
    PartialCount | None: lambda value: PartialCount.read(value) if isinstance(value, dict) else None,
}
"""How a field of a type is read; None for what has another form."""
