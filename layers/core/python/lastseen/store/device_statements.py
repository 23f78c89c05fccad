"""PartiQL statements that merge a snapshot or a status into the DevicesTable.

Values travel only as parameters; a text varies in nothing but which attributes are there: what is not is removed, so
that no item pays for it.
"""

from collections.abc import Sequence
from datetime import timedelta
from functools import cache

from lastseen.domain import order, unlogged
from lastseen.domain.device import DeviceKind
from lastseen.domain.document import Facts
from lastseen.domain.event import Confirmation, DeviceUpdate, Status
from lastseen.domain.event_catalog import STATUSES, SubjectKind
from lastseen.domain.merge import merge
from lastseen.domain.observation import NOT_THERE
from lastseen.domain.snapshot import Life, Register, Snapshot
from lastseen.store import device_items, identity_statements, keys
from lastseen.store.attributes import (
    ACTIVE,
    DOC,
    DOUBT,
    FOUND,
    FOUND_DOC,
    GONE,
    ID_DIGEST,
    KIND,
    LAST_SEEN,
    LOST,
    NEVER,
    NEWEST,
    OWNED,
    REACHABLE,
    SEEN,
    TTL,
    UNLOGGED,
    VENDOR,
    instant_value,
)
from lastseen.store.batches import Statement
from lastseen.store.codec import pack
from lastseen.store.fast_parser import Item
from lastseen.store.identity_statements import AttributeValues

TOMBSTONE = timedelta(hours=72)
"""How long a deletion is remembered at least: as long as ingest still takes an event from before it."""

# Names stand in quotes: DynamoDB knows more words that it reserves than its documentation lists.
_WHERE = 'WHERE "pk"=? AND "sk"=?'
_REGISTERS = (SEEN, FOUND, GONE)
_FACTS = (VENDOR, LAST_SEEN, REACHABLE, ACTIVE, DOUBT)
_SEEN = (SEEN, DOC, *_FACTS)
_ALL = (SEEN, DOC, FOUND, FOUND_DOC, GONE, *_FACTS, TTL)


