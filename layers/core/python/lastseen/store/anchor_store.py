"""Streams of the log as the DevicesTable tells of them, their words in the HistoryTable, and a later expiry of some."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from lastseen.domain import anchor
from lastseen.domain.anchor import Extension, LogStream, StoredWord
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import OwnedDevice
from lastseen.domain.event import DeviceLog
from lastseen.domain.maintenance import ScanCursor, StreamPage
from lastseen.domain.snapshot import Snapshot
from lastseen.store import attributes, device_items, keys
from lastseen.store.batches import Batches, Statement
from lastseen.store.codec import unpack
from lastseen.store.fast_parser import Item
from lastseen.store.log_reader import DynamoHistory, entry_of
from lastseen.store.requests import answering, get_items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class DynamoAnchors:
    """Both tables, as whoever keeps the past answerable sees them.

    Attributes:
        devices_table: Name of the DevicesTable.
        history_table: Name of the HistoryTable.
        client: A DynamoDB client that has time.
        batches: Carries the writes.
        pool: Threads that ask for the words of several streams at once.
    """

    devices_table: str
    history_table: str
    client: "DynamoDBClient"
    batches: Batches
    pool: ThreadPoolExecutor

    def parallel_map[One, Other](self, do: Callable[[One], Other], many: Iterable[One], /) -> Iterable[Other]:
        """Do something with each of many streams, several at once."""
        return self.pool.map(do, many)

    def streams(self, *, start: ScanCursor | None, most: int, now: datetime) -> StreamPage:
        """Read one page of the DevicesTable, and give the streams that it tells of.

        Args:
            start: Behind which item; None for the beginning.
            most: How many items at most.
            now: The present moment: what has expired is gone, whether it was deleted yet or not.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        where: Any = (
            {} if start is None else {"ExclusiveStartKey": {"pk": {"S": start[0]}, "sk": {"S": start[1]}}}
        )
        with answering("the devices"):
            page: Any = self.client.scan(TableName=self.devices_table, Limit=most, **where)
        streams: list[LogStream] = []
        snapshots: dict[OwnedDevice, Snapshot] = {}
        for item in page["Items"]:
            key = keys.Key(item["pk"]["S"], item["sk"]["S"])
            if key.sk.startswith(keys.DEVICES_OF_USER) and keys.ACCOUNT not in key.sk:
                known = device_items.readable(device_items.known, item)
                if known is not None:
                    snapshots[known.user_id, known.device] = known.snapshot
                    streams += anchor.streams_of_device(known.device, known.user_id)
            elif (found := device_items.readable(lambda one: _status_stream(one, now), item)) is not None:
                streams.append(found)
        last = page.get("LastEvaluatedKey")
        cursor = None if last is None else [last["pk"]["S"], last["sk"]["S"]]
        return StreamPage(streams, snapshots, cursor, page["ScannedCount"])

    def snapshots(self, owned: Collection[OwnedDevice]) -> Mapping[OwnedDevice, Snapshot]:
        """Give those of these devices that we know and can read, tombstones included.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        wanted = [keys.Key(keys.user(user_id), keys.device(device)) for user_id, device in owned]
        items = get_items(self.client, self.devices_table, wanted)
        found = (device_items.readable(device_items.known, item) for item in items)
        return {(one.user_id, one.device): one.snapshot for one in found if one is not None}

    def words(self, place: DeviceLog, *, after: str, before: str, limit: int) -> list[StoredWord]:
        """Read words of a place between two order keys, the newest first, with their expiry; those that can be read.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        history = DynamoHistory(self.history_table, self.client)
        items = history.items(place, after=after, before=before, newest_first=True, limit=limit)
        found = (
            device_items.readable(lambda one: StoredWord(entry_of(place, one), _expiry(one)), item)
            for item in items
        )
        return [word for word in found if word is not None]

    def extend(self, extensions: Sequence[Extension], deadline: Deadline) -> None:
        """Let entries expire later: one write unit or two each, for as long as they are as large as most.

        What expired meanwhile, or lasts as long by somebody else's doing, is refused and left alone.

        Raises:
            StoreUnavailable: Not all of them are known to be written; writing them again does no harm.
        """
        text = f'UPDATE "{self.history_table}" SET "ttl"=? WHERE "pk"=? AND "sk"=? AND "ttl"<?'  # noqa: S608 - ours
        statements: dict[keys.Key, Statement] = {}
        for one in extensions:
            until: Item = {"N": str(int(one.until.timestamp()))}
            key = keys.entry(one.entry.place, one.entry.ord)
            statements[key] = Statement(text, [until, {"S": key.pk}, {"S": key.sk}, until])
        if statements:
            self.batches.execute(statements.values(), deadline)


def _status_stream(item: Item, now: datetime) -> LogStream | None:
    status_id = keys.part_of(keys.Key(item["pk"]["S"], item["sk"]["S"]))
    expires_at = _expiry(item)
    if status_id is None or status_id.user_id is None or (expires_at is not None and expires_at <= now):
        return None
    return anchor.stream_of_status(
        status_id.kind,
        status_id.user_id,
        status_id.id,
        item[attributes.NEWEST]["S"],
        unpack(item[attributes.DOC]["B"]),
    )


def _expiry(item: Item) -> datetime | None:
    seconds = item.get(attributes.TTL, {}).get("N")
    return None if seconds is None else datetime.fromtimestamp(int(seconds), tz=UTC)
