"""Parallel scan of a table: segments, bounded time, and a cursor to resume at."""

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any

from lastseen.domain.deadline import Deadline
from lastseen.domain.maintenance import ScanCursor
from lastseen.store import keys
from lastseen.store.device_items import readable
from lastseen.store.fast_parser import Item
from lastseen.store.requests import answering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_BEGINNING, _END = "beginning", "end"

UNITS_A_SECOND = 700.0
"""Read units a second of one segment. A partition gives 3,000 to everybody, and four segments may meet in one."""

UNPACED = 1000.0
"""Units that a segment reads as fast as it goes: 8 MB, which a table has saved up in its burst capacity."""


@dataclass
class ReadLimit:
    """Keeps one segment of a scan from taking the reads of those who wait for an answer.

    Attributes:
        clock: Monotonic seconds.
        sleep: Waits some seconds.
        used: Read units so far.
    """

    clock: Callable[[], float]
    sleep: Callable[[float], None]
    used: float = 0.0
    _began: float = field(init=False)

    def __post_init__(self) -> None:
        self._began = self.clock()

    def spend(self, units: float, *, at_most: float) -> None:
        """Take note of what a page has cost, and wait until the next may follow, at most so many seconds."""
        self.used += units
        ahead = (self.used - UNPACED) / UNITS_A_SECOND - (self.clock() - self._began)
        if ahead > 0:
            self.sleep(min(ahead, at_most))


@dataclass
class Scan[Found]:
    """A scan in segments, one thread each, page by page, that stops when it has enough or time is up.

    Attributes:
        client: A DynamoDB client.
        request: What every page asks, without its place.
        segments: Into how many parts the table is cut.
        most: Stop at the next page once so many items were found.
        deadline: Stop at the next page when it comes.
        read: Makes of an item what is to be kept of it, so that a large table need not fit into memory.
        items: What was found.
        unreadable: The keys of what was found and cannot be read: it must not keep the rest from being found.
        cursor: Where to go on; None if the end was reached everywhere.
        scanned: How many items were looked at.
        read_units: What it cost.
        clock: Monotonic seconds.
        sleep: Waits some seconds.
    """

    client: "DynamoDBClient"
    request: dict[str, Any]
    segments: int
    most: int
    deadline: Deadline
    read: Callable[[Item], Found]
    items: list[Found] = field(default_factory=list)
    unreadable: list[str] = field(default_factory=list)
    cursor: ScanCursor | None = None
    scanned: int = 0
    read_units: float = 0.0
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _lock: Lock = field(default_factory=Lock)

    def run(self, pool: ThreadPoolExecutor, start: ScanCursor | None) -> None:
        """Look through the table.

        Args:
            pool: Threads; as many as there are segments, or the segments wait for each other.
            start: The cursor of a scan with as many segments; of another, it is the beginning.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        fits = start is not None and len(start) == self.segments
        places = start if fits and start is not None else [_BEGINNING] * self.segments
        ends = list(pool.map(self._segment, range(self.segments), places))
        self.cursor = None if all(place == _END for place in ends) else ends

    def _segment(self, number: int, place: Any) -> Any:
        limit = ReadLimit(self.clock, self.sleep)
        self._resume(number, place)
        while place != _END and self.deadline.left and len(self.items) < self.most:
            where: Any = {"Segment": number, "TotalSegments": self.segments}
            if place != _BEGINNING:
                where["ExclusiveStartKey"] = {"pk": {"S": place[0]}, "sk": {"S": place[1]}}
            with answering("a scan of the devices"):
                page: Any = self.client.scan(**self.request, **where)
            last, units = (
                page.get("LastEvaluatedKey"),
                page.get("ConsumedCapacity", {}).get("CapacityUnits", 0.0),
            )
            place = _END if last is None else [last["pk"]["S"], last["sk"]["S"]]
            self._take(number, page["Items"], place)
            with self._lock:
                self.scanned += page["ScannedCount"]
                self.read_units += units
            if place != _END:
                limit.spend(units, at_most=self.deadline.left)
        return self._stop(number, place)

    def _resume(self, number: int, place: Any) -> None:
        """Begin a segment at a place where it once stopped."""

    def _take(self, number: int, items: Sequence[Item], place: Any) -> None:  # noqa: ARG002 - a count needs them
        """Keep what a page has told; `place` is behind it."""
        found = [(item, readable(self.read, item)) for item in items]
        with self._lock:
            self.items += [one for _, one in found if one is not None]
            self.unreadable += [keys.spelled(item) for item, one in found if one is None]

    def _stop(self, number: int, place: Any) -> Any:  # noqa: ARG002 - a count needs it
        """Say where a segment that has come to this place must go on."""
        return place
