"""Parts of a link's log in which it was a twin: mostly all of it, else the runs of words that told it."""

from collections.abc import Callable, Iterator

from lastseen.domain import order
from lastseen.domain.document import load
from lastseen.domain.event import DeviceLog, Entry
from lastseen.domain.snapshot import StoredDevice
from lastseen.domain.twin import TwinKey
from lastseen.domain.twin_links import Part
from lastseen.usecases.ports import History

MOST_LABELLED = 2000
"""Words of a device that was several twins: what is older is not told of any of them, only of the device itself."""


def parts_of(link: StoredDevice, twin_id: str, log: History, key: Callable[[], TwinKey]) -> Iterator[Part]:
    """Give the parts of a link's log that belong to a twin.

    A word that tells no identity belongs to the twin told last before it; in front of the first, to that.

    Args:
        link: A device that is the twin, or was.
        twin_id: The twin.
        log: The log.
        key: Gives the key of twins; asked for only if the device was another twin before.
    """
    place = DeviceLog(link.device, link.user_id)
    if not link.snapshot.identity.former:
        for entry in log.entries(place, limit=1):
            yield Part(link, entry.ord)
        return
    words = list(log.entries(place, newest_first=True, limit=MOST_LABELLED))[::-1]
    runs = _runs(words, link, key())
    for number, (whose, first) in enumerate(runs):
        if whose == twin_id:
            is_oldest_known = number == 0 and len(words) < MOST_LABELLED
            after = order.FIRST if is_oldest_known else order.just_before(first)
            before = runs[number + 1][1] if number + 1 < len(runs) else order.LAST
            yield Part(link, first, after, before)


def _runs(words: list[Entry], link: StoredDevice, key: TwinKey) -> list[tuple[str, str]]:
    """Whose the words were in turn, and the order key of the first of each run."""
    runs: list[tuple[str, str]] = []
    for word in words:
        name = key.named_in(link.user_id, link.device.kind, load(word.document))
        if name is not None and (not runs or runs[-1][0] != name.twin_id):
            runs.append((name.twin_id, word.ord if runs else words[0].ord))
    return runs
