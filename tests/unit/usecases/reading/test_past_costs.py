"""Proves `usecases/parallel_map.py`, `usecases/reading/past.py`:
a question about the past costs about what it shows, however long the log is.
"""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from threading import Barrier
from typing import Any

import pytest

from lastseen.domain.caller import Caller
from lastseen.domain.event import Entry, Place
from lastseen.domain.pagination import Page, PageRequest
from lastseen.usecases.reading.device_log import Span
from lastseen.usecases.reading.past import HistoryReader
from tests.support.builders import NOON, Json, a_vehicle, an_event
from tests.support.fakes import CountedHistory, FakeDevices, FakeHistory
from tests.support.read_requests import Kept

ANNA = Caller("anna")
START = NOON - timedelta(hours=1)


def _said(number: int) -> Json:
    car = a_vehicle(id="car", battery_percent=number % 3)
    return an_event(at=START + timedelta(seconds=3 * number), user_id="anna", vehicle=car)


def _long_log() -> tuple[Kept, CountedHistory]:
    """An hour in which something was said every few seconds, of one device."""
    kept = Kept()
    for first in range(0, 1000, 100):
        kept.deliver(*map(_said, range(first, first + 100)))
    return kept, CountedHistory(FakeHistory(kept.log))


def test_one_moment_costs_a_few_entries_of_a_long_log() -> None:
    """One for where coverage begins, one for the word that settles it: a list as of a moment asks for a hundred."""
    kept, log = _long_log()

    HistoryReader(ANNA, FakeDevices(kept.states), log, NOON).as_of("car", START + timedelta(minutes=40))

    assert (log.calls, log.read) == (2, 2)


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_page_of_history_costs_about_what_it_shows(newest_first: bool) -> None:
    """Wherever it lies in the log."""
    kept, log = _long_log()
    history_reader = HistoryReader(ANNA, FakeDevices(kept.states), log, NOON)

    page = history_reader.changes(
        "car", Span(START + timedelta(minutes=20), newest_first=newest_first), PageRequest(50)
    ).changes
    history_reader.changes(
        "car",
        Span(START + timedelta(minutes=20), newest_first=newest_first),
        PageRequest(50, after=page.after),
    )

    assert len(page.items) == 50
    assert log.calls <= 12
    assert log.read < 500


@pytest.mark.parametrize("newest_first", [False, True])
def test_a_page_of_history_is_bounded_by_the_weight_of_what_it_compares(newest_first: bool) -> None:
    """Two documents of 100 KB take ten milliseconds: two thousand of them would be longer than Lambda lives."""
    kept = Kept()
    for number in range(200):
        large = a_vehicle(id="car", battery_percent=number // 50, notes="x" * 100_000)
        kept.deliver(an_event(at=START + timedelta(seconds=number), user_id="anna", vehicle=large))
    history_reader = HistoryReader(ANNA, FakeDevices(kept.states), FakeHistory(kept.log), NOON)
    found: list[object] = []
    pages, after = 0, None
    while after is not None or not pages:
        page = history_reader.changes(
            "car", Span(newest_first=newest_first), PageRequest(50, after=after)
        ).changes
        found += [change.after for change in page.items if change.path == "chargeState.batteryLevel"]
        pages, after = pages + 1, page.after

    assert pages > 2
    assert found == ([3, 2, 1] if newest_first else [1, 2, 3])


@dataclass
class _Together:
    """A log that answers only when so many ask it at once."""

    log: FakeHistory
    barrier: Barrier

    def entries(self, place: Place, **which: Any) -> Iterator[Entry]:
        """Wait for the others; if they do not come, the test fails."""
        self.barrier.wait(timeout=30)
        return self.log.entries(place, **which)


def test_a_list_as_of_a_moment_asks_for_its_devices_at_once_and_keeps_their_order() -> None:
    """Two questions a device, one after the other, would take a page of a hundred longer than anybody waits."""
    kept = Kept()
    for number in range(12):
        car = a_vehicle(id=f"car-{number:02}", userId="anna")
        kept.deliver(an_event(at=START, user_id="anna", vehicle=car))
    devices = FakeDevices(kept.states)
    together = _Together(FakeHistory(kept.log), Barrier(4))
    page = Page(tuple(one.known for one in devices.walk_user("anna")))

    with ThreadPoolExecutor(max_workers=4) as pool:
        history_reader = HistoryReader(ANNA, devices, together, NOON, parallel_map=pool.map)
        then = history_reader.all_as_of(page, NOON)

    assert [one.known.device.id for one in then.items] == [f"car-{number:02}" for number in range(12)]
