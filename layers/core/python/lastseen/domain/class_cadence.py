"""Memory of a class of devices: its gaps, its probes, some of its members, and whether its vendor is silent."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from lastseen.domain import cadence, instant
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.cadence import CadenceClass, ContactGap
from lastseen.domain.device import DeviceId, OwnedDevice
from lastseen.domain.record_shapes import CadencesRecord, ClassCadenceRecord

PROBES = 2
"""Devices of a class that are looked at each sweep, once a round."""

GAPS_OF_A_PROBE = 2
"""After so many gaps a probe has told enough."""

MEMBERS = 16
"""Devices of a class that are remembered by name: candidates for probes, and those by which a vendor is judged."""


_ALIKE = 2.0
"""Times the shortest gap that the longest of an even class takes at most."""


class Rounds(NamedTuple):
    """How often a class is probed. Spans of the back-off, so that a faster world shortens them too.

    Attributes:
        usual: From one round to the next.
        unlearned: While nothing is learned.
        oldest: Gaps older than this do not count.
    """

    usual: timedelta
    unlearned: timedelta
    oldest: timedelta

    @classmethod
    def of(cls, backoff: BackoffPolicy) -> "Rounds":
        """Six hours, two hours and 36 hours with the back-off's defaults."""
        return cls(backoff.longest_quiet, backoff.longest_quiet / 3, 6 * backoff.longest_quiet)


class Probe(NamedTuple):
    """A device of which each contact is watched.

    Attributes:
        user_id: Whose.
        since: From when on, aware UTC.
        gaps: How many it told.
    """

    user_id: str
    since: datetime
    gaps: int = 0


