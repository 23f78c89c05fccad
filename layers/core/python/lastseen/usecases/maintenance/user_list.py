"""Read Enode's list of users for those of whom only events have told: until then they are in no list of ours."""

from dataclasses import replace
from datetime import timedelta
from functools import partial

from lastseen.domain.fault import Fault, Subject
from lastseen.domain.record_shapes import UsersRecord
from lastseen.domain.records import USERS
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.maintenance.context import RunContext
from lastseen.usecases.maintenance.faults import Faults

EVERY = timedelta(hours=1)
"""Between the beginnings of two walks, and at most between two looks for users who lack their entry."""

MOST = 1000
"""Users that one walk looks for; the next looks for the others."""

MOST_ABSENT, ABSENT_FOR = 100, timedelta(days=1)
"""Who was on no page of a whole walk is not looked for again before a reconcile has asked for them."""


def run(context: RunContext, *, has_new: bool) -> int | None:
    """Walk Enode's list of users if one of ours lacks an entry, at most once an hour, over several runs if need be.

    Args:
        context: What to work with.
        has_new: Whether devices were just met for the first time: they may be those of new users.

    Returns:
        How many users got their entry; None if there was nothing to do.

    Raises:
        StoreUnavailable: The store did not answer.
    """
    record = context.records.read(USERS)
    before = UsersRecord.read(record.content)
    after, found = _next(context, before, has_new=has_new)
    if after != before:
        context.records.write(USERS, after.write(), version=record.version)
    return found


def _next(context: RunContext, now: UsersRecord, *, has_new: bool) -> tuple[UsersRecord, int | None]:
    present = context.now()
    may_walk = now.walked_at is None or present - now.walked_at >= EVERY
    if not now.is_walking:
        is_time_to_look = now.looked_at is None or present - now.looked_at >= EVERY
        if not (has_new or now.is_lacking or is_time_to_look):
            return now, None
        if not may_walk:
            return replace(now, is_lacking=now.is_lacking or has_new), None
    is_absent_still = now.walked_at is not None and present - now.walked_at < ABSENT_FOR
    lacking = set(context.devices.unlisted_users(most=MOST))
    lacking -= set(now.absent if is_absent_still else ())
    now = replace(now, looked_at=present, is_lacking=False)
    if not lacking:
        return replace(now, is_walking=False, cursor=None), None
    if not now.is_walking:
        now = replace(now, walked_at=present, is_walking=True, cursor=None, absent=())
    return _walk(context, now, lacking)


def _walk(context: RunContext, now: UsersRecord, lacking: set[str]) -> tuple[UsersRecord, int]:
    """Read pages until everybody is found, the list ends, or no more may be asked."""
    many = len(lacking)
    over = replace(now, is_walking=False, cursor=None)
    while context.limiter.is_open:
        try:
            page = context.limiter.ask(partial(context.enode.users, after=now.cursor))
        except EnodeUnavailable as error:
            context.limiter.settle()
            if not context.limiter.is_fault(error):
                break
            faults = Faults()
            faults.found(Subject.listed(None), Fault(f"{error}"))
            faults.write(context.records, context.now())
            return over, many - len(lacking)
        context.clocks.heard(page.at)
        newest = {one.id: one for one in page.items if one.id in lacking}
        if newest:
            context.states.merge([one.observed() for one in newest.values()], context.deadline)
            lacking -= newest.keys()
        now = replace(now, cursor=page.after)
        if page.after is None or not lacking:
            absent = tuple(sorted(lacking)[:MOST_ABSENT]) if page.after is None else ()
            return replace(over, absent=absent), many - len(lacking)
    return now, many - len(lacking)
