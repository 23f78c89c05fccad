"""Proves `domain/pagination.py`:
pages of a list, walked either way, give everything once and in order, whatever comes and goes.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from lastseen.domain import pagination
from lastseen.domain.pagination import MOST_BYTES, MOST_LOOKED_AT, Page, PageRequest, Position, Unfinished

type Filter = Callable[[int], bool]


def _at(item: int) -> Position:
    return (f"{item:09}",)


def _walk(items: Iterable[int], page_request: PageRequest) -> Iterator[int]:
    """What a store does: begin behind the start, wherever it would stand, and go on."""
    start = page_request.start
    if page_request.is_backwards:
        return (item for item in sorted(items, reverse=True) if start is None or _at(item) < start)
    return (item for item in sorted(items) if start is None or _at(item) > start)


def _page(items: Iterable[int], page_request: PageRequest, keep: Filter = lambda _: True) -> Page[int]:
    return pagination.page(_walk(items, page_request), page_request, at=_at, keep=keep)


def _forwards(items: Iterable[int], size: int, keep: Filter = lambda _: True) -> list[Page[int]]:
    pages = [_page(items, PageRequest(size), keep)]
    while pages[-1].after is not None:
        pages.append(_page(items, PageRequest(size, after=pages[-1].after), keep))
    return pages


def _backwards(
    items: Iterable[int], size: int, start: Position, keep: Filter = lambda _: True
) -> list[Page[int]]:
    pages = [_page(items, PageRequest(size, before=start), keep)]
    while pages[-1].before is not None:
        pages.append(_page(items, PageRequest(size, before=pages[-1].before), keep))
    return pages


_lists = st.sets(st.integers(0, 10**6), max_size=40)
_sizes = st.integers(1, 45)
_filters = st.sampled_from([1, 2, 3, 7, 10**7]).map(lambda n: lambda item: item % n == 0)


@given(_lists, _sizes, _filters)
def test_walking_forwards_gives_each_item_once_in_order(items: set[int], size: int, keep: Filter) -> None:
    """For any list, page size and filter; only the last page may be short."""
    pages = _forwards(items, size, keep)

    assert [item for page in pages for item in page.items] == sorted(filter(keep, items))
    assert all(len(page.items) == size for page in pages[:-1])
    assert pages[0].before is None


@given(_lists, _sizes, _sizes, _filters)
def test_walking_back_from_anywhere_gives_what_stands_in_front(
    items: set[int], size: int, other: int, keep: Filter
) -> None:
    """In the list's own order on each page, whatever the page size on the way back."""
    for page in _forwards(items, size, keep)[1:]:
        assert page.before is not None
        back = _backwards(items, other, page.before, keep)

        seen = [item for one in reversed(back) for item in one.items]
        assert seen == [item for item in sorted(filter(keep, items)) if item < page.items[0]]
        assert back[-1].before is None


@given(_lists, _sizes, _filters)
def test_there_and_back_again_is_the_same_page(items: set[int], size: int, keep: Filter) -> None:
    """`before` of `after`, and `after` of `before`."""
    pages = _forwards(items, size, keep)

    for here, there in pairwise(pages):
        back = _page(items, PageRequest(size, before=there.before), keep)
        again = _page(items, PageRequest(size, after=back.after), keep)

        assert back.items == here.items
        assert again.items == there.items


@given(_lists, _sizes)
def test_a_page_says_whether_there_is_another_one_and_is_right(items: set[int], size: int) -> None:
    """No client asks for an empty page at the end."""
    pages = _forwards(items, size)

    assert all(page.items for page in pages[1:])


@given(
    _lists, _sizes, st.sets(st.integers(0, 10**6), max_size=20), st.sets(st.integers(0, 10**6), max_size=20)
)
def test_what_comes_and_goes_meanwhile_takes_nothing_from_what_stays(
    items: set[int], size: int, coming: set[int], going: set[int]
) -> None:
    """Between any two pages items are put in and taken out, in front of the cursor, behind it, and under it."""
    standing = set(items)
    page = _page(standing, PageRequest(size))
    seen = list(page.items)
    while page.after is not None:
        for _ in range(3):
            standing |= {coming.pop()} if coming else set()
            standing -= {going.pop()} if going else set()
        page = _page(standing, PageRequest(size, after=page.after))
        seen += page.items

    assert seen == sorted(set(seen))
    assert set(seen) >= items & standing


class ToAndFro(RuleBasedStateMachine):
    """However somebody pages to and fro while others put items in and take them out, no page may skip what stays.

    What one page ends with and the next one begins with are neighbours among the items that were there throughout.
    """

    @initialize(items=st.sets(st.integers(0, 12)), size=st.integers(1, 5))
    def begin(self, items: set[int], size: int) -> None:
        self.items, self.size = set(items), size
        self.throughout = set(items)
        self.page = _page(self.items, PageRequest(size))

    @rule(item=st.integers(0, 12))
    def put_in(self, item: int) -> None:
        self.items.add(item)

    @rule(data=st.data())
    def take_out(self, data: st.DataObject) -> None:
        if self.items:
            gone = data.draw(st.sampled_from(sorted(self.items)))
            self.items.discard(gone)
            self.throughout.discard(gone)

    @rule()
    def go_on(self) -> None:
        if self.page.after is not None:
            last = self.page
            self.page = _page(self.items, PageRequest(self.size, after=last.after))
            self._nothing_between(last, self.page)

    @rule()
    def go_back(self) -> None:
        if self.page.before is not None:
            last = self.page
            self.page = _page(self.items, PageRequest(self.size, before=last.before))
            self._nothing_between(self.page, last)

    def _nothing_between(self, one: Page[int], other: Page[int]) -> None:
        if one.items and other.items:
            between = {item for item in self.throughout if one.items[-1] < item < other.items[0]}
            assert not between
        elif one.items:  # nothing behind it
            assert not {item for item in self.throughout & self.items if item > one.items[-1]}
        elif other.items:
            assert not {item for item in self.throughout & self.items if item < other.items[0]}

    @invariant()
    def every_page_leads_somewhere(self) -> None:
        if hasattr(self, "page") and not self.page.items and self.throughout & self.items:
            assert self._leads_to_all()

    def _leads_to_all(self) -> bool:
        """From an empty page, following either cursor as far as it goes finds everything."""
        found: set[int] = set()
        page = self.page
        while page.after is not None:
            page = _page(self.items, PageRequest(self.size, after=page.after))
            found |= set(page.items)
        page = self.page
        while page.before is not None:
            page = _page(self.items, PageRequest(self.size, before=page.before))
            found |= set(page.items)
        return found >= self.throughout & self.items


