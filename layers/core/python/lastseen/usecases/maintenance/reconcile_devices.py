"""Reconcile missing devices: get each one, and write tombstones for those that Enode denies."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial

from lastseen.domain import reconcile_progress
from lastseen.domain.event import DeviceLog, DeviceUpdate, Entry, Source
from lastseen.domain.event_catalog import CATALOG, DELETED
from lastseen.domain.fault import FOUND_BEFORE, Fault, Subject
from lastseen.domain.maintenance import NotFoundAtEnode, VerifiedAt
from lastseen.domain.observation import SAME_SECOND, Observation
from lastseen.domain.order import order_key
from lastseen.domain.reconcile_progress import Progress, Stage
from lastseen.domain.snapshot import Snapshot, StoredDevice
from lastseen.errors import EnodeUnavailable
from lastseen.usecases import join_state
from lastseen.usecases.maintenance.context import RunContext
from lastseen.usecases.maintenance.faults import Faults
from lastseen.usecases.maintenance.reconcile_credentials import AccountReview
from lastseen.usecases.store_readings import store_readings

ROUND = 100
"""Devices asked for between two writes."""

_A_MOMENT = timedelta(milliseconds=1)


@dataclass
class MissingDevices:
    """The search for what a reconcile has not met.

    Attributes:
        context: What to work with.
        credentials: Whether accounts are still linked.
        faults: Where it is noted what cannot be read.
    """

    context: RunContext
    credentials: AccountReview
    faults: Faults

    def step(self, now: Progress, *, share: float) -> Progress:
        """Ask for some of the missing; on to the tombstones when there are none left.

        Args:
            now: How far the reconcile has come.
            share: The share of all devices that may go.

        Raises:
            EnodeUnavailable: Nothing was learnt; what may still be asked, the rate limiter knows.
        """
        context = self.context
        if now.since is None:
            return replace(now, stage=Stage.TOMBSTONES)
        unlisted = context.checks.unlisted(
            since=now.since, run=now.run, but=now.left_kinds, most=ROUND, deadline=context.deadline
        )[:ROUND]
        if not unlisted:
            return replace(now, stage=Stage.TOMBSTONES)
        if named := [known for known in unlisted if _name(known) in now.left]:
            self._mark(named, now)
            return now
        answers = context.limiter.ask_all([partial(context.enode.device, known.device) for known in unlisted])
        there: list[tuple[StoredDevice, Observation]] = []
        denied: list[StoredDevice] = []
        faulty: list[tuple[StoredDevice, Fault]] = []
        for known, answer in zip(unlisted, answers, strict=True):
            if isinstance(answer, Observation):
                there.append((known, answer))
            elif isinstance(answer, Fault):
                faulty.append((known, answer))
            elif answer is None:
                denied.append(known)
        if not there and not denied and not faulty:
            raise EnodeUnavailable("nothing was learnt of the missing devices")
        counts = self._store_found(there, now)
        counts = self._leave(faulty, counts)
        counts = self._judge(denied, counts)
        if not reconcile_progress.may_delete(counts.counts, share=share):
            going = counts.counts.confirmed - counts.counts.moved
            reason = (
                f"{going} devices would go while {counts.counts.listed} are listed; that is more than allowed"
            )
            return replace(counts, stage=Stage.STOPPED, reason=reason)
        return counts

    def write_tombstones(self, now: Progress) -> Progress:
        """Write the confirmed disappearances down and join the tombstones, each dated by its denial.

        Args:
            now: How far the reconcile has come; on to the removed users when there are none left.
        """
        context = self.context
        missing = context.checks.missing(run=now.run, most=ROUND, deadline=context.deadline)
        entries = [_tombstone(one) for one in missing]
        effects = [
            DeviceUpdate(one.owned[1], one.owned[0], Snapshot(gone=entry.ord))
            for one, entry in zip(missing, entries, strict=True)
        ]
        if not effects:
            return replace(now, stage=Stage.USERS_REMOVED)
        context.log.append(entries, received_at=context.now(), delivery_id=now.run, deadline=context.deadline)
        superseded = join_state.join_effects(
            effects,
            log=context.log,
            states=context.states,
            received_at=context.now(),
            delivery_id=now.run,
            deadline=context.deadline,
        )
        deleted = len(effects) - superseded
        # What was linked again since its denial lives on, and would be found again and again.
        following = Stage.TOMBSTONES if deleted else Stage.USERS_REMOVED
        return replace(now, counts=now.counts.plus(gone=deleted), stage=following)

    def _store_found(self, there: Sequence[tuple[StoredDevice, Observation]], now: Progress) -> Progress:
        """Keep what is there after all: left out by a list that moved, or another user's by now."""
        if not there:
            return now
        context = self.context
        own = {(known.user_id, known.device): known.snapshot for known, _ in there}
        strangers = [(one.user_id, one.device) for _, one in there if (one.user_id, one.device) not in own]
        believed = own | {owned: found.snapshot for owned, found in context.checks.many(strangers).items()}
        updates, news = store_readings(
            [(one, believed.get((one.user_id, one.device))) for _, one in there],
            source=Source.RECONCILE,
            log=context.log,
            states=context.states,
            run=now.run,
            now=context.now(),
            deadline=context.deadline,
        )
        answered = [
            VerifiedAt((update.user_id, update.device), one.at, update.snapshot.seen.facts.last_seen_at)
            for (_, one), update in zip(there, updates, strict=True)
        ]
        context.checks.mark_verified(answered, context.deadline)
        moved = [
            # Just before what its new user's says of it, so that a log of both reads as a move.
            NotFoundAtEnode((known.user_id, known.device), one.at - SAME_SECOND - _A_MOMENT)
            for known, one in there
            if one.user_id != known.user_id
        ]
        if moved:
            context.checks.mark_missing(moved, run=now.run, deadline=context.deadline)
        found = sum(not reconcile_progress.is_alive(believed.get(owned)) for owned in news)
        counts = now.counts.plus(
            missing=len(there),
            confirmed=len(moved),
            moved=len(moved),
            found=found,
            changed=len(news) - found,
        )
        return replace(now, counts=counts)

    def _leave(self, faulty: Sequence[tuple[StoredDevice, Fault]], now: Progress) -> Progress:
        """Leave those as they are of which nothing can be learnt.

        They are named first and marked in the next step, so that a crash in between loses no name. Those beyond what
        can be named are marked at once.
        """
        for known, fault in faulty:
            self.faults.found(Subject.of((known.user_id, known.device)), fault)
        now = now.leaving(*(_name(known) for known, _ in faulty))
        self._mark([known for known, _ in faulty if _name(known) not in now.left], now)
        return now

    def _mark(self, left: Sequence[StoredDevice], now: Progress) -> None:
        """Write down that this reconcile does not ask for them again."""
        owned = [(known.user_id, known.device) for known in left]
        for one in owned:
            self.faults.by_subject.setdefault(Subject.of(one), FOUND_BEFORE)
        if owned:
            self.context.checks.mark_failed(owned, run=now.run, deadline=self.context.deadline)

    def _judge(self, denied: Sequence[StoredDevice], now: Progress) -> Progress:
        """Tell the deleted, which are marked, from those whose account is not linked any more, which stay."""
        context = self.context
        gone: list[NotFoundAtEnode] = []
        unlinked: list[StoredDevice] = []
        faulty: list[tuple[StoredDevice, Fault]] = []
        for known in denied:
            try:
                is_unlinked = self._is_unlinked(known)
            except EnodeUnavailable:
                continue  # not judged, not marked: asked for again
            if isinstance(is_unlinked, Fault):
                faulty.append((known, is_unlinked))
            elif is_unlinked:
                unlinked.append(known)
            else:
                gone.append(
                    NotFoundAtEnode((known.user_id, known.device), context.clocks.enode() - SAME_SECOND)
                )
        if gone:
            context.checks.mark_missing(gone, run=now.run, deadline=context.deadline)
        lost = self.credentials.lose({account for one in unlinked if (account := one.account) is not None})
        answered = [
            VerifiedAt(
                (one.user_id, one.device), context.clocks.enode(), one.snapshot.current.facts.last_seen_at
            )
            for one in unlinked
        ]
        if answered:
            context.checks.mark_verified(answered, context.deadline)
        counts = now.counts.plus(missing=len(gone) + len(unlinked), confirmed=len(gone), credentials=lost)
        return self._leave(faulty, replace(now, counts=counts))

    def _is_unlinked(self, known: StoredDevice) -> bool | Fault:
        """Whether the device went because its account is not linked any more; a deleted user's is gone."""
        linked = self.credentials.of(known.user_id)
        account = known.account
        if isinstance(linked, Fault):
            return linked
        if linked is None or account is None:
            return False
        return not any(one.is_valid for one in linked if one.is_for(account))


def _name(known: StoredDevice) -> str:
    return f"{known.device.kind} {known.device.id}"


def _tombstone(missing: NotFoundAtEnode) -> Entry:
    user_id, device = missing.owned
    ord_ = order_key(missing.at, DELETED.encode(), user_id.encode(), rank=CATALOG[DELETED].rank)
    return Entry(DeviceLog(device, user_id), ord_, missing.at, DELETED, Source.RECONCILE, b"{}", b"{}")