class DeviceStatements:
    """The writes that bring one device's item to the join of itself and an update.

    What is left of a deleted device, its tombstone, stays as long as the log: its owner is found by it, and no late
    word revives it.

    Each of the first three holds only where it is certain to be the join without knowing what stands there. Where it
    does not hold, DynamoDB answers with the item, the join is computed, and `replace` writes it if nobody else was
    faster.
    """

    def __init__(self, table: str, kept: timedelta | None) -> None:
        self._kept = None if kept is None else max(kept, TOMBSTONE)
        newer = f"{_WHERE} " + " ".join(f'AND "{name}"<?' for name in _REGISTERS)
        self._table = table
        self._seen = f'REMOVE "{FOUND_DOC}" REMOVE "{TTL}" {newer}'
        self._gone = (
            f'REMOVE "{DOC}" REMOVE "{FOUND_DOC}" REMOVE "{VENDOR}" SET "{LAST_SEEN}"={NEVER["N"]} '
            f'REMOVE "{REACHABLE}" SET "{ACTIVE}"=FALSE REMOVE "{DOUBT}" {newer}'
        )
        # Strict for the newest of the three, so that the very same again is refused, and counted as no news.
        self._join = {
            newest: f"{_WHERE} "
            + " ".join(f'AND "{one}"{"<" if one == newest else "<="}?' for one in _REGISTERS)
            for newest in _REGISTERS
        }
        self._replace = f"{_WHERE} " + " ".join(f'AND "{name}"=?' for name in _REGISTERS)
        self._confirm = f'SET "{UNLOGGED}"=? {self._replace}'

    def first(self, update: DeviceUpdate) -> Statement:
        """The write that nearly always does: the update is newer than everything known, or all there is."""
        snapshot, key, identity = update.snapshot, _key(update), update.snapshot.identity
        is_same, same = identity_statements.same_twin(identity)
        if snapshot == Snapshot(seen=snapshot.seen, identity=identity):
            ord_: Item = {"S": snapshot.seen.ord}
            said = [ord_, _document(snapshot.seen, update.device.kind), *_facts(snapshot.seen.facts)]
            where, guard = f"{self._seen} {is_same}", [*key, ord_, ord_, ord_, *same]
            return _update(self._table, *identity_statements.named(_SEEN, said, identity), where, guard)
        if snapshot == Snapshot(gone=snapshot.gone, identity=identity):
            ord_ = {"S": snapshot.gone}
            told = [ord_, self._ttl(snapshot)]
            where, guard = f"{self._gone} {is_same}", [*key, ord_, ord_, ord_, *same]
            return _update(self._table, *identity_statements.named((GONE, TTL), told, identity), where, guard)
        _, newest = max(zip((snapshot.seen.ord, snapshot.found.ord, snapshot.gone), _REGISTERS, strict=True))
        where, guard = f"{self._join[newest]} {is_same}", [*key, *_registers(snapshot), *same]
        names, values = identity_statements.named(_ALL, self._all(snapshot, update.device.kind), identity)
        return _update(self._table, names, values, where, guard)

    def insert(self, update: DeviceUpdate) -> Statement:
        """The write for a device never seen under this user."""
        device = update.device
        of_indices: list[Item] = [
            {"S": keys.id_digest(device.id)},
            {"S": keys.LETTERS[device.kind]},
            {"S": keys.owned(update.user_id, device)},
        ]
        values = [
            *of_indices,
            *self._all(update.snapshot, device.kind),
            *identity_statements.values_of(update.snapshot.identity),
        ]
        return _insert(
            self._table, _key(update), (ID_DIGEST, KIND, OWNED, *_ALL, *identity_statements.NAMES), values
        )

    def replace(self, old: Snapshot, new: Snapshot, update: DeviceUpdate) -> Statement:
        """The write that puts a computed join where `old` still stands."""
        return self._put(old, new, update, self._replace, [*_key(update), *_registers(old)])

    def join(self, update: DeviceUpdate, item: Item) -> Statement | None:
        """The write that puts the join with what stands there; None if that is newer in all its parts."""
        old = device_items.snapshot(item)
        new = merge(old, update.snapshot)
        return None if new == old else self.replace(old, new, update)

    def confirm(self, read: Confirmation) -> Statement:
        """The write that puts a read without news where exactly that stands which it was compared with."""
        update, old = read.update, read.believed
        marked: Item = {"S": unlogged.mark(update.snapshot.seen.ord, read.source)}
        guard = [marked, *_key(update), *_registers(old)]
        return self._put(old, merge(old, update.snapshot), update, self._confirm, guard)

    def _put(
        self, old: Snapshot, new: Snapshot, update: DeviceUpdate, where: str, guard: Sequence[Item]
    ) -> Statement:
        """Put a join in place of all that stood there, if that is still all that stands there."""
        is_still, still = identity_statements.still(old.identity)
        values = [*self._all(new, update.device.kind), *identity_statements.values_of(new.identity)]
        names = (*_ALL, *identity_statements.NAMES)
        return _update(self._table, names, values, f"{where} {is_still}", [*guard, *still])

    def _all(self, snapshot: Snapshot, kind: DeviceKind) -> AttributeValues:
        """The values of `_ALL`, in its order; what is gone has neither facts nor documents."""
        seen, found, gone = snapshot.seen, snapshot.found, snapshot.gone
        return [
            {"S": seen.ord},
            _document(seen, kind) if seen.ord > gone else None,
            {"S": found.ord},
            _document(found, kind) if found.ord > gone else None,
            {"S": gone},
            *_facts(snapshot.current.facts),
            self._ttl(snapshot),
        ]

    def _ttl(self, snapshot: Snapshot) -> Item | None:
        if snapshot.life is Life.ALIVE or self._kept is None:
            return None
        return {"N": str(int((order.instant_of(snapshot.gone) + self._kept).timestamp()))}


