"""How does the cache agree with Enode again, whatever the webhooks lost? Everything listed, merged, and counted.

In slices, each as long as there is time, each going on where the last one stopped: the lists of every kind, the users,
what is on no list any more (confirmed one by one), and only then, if it is not too much to believe, its burial; last,
the users whom Enode does not have any more.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from lastseen.domain import instant, progress
from lastseen.domain.device import DeviceKind
from lastseen.domain.event import Source
from lastseen.domain.progress import Progress, Stage
from lastseen.domain.upkeep import Answered
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.credentials import Credentials
from lastseen.usecases.departures import Departures
from lastseen.usecases.intake import take_in
from lastseen.usecases.missing import Search
from lastseen.usecases.sweep import POPULATION
from lastseen.usecases.tools import Tools
from lastseen.usecases.upkeep import Records

RECORD, DUE = "RECONCILE", "RECONCILE#DUE"

_BAD_CURSOR = 400


@dataclass(frozen=True, slots=True)
class Plan:
    """How a reconcile is to go about it.

    Attributes:
        every: How long from the beginning of one to that of the next.
        share: The share of all devices that may be buried in one.
        lease: For how long a slice keeps others away; longer than a slice may take.
    """

    every: timedelta
    share: float
    lease: timedelta


@dataclass(frozen=True, slots=True)
class Reconciled:
    """What a slice did.

    Attributes:
        progress: How far the reconcile has come; None if none was due.
        ended: Whether it ended in this slice.
        stopped: Why the slice did not go on; empty if there was nothing left to do.
    """

    progress: Progress | None
    ended: bool
    stopped: str


def demand(records: Records, at: datetime) -> None:
    """Let a reconcile begin at this moment, or again once the one that runs has ended."""
    for _ in range(5):
        record = records.read(DUE)
        if records.write(DUE, {"due_at": instant.fixed(at)}, version=record.version):
            return


def has_work(records: Records, now: datetime) -> bool:
    """Whether a reconcile is due or under way: a run that has nothing to do need not keep others away."""
    said = records.read(RECORD).said
    if "progress" in said and not progress.read(said["progress"]).is_over:
        return True
    due_at = instant.parse(records.read(DUE).said.get("due_at"))
    return due_at is None or due_at <= now


def run(tools: Tools, plan: Plan, *, at_once: bool = False) -> Reconciled:
    """Work on a reconcile for one slice, if one is due or under way.

    Args:
        tools: What to work with.
        plan: How to go about it.
        at_once: Begin one now, due or not.

    Raises:
        StoreUnavailable: The store did not answer; the next slice does the last step again, which is harmless.
    """
    record = tools.records.read(RECORD)
    held_until = instant.parse(record.said.get("held_until"))
    if held_until is not None and held_until > tools.now():
        return Reconciled(None, ended=False, stopped="another slice is at work")
    standing = progress.read(record.said["progress"]) if "progress" in record.said else None
    if standing is None or standing.is_over:
        if not _is_due(tools.records, tools.now(), at_once=at_once):
            return Reconciled(None, ended=False, stopped="")
        standing = Progress(tools.run, tools.now())
    slice_ = _Slice(tools, plan, record.version, replace(standing, slices=standing.slices + 1))
    slice_.work()
    return Reconciled(slice_.progress, slice_.progress.is_over, tools.gate.closed)


def _is_due(records: Records, now: datetime, *, at_once: bool) -> bool:
    record = records.read(DUE)
    due_at = instant.parse(record.said.get("due_at"))
    if not at_once and due_at is not None and due_at > now:
        return False
    # Taken out, so that what is demanded while this one runs can be told from what demanded this one.
    return records.write(DUE, {"due_at": None}, version=record.version)


class _Slice:
    """One slice of work on a reconcile."""

    def __init__(self, tools: Tools, plan: Plan, version: int, standing: Progress) -> None:
        self._tools, self._plan, self._version = tools, plan, version
        self.progress = standing
        self._credentials = Credentials(tools)
        self._search = Search(tools, self._credentials)

    def work(self) -> None:
        """Do step after step until all is done, or the time or Enode's patience is over."""
        steps: Mapping[Stage, Callable[[Progress], Progress]] = {
            Stage.LISTS: self._list,
            Stage.USERS: self._users,
            Stage.MISSING: lambda now: self._search.step(now, share=self._plan.share),
            Stage.BURIAL: self._search.bury,
            Stage.DEPARTURES: Departures(self._tools).step,
        }
        if not self._save(is_held=True):
            return
        while not self.progress.is_over and self._tools.gate.is_open:
            try:
                done = steps[self.progress.stage](self.progress)
            except EnodeUnavailable as error:
                self.progress = self._begin_list_anew(error)
                continue
            self.progress = done
            if not self._save(is_held=True):
                return
        if self.progress.is_over:
            self._schedule_next()
        self._save(is_held=False)

    def _list(self, now: Progress) -> Progress:
        """Take one page in."""
        kind = now.kind or DeviceKind.VEHICLE
        page = self._tools.gate.ask(lambda: self._tools.enode.devices(kind, after=now.cursor))
        self._tools.clocks.heard(page.at)
        known = self._tools.ward.many([(one.user_id, one.device) for one in page.items])
        believed = {owned: found.snapshot for owned, found in known.items()}
        updates, news = take_in(
            [(one, believed.get((one.user_id, one.device))) for one in page.items],
            source=Source.RECONCILE,
            log=self._tools.log,
            states=self._tools.states,
            run=now.run,
            now=self._tools.now(),
            deadline=self._tools.deadline,
        )
        planned = {owned for owned, found in known.items() if found.next_check_at is not None}
        answered = [
            Answered(owned, page.at, one.snapshot.seen.facts.last_seen_at, is_planned=owned in planned)
            for one in updates
            for owned in [(one.user_id, one.device)]
        ]
        if answered:
            self._tools.ward.mark_answered(answered, self._tools.deadline)
        found = sum(not progress.is_alive(believed.get(owned)) for owned in news)
        population = {**now.population, kind: now.population.get(kind, 0) + len(page.items)}
        counts = now.counts.plus(
            listed=len(page.items), unusable=page.unusable, found=found, changed=len(news) - found
        )
        following = kind if page.after is not None else progress.next_kind(kind)
        return replace(
            now,
            since=now.since or page.at,
            stage=Stage.USERS if following is None else Stage.LISTS,
            kind=following,
            cursor=page.after,
            population=population,
            counts=counts,
        )

    def _users(self, now: Progress) -> Progress:
        """Keep one page of users, and look at their vendors.

        Each user is written anew by each reconcile, which costs a write unit: the date of it tells, without asking for
        anybody, who is on the list no longer.
        """
        page = self._tools.gate.ask(lambda: self._tools.enode.users(after=now.cursor))
        self._tools.clocks.heard(page.at)
        if page.items:
            newest = {one.id: one.observed() for one in page.items}
            self._tools.states.merge(list(newest.values()), self._tools.deadline)
        news = self._credentials.review([one.id for one in page.items])
        return replace(
            now,
            stage=Stage.MISSING if page.after is None else Stage.USERS,
            cursor=page.after,
            counts=now.counts.plus(users=len(page.items), credentials=news.lost, restored=news.restored),
        )

    def _begin_list_anew(self, error: EnodeUnavailable) -> Progress:
        """A cursor that Enode does not know any more is given up for the beginning of its list."""
        now = self.progress
        if error.status != _BAD_CURSOR or now.cursor is None:
            return now  # the gate counts failures and closes; until then the step is tried again
        if now.stage is Stage.LISTS and now.kind is not None:
            walked = now.population.get(now.kind, 0)
            now = replace(
                now,
                population={**now.population, now.kind: 0},
                counts=now.counts.plus(listed=-walked),
            )
        return replace(now, cursor=None)

    def _schedule_next(self) -> None:
        record = self._tools.records.read(DUE)
        if record.said.get("due_at") is None:
            due_at = self.progress.started_at + self._plan.every
            self._tools.records.write(DUE, {"due_at": instant.fixed(due_at)}, version=record.version)
        if self.progress.stage is Stage.DONE:
            counted: dict[str, Any] = {kind.value: many for kind, many in self.progress.population.items()}
            population = self._tools.records.read(POPULATION)
            self._tools.records.write(POPULATION, counted, version=population.version)

    def _save(self, *, is_held: bool) -> bool:
        """Write down how far this has come; False if somebody else has taken over, whose word then stands."""
        now = self._tools.now()
        self.progress = replace(self.progress, worked_at=now)
        held_until = instant.fixed(now + self._plan.lease) if is_held else None
        said = {"progress": progress.write(self.progress), "held_until": held_until}
        if not self._tools.records.write(RECORD, said, version=self._version):
            return False
        self._version += 1
        return True
