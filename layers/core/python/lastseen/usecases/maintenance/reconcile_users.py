"""Reconcile users: ask for those no longer listed, and take the denied off our list."""

from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from itertools import takewhile

from lastseen.domain.fault import Fault
from lastseen.domain.observation import denied
from lastseen.domain.reconcile_progress import Progress, Stage
from lastseen.domain.snapshot import Life
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.maintenance.context import RunContext
from lastseen.usecases.maintenance.reconcile_credentials import AccountReview

ROUND = 1000
"""Users looked at between two notes of how far this has come."""

ASKED_FOR = 200
"""Of these, how many are asked for: a slice has time for that, so each gets farther than the one before."""


@dataclass
class RemovedUsers:
    """The search for users whom the reconcile has not met on Enode's list, after all devices are settled.

    Nobody is given up for being on no page: lists move while they are walked. A denial of the user counts, and is
    undone by the next list that has them.

    Attributes:
        context: What to work with.
        credentials: Knows which users cannot be read.
    """

    context: RunContext
    credentials: AccountReview

    def step(self, now: Progress) -> Progress:
        """Look at some of our users in their order; done after the last.

        Args:
            now: How far the reconcile has come; its cursor is the last user looked at.

        Returns:
            How far it is now: if no more may be asked, no farther than the last user of whom something was learnt.

        Raises:
            EnodeUnavailable: Nothing was learnt.
        """
        context = self.context
        # An empty list is never believed, nor is one that could not be read to its end.
        if now.since is None or not now.counts.users or now.are_users_left:
            return replace(now, cursor=None, stage=Stage.DONE)
        found, last = self._look(now.cursor, now.since)
        unlisted = [user_id for user_id in found if user_id not in self.credentials.faulty]
        answers = context.limiter.ask_all(
            [partial(context.enode.linked_vendors, user_id) for user_id in unlisted]
        )
        gone = [
            user_id
            for user_id, answer in zip(unlisted, answers, strict=True)
            if answer is None and not self._has_living_devices(user_id)
        ]
        if gone:
            at = context.clocks.enode()
            context.states.merge([denied(user_id, at=at) for user_id in gone], context.deadline)
        self.credentials.faulty |= {
            user_id: answer
            for user_id, answer in zip(unlisted, answers, strict=True)
            if isinstance(answer, Fault)
        }
        now = replace(now, counts=now.counts.plus(users_removed=len(gone)))
        told = list(takewhile(lambda answer: not isinstance(answer, EnodeUnavailable), answers))
        if len(told) < len(answers):
            if not told:
                raise EnodeUnavailable("nothing was learnt of the users who are not listed")
            return replace(now, cursor=unlisted[len(told) - 1])
        return replace(now, cursor=last, stage=Stage.DONE if last is None else Stage.USERS_REMOVED)

    def _look(self, start: str | None, since: datetime) -> tuple[list[str], str | None]:
        """Find users who were on the list once, and not since then; and the last user looked at, None if of all."""
        unlisted: list[str] = []
        for count, user in enumerate(self.context.devices.walk_users(start=start), 1):
            if user.listed_at is not None and user.listed_at < since:
                unlisted.append(user.id)
            if count == ROUND or len(unlisted) == ASKED_FOR:
                return unlisted, user.id
        return unlisted, None

    def _has_living_devices(self, user_id: str) -> bool:
        """A user whose devices were not believed to be gone is there with them, and stays whole."""
        return any(one.known.snapshot.life is Life.ALIVE for one in self.context.devices.walk_user(user_id))
