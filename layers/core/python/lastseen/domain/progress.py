"""How far has a reconcile come, what did it find, and may it bury what is missing?"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from enum import StrEnum
from typing import Any

from lastseen.domain import instant
from lastseen.domain.device import DeviceKind
from lastseen.domain.snapshot import Life, Snapshot

ALWAYS_BURIED = 5
"""So many devices may always go: of a handful, a share says nothing."""


class Stage(StrEnum):
    """What a reconcile is at; in this order."""

    LISTS = "lists"
    USERS = "users"
    MISSING = "missing"
    BURIAL = "burial"
    DEPARTURES = "departures"
    DONE = "done"
    STOPPED = "stopped"


@dataclass(frozen=True, slots=True)
class Counts:
    """What a reconcile saw and what it had to repair.

    Attributes:
        listed: Devices on Enode's lists.
        unusable: Elements of these lists without a usable id.
        found: Devices we had never heard of, or took for deleted.
        changed: Devices whose document was another one, contact times aside.
        users: Users on Enode's list.
        credentials: Vendors of users whose credentials turned out dead, for some kind of device or all.
        restored: Vendors of users whose credentials turned out to hold again: nobody would have told.
        missing: Devices of ours on no list.
        confirmed: Of these, those that Enode denies when asked for them by id, and whose account is still linked.
        moved: Of these, those that belong to another user now.
        gone: Devices buried.
        departed: Users whom Enode does not have any more.
    """

    listed: int = 0
    unusable: int = 0
    found: int = 0
    changed: int = 0
    users: int = 0
    credentials: int = 0
    restored: int = 0
    missing: int = 0
    confirmed: int = 0
    moved: int = 0
    gone: int = 0
    departed: int = 0

    @property
    def repaired(self) -> int:
        """What the webhooks had lost. A device that moved is told by its new user's `found`."""
        return self.found + self.changed + self.credentials + self.gone - self.moved

    def plus(self, **more: int) -> "Counts":
        """Add to some of the counts.

        >>> Counts(found=1).plus(found=2, gone=1).repaired
        4
        """
        return Counts(**{name: value + more.get(name, 0) for name, value in asdict(self).items()})


@dataclass(frozen=True, slots=True)
class Progress:
    """A reconcile between two slices of work.

    Attributes:
        run: Its name.
        started_at: When it began, by our clock, aware UTC.
        since: When it began, by Enode's clock: what was read since then is listed. None before the first answer.
        stage: What it is at.
        kind: In the lists: the kind whose list is walked.
        cursor: In lists and users: where Enode's list goes on; in departures: the last of our users that was looked at;
            None for the beginning.
        population: Devices of each kind whose list was walked to its end.
        counts: What it saw and repaired so far.
        slices: How many slices it took so far.
        worked_at: When the last slice ended.
        reason: Why it was stopped.
    """

    run: str
    started_at: datetime
    since: datetime | None = None
    stage: Stage = Stage.LISTS
    kind: DeviceKind | None = DeviceKind.VEHICLE
    cursor: str | None = None
    population: Mapping[DeviceKind, int] = field(default_factory=dict)
    counts: Counts = Counts()
    slices: int = 0
    worked_at: datetime | None = None
    reason: str = ""

    @property
    def is_over(self) -> bool:
        """Whether there is nothing left to do."""
        return self.stage in (Stage.DONE, Stage.STOPPED)


def next_kind(kind: DeviceKind) -> DeviceKind | None:
    """The kind to walk after this one; None after the last.

    >>> next_kind(DeviceKind.VEHICLE), next_kind(DeviceKind.HEM_SYSTEM)
    (<DeviceKind.CHARGER: 'charger'>, None)
    """
    kinds = list(DeviceKind)
    following = kinds.index(kind) + 1
    return kinds[following] if following < len(kinds) else None


def is_alive(known: Snapshot | None) -> bool:
    """Say whether we knew a device as living before Enode named it.

    >>> is_alive(None)
    False
    """
    return known is not None and known.life is Life.ALIVE


def may_bury(counts: Counts, *, share: float) -> bool:
    """Say whether the confirmed disappearances are few enough to be believed.

    Credentials of another client, or a fault at Enode, look exactly like a fleet that was deleted. A device that moved
    is proof of a living Enode and not counted.

    Args:
        counts: What was seen so far.
        share: The share of all devices that may go in one run.

    >>> may_bury(Counts(listed=100, confirmed=20), share=0.2), may_bury(Counts(listed=100, confirmed=26), share=0.2)
    (True, False)
    >>> may_bury(Counts(listed=0, confirmed=1), share=0.2)
    False
    """
    going = counts.confirmed - counts.moved
    if going <= 0:
        return True
    if counts.listed == 0:
        return False
    return going <= max(ALWAYS_BURIED, share * (counts.listed + going))


def write(progress: Progress) -> dict[str, Any]:
    """Give it as plain JSON."""
    return {
        **{one.name: getattr(progress, one.name) for one in fields(progress)},
        "started_at": instant.fixed(progress.started_at),
        "since": None if progress.since is None else instant.fixed(progress.since),
        "worked_at": None if progress.worked_at is None else instant.fixed(progress.worked_at),
        "population": {kind.value: count for kind, count in progress.population.items()},
        "counts": asdict(progress.counts),
    }


def read(said: Mapping[str, Any]) -> Progress:
    """Take it from what `write` gave."""
    started_at = instant.parse(said["started_at"])
    if started_at is None:
        raise ValueError("a reconcile without a beginning")
    return Progress(
        run=said["run"],
        started_at=started_at,
        since=instant.parse(said["since"]),
        stage=Stage(said["stage"]),
        kind=None if said["kind"] is None else DeviceKind(said["kind"]),
        cursor=said["cursor"],
        population={DeviceKind(kind): count for kind, count in said["population"].items()},
        counts=Counts(**said["counts"]),
        slices=said["slices"],
        worked_at=instant.parse(said["worked_at"]),
        reason=said["reason"],
    )