class StatusStatements:
    """The writes of a single newest-wins register."""

    def __init__(self, table: str) -> None:
        self._table = table
        self._newer = f'{_WHERE} AND "{NEWEST}"<?'

    def first(self, status: Status) -> Statement:
        """The write that nearly always does: the status is newer than the one that stands."""
        names, values = self._said(status)
        return _update(self._table, names, values, self._newer, [*self._key(status), {"S": status.ord}])

    def insert(self, status: Status) -> Statement:
        """The write for a status never heard of."""
        names, values = self._said(status)
        if STATUSES[status.id.kind].subject is SubjectKind.USER:
            # By these, the index lists a user of whom no device tells.
            names = (*names, KIND, OWNED)
            values = (*values, {"S": keys.USER_LETTER}, {"S": keys.owned(status.id.user_id or "")})
        return _insert(self._table, self._key(status), names, values)

    def join(self, _status: Status, _item: Item) -> None:
        """No write: where a status stands it is newer, for it has but one part."""

    @staticmethod
    def _key(status: Status) -> list[Item]:
        return [{"S": part} for part in keys.status(status.id)]

    @staticmethod
    def _said(status: Status) -> tuple[tuple[str, ...], AttributeValues]:
        values = ({"S": status.ord}, {"B": pack(status.document)}, _ttl_of(status))
        if STATUSES[status.id.kind].subject is not SubjectKind.ACCOUNT:
            return (NEWEST, DOC, TTL), values
        # An account's item says by an attribute whether it is lost: a count of all devices reads no documents.
        return (NEWEST, DOC, TTL, LOST), (*values, {"BOOL": device_items.is_lost(status.document)})


def _update(
    table: str, names: tuple[str, ...], values: AttributeValues, where: str, guard: Sequence[Item]
) -> Statement:
    """Write what is there, and remove what shall not be."""
    text = f'UPDATE "{table}" {_changes(names, tuple(value is not None for value in values))} {where}'
    return Statement(text, [*filter(None, values), *guard])


@cache
def _changes(names: tuple[str, ...], are_there: tuple[bool, ...]) -> str:
    return " ".join(
        f'SET "{name}"=?' if is_there else f'REMOVE "{name}"'
        for name, is_there in zip(names, are_there, strict=True)
    )


def _insert(table: str, key: Sequence[Item], names: tuple[str, ...], values: AttributeValues) -> Statement:
    """Write an item that is not there, of what there is to write."""
    there = {name: value for name, value in zip(names, values, strict=True) if value is not None}
    fields = ",".join(f"'{name}':?" for name in ("pk", "sk", *there))
    return Statement(f'INSERT INTO "{table}" VALUE {{{fields}}}', [*key, *there.values()])


def _key(update: DeviceUpdate) -> list[Item]:
    return [{"S": keys.user(update.user_id)}, {"S": keys.device(update.device)}]


def _registers(snapshot: Snapshot) -> list[Item]:
    return [{"S": snapshot.seen.ord}, {"S": snapshot.found.ord}, {"S": snapshot.gone}]


def _document(said: Register, kind: DeviceKind) -> Item | None:
    return None if said.document is None else {"B": pack(said.document, kind)}


def _facts(facts: Facts) -> list[Item | None]:
    """The values of `_FACTS`."""
    return [
        None if facts.vendor is None else {"S": facts.vendor},
        instant_value(facts.last_seen_at),
        None if facts.is_reachable is None else {"BOOL": facts.is_reachable},
        {"BOOL": facts.is_active},
        None if facts.doubt is None else {"S": facts.doubt.value},
    ]


def _ttl_of(status: Status) -> Item | None:
    subject, kept = STATUSES[status.id.kind]
    if subject is SubjectKind.USER and status.document == NOT_THERE:
        kept = TOMBSTONE
    if kept is None:
        return None
    return {"N": str(int((order.instant_of(status.ord) + kept).timestamp()))}
