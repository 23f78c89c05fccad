"""Take in Enode's lists, page by page, for a reconcile: devices of every kind, users, and their vendors' accounts."""

from dataclasses import dataclass, replace

from lastseen.domain import reconcile_progress
from lastseen.domain.device import DeviceKind
from lastseen.domain.event import Source
from lastseen.domain.fault import Subject
from lastseen.domain.maintenance import VerifiedAt
from lastseen.domain.reconcile_progress import Progress, Stage
from lastseen.usecases.maintenance.context import RunContext
from lastseen.usecases.maintenance.faults import Faults
from lastseen.usecases.maintenance.reconcile_credentials import AccountReview
from lastseen.usecases.store_readings import store_readings


@dataclass
class EnodeLists:
    """The steps of a reconcile that read lists.

    Attributes:
        context: What to work with.
        credentials: Whether accounts are still linked.
        faults: Where it is noted what can be read again.
    """

    context: RunContext
    credentials: AccountReview
    faults: Faults

    def devices(self, now: Progress) -> Progress:
        """Take one page of devices in.

        Raises:
            EnodeUnavailable: The page could not be read.
        """
        kind = now.kind or DeviceKind.VEHICLE
        page = self.context.limiter.ask(lambda: self.context.enode.devices(kind, after=now.cursor))
        self.context.clocks.heard(page.at)
        known = self.context.checks.many([(one.user_id, one.device) for one in page.items])
        believed = {owned: found.snapshot for owned, found in known.items()}
        updates, news = store_readings(
            [(one, believed.get((one.user_id, one.device))) for one in page.items],
            source=Source.RECONCILE,
            log=self.context.log,
            states=self.context.states,
            run=now.run,
            now=self.context.now(),
            deadline=self.context.deadline,
        )
        planned = {owned for owned, found in known.items() if found.next_check_at is not None}
        answered = [
            VerifiedAt(owned, page.at, one.snapshot.seen.facts.last_seen_at, is_planned=owned in planned)
            for one in updates
            for owned in [(one.user_id, one.device)]
        ]
        if answered:
            self.context.checks.mark_verified(answered, self.context.deadline)
        for owned in known:
            self.faults.mended(Subject.of(owned))
        if page.after is None:
            self.faults.mended(Subject.listed(kind))
        found = sum(not reconcile_progress.is_alive(believed.get(owned)) for owned in news)
        population = {**now.population, kind: now.population.get(kind, 0) + len(page.items)}
        counts = now.counts.plus(
            listed=len(page.items), unusable=page.unusable, found=found, changed=len(news) - found
        )
        following = kind if page.after is not None else reconcile_progress.next_kind(kind)
        return replace(
            now,
            since=now.since or page.at,
            stage=Stage.USERS if following is None else Stage.LISTS,
            kind=following,
            cursor=page.after,
            population=population,
            counts=counts,
            begun_anew=now.begun_anew if page.after is not None else 0,
        )

    def users(self, now: Progress) -> Progress:
        """Keep one page of users, and look at their vendors.

        Each user is written anew by each reconcile, which costs a write unit: the date of it tells, without asking for
        anybody, who is on the list no longer.

        Raises:
            EnodeUnavailable: The page could not be read, or not all of its users' vendors.
        """
        page = self.context.limiter.ask(lambda: self.context.enode.users(after=now.cursor))
        self.context.clocks.heard(page.at)
        if page.items:
            newest = {one.id: one.observed() for one in page.items}
            self.context.states.merge(list(newest.values()), self.context.deadline)
        news = self.credentials.review([one.id for one in page.items])
        for one in page.items:
            if one.id not in self.credentials.faulty:
                self.faults.mended(Subject.user(one.id))
        if page.after is None:
            self.faults.mended(Subject.listed(None))
        return replace(
            now,
            stage=Stage.MISSING if page.after is None else Stage.USERS,
            cursor=page.after,
            counts=now.counts.plus(users=len(page.items), credentials=news.lost, restored=news.restored),
        )
