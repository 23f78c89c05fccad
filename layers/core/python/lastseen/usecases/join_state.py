"""The one way in which effects are joined into the state: what then has to be in the log is there before it is said."""

from collections.abc import Sequence
from datetime import datetime

from lastseen.domain.deadline import Deadline
from lastseen.domain.event import Effect
from lastseen.usecases.ports import Log, States


def join_effects(
    effects: Sequence[Effect],
    *,
    log: Log,
    states: States,
    received_at: datetime,
    delivery_id: str,
    deadline: Deadline,
) -> int:
    """Join effects, one a device or status, whose own entries stand in the log already.

    What is older than a read that only the state holds makes that read a change: it is written down under its own key.

    Args:
        effects: What was said.
        log: The log.
        states: The state.
        received_at: When our door opened, or the run read; aware UTC.
        delivery_id: The delivery or run, for tracing.
        deadline: Until when.

    Returns:
        How many changed nothing.

    Raises:
        StoreUnavailable: Not all of it is known to be kept; doing all of it again does no harm.
    """
    joined = states.merge(effects, deadline)
    if joined.unlogged:
        log.append(joined.unlogged, received_at=received_at, delivery_id=delivery_id, deadline=deadline)
    return joined.superseded