TestToAndFro = ToAndFro.TestCase


def test_a_filter_that_few_pass_ends_a_page_short_with_a_place_to_go_on_from() -> None:
    """A page looks at a bounded number of items; the next one goes on behind the last that was looked at."""
    last = 2 * MOST_LOOKED_AT + 10

    pages = _forwards(range(last + 1), 10, lambda item: item in (0, last))

    assert [page.items for page in pages] == [(0,), (), (last,)]


def test_no_page_looks_at_more_than_it_may() -> None:
    """One more, to know whether there is one."""
    looked_at = 0

    def count() -> Iterator[int]:
        nonlocal looked_at
        for item in range(10**9):
            looked_at = item + 1
            yield item

    pagination.page(count(), PageRequest(10), at=_at, keep=lambda _: False)

    assert looked_at == MOST_LOOKED_AT + 1


@pytest.mark.parametrize("number", [0, 1, MOST_LOOKED_AT - 1, MOST_LOOKED_AT, MOST_LOOKED_AT + 1])
def test_the_bound_itself_loses_nothing(number: int) -> None:
    """An item that stands just where the looking ends is found, and found once; forwards and back."""
    wanted = {number, number + 1, number + MOST_LOOKED_AT}
    items = range(3 * MOST_LOOKED_AT)

    pages = _forwards(items, 2, wanted.__contains__)
    back = _backwards(items, 2, _at(items[-1]), wanted.__contains__)

    assert [item for page in pages for item in page.items] == sorted(wanted)
    assert [item for page in reversed(back) for item in page.items] == sorted(wanted)


def test_a_short_page_knows_the_way_back() -> None:
    """From a page on which nothing passed the filter, `before` still leads to the item before it."""
    last = 2 * MOST_LOOKED_AT
    first, empty, *_ = _forwards(range(last), 1, lambda item: item == 0)
    assert (first.items, empty.items) == ((0,), ())

    back = _backwards(range(last), 1, empty.before or (), lambda item: item == 0)

    assert [item for page in back for item in page.items] == [0]


def test_when_the_end_of_a_list_went_away_the_empty_page_leads_back_to_all_of_it() -> None:
    """The cursor said that there was more, and there is not any more: `before` is everything, not all but one."""
    first = _page([1, 2, 3, 4], PageRequest(3))

    empty = _page([1, 2, 3], PageRequest(3, after=first.after))

    assert empty.items == ()
    assert empty.before is not None
    assert _page([1, 2, 3], PageRequest(3, before=empty.before)).items == (1, 2, 3)


def test_when_the_beginning_of_a_list_went_away_the_empty_page_leads_on_to_all_of_it() -> None:
    """The same the other way round."""
    second = _page([1, 2, 3, 4], PageRequest(2, after=_at(2)))

    empty = _page([3, 4], PageRequest(2, before=second.before))

    assert empty.items == ()
    assert empty.after is not None
    assert _page([3, 4], PageRequest(2, after=empty.after)).items == (3, 4)


def test_a_page_that_grows_too_heavy_ends_early_and_goes_on() -> None:
    """Lambda answers 6 MB at most; what is large comes in smaller pages, and none of it is lost."""
    large = MOST_BYTES // 2

    first = pagination.page(
        iter(range(5)), PageRequest(size=5), at=lambda number: (str(number),), size_of=lambda _: large
    )

    assert first.items == (0, 1)
    assert first.after == ("1",)


@given(_lists, _sizes, _filters, st.integers(1, 9), st.booleans())
def test_walks_that_may_look_at_little_give_each_item_once(
    items: set[int], size: int, keep: Filter, most: int, is_told: bool
) -> None:
    """Forwards and back: a page ends where its walk does, perhaps empty, and its cursor leads on from there."""

    def bounded(page_request: PageRequest) -> Iterator[int]:
        for count, item in enumerate(_walk(items, page_request), 1):
            if keep(item) or not is_told:  # a walk may pass items over, if it tells how far it came
                yield item
            if count == most:
                raise Unfinished(_at(item) if is_told else None)

    def page(page_request: PageRequest) -> Page[int]:
        return pagination.page(bounded(page_request), page_request, at=_at, keep=keep)

    found, page_request = list[int](), PageRequest(size)
    for _ in range(len(items) + 2):
        forth = page(page_request)
        found += forth.items
        page_request = PageRequest(size, after=forth.after)
        if forth.after is None:
            break
    assert (forth.after, found) == (None, sorted(filter(keep, items)))

    back, page_request = list[int](), PageRequest(size, before=())
    for _ in range(len(items) + 2):
        aft = page(page_request)
        back = [*aft.items, *back]
        page_request = PageRequest(size, before=aft.before)
        if aft.before is None:
            break
    assert (aft.before, back) == (None, sorted(filter(keep, items)))