@dataclass
class ClassCadence:
    """What is remembered of one class.

    Attributes:
        of: Which class.
        gaps: The newest that probes told, the newest last.
        probes: Devices that are watched, by their id.
        round_at: When the last round of probes began; None if there was none.
        chosen: Which devices were its probes, told or not.
        members: Some of its devices.
        size: How many devices it has, as far as is known.
        sample: Those of them by which it is judged, while it may be silent.
        doubts: How often in a row that judgement was in doubt.
        silent_share: The share of them that was silent then; None while nobody had to ask.
        silent_since: Since when most of them are; None while they are not.
        silent_until: When they were last found silent; None if they never were.
        hinted_at: When one of them was last hinted while most were silent.
    """

    of: CadenceClass
    gaps: list[ContactGap] = field(default_factory=list)
    probes: dict[str, Probe] = field(default_factory=dict)
    round_at: datetime | None = None
    chosen: list[str] = field(default_factory=list)
    members: list[OwnedDevice] = field(default_factory=list)
    size: int = 0
    sample: list[OwnedDevice] = field(default_factory=list)
    doubts: int = 0
    silent_share: float | None = None
    silent_since: datetime | None = None
    silent_until: datetime | None = None
    hinted_at: datetime | None = None

    @classmethod
    def read(cls, of: CadenceClass, said: Mapping[str, Any]) -> "ClassCadence":
        """Read a record's content; of one that was never written, or in another form, nothing is known."""
        try:
            return cls._read(of, said)
        except (LookupError, TypeError, ValueError, AttributeError):
            return cls(of)

    @classmethod
    def _read(cls, of: CadenceClass, said: Mapping[str, Any]) -> "ClassCadence":
        record = ClassCadenceRecord.read(said)
        return cls(
            of,
            gaps=[
                ContactGap(_moment(at), float(seconds), float(most))
                for at, seconds, most in record.gaps or ()
            ],
            probes={
                id_: Probe(user_id, _moment(at), gaps) for id_, (user_id, at, gaps) in record.probes.items()
            },
            round_at=record.round_at,
            chosen=list(record.chosen),
            members=_devices(of, record.members),
            size=record.size,
            sample=_devices(of, record.sample),
            doubts=record.doubts,
            silent_share=record.silent_share,
            silent_since=record.silent_since,
            silent_until=record.silent_until,
            hinted_at=record.hinted_at,
        )

    def said(self) -> Mapping[str, Any]:
        """Give it as the content of a record."""
        return ClassCadenceRecord(
            gaps=[[instant.fixed(gap.at), gap.seconds, gap.at_most] for gap in self.gaps],
            probes={
                id_: [one.user_id, instant.fixed(one.since), one.gaps] for id_, one in self.probes.items()
            },
            round_at=self.round_at,
            chosen=tuple(self.chosen),
            members=_named(self.members),
            size=self.size,
            sample=_named(self.sample),
            doubts=self.doubts,
            silent_share=self.silent_share,
            silent_since=self.silent_since,
            silent_until=self.silent_until,
            hinted_at=self.hinted_at,
        ).write()

    def told(self) -> Mapping[str, Any]:
        """Name a class whose devices are out of contact, for the log."""
        since = None if self.silent_since is None else instant.fixed(self.silent_since)
        return {"class": self.of.name, "share": self.silent_share, "since": since}

    def learned(self, now: datetime, rounds: Rounds) -> int:
        """Give the cadence in whole seconds, rounded up; 0 while nothing is learned."""
        seconds = cadence.learned(self.gaps, now=now, oldest=rounds.oldest)
        return 0 if seconds is None else int(-(-seconds // 1))

    def is_even(self, now: datetime, rounds: Rounds) -> bool:
        """Whether its gaps are alike, and of several rounds: who was not measured yet is then no slower than they tell.

        By the second round, whoever was there at the first and slower than most has been measured.
        """
        counted = cadence.recent(self.gaps, now=now, oldest=rounds.oldest)
        if len(counted) < cadence.LAST_GAPS or counted[-1].at - counted[0].at < rounds.unlearned:
            return False
        seconds = [gap.seconds for gap in counted]
        return max(seconds) <= _ALIKE * min(seconds)

    def is_round_due(self, now: datetime, rounds: Rounds) -> bool:
        """Whether probes are to be chosen: the last round is long enough ago, and none of it is still watched."""
        if self.round_at is None:
            return True
        every = rounds.usual if self.learned(now, rounds) else rounds.unlearned
        return now - self.round_at >= every and not self.probes

    def note_member(self, owned: OwnedDevice) -> None:
        """Remember a device by name, while there is room."""
        if len(self.members) < MEMBERS and owned not in self.members:
            self.members.append(owned)
            self.size = max(self.size, len(self.members))

    def note_gap(self, gap: ContactGap, now: datetime, rounds: Rounds) -> None:
        """Remember a gap; of eight, the oldest makes room."""
        self.gaps = cadence.recent([*self.gaps, gap], now=now, oldest=rounds.oldest)

    @property
    def is_open(self) -> bool:
        """Whether this round has not found all its probes yet."""
        return len(self.chosen) < min(PROBES, self.size)

    def begin_round(self, now: datetime, rounds: Rounds) -> bool:
        """Begin the next round, if it is due; say whether it was."""
        is_due = self.is_round_due(now, rounds)
        if is_due:
            self.round_at, self.chosen = now, []
        return is_due

    def choose(self, owned: OwnedDevice, now: datetime, rounds: Rounds, *, has_moved: bool) -> bool:
        """Make a device a probe, if this round still needs one or the next is due; say whether it is one now.

        While nothing is learned, devices that stand still keep nobody out that moves: they may be stuck.
        """
        self.begin_round(now, rounds)
        id_ = owned[1].id
        most = 2 * PROBES if has_moved and not self.learned(now, rounds) else PROBES
        if len(self.chosen) >= most or id_ in self.chosen:
            return False
        self.chosen.append(id_)
        self.probes[id_] = Probe(owned[0], now)
        return True

    def probe_told(self, id_: str, gap: ContactGap, now: datetime, rounds: Rounds) -> None:
        """Remember a gap that a probe told, and let go of one that told enough."""
        probe = self.probes[id_]
        self.note_gap(gap, now, rounds)
        if probe.gaps + 1 >= GAPS_OF_A_PROBE:
            del self.probes[id_]
        else:
            self.probes[id_] = probe._replace(gaps=probe.gaps + 1)

    def drop_probes(self, now: datetime, longest: timedelta) -> None:
        """Let go of probes that have told nothing for so long: they are out of contact, or gone."""
        self.probes = {id_: one for id_, one in self.probes.items() if now - one.since <= longest}


def in_short(content: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Read what is said of all classes in short, by name; of what has another form, nothing.

    >>> in_short({"classes": {"TESLA/vehicle/regular": {"every": 420}, "TESLA": {}, "BMW/vehicle/active": 7}})
    {'TESLA/vehicle/regular': {'every': 420}}
    """
    said = CadencesRecord.read(content).classes
    return {name: dict(one) for name, one in said.items() if isinstance(one, dict) and _is_class(name)}


def _is_class(name: str) -> bool:
    try:
        CadenceClass.named(name)
    except ValueError:
        return False
    return True


def _named(devices: Sequence[OwnedDevice]) -> list[list[str]]:
    return [[user_id, device.id] for user_id, device in devices]


def _devices(of: CadenceClass, said: Sequence[Any] | None) -> list[OwnedDevice]:
    return [(str(user_id), DeviceId(of.kind, str(id_))) for user_id, id_ in said or ()]


def _moment(text: object) -> datetime:
    moment = instant.parse(text)
    if moment is None:
        raise ValueError("a moment is missing")
    return moment
