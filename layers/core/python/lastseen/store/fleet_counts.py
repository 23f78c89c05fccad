"""Counting of all living devices while scanning, in constant memory: a page is judged, counted, and forgotten.

A device whose account is lost is judged by more than its own item, and any device of that account may prove that it is
not. All of these stand together, under their user. So a user whom a page has cut in two is judged with the next page,
and a count that must stop there goes on in front of the user.
"""

import sys
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Self

from lastseen.domain import instant, order
from lastseen.domain.account import Account
from lastseen.domain.deadline import Deadline
from lastseen.domain.maintenance import DeviceSummary, FleetSummary
from lastseen.store import device_items, keys
from lastseen.store.attributes import (
    ACTIVE,
    CADENCE,
    CHECKED_AT,
    DENIED_AT,
    DOUBT,
    FOUND,
    GONE,
    LAST_SEEN,
    LOST,
    NEWEST,
    REACHABLE,
    SEEN,
    VENDOR,
)
from lastseen.store.fast_parser import Item
from lastseen.store.parallel_scan import Scan

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# All that a verdict hangs on. Documents, most of an item, stay where they are.
_REGISTERS = (SEEN, FOUND, GONE)
_FACTS = (VENDOR, LAST_SEEN, REACHABLE, ACTIVE, DOUBT)
_READ = ("pk", "sk", NEWEST, *_REGISTERS, *_FACTS, CHECKED_AT, DENIED_AT, CADENCE)
_IS_DEVICE = f"(begins_with(sk, :devices) AND ({SEEN} > {GONE} OR {FOUND} > {GONE}))"
_IS_LOST_ACCOUNT = f"(contains(sk, :account) AND {LOST} = :yes)"

type Judge = Callable[[DeviceSummary, datetime | None], str]


@dataclass
class Count(Scan[None]):
    """A scan that counts.

    Attributes:
        judge: Gives the word on a device by which it is counted.
        counts: How many have which.
    """

    judge: Judge = lambda _one, _since: ""
    counts: Counter[str] = field(default_factory=Counter)
    _open: dict[int, "_User"] = field(default_factory=dict)

    @classmethod
    def of(
        cls, client: "DynamoDBClient", table: str, segments: int, deadline: Deadline, judge: Judge
    ) -> Self:
        """Count a table's devices."""
        request = {
            "TableName": table,
            "FilterExpression": f"{_IS_DEVICE} OR {_IS_LOST_ACCOUNT}",
            "ProjectionExpression": ", ".join(_READ),
            "ExpressionAttributeValues": {
                ":devices": {"S": keys.DEVICES_OF_USER},
                ":account": {"S": keys.ACCOUNT},
                ":yes": {"BOOL": True},
            },
            "ReturnConsumedCapacity": "TOTAL",
        }
        return cls(client, request, segments, sys.maxsize, deadline, lambda _item: None, judge=judge)

    def _resume(self, number: int, place: Any) -> None:
        self._open[number] = _User([], {}, place)

    def _take(self, number: int, items: Sequence[Item], place: Any) -> None:
        before, of_page = self._open[number], dict[str, _User]()
        if before.pk is not None:
            of_page[before.pk] = before
        last = None if isinstance(place, str) else place[0]
        behind = before.behind if before.last is None else before.last
        for item in items:
            pk, sk = item["pk"]["S"], item["sk"]["S"]
            user = of_page.setdefault(pk, _User([], {}, behind))
            if keys.ACCOUNT in sk:
                user.lost.update(device_items.readable(_lost, item) or {})
            elif (summary := device_items.readable(_summary, item)) is not None:
                user.devices.append(summary)
            user.pk, user.last = pk, [pk, sk]
            behind = user.last
        unfinished = of_page.pop(last, None) if last is not None else None
        found = Counter(word for user in of_page.values() for word in user.words(self.judge))
        with self._lock:
            self.counts.update(found)
        self._open[number] = unfinished or _User([], {}, place)

    def _stop(self, number: int, place: Any) -> Any:
        user = self._open[number]
        return place if user.pk is None else user.behind


@dataclass
class _User:
    """The devices of one user, as far as they were met.

    Attributes:
        devices: Those that live.
        lost: Since when accounts have been said not to be linked any more.
        behind: The place in front of the user: where whoever must stop here goes on.
        pk: The user's partition; None while nothing of the user was met.
        last: The last item of the user that was met.
    """

    devices: list[DeviceSummary]
    lost: dict[Account, datetime]
    behind: Any
    pk: str | None = None
    last: Any = None

    def words(self, judge: Judge) -> list[str]:
        """Judge each, now that the whole user is known."""
        lost = FleetSummary(self.devices, self.lost).disconnected()
        return [
            judge(one, lost.get(account) if lost and (account := one.account) else None)
            for one in self.devices
        ]


def _lost(item: Item) -> dict[Account, datetime]:
    account = keys.account_of(keys.Key(item["pk"]["S"], item["sk"]["S"]))
    return {account: instant.cut(order.instant_of(item[NEWEST]["S"]))}


def _summary(item: Item) -> DeviceSummary:
    return DeviceSummary(
        keys.user_id_of(item["pk"]["S"]),
        keys.device_of(item["sk"]["S"]),
        device_items.facts_of(item),
        device_items.checked_at(item),
        device_items.found_at(item),
        device_items.denied_at(item),
        device_items.cadence_of(item),
    )
