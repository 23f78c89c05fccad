"""Find devices due for a check, claim them, store the results.

The attributes of the sweep stand beside the registers of a device's item. Ingest never touches them, and these
statements never touch a register, so neither can undo the other. They only ever change an item that is there.
"""

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from lastseen.domain import order
from lastseen.domain.cadence import PROBED
from lastseen.domain.check_schedule import LONGEST_CLAIM, CheckState, TrackedDevice, has_reason
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceKind, OwnedDevice
from lastseen.domain.freshness import Limits
from lastseen.domain.maintenance import Counted, DeviceSummary, Due, NotFoundAtEnode, ScanCursor, VerifiedAt
from lastseen.domain.snapshot import StoredDevice
from lastseen.store import check_statements, device_items, keys
from lastseen.store.attributes import (
    ACTIVE,
    CADENCE,
    CHECKED_AT,
    CHECKED_SEEN,
    DENIED_AT,
    FAILED_RUN,
    FAILURES,
    FOUND,
    GONE,
    HINT_OPEN,
    KIND,
    LAST_SEEN,
    MISSING_RUN,
    NEXT_CHECK,
    SEEN,
    instant_value,
)
from lastseen.store.batches import Batches
from lastseen.store.fast_parser import Item
from lastseen.store.fleet_counts import Count
from lastseen.store.parallel_scan import Scan
from lastseen.store.requests import get_items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

# A device, and one that lives: something newer than its deletion was said of it. An account, whose key begins alike,
# has no registers.
_IS_ALIVE = f"begins_with(sk, :devices) AND ({SEEN} > {GONE} OR {FOUND} > {GONE})"
# Never claimed; or its time has come; or it spoke since the last look, which makes its silence news.
_IS_DUE = f"(attribute_not_exists({NEXT_CHECK}) OR {NEXT_CHECK} <= :now OR {LAST_SEEN} > {CHECKED_SEEN})"
# Nothing but its discovery is known of this life: read as soon as may be. Neither what was planned in a former life
# holds it up, nor a claim of that time; but a claim under way does, a failure, and a denial since.
_IS_UNREAD = f"{SEEN} <= {GONE}"
_IS_PLANNED_BEFORE = (
    f"({CHECKED_AT} < {FOUND} AND {NEXT_CHECK} > :claimed "
    f"AND (attribute_not_exists({FAILURES}) OR {FAILURES} = :none) "
    f"AND (attribute_not_exists({DENIED_AT}) OR {DENIED_AT} < {FOUND}))"
)
# A hint's outcome is to be seen, or each contact of it.
_IS_WATCHED = f"(({HINT_OPEN} = :yes OR begins_with({CADENCE}, :probed)) AND {NEXT_CHECK} <= :now)"

# Since the reconcile began: neither asked for, in vain or not, nor spoken of by an event, nor marked already.
_WAS_NOT_ASKED = f"(attribute_not_exists({CHECKED_AT}) OR {CHECKED_AT} < :since)"
_WAS_SILENT = f"{SEEN} < :since AND {FOUND} < :since"
_IS_UNMARKED = (
    f"(attribute_not_exists({MISSING_RUN}) OR {MISSING_RUN} <> :run) "
    f"AND (attribute_not_exists({FAILED_RUN}) OR {FAILED_RUN} <> :run)"
)

_DEVICES: Item = {":devices": {"S": keys.DEVICES_OF_USER}}


