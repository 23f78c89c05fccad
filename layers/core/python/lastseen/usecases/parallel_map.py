"""Parallel map: ask something of many things at once. A Protocol, and the way without threads."""

from collections.abc import Callable, Iterable
from typing import Protocol


class ParallelMap(Protocol):
    """Does something with each of many, and gives what came of it in their order."""

    def __call__[One, Other](self, do: Callable[[One], Other], many: Iterable[One], /) -> Iterable[Other]:
        """Do it; the first error of all is raised when its turn comes."""


def one_by_one[One, Other](do: Callable[[One], Other], many: Iterable[One]) -> Iterable[Other]:
    """Do it one after the other."""
    return map(do, many)
