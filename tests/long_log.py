"""A log of 26,000 entries, 1,300 of them of actions, to ask the hardest questions of: for tests and measurements."""

from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from functools import cache

from lastseen.domain import document, order
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceLog, DeviceUpdate, Entry, Place, Source
from lastseen.domain.event_catalog import Family
from lastseen.domain.order import order_key
from lastseen.domain.snapshot import Register, Snapshot
from tests.support.builders import NOON, Json, a_vehicle, an_action
from tests.support.fakes import FakeStates

NO_HURRY = Deadline(ends=1.0, clock=lambda: 0.0)
ENTRIES, ACTIONS = 26_000, 1_300
CAR = DeviceId(DeviceKind.VEHICLE, "car")
BEGAN = NOON - timedelta(days=80)
STEP = timedelta(minutes=4)

QUERIES: tuple[Json, ...] = tuple(
    {"order": direction, **size, **span, **field}
    for direction in ("asc", "desc")
    for size, span in (
        ({"pageSize": "100"}, {}),
        ({"pageSize": "1"}, {"from": "2026-01-15T12:00:00Z"}),
        ({"pageSize": "100"}, {"from": "2026-01-10T00:00:00Z", "to": "2026-02-20T00:00:00Z"}),
    )
    for field in (
        {},
        {"field": "chargeState.batteryLevel"},
        {"field": "information.year"},
        {"field": "vendorActions"},
        {"field": "vendorActions.action-0007"},
        {"field": "$exists"},
        {"field": "schedules"},
    )
)
"""Every way to ask for history."""


@dataclass(frozen=True)
class SortedHistory:
    """A log for reading that finds its bounds as an index does."""

    entries_of: dict[Place, list[Entry]]

    def entries(
        self,
        place: Place,
        *,
        after: str = order.FIRST,
        before: str = order.LAST,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """Entries of one place between two order keys, both excluded."""
        entries = self.entries_of.get(place, [])
        first = bisect_right(entries, after, key=lambda entry: entry.ord)
        last = bisect_left(entries, before, key=lambda entry: entry.ord)
        count = max(last - first if limit is None else min(limit, last - first), 0)
        found = entries[last - count : last][::-1] if newest_first else entries[first : first + count]
        return iter(found)


@cache
def long_log(user_id: str = "anna") -> tuple[FakeStates, SortedHistory]:
    """Fill a log: every twentieth entry is a word on an action, many of which are years under way; only every hundredth
    word on the car changes more than its contact."""
    place, actions = DeviceLog(CAR, user_id), DeviceLog(CAR, user_id, Family.ACTIONS)
    entries: dict[Place, list[Entry]] = {place: [], actions: []}
    for number in range(ENTRIES):
        at = BEGAN + number * STEP
        if number % (ENTRIES // ACTIONS) == 0:
            rank = number // (ENTRIES // ACTIONS)
            # Two of three words are on actions that were made long ago.
            made = rank if rank % 3 == 0 else rank % 40
            action = an_action(
                id=f"action-{made:04}",
                targetId=CAR.id,
                targetType="vehicle",
                createdAt=f"{BEGAN + made * STEP * (ENTRIES // ACTIONS):%Y-%m-%dT%H:%M:%S.000Z}",
                state=f"STATE:{rank}",
            )
            entries[actions].append(_entry(actions, "user:vendor-action:updated", number, action))
        else:
            level = number // 100 % 100
            car = a_vehicle(
                id=CAR.id, userId=user_id, battery_percent=level, lastSeen=f"{at:%Y-%m-%dT%H:%M:%SZ}"
            )
            entries[place].append(_entry(place, "user:vehicle:updated", number, car))
    states, newest = FakeStates(), entries[place][-1]
    said = Register(newest.ord, newest.document)
    states.merge([DeviceUpdate(CAR, user_id, Snapshot(seen=said))], NO_HURRY)
    return states, SortedHistory(entries)


def _entry(place: DeviceLog, name: str, number: int, said: Json) -> Entry:
    at, text = BEGAN + number * STEP, document.encode(said)
    return Entry(place, order_key(at, name.encode(), text), at, name, Source.WEBHOOK, text, b"{}")
