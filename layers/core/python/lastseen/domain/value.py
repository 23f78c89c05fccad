"""How is what is never changed kept from changing at no cost? Types are checked before, not at run time."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

__all__ = ["value"]

if TYPE_CHECKING:
    from dataclasses import dataclass as value
else:

    def value(*, frozen: bool, slots: bool) -> Callable[[type], type]:
        """Make a class of values: equal and hashed by what they hold.

        `make check` refuses whoever sets an attribute of one. To refuse it once more at run time costs 90 ns for each
        attribute of each value made, a sixth of the time that a list of fifty devices takes.

        >>> @value(frozen=True, slots=True)
        ... class Point:
        ...     x: int
        >>> Point(1) == Point(1), len({Point(1), Point(1)})
        (True, 1)
        """
        return dataclass(slots=slots, unsafe_hash=frozen)
