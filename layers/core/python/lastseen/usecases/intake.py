"""How does what was read from Enode reach log and state? As an event does, and history only if it is news."""

from collections.abc import Iterable, Sequence
from datetime import datetime

from lastseen.domain.deadline import Deadline
from lastseen.domain.event import DeviceUpdate, Entry, Source
from lastseen.domain.news import is_news
from lastseen.domain.reading import Reading
from lastseen.domain.snapshot import Snapshot
from lastseen.domain.upkeep import Owned
from lastseen.usecases.ports import Log, States


def take_in(
    readings: Iterable[tuple[Reading, Snapshot | None]],
    *,
    source: Source,
    log: Log,
    states: States,
    run: str,
    now: datetime,
    deadline: Deadline,
) -> tuple[list[DeviceUpdate], set[Owned]]:
    """Keep what was read: the log first, then the state, so that doing it again is the only recovery needed.

    Args:
        readings: What Enode answered, each with what is believed of that device of that user.
        source: Who asked.
        log: Where news is written down.
        states: Where everything is joined, a moved contact too.
        run: Name of the run; stands in the log where a delivery's id does, for tracing.
        now: The present moment, aware UTC.
        deadline: Until when.

    Returns:
        What was joined, one for each reading in turn, and the devices that were news.

    Raises:
        StoreUnavailable: Not all of it is known to be kept; reading again is harmless.
    """
    entries: list[Entry] = []
    updates: list[DeviceUpdate] = []
    news: set[Owned] = set()
    for reading, believed in readings:
        entry, update = reading.observed(source)
        updates.append(update)
        if is_news(believed, reading.document):
            entries.append(entry)
            news.add((reading.user_id, reading.device))
    if entries:
        log.append(entries, received_at=now, delivery_id=run, deadline=deadline)
    if updates:
        states.merge(_once(updates), deadline)
    return updates, news


def _once(updates: Sequence[DeviceUpdate]) -> list[DeviceUpdate]:
    """A list that moves under the cursor shows a device twice; the later answer is the one to join."""
    newest: dict[Owned, DeviceUpdate] = {}
    for update in updates:
        owned = (update.user_id, update.device)
        standing = newest.get(owned)
        if standing is None or update.snapshot.seen.ord > standing.snapshot.seen.ord:
            newest[owned] = update
    return list(newest.values())
