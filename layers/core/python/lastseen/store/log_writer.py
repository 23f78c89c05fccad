"""Append to the HistoryTable: one immutable item an event, never changed, only expired."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from lastseen.domain import instant, retention
from lastseen.domain.deadline import Deadline
from lastseen.domain.event import DeviceLog, Entry
from lastseen.store import keys
from lastseen.store.batches import Batches
from lastseen.store.codec import pack
from lastseen.store.fast_parser import Item


@dataclass(frozen=True)
class DynamoLog:
    """The HistoryTable, for writing.

    Attributes:
        table: Its name.
        batches: Carries the writes.
        kept: How long the log is kept; None for ever. An entry outlives it by a grace.
    """

    table: str
    batches: Batches
    kept: timedelta | None

    def append(
        self, entries: Sequence[Entry], *, received_at: datetime, delivery_id: str, deadline: Deadline
    ) -> None:
        """Write entries down. An entry that stands already is written over with itself.

        Args:
            entries: In any order; one said twice is written once.
            received_at: When our door opened, aware UTC.
            delivery_id: Enode's `x-enode-delivery`, unsigned: for tracing only.
            deadline: Until when it must be acknowledged.

        Raises:
            StoreUnavailable: Not all of them are known to stand; appending them again does no harm.
        """
        tracing = {"received_at": {"S": instant.fixed(received_at)}, "delivery_id": {"S": delivery_id}}
        items = {
            keys.entry(entry.place, entry.ord): self._item(entry, received_at) | tracing for entry in entries
        }
        self.batches.put(self.table, items.values(), deadline)

    def _item(self, entry: Entry, received_at: datetime) -> Item:
        pk, sk = keys.entry(entry.place, entry.ord)
        item: Item = {
            "pk": {"S": pk},
            "sk": {"S": sk},
            "event": {"S": entry.name},
            "source": {"S": entry.source.value},
            "doc": {
                "B": pack(
                    entry.document, entry.place.device.kind if isinstance(entry.place, DeviceLog) else None
                )
            },
            "rest": {"S": entry.envelope.decode()},
        }
        if self.kept is not None:
            expires_at = retention.expires_at(entry.at, received_at=received_at, kept=self.kept)
            item["ttl"] = {"N": str(int(expires_at.timestamp()))}
        return item
