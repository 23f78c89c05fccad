"""Pages of lists as Enode cuts them: opaque cursors forward and back."""

from __future__ import annotations

import base64
import binascii
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

DEFAULT_SIZE = 50

type Key = tuple[str, str]  # when it was made, and its id


class BadQuery(ValueError):
    """A query that asks for no page; the text says why."""


@dataclass(frozen=True)
class Page:
    """A page of a list, and the cursors beside it."""

    items: Sequence[Any]
    after: str | None
    before: str | None


def page[T](items: Sequence[T], key: Callable[[T], Key], query: Mapping[str, str]) -> Page:
    """Cut the page that `after`, `before` and `pageSize` ask for.

    A cursor names a place, not an item, so the walk goes on after an item that was deleted meanwhile.

    Args:
        items: All of them, in the order of their keys.
        key: Gives an item's place.
        query: As it came in the address.

    Raises:
        BadQuery: Both cursors at once, a cursor that is none, or a size that is no positive integer.
    """
    text = query.get("pageSize", str(DEFAULT_SIZE))
    if not (text.isascii() and text.isdigit() and int(text) > 0):
        raise BadQuery("'pageSize' must be a positive integer.")
    size = int(text)
    if "after" in query and "before" in query:
        raise BadQuery("'after' and 'before' exclude each other.")
    if "before" in query:
        end = bisect_left(items, _place(query["before"]), key=key)
        start = max(0, end - size)
    else:
        start = bisect_right(items, _place(query["after"]), key=key) if "after" in query else 0
        end = min(len(items), start + size)
    return Page(
        items[start:end],
        after=_cursor(key(items[end - 1])) if 0 < end < len(items) else None,
        before=_cursor(key(items[start])) if 0 < start < len(items) else None,
    )


def _cursor(place: Key) -> str:
    return base64.urlsafe_b64encode("|".join(place).encode()).decode()


def _place(cursor: str) -> Key:
    try:
        text = base64.b64decode(cursor, altchars=b"-_", validate=True).decode()
    except (binascii.Error, ValueError) as error:
        raise BadQuery("The cursor is none of ours.") from error
    moment, divider, name = text.partition("|")
    if not divider:
        raise BadQuery("The cursor is none of ours.")
    return moment, name
