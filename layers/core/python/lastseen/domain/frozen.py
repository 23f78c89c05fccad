"""A dataclass that is frozen for the type checker only: at run time, freezing costs 90 ns an attribute."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

__all__ = ["fast_frozen"]

if TYPE_CHECKING:
    from dataclasses import dataclass as fast_frozen
else:

    def fast_frozen(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """Make a class of values: equal and hashed by what they hold.

        `make check` refuses whoever sets an attribute of one. To refuse it once more at run time costs 90 ns for each
        attribute of each value made, a sixth of the time that a list of fifty devices takes.

        >>> @fast_frozen(frozen=True, slots=True)
        ... class Point:
        ...     x: int
        >>> Point(1) == Point(1), len({Point(1), Point(1)})
        (True, 1)
        """
        return dataclass(slots=slots, unsafe_hash=frozen)
