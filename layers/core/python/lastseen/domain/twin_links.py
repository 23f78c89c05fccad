"""Parts of a twin's past: which words of which link are its own, and which links followed one another."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

from lastseen.domain import order
from lastseen.domain.snapshot import Life, StoredDevice


@dataclass(frozen=True, slots=True)
class Part:
    """What was said of a link while it was the twin.

    Attributes:
        known: The link.
        first: The order key of the first word of it.
        after: Behind this key it begins.
        before: In front of this key it ends.
    """

    known: StoredDevice
    first: str
    after: str = order.FIRST
    before: str = order.LAST

    @property
    def ended(self) -> str:
        """The key with which it ended: the deletion, or that of the word with which the device became another."""
        if self.before != order.LAST:
            return self.before
        snapshot = self.known.snapshot
        return snapshot.gone if snapshot.life is Life.GONE else order.LAST


def chains(parts: Iterable[Part]) -> list[tuple[Part, ...]]:
    """Put parts one behind the other where each began after the one before had ended; overlapping ones stand apart.

    Each follows the one that ended last before it began. What came under a link when the next had taken its place is
    left out.
    """
    found: list[list[Part]] = []
    for part in sorted(parts, key=lambda one: (one.first, one.known.device.id)):
        free = [chain for chain in found if chain[-1].ended < part.first]
        if not free:
            found.append([part])
            continue
        chain = max(free, key=lambda one: one[-1].ended)
        chain[-1] = replace(chain[-1], before=min(chain[-1].before, part.first))
        chain.append(part)
    return [tuple(chain) for chain in found]
