"""Write device states and statuses with newest-wins guards, whoever writes and in whatever order."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Protocol

from lastseen.domain.deadline import Deadline
from lastseen.domain.device import OwnedDevice
from lastseen.domain.event import Confirmation, DeviceUpdate, Effect, Entry, Joined, Status
from lastseen.domain.snapshot import EMPTY_SNAPSHOT, Snapshot
from lastseen.domain.twin import PREFIX
from lastseen.errors import StoreUnavailable
from lastseen.store import device_items, keys
from lastseen.store.attributes import SPLIT, TWIN
from lastseen.store.batches import Batches, Statement, WriteRefused
from lastseen.store.device_statements import DeviceStatements, StatusStatements
from lastseen.store.fast_parser import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient  # noqa: F401

MOST_ROUNDS = 8
"""Update, first sight, update again, and a few lost races; a register only grows, so each race lost is progress."""


@dataclass(frozen=True)
class DynamoStates:
    """The DevicesTable, for writing.

    Attributes:
        table: Its name.
        batches: Carries the writes.
        kept: How long the log is kept, and with it what is left of a deleted device; None for ever.
    """

    table: str
    batches: Batches
    kept: timedelta | None

    def merge(self, effects: Sequence[Effect], deadline: Deadline) -> Joined:
        """Join each effect into what stands; one effect a device or status.

        One trip where every one of them is known and the effect is news; a second for first sights.

        Returns:
            What became of them.

        Raises:
            StoreUnavailable: Not all of them are known to stand; merging them again does no harm.
        """
        superseded = 0
        writes = [self._write(effect) for effect in effects]
        waiting = writes
        for _ in range(MOST_ROUNDS):
            if not waiting:
                return Joined(
                    superseded, tuple(write.unlogged for write in writes if write.unlogged is not None)
                )
            refusals = self.batches.execute([write.next for write in waiting], deadline)
            again: list[_Write[DeviceUpdate] | _Write[Status]] = []
            for write, refusal in zip(waiting, refusals, strict=True):
                if refusal is None:
                    continue
                if write.has_more_after(refusal):
                    again.append(write)
                else:
                    superseded += 1
            waiting = again
        raise StoreUnavailable(f"{len(waiting)} items were changed by others faster than by us")

    def _write(self, effect: Effect) -> "_Write[DeviceUpdate] | _Write[Status]":
        if isinstance(effect, DeviceUpdate):
            return _Write(DeviceStatements(self.table, self.kept), effect)
        return _Write(StatusStatements(self.table), effect)

    def confirm(self, reads: Sequence[Confirmation], deadline: Deadline) -> list[Snapshot | None]:
        """Join reads without news into exactly what they were compared with, each marked as unlogged.

        Returns:
            For each in turn None if it was joined, or what stands there instead.

        Raises:
            StoreUnavailable: Not all of them are known to be joined; to read again does no harm.
        """
        statements = DeviceStatements(self.table, self.kept)
        refusals = self.batches.execute([statements.confirm(read) for read in reads], deadline)
        return [
            None
            if refusal is None
            else EMPTY_SNAPSHOT
            if refusal.item is None
            else device_items.snapshot(refusal.item)
            for refusal in refusals
        ]

    def split(self, owned: OwnedDevice, twin_id: str | None, deadline: Deadline) -> None:
        """Split a device off the twin that it is, or undo that.

        Raises:
            StoreUnavailable: It is not known to be done, or the device is another twin, or none, by now.
        """
        (refusal,) = self.batches.execute([_split(self.table, owned, twin_id)], deadline)
        if refusal is not None:
            raise StoreUnavailable("the device told another identity meanwhile")


def _split(table: str, owned: OwnedDevice, twin_id: str | None) -> Statement:
    key: list[Item] = [{"S": keys.user(owned[0])}, {"S": keys.device(owned[1])}]
    where = 'WHERE "pk"=? AND "sk"=?'
    if twin_id is None:
        return Statement(f'UPDATE "{table}" REMOVE "{SPLIT}" {where}', key)
    short: Item = {"S": twin_id.removeprefix(PREFIX)}
    text = f'UPDATE "{table}" SET "{SPLIT}"=? {where} AND "{TWIN}"=?'  # noqa: S608 - the table is ours
    return Statement(text, [short, *key, short])


class _Statements[E](Protocol):
    """The writes of one sort of effect."""

    def first(self, effect: E, /) -> Statement: ...
    def insert(self, effect: E, /) -> Statement: ...
    def join(self, effect: E, item: Item, /) -> Statement | None: ...


class _Write[E: (DeviceUpdate, Status)]:
    """One effect on its way: update; at first sight insert; if somebody else inserted meanwhile, update again.

    Where something newer stands in part, the join is computed and put in its place.

    Attributes:
        next: The statement to execute.
        unlogged: A read that stands there and that the log needs now; None if there is none.
    """

    def __init__(self, statements: _Statements[E], effect: E) -> None:
        self._statements: _Statements[E] = statements
        self._effect: E = effect
        self.next: Statement = statements.first(effect)
        self.unlogged: Entry | None = None

    def has_more_after(self, refusal: WriteRefused) -> bool:
        effect = self._effect
        if refusal.code == "DuplicateItem":
            self.next = self._statements.first(effect)
            return True
        if refusal.item is None:
            self.next = self._statements.insert(effect)
            return True
        if isinstance(effect, DeviceUpdate):
            self.unlogged = device_items.owed(refusal.item, effect)
        joined = self._statements.join(effect, refusal.item)
        if joined is None:
            return False
        self.next = joined
        return True
