"""Progress of a reconcile: stages, counts, and the limit on how many devices one run may delete."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from lastseen.domain import instant
from lastseen.domain.device import DeviceKind
from lastseen.domain.snapshot import Life, Snapshot

ALWAYS_DELETED = 5
"""So many devices may always go: of a handful, a share says nothing."""

MOST_NAMED = 100
"""Of what a reconcile left. There may be more; all are counted."""


class Stage(StrEnum):
    """What a reconcile is at; in this order."""

    LISTS = "lists"
    USERS = "users"
    MISSING = "missing"
    TOMBSTONES = "tombstones"
    USERS_REMOVED = "users-removed"
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
        gone: Devices deleted.
        users_removed: Users whom Enode does not have any more.
        left: Devices, users and lists that could not be read though Enode answers for others.
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
    users_removed: int = 0
    left: int = 0

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
        cursor: In lists and users: where Enode's list goes on; in users-removed: the last of our users looked at;
            None for the beginning.
        population: Devices of each kind whose list was walked to its end.
        counts: What it saw and repaired so far.
        slices: How many slices it took so far.
        worked_at: When the last slice ended.
        reason: Why it was stopped.
        left: What could not be read though Enode answers for others, by name; no more than `MOST_NAMED` of them.
        left_kinds: Kinds whose lists are among that: nothing of them is missed, and nothing deleted.
        are_users_left: Whether the list of users is.
        is_first: Whether none ever ended before: what it finds was not lost, but never known.
        begun_anew: How often the list at hand was, because Enode did not know its cursor any more.
        failures: Slices in a row in which the page at hand could not be read though Enode answers for others.
        stalls: Slices in a row that came no farther because Enode did not answer.
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
    left: tuple[str, ...] = ()
    left_kinds: tuple[DeviceKind, ...] = ()
    are_users_left: bool = False
    is_first: bool = False
    begun_anew: int = 0
    failures: int = 0
    stalls: int = 0

    @property
    def place(self) -> tuple[object, ...]:
        """Where it stands: a slice that leaves it there has come no farther."""
        return self.stage, self.kind, self.cursor, self.counts

    def leaving(self, *names: str) -> "Progress":
        """Take note of what could not be read.

        >>> Progress("run", datetime(2026, 3, 1)).leaving("user anna").counts.left
        1
        """
        new = [name for name in names if name not in self.left]
        left = (*self.left, *new)[:MOST_NAMED]
        return replace(self, left=left, counts=self.counts.plus(left=len(new)))

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


def may_delete(counts: Counts, *, share: float) -> bool:
    """Say whether the confirmed disappearances are few enough to be believed.

    Credentials of another client, or a fault at Enode, look exactly like a fleet that was deleted. A device that moved
    is proof of a living Enode and not counted.

    Args:
        counts: What was seen so far.
        share: The share of all devices that may go in one run.

    >>> may_delete(Counts(listed=100, confirmed=20), share=0.2), may_delete(Counts(listed=100, confirmed=26), share=0.2)
    (True, False)
    >>> may_delete(Counts(listed=0, confirmed=1), share=0.2)
    False
    """
    going = counts.confirmed - counts.moved
    if going <= 0:
        return True
    if counts.listed == 0:
        return False
    return going <= max(ALWAYS_DELETED, share * (counts.listed + going))


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


def read(said: object) -> Progress | None:
    """Take it from what `write` gave; None of anything else, such as what another release wrote: it begins anew.

    >>> read({"run": "run"}) is None
    True
    """
    try:
        return _read(said) if isinstance(said, dict) else None
    except (LookupError, ValueError, TypeError):
        return None


def _read(said: Mapping[str, Any]) -> Progress:
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
        left=tuple(said["left"]),
        left_kinds=tuple(DeviceKind(kind) for kind in said["left_kinds"]),
        are_users_left=said["are_users_left"],
        is_first=said["is_first"],
        begun_anew=said["begun_anew"],
        failures=said["failures"],
        stalls=said["stalls"],
    )
