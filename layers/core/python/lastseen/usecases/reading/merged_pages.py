"""Merge pages of several walks along one time into one page, both ways, with places that lead on in all of them."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from lastseen.domain.pagination import Page, PageRequest, Position

_OWN = 4
"""Parts of a place at which one walk has to go on in a way of its own: its key and index, that, and the walk."""


def chain_request(page_request: PageRequest, number: int, count: int) -> PageRequest:
    """Give what to ask of one walk for a page of all: a place that another walk has come to is a plain one to it."""
    if count == 1:
        return page_request
    start = page_request.start
    if start is None or len(start) != _OWN:
        return page_request
    place = start[:3] if start[3] == str(number) else start[:2]
    if page_request.is_backwards:
        return replace(page_request, before=place)
    return replace(page_request, after=place)


def merged[T](
    pages: Sequence[Page[T]], page_request: PageRequest, *, newest_first: bool, at: Callable[[T], Position]
) -> Page[T]:
    """Make one page of the pages that each walk gave for the same request.

    Behind the place that the slowest of them has come to, nothing can be given yet.

    Args:
        pages: One of each walk.
        page_request: What was asked of all of them.
        newest_first: The order of the list.
        at: The place of an item: its order key, and its index where several have one.
    """
    if len(pages) == 1:
        return pages[0]
    backwards = page_request.is_backwards
    is_descending = newest_first is not backwards
    ahead = sorted(
        (item for page in pages for item in page.items),
        key=lambda item: _key(at(item)),
        reverse=is_descending,
    )
    ends = [
        (*end[:3], str(number)) if len(end) > 2 else end  # noqa: PLR2004 - a place of its own
        for number, page in enumerate(pages)
        if (end := page.before if backwards else page.after) is not None
    ]
    far: Position | None = None
    if ends:
        far = max(ends, key=_key) if is_descending else min(ends, key=_key)
        border = _key(far)
        ahead = [
            item
            for item in ahead
            if (_key(at(item)) >= border if is_descending else _key(at(item)) <= border)
        ]
    kept = ahead[: page_request.size]
    if len(kept) < len(ahead):
        far = at(kept[-1])
    backs = [page.after if backwards else page.before for page in pages]
    near = None
    if page_request.start:
        near = at(kept[0]) if kept else next((back for back in backs if back is not None), None)
    if backwards:
        return Page(tuple(reversed(kept)), after=near, before=far)
    return Page(tuple(kept), after=far, before=near)


def _key(place: Position) -> tuple[str, int]:
    return place[0], int(place[1]) if len(place) > 1 else 0
