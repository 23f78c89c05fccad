"""What a task does before Enode is needed: keep anchors, watch for gaps; with or without an Enode client."""

from datetime import timedelta
from typing import Any, Protocol

from lastseen.errors import StoreUnavailable
from lastseen.usecases.maintenance import anchors, gap_watch
from lastseen.usecases.maintenance.context import RunContext

LONGEST = timedelta(seconds=20)
"""What a sweep spends on the past before it turns to the devices."""


class _StoreTerm(Protocol):
    @property
    def history_kept(self) -> timedelta | None: ...


class Terms(Protocol):
    """What the deployment told, as far as it is needed here."""

    @property
    def store(self) -> _StoreTerm:
        """How long the log is kept."""

    @property
    def webhook_kept(self) -> timedelta:
        """How long Enode keeps what it cannot deliver."""


def run(task: str, context: RunContext, terms: Terms) -> dict[str, Any]:
    """Do it.

    Args:
        task: A sweep keeps anchors, a guard watches for gaps.
        context: What to work with; without anchors, nothing of the log is kept for longer.
        terms: What the deployment told.

    Returns:
        What to log; of a sweep, too, how overdue the anchors are.
    """
    try:
        if task == "guard":
            gap_watch.run(
                devices=context.devices,
                records=context.records,
                kept=terms.webhook_kept,
                now=context.now(),
            )
        if task != "sweep" or context.anchors is None:
            return {}
        done = anchors.run(
            anchors=context.anchors,
            records=context.records,
            kept=terms.store.history_kept,
            now=context.now(),
            deadline=context.deadline.at_most(LONGEST),
        )
    except StoreUnavailable:  # the task is done all the same, and the next run goes on
        return {"past_failed": 1}
    return {
        "anchors_overdue": done.overdue,
        "anchors_streams": done.streams,
        "anchors_kept": done.kept,
    }
