import pytest

from local.simulator.pages import BadQuery, Page, page

NAMES = [("2026", f"{number:03d}") for number in range(120)]


def cut(query: dict[str, str], items: list[tuple[str, str]] = NAMES) -> Page:
    """Cut a page of things that are their own keys."""
    return page(items, lambda item: item, query)


def test_a_walk_forward_sees_everything_once() -> None:
    """Fifty at a time, until `after` is null."""
    seen, query = list[tuple[str, str]](), dict[str, str]()
    while True:
        this = cut(query)
        seen += this.items
        if this.after is None:
            break
        query = {"after": this.after}

    assert seen == NAMES


def test_a_walk_back_sees_it_too() -> None:
    """`before` gives the page that ends where the last one began."""
    first = cut({"pageSize": "40"})
    second = cut({"pageSize": "40", "after": str(first.after)})

    assert first.before is None
    assert cut({"pageSize": "40", "before": str(second.before)}).items == first.items


def test_a_walk_survives_a_deletion() -> None:
    """A cursor names a place, not an item."""
    first = cut({"pageSize": "40"})

    rest = cut({"pageSize": "100", "after": str(first.after)}, [name for name in NAMES if name != NAMES[39]])

    assert rest.items == NAMES[40:]


def test_an_empty_list_has_no_cursors() -> None:
    """Nothing before, nothing after."""
    assert cut({}, []) == Page([], None, None)


@pytest.mark.parametrize(
    "query",
    [
        {"pageSize": "0"},
        {"pageSize": "-1"},
        {"pageSize": "ten"},
        {"pageSize": "\u0663"},
        {"after": "a", "before": "b"},
        {"after": "%%%"},
        {"before": "\u00e9"},
    ],
)
def test_a_query_that_asks_for_no_page_is_refused(query: dict[str, str]) -> None:
    """With a sentence that says why."""
    with pytest.raises(BadQuery):
        cut(query)