@dataclass(frozen=True)
class DynamoCheckStore:
    """The DevicesTable, as the sweep sees it.

    Attributes:
        table: Its name.
        client: A DynamoDB client that has time: a page of a scan is a megabyte.
        batches: Carries the writes.
        pool: Threads for the segments of a scan.
        segments: Into how many parts a scan is cut.
    """

    table: str
    client: "DynamoDBClient"
    batches: Batches
    pool: ThreadPoolExecutor
    segments: int = 4

    def due(
        self, *, now: datetime, limits: Limits, most: int, start: ScanCursor | None, deadline: Deadline
    ) -> Due:
        """Find devices whose last contact is old and whose next look is due, probes, and those with a hint's outcome.

        And those that were only discovered, whatever contact their discovery tells of: they are still to be read.

        The filter runs on the server: every item is paid for, but only what may be due is sent and read. It goes by
        the shortest limit that a device of a kind may have; whether it is old says `Limits.of`, as everywhere.

        Args:
            now: The present moment, aware UTC.
            limits: Ages up to which a contact is fresh.
            most: Stop once there are so many.
            start: Where the last scan stopped; None for the beginning.
            deadline: Stop when it comes.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        values: Item = {
            **_DEVICES,
            ":yes": {"BOOL": True},
            ":no": {"BOOL": False},
            ":now": instant_value(now),
            ":claimed": instant_value(now + LONGEST_CLAIM),
            ":none": {"N": "0"},
            ":probed": {"S": PROBED},
        }
        is_old = _may_be_old(limits, now, values)
        found = self._scan(
            f"{_IS_ALIVE} AND ({_IS_WATCHED} OR ({is_old} AND {_IS_DUE}) "
            f"OR ({_IS_UNREAD} AND ({_IS_DUE} OR {_IS_PLANNED_BEFORE})))",
            values,
            _tracked,
            most=most,
            start=start,
            deadline=deadline,
        )
        tracked_devices = [one for one in found.items if has_reason(one, now=now, limits=limits)]
        return Due(tracked_devices, found.cursor, found.scanned, found.read_units, found.unreadable)

    def one(self, owned: OwnedDevice) -> TrackedDevice | None:
        """Give a device and what is remembered of it; None if there is none.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        user_id, device = owned
        for item in get_items(self.client, self.table, [keys.Key(keys.user(user_id), keys.device(device))]):
            return _tracked(item)
        return None

    def some(self, owned: Iterable[OwnedDevice]) -> list[TrackedDevice]:
        """Give those of these devices that there are and that can be read, and what is remembered of each.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        named = [keys.Key(keys.user(user_id), keys.device(device)) for user_id, device in owned]
        found = (device_items.readable(_tracked, item) for item in get_items(self.client, self.table, named))
        return [one for one in found if one is not None]

    def claim(
        self, tracked_devices: Sequence[TrackedDevice], *, until: datetime, deadline: Deadline
    ) -> list[TrackedDevice]:
        """Take devices for oneself by moving their next look, from the one that was read, to the end of the claim.

        Returns:
            Those that nobody else was faster to take, unchanged.

        Raises:
            StoreUnavailable: Some may have been claimed; their claims run out by themselves.
        """
        statements = check_statements.CheckStatements(self.table)
        answers = self.batches.execute([statements.claim(one, until) for one in tracked_devices], deadline)
        return [one for one, refusal in zip(tracked_devices, answers, strict=True) if refusal is None]

    def remember(
        self, tracked_devices: Sequence[TrackedDevice], *, claim: datetime, deadline: Deadline
    ) -> None:
        """Write down what is to be remembered, where the claim still stands.

        Raises:
            StoreUnavailable: Some may not have been written; their claims run out by themselves.
        """
        statements = check_statements.CheckStatements(self.table)
        self.batches.execute([statements.remember(one, claim) for one in tracked_devices], deadline)

    def write_down_hints(
        self, hints: Sequence[tuple[TrackedDevice, CheckState]], *, claim: datetime, deadline: Deadline
    ) -> list[tuple[TrackedDevice, CheckState]]:
        """Write hints down before they are sent.

        Args:
            hints: Each device as it was read, and what to remember of it.
            claim: The claim that must still stand.
            deadline: Until when.

        Returns:
            Those that may be sent: the claim stands, and nobody has hinted since the device was read.

        Raises:
            StoreUnavailable: Some may have been written; none may be sent.
        """
        statements = check_statements.CheckStatements(self.table)
        answers = self.batches.execute([statements.hint(*hint, claim) for hint in hints], deadline)
        return [hint for hint, refusal in zip(hints, answers, strict=True) if refusal is None]

    def mark_verified(self, answered: Sequence[VerifiedAt], deadline: Deadline) -> None:
        """Write down that Enode was asked. What is not there is left so.

        Raises:
            StoreUnavailable: Some may not have been written; writing them again does no harm.
        """
        statements = check_statements.CheckStatements(self.table)
        self.batches.execute([statements.answered(one) for one in answered], deadline)

    def mark_denied(self, denied: Sequence[NotFoundAtEnode], deadline: Deadline) -> None:
        """Write down that Enode denies devices, for their readers; what is to become of them a reconcile decides.

        Raises:
            StoreUnavailable: Not all of them are known to be written; writing them again does no harm.
        """
        statements = check_statements.CheckStatements(self.table)
        self.batches.execute([statements.denied(one) for one in denied], deadline)

    def mark_missing(self, missing: Sequence[NotFoundAtEnode], *, run: str, deadline: Deadline) -> None:
        """Write down that Enode denies them.

        Raises:
            StoreUnavailable: Some may not have been written; writing them again does no harm.
        """
        statements = check_statements.CheckStatements(self.table)
        self.batches.execute([statements.missing(one, run) for one in missing], deadline)

    def mark_failed(self, owned: Sequence[OwnedDevice], *, run: str, deadline: Deadline) -> None:
        """Write down that this run asked for them in vain.

        Raises:
            StoreUnavailable: Some may not have been written; writing them again does no harm.
        """
        statements = check_statements.CheckStatements(self.table)
        self.batches.execute([statements.failed(one, run) for one in owned], deadline)

    def many(self, owned: Iterable[OwnedDevice]) -> Mapping[OwnedDevice, StoredDevice]:
        """Give those of these devices that we know and can read, tombstones included.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        named = {
            keys.Key(keys.user(user_id), keys.device(device)): (user_id, device) for user_id, device in owned
        }
        found: dict[OwnedDevice, StoredDevice] = {}
        for item in get_items(self.client, self.table, list(named)):
            known = device_items.readable(device_items.known, item)
            if known is not None:
                found[named[keys.Key(item["pk"]["S"], item["sk"]["S"])]] = known
        return found

    def unlisted(
        self, *, since: datetime, run: str, but: Collection[DeviceKind], most: int, deadline: Deadline
    ) -> list[StoredDevice]:
        """Find living devices of which nothing was heard since a reconcile began, but for some kinds.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        values: Item = {**_DEVICES, ":since": {"S": order.begin(since)}, ":run": {"S": run}}
        condition = f"{_IS_ALIVE} AND {_WAS_SILENT} AND {_WAS_NOT_ASKED} AND {_IS_UNMARKED}"
        for number, kind in enumerate(but):
            condition += f" AND NOT begins_with(sk, :but{number})"
            values[f":but{number}"] = {"S": f"{keys.DEVICES_OF_USER}{kind}#"}
        return self._scan(
            condition, values, device_items.known, most=most, start=None, deadline=deadline
        ).items

    def missing(self, *, run: str, most: int, deadline: Deadline) -> list[NotFoundAtEnode]:
        """Find living devices that this run has marked as missing.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        condition = f"{_IS_ALIVE} AND {MISSING_RUN} = :run"
        values: Item = {**_DEVICES, ":run": {"S": run}}
        return self._scan(
            condition, values, check_statements.read_missing, most=most, start=None, deadline=deadline
        ).items

    def count(
        self,
        judge: Callable[[DeviceSummary, datetime | None], str],
        *,
        start: ScanCursor | None,
        deadline: Deadline,
    ) -> Counted:
        """Count living devices by a word on each; nothing but the numbers is kept, however many there are.

        Args:
            judge: Gives the word on a device, and is told since when its account is not linked any more.
            start: Where the last count stopped; None for the beginning.
            deadline: Stop when it comes.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        count = Count.of(self.client, self.table, self.segments, deadline, judge)
        count.run(self.pool, start)
        return Counted(count.counts, count.cursor)

    def _scan[Found](
        self,
        condition: str,
        values: Item,
        read: Callable[[Item], Found],
        *,
        most: int,
        start: ScanCursor | None,
        deadline: Deadline,
    ) -> Scan[Found]:
        request = {
            "TableName": self.table,
            "FilterExpression": condition,
            "ExpressionAttributeValues": values,
            "ReturnConsumedCapacity": "TOTAL",
        }
        scan = Scan(self.client, request, self.segments, most, deadline, read)
        scan.run(self.pool, start)
        return scan


def _tracked(item: Item) -> TrackedDevice:
    return TrackedDevice(device_items.known(item), check_statements.read(item))


def _may_be_old(limits: Limits, now: datetime, values: Item) -> str:
    """Give the filter for what may be older than its limit, kinds of equal limits in one term, and add its values."""
    kinds_of = defaultdict[tuple[timedelta, timedelta], list[str]](list)
    for kind in DeviceKind:
        active, idle = (limits.shortest(kind, is_active=is_active) for is_active in (True, False))
        kinds_of[active, idle].append(f":{kind.name.lower()}")
        values[f":{kind.name.lower()}"] = {"S": keys.LETTERS[kind]}
    terms = []
    for number, ((active, idle), kinds) in enumerate(kinds_of.items()):
        values[f":active{number}"] = instant_value(now - active)
        values[f":idle{number}"] = instant_value(now - idle)
        is_past = (
            f"(({ACTIVE} = :yes AND {LAST_SEEN} <= :active{number}) "
            f"OR ({ACTIVE} = :no AND {LAST_SEEN} <= :idle{number}))"
        )
        terms.append(f"({KIND} IN ({', '.join(kinds)}) AND {is_past})")
    return f"({' OR '.join(terms)})"
