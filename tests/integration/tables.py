"""Two tables of the template on a real engine: everything in them, looked at and put back as no store may."""

import os
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from itertools import batched
from typing import TYPE_CHECKING, Any
from unittest.mock import patch
from uuid import uuid4

from botocore.config import Config

from lastseen.store import client
from lastseen.store.batches import LARGEST_BATCH, Batches
from lastseen.store.device_reader import DynamoDevices
from lastseen.store.fast_parser import Item
from lastseen.store.log_reader import DynamoHistory
from lastseen.store.log_writer import DynamoLog
from lastseen.store.state_writer import DynamoStates
from tests.integration import template
from tests.integration.engines import Engine

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

type Contents = dict[tuple[str, str, str], Item]
"""Every item of both tables by table, pk and sk."""

OF_THE_DELIVERY = ("received_at", "delivery_id")
"""What may differ between two arrivals of one event."""


def connect(engine: Engine) -> "DynamoDBClient":
    """A client made as the functions make it, which speaks to this engine.

    Only its patience is another: a Java engine that warms up on a busy machine is slower than any DynamoDB.
    """
    account = {
        "AWS_ENDPOINT_URL_DYNAMODB": engine.url,
        "AWS_ACCESS_KEY_ID": "tests",
        "AWS_SECRET_ACCESS_KEY": "tests",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    patience = client.IN_A_HURRY.merge(Config(connect_timeout=10, read_timeout=30))
    with patch.dict(os.environ, account), patch.object(client, "IN_A_HURRY", patience):
        return client.dynamodb()


@dataclass(frozen=True)
class Tables:
    """A DevicesTable and a HistoryTable.

    Attributes:
        client: Nobody tampers with this one.
        devices: Name of the DevicesTable.
        history: Name of the HistoryTable.
        pool: Carries the calls of stores that bring none.
    """

    client: "DynamoDBClient"
    devices: str
    history: str
    pool: ThreadPoolExecutor

    @property
    def batches(self) -> Batches:
        """Batches that go straight to the engine."""
        return Batches(self.client, self.pool)

    def log(self, batches: Batches | None = None, kept: timedelta | None = None) -> DynamoLog:
        """The log, for writing."""
        return DynamoLog(self.history, batches or self.batches, kept)

    def states(self, batches: Batches | None = None, kept: timedelta | None = None) -> DynamoStates:
        """The state, for writing."""
        return DynamoStates(self.devices, batches or self.batches, kept)

    def reader(self) -> DynamoDevices:
        """The state, for reading."""
        return DynamoDevices(self.devices, self.client)

    def past(self) -> DynamoHistory:
        """The log, for reading."""
        return DynamoHistory(self.history, self.client)

    def item(self, pk: str, sk: str) -> Item | None:
        """One item of the DevicesTable as it stands."""
        key: Any = {"pk": {"S": pk}, "sk": {"S": sk}}
        return self.client.get_item(TableName=self.devices, Key=key, ConsistentRead=True).get("Item")

    def contents(self, *, without: tuple[str, ...] = OF_THE_DELIVERY) -> Contents:
        """Every item of both tables.

        Args:
            without: Attributes to leave out.
        """
        return {
            (table, item["pk"]["S"], item["sk"]["S"]): {
                name: value for name, value in item.items() if name not in without
            }
            for table in (self.devices, self.history)
            for item in self._items(table)
        }

    def restore(self, wanted: Mapping[tuple[str, str, str], Item]) -> None:
        """Make the tables hold these items and no others; none, to clear them."""
        standing = self.contents(without=())
        writes: list[tuple[str, Any]] = [
            (table, {"DeleteRequest": {"Key": {"pk": {"S": pk}, "sk": {"S": sk}}}})
            for table, pk, sk in standing.keys() - wanted.keys()
        ]
        writes += [
            (key[0], {"PutRequest": {"Item": item}})
            for key, item in wanted.items()
            if standing.get(key) != item
        ]
        for chunk in batched(writes, LARGEST_BATCH, strict=False):
            requests: dict[str, list[Any]] = {}
            for table, write in chunk:
                requests.setdefault(table, []).append(write)
            self.client.batch_write_item(RequestItems=requests)

    def _items(self, table: str) -> Iterator[Any]:
        start: Any = {}
        while True:
            page = self.client.scan(TableName=table, ConsistentRead=True, **start)
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


@contextmanager
def created(dynamodb: "DynamoDBClient") -> Iterator[Tables]:
    """Create both tables under names of their own, and delete them afterwards."""
    mark = uuid4().hex[:8]
    names = {logical_id: f"{logical_id}-{mark}" for logical_id in ("DevicesTable", "HistoryTable")}
    with ThreadPoolExecutor(max_workers=8) as pool:
        for logical_id, name in names.items():
            dynamodb.create_table(TableName=name, **template.table(logical_id))
        try:
            yield Tables(dynamodb, names["DevicesTable"], names["HistoryTable"], pool)
        finally:
            for name in names.values():
                dynamodb.delete_table(TableName=name)
