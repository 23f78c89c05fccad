"""Pagination: cut one page out of a walk over a list, both ways, within a number of items and of bytes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from lastseen.domain.frozen import fast_frozen

type Position = tuple[str, ...]
"""A place in a list, by the keys of what stands there; it stays a place when that goes away. Without keys, its end."""


END: Position = ()
"""Behind everything for who walks backwards from it, in front of everything for who walks on."""


@fast_frozen(frozen=True, slots=True)
class PageRequest:
    """Which part of a list is asked for.

    Attributes:
        size: At most so many items.
        after: Those behind this place; None from the beginning.
        before: Those in front of this place, instead; None for `after`.
    """

    size: int
    after: Position | None = None
    before: Position | None = None

    @property
    def start(self) -> Position | None:
        """The place to walk from; None for the end where the walk begins."""
        return (self.before if self.is_backwards else self.after) or None

    @property
    def is_backwards(self) -> bool:
        """Whether to walk towards the beginning."""
        return self.before is not None


@fast_frozen(frozen=True, slots=True)
class Page[T]:
    """A part of a list, in the list's own order whichever way it was walked.

    Attributes:
        items: What stands there.
        after: Where the next part begins; None if there is none.
        before: Where the part in front ends; None if there is none.
    """

    items: tuple[T, ...]
    after: Position | None = None
    before: Position | None = None


@dataclass
class Trail:
    """What a walk says of itself besides what it gives.

    Attributes:
        began: The place in front of the first thing that it passed, whether that was given or not; None of nothing.
    """

    began: Position | None = None


MOST_OWNERS = 100
"""Of one id: so many users who have, or had, its device are looked at. Hardly any device ever had a second one."""

MOST_LOOKED_AT = 2000
"""Items that one page looks at. A filter that few pass gives a short page, and a place to go on from."""


MOST_BYTES = 5 * 512 * 1024
"""What one page may weigh. Lambda answers 6 MB at most and counts every quotation mark of the body twice, so this is
less than half of it by the largest document there is. Documents are 1 to 2 KB, but nothing holds them to that."""


class Unfinished(Exception):
    """A walk has looked at as much as one may, and there is more: an end, not a failure.

    Attributes:
        at: The place it has come to; None for that of the last item it gave.
    """

    def __init__(self, at: Position | None = None) -> None:
        super().__init__("there is more than one walk looks at")
        self.at = at


def page[T](
    walk: Iterator[T],
    page_request: PageRequest,
    *,
    at: Callable[[T], Position],
    keep: Callable[[T], bool] = lambda _: True,
    size_of: Callable[[T], int] = lambda _: 0,
    trail: Trail | None = None,
) -> Page[T]:
    """Cut a page out of a walk that began at the window's start and goes its way.

    Args:
        walk: The items, from behind the start on, or from before it backwards.
        page_request: What was asked for.
        at: The place of an item.
        keep: Which items count.
        size_of: Bytes that an item takes in the answer, roughly.
        trail: What the walk says of itself, if it passes what it does not give: an empty page has a way back then.
    """
    kept: list[T] = []
    weight = 0
    first: T | None = None
    looked_at: T | None = None
    stopped_at: Position | None = None
    has_more = False
    try:
        for count, item in enumerate(walk):
            is_full = len(kept) == page_request.size or weight >= MOST_BYTES
            if count == MOST_LOOKED_AT or (is_full and keep(item)):
                has_more = True
                break
            looked_at = item
            first = item if first is None else first
            if keep(item):
                kept.append(item)
                weight += size_of(item)
    except Unfinished as end:
        has_more = True
        stopped_at = end.at
    # Where a filter ended the walk, go on behind what was looked at; else behind the last item given.
    is_full = len(kept) == page_request.size or weight >= MOST_BYTES
    ends_at = kept[-1] if is_full and kept else looked_at
    far: Position | None = None
    if has_more:
        far = stopped_at if stopped_at and not is_full else None if ends_at is None else at(ends_at)
    # The way back begins at what this page begins with. If there is nothing any more, all that is left is that way.
    nearest = kept[0] if kept else first
    began = (None if trail is None else trail.began) or stopped_at or END
    near = (began if nearest is None else at(nearest)) if page_request.start else None
    if page_request.is_backwards:
        return Page(tuple(reversed(kept)), after=near, before=far)
    return Page(tuple(kept), after=far, before=near)


def lightened[T](
    whole: Page[T], page_request: PageRequest, *, at: Callable[[T], Position], size_of: Callable[[T], int]
) -> Page[T]:
    """Cut a page where what is told of its items weighs too much, though what they were chosen by did not.

    Args:
        whole: The page.
        page_request: What was asked for.
        at: The place of an item.
        size_of: Bytes that an item takes in the answer.
    """
    weight = 0
    kept: list[T] = []
    for item in reversed(whole.items) if page_request.is_backwards else whole.items:
        if weight >= MOST_BYTES:
            if page_request.is_backwards:
                return Page(tuple(reversed(kept)), after=whole.after, before=at(kept[-1]))
            return Page(tuple(kept), after=at(kept[-1]), before=whole.before)
        kept.append(item)
        weight += size_of(item)
    return whole
