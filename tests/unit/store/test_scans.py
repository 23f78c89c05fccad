"""Proves `store/parallel_scan.py`, `store/fleet_counts.py`:
scans keep to their share of a table's reads, and a count needs no more memory for a large table than for a small.
"""

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, cast

import pytest

from lastseen.domain.deadline import Deadline
from lastseen.domain.maintenance import Counted, DeviceSummary
from lastseen.domain.order import order_key
from lastseen.store.attributes import (
    ACTIVE,
    DOC,
    FOUND,
    FOUND_DOC,
    GONE,
    LAST_SEEN,
    NEWEST,
    REACHABLE,
    SEEN,
    VENDOR,
    instant_value,
)
from lastseen.store.fleet_counts import Count
from lastseen.store.parallel_scan import UNITS_A_SECOND, UNPACED, Scan
from tests.support.builders import NOON

UNITS = 128.0  # of a full page


@dataclass
class Clock:
    """A time that passes only while somebody waits."""

    now: float = 0.0
    slept: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        """Wait."""
        self.slept.append(seconds)
        self.now += seconds


@dataclass
class Table:
    """A DynamoDB of one table, page by page.

    Attributes:
        pages: The items of each page.
        asked: The requests.
    """

    pages: list[list[dict[str, Any]]]
    asked: list[dict[str, Any]] = field(default_factory=list)

    def scan(self, **request: Any) -> dict[str, Any]:
        """Give the page behind the one that is named by its last key."""
        self.asked.append(request)
        start = request.get("ExclusiveStartKey")
        places = [(number, _key(item)) for number, page in enumerate(self.pages) for item in page]
        behind = 0 if start is None else 1 + [key for _, key in places].index(start)
        number = places[behind][0]
        items = [item for item in self.pages[number] if (number, _key(item)) in places[behind:]]
        page: dict[str, Any] = {
            "Items": items,
            "ScannedCount": len(items),
            "ConsumedCapacity": {"CapacityUnits": UNITS},
        }
        return page | ({"LastEvaluatedKey": _key(items[-1])} if number + 1 < len(self.pages) else {})


def _key(item: dict[str, Any]) -> dict[str, Any]:
    return {name: item[name] for name in ("pk", "sk")}


def _device(user_id: str, id_: str) -> dict[str, Any]:
    return {
        "pk": {"S": f"U#{user_id}"},
        "sk": {"S": f"D#vehicle#{id_}"},
        SEEN: {"S": order_key(NOON, b"{}")},
        FOUND: {"S": ""},
        GONE: {"S": ""},
        VENDOR: {"S": "TESLA"},
        LAST_SEEN: instant_value(NOON - timedelta(hours=2)),
        REACHABLE: {"BOOL": True},
        ACTIVE: {"BOOL": False},
    }


def _lost(user_id: str) -> dict[str, Any]:
    return {
        "pk": {"S": f"U#{user_id}"},
        "sk": {"S": "D#vehicle#!TESLA"},
        NEWEST: {"S": order_key(NOON, b"{}")},
    }


def _word(_one: DeviceSummary, since: datetime | None) -> str:
    return "linked" if since is None else "lost"


def _count(table: Table, clock: Clock, *, deadline: Deadline | None = None, start: Any = None) -> Counted:
    until = deadline or Deadline.after(timedelta(hours=1), clock)
    count = Count.of(cast("Any", table), "devices", 1, until, _word)
    count.clock, count.sleep = clock, clock.sleep
    with ThreadPoolExecutor(max_workers=1) as pool:
        count.run(pool, start)
    assert count.items == []
    return Counted(dict(count.counts), count.cursor)


def test_a_long_scan_waits_so_that_readers_find_reads_left() -> None:
    """A partition gives 3,000 units a second to everybody, and readers do not wait."""
    clock = Clock()
    table = Table([[_device(f"user-{number:04}", "car")] for number in range(60)])

    _count(table, clock)

    assert len(table.asked) == 60
    assert clock.now == pytest.approx((59 * UNITS - UNPACED) / UNITS_A_SECOND)
    assert max(clock.slept) <= UNITS / UNITS_A_SECOND + 1e-9


def test_a_short_scan_does_not_wait() -> None:
    """What a table has saved up is enough for it."""
    clock = Clock()

    _count(Table([[_device(f"user-{number:04}", "car")] for number in range(8)]), clock)

    assert clock.slept == []


def test_a_slow_table_is_not_waited_for_twice() -> None:
    """The time that its answers take counts."""

    class Slow(Table):
        def scan(self, **request: Any) -> dict[str, Any]:
            clock.now += 1.0
            return super().scan(**request)

    clock = Clock()

    _count(Slow([[_device(f"user-{number:04}", "car")] for number in range(60)]), clock)

    assert clock.slept == []


def test_a_scan_for_devices_keeps_to_it_too() -> None:
    """All scans do: the sweep's own is the most frequent."""
    clock, table = Clock(), Table([[_device(f"user-{number:04}", "car")] for number in range(60)])
    until = Deadline.after(timedelta(hours=1), clock)
    scan = Scan(cast("Any", table), {}, 1, 10**9, until, lambda _: 1, clock=clock, sleep=clock.sleep)

    with ThreadPoolExecutor(max_workers=1) as pool:
        scan.run(pool, None)

    assert len(scan.items) == 60
    assert clock.now > 5


def test_a_wait_ends_with_the_time_of_the_run() -> None:
    """The next run goes on at the same place."""
    clock = Clock()
    table = Table([[_device(f"user-{number:04}", "car")] for number in range(60)])

    first = _count(table, clock, deadline=Deadline.after(timedelta(seconds=2), clock))
    second = _count(table, Clock(), start=first.cursor)

    assert clock.now == pytest.approx(2.0)
    assert first.cursor is not None
    assert first.counts["linked"] + second.counts["linked"] == 60


def test_a_user_whom_a_page_cuts_in_two_is_judged_whole() -> None:
    """With the page that ends it; and, if the time is up between the two pages, by the next run."""
    pages = [
        [_device("abe", "1"), _lost("ada"), _device("ada", "2")],
        [_device("ada", "3"), _device("bob", "4")],
    ]

    at_once = _count(Table(pages), Clock())
    begun = _count(Table(pages), Clock(), deadline=_one_page())
    ended = _count(Table(pages), Clock(), start=begun.cursor)

    assert at_once.counts == {"linked": 2, "lost": 2}
    assert (begun.counts, ended.counts) == ({"linked": 1}, {"linked": 1, "lost": 2})
    assert (begun.cursor is None, ended.cursor) == (False, None)


def test_a_lost_account_counts_wherever_it_stands_on_a_page() -> None:
    """An engine need not keep DynamoDB's order."""
    assert _count(Table([[_device("ada", "2"), _lost("ada")]]), Clock()).counts == {"lost": 1}


def test_a_count_reads_no_documents() -> None:
    """They are most of an item, and no verdict hangs on them."""
    table = Table([[_device("ada", "1")]])

    _count(table, Clock())

    (asked,) = table.asked
    read = set(asked["ProjectionExpression"].split(", "))
    assert read.isdisjoint({DOC, FOUND_DOC})
    assert {LAST_SEEN, REACHABLE, SEEN, GONE, NEWEST} <= read


def _one_page() -> Deadline:
    """A deadline that comes when one page was read."""
    left = iter([1.0, 1.0])
    return cast("Deadline", type("Short", (), {"left": property(lambda _self: next(left, 0.0))})())
