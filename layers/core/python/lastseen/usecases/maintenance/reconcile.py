"""Reconcile with Enode's lists: walk everything, merge it, count the repairs; resumable in slices.

In slices, each as long as there is time, each going on where the last one stopped: the lists of every kind, the users,
what is on no list any more (confirmed one by one), and only then, if it is not too many to believe, tombstones; last,
the users whom Enode does not have any more. It always ends: what cannot be read though Enode answers for others is left
as it is and named, and an Enode that does not answer at all is tried again an hour later.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

from lastseen.domain import reconcile_progress
from lastseen.domain.device import DeviceKind
from lastseen.domain.fault import FOUND_BEFORE, Fault, Subject
from lastseen.domain.reconcile_progress import Progress, Stage
from lastseen.domain.record_shapes import DueRecord, PopulationRecord, ReconcileRecord
from lastseen.domain.records import POPULATION, RECONCILE, RECONCILE_DUE
from lastseen.errors import EnodeUnavailable
from lastseen.usecases import coverage
from lastseen.usecases.maintenance.context import RunContext
from lastseen.usecases.maintenance.faults import Faults
from lastseen.usecases.maintenance.reconcile_credentials import AccountReview
from lastseen.usecases.maintenance.reconcile_devices import MissingDevices
from lastseen.usecases.maintenance.reconcile_lists import EnodeLists
from lastseen.usecases.maintenance.reconcile_schedule import is_due
from lastseen.usecases.maintenance.reconcile_users import RemovedUsers
from lastseen.usecases.ports import Records

TRIES_OF_A_PAGE = 3
"""In one slice."""

MOST_FAILURES = 3
"""Slices in which a page fails before its list is left out."""

MOST_STALLS = 12
"""Slices without an answer from Enode, an hour of them, before a reconcile is given up."""

TRIED_AGAIN_AFTER = timedelta(hours=1)

_BAD_CURSOR, _MOST_BEGUN_ANEW = 400, 3


@dataclass(frozen=True, slots=True)
class ReconcilePlan:
    """How a reconcile is to go about it.

    Attributes:
        every: How long from the beginning of one to that of the next.
        share: The share of all devices that may be deleted in one.
        lease: For how long a slice keeps others away; longer than a slice may take.
    """

    every: timedelta
    share: float
    lease: timedelta


@dataclass(frozen=True, slots=True)
class ReconcileOutcome:
    """What a slice did.

    Attributes:
        progress: How far the reconcile has come; None if none was due.
        ended: Whether it ended in this slice.
        stopped: Why the slice did not go on; empty if there was nothing left to do.
        faults: What could not be read in this slice, and why.
    """

    progress: Progress | None
    ended: bool
    stopped: str
    faults: Mapping[Subject, Fault] = field(default_factory=dict)


def has_work(records: Records, now: datetime) -> bool:
    """Whether a reconcile is due or under way: a run that has nothing to do need not keep others away."""
    standing = reconcile_progress.read(ReconcileRecord.read(records.read(RECONCILE).content).progress)
    if standing is not None and not standing.is_over:
        return True
    due_at = DueRecord.read(records.read(RECONCILE_DUE).content).due_at
    return due_at is None or due_at <= now


def run(context: RunContext, plan: ReconcilePlan, *, at_once: bool = False) -> ReconcileOutcome:
    """Work on a reconcile for one slice, if one is due or under way.

    Args:
        context: What to work with.
        plan: How to go about it.
        at_once: Begin one now, due or not.

    Raises:
        StoreUnavailable: The store did not answer; the next slice does the last step again, which is harmless.
    """
    record = context.records.read(RECONCILE)
    said = ReconcileRecord.read(record.content)
    if said.held_until is not None and said.held_until > context.now():
        return ReconcileOutcome(None, ended=False, stopped="another slice is at work")
    standing = reconcile_progress.read(said.progress)
    if standing is None or standing.is_over:
        if not is_due(context.records, context.now(), at_once=at_once):
            return ReconcileOutcome(None, ended=False, stopped="")
        is_first = not context.records.read(POPULATION).version
        standing = Progress(context.run, context.now(), is_first=is_first)
    slice_ = _ReconcileSlice(context, plan, record.version, replace(standing, slices=standing.slices + 1))
    slice_.work()
    if slice_.progress.is_over and not slice_.progress.reason:
        coverage.mark_repaired(context.records, begun_at=slice_.progress.started_at, ended_at=context.now())
    return ReconcileOutcome(
        slice_.progress,
        slice_.progress.is_over,
        slice_.stopped or context.limiter.closed,
        slice_.faults.by_subject,
    )


class _ReconcileSlice:
    """One slice of work on a reconcile.

    Attributes:
        progress: How far the reconcile has come.
        faults: What could not be read.
        stopped: Why it did not go on, if that was not the rate limiter.
    """

    def __init__(self, context: RunContext, plan: ReconcilePlan, version: int, standing: Progress) -> None:
        self._context, self._plan, self._version = context, plan, version
        self.progress = standing
        self.faults = Faults()
        self.stopped = ""
        self._tries = 0
        named = {name.removeprefix(_USER): FOUND_BEFORE for name in standing.left if name.startswith(_USER)}
        self._credentials = AccountReview(context, named)
        self._named = len(named)

    def work(self) -> None:
        """Do step after step until all is done, or the time or Enode's patience is over."""
        listing = EnodeLists(self._context, self._credentials, self.faults)
        search = MissingDevices(self._context, self._credentials, self.faults)
        steps: Mapping[Stage, Callable[[Progress], Progress]] = {
            Stage.LISTS: listing.devices,
            Stage.USERS: listing.users,
            Stage.MISSING: lambda now: search.step(now, share=self._plan.share),
            Stage.TOMBSTONES: search.write_tombstones,
            Stage.USERS_REMOVED: RemovedUsers(self._context, self._credentials).step,
        }
        if not self._save(is_held=True):
            return
        begun_at = self.progress.place
        while not self.progress.is_over and self._context.limiter.is_open and not self.stopped:
            try:
                done = steps[self.progress.stage](self.progress)
            except EnodeUnavailable as error:
                self._leave_faulty_users()
                self._fail(error)
                continue
            self.progress = replace(done, failures=0)
            self._tries = 0
            self._leave_faulty_users()
            if not self._save(is_held=True):
                return
        if not self.progress.is_over:
            self._note_stall(has_moved=self.progress.place != begun_at)
        self.faults.write(self._context.records, self._context.now())
        if self.progress.is_over:
            self._schedule_next()
        self._save(is_held=False)

    def _leave_faulty_users(self) -> None:
        """Take note of users who could not be read, so that the next slice does not ask for them again."""
        found = list(self._credentials.faulty.items())[self._named :]
        self._named += len(found)
        for user_id, fault in found:
            self.faults.found(Subject.user(user_id), fault)
        if found:
            self.progress = self.progress.leaving(*(f"{_USER}{user_id}" for user_id, _ in found))

    def _fail(self, error: EnodeUnavailable) -> None:
        """Decide what follows from a step that failed: the list anew, the step again, or no more in this slice."""
        now = self.progress
        is_paged = now.stage in (Stage.LISTS, Stage.USERS)
        if is_paged and error.status == _BAD_CURSOR and now.cursor and now.begun_anew < _MOST_BEGUN_ANEW:
            self.progress = replace(_without_list(now), cursor=None, begun_anew=now.begun_anew + 1)
            return
        self._tries += 1
        if not is_paged or self._tries < TRIES_OF_A_PAGE:
            return  # the rate limiter counts failures and stops; until then the step is tried again
        self._context.limiter.settle()
        if not self._context.limiter.is_open or not self._context.limiter.is_fault(error):
            return
        kind = now.kind if now.stage is Stage.LISTS else None
        self.faults.found(Subject.listed(kind), Fault(f"{error}"))
        self._tries = 0
        if now.failures + 1 < MOST_FAILURES:
            self.progress = replace(now, failures=now.failures + 1)
            self.stopped = f"{error}"
        else:
            self.progress = _leave_list(now)

    def _note_stall(self, *, has_moved: bool) -> None:
        """Count slices that came no farther because Enode did not answer, and give up in the end."""
        stalls = 0 if has_moved or self.stopped else self.progress.stalls + 1
        self.progress = replace(self.progress, stalls=stalls)
        if stalls >= MOST_STALLS:
            reason = f"in {stalls} slices Enode let it come no farther: {self._context.limiter.closed}"
            self.progress = replace(self.progress, stage=Stage.STOPPED, reason=reason)

    def _schedule_next(self) -> None:
        record = self._context.records.read(RECONCILE_DUE)
        if DueRecord.read(record.content).due_at is None:
            due_at = self.progress.started_at + self._plan.every
            if self.progress.stalls >= MOST_STALLS:  # given up
                due_at = self._context.now() + min(self._plan.every, TRIED_AGAIN_AFTER)
            self._context.records.write(RECONCILE_DUE, DueRecord(due_at).write(), version=record.version)
        if self.progress.stage is Stage.DONE:
            counted = PopulationRecord({kind.value: n for kind, n in self.progress.population.items()})
            population = self._context.records.read(POPULATION)
            self._context.records.write(POPULATION, counted.write(), version=population.version)

    def _save(self, *, is_held: bool) -> bool:
        """Write down how far this has come; False if somebody else has taken over, whose word then stands."""
        now = self._context.now()
        self.progress = replace(self.progress, worked_at=now)
        held_until = now + self._plan.lease if is_held else None
        said = ReconcileRecord(reconcile_progress.write(self.progress), held_until)
        if not self._context.records.write(RECONCILE, said.write(), version=self._version):
            return False
        self._version += 1
        return True


_USER = "user "


def _without_list(now: Progress) -> Progress:
    """Take back what was counted of the list at hand: it is walked anew, or left out."""
    if now.stage is not Stage.LISTS or now.kind is None:
        return now
    population = {kind: count for kind, count in now.population.items() if kind is not now.kind}
    return replace(
        now, population=population, counts=now.counts.plus(listed=-now.population.get(now.kind, 0))
    )


def _leave_list(now: Progress) -> Progress:
    """Go on without the list at hand. What was read of it stands; nothing of its kind is missed."""
    now = replace(now, cursor=None, begun_anew=0, failures=0)
    if now.stage is Stage.USERS:
        return replace(now.leaving("list of users"), stage=Stage.MISSING, are_users_left=True)
    kind = now.kind or DeviceKind.VEHICLE
    following = reconcile_progress.next_kind(kind)
    return replace(
        _without_list(now).leaving(f"list of {kind.collection}"),
        left_kinds=(*now.left_kinds, kind),
        stage=Stage.USERS if following is None else Stage.LISTS,
        kind=following,
    )
