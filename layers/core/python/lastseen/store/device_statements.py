"""PartiQL statements that merge a snapshot or a status into the DevicesTable.

Every statement is a constant: values travel only as parameters, what never varies is written out. `NULL` in `ttl` is
no number, so DynamoDB's expiry leaves the item alone.
"""

from datetime import timedelta

from lastseen.domain import instant, order, unlogged
from lastseen.domain.device import DeviceKind, escaped
from lastseen.domain.document import Facts
from lastseen.domain.event import Confirmation, DeviceUpdate, Status, StatusId, StatusKind
from lastseen.domain.merge import merge
from lastseen.domain.observation import NOT_THERE
from lastseen.domain.snapshot import Life, Register, Snapshot
from lastseen.store import device_items, keys
from lastseen.store.batches import Statement
from lastseen.store.codec import pack
from lastseen.store.fast_parser import Item

TOMBSTONE = timedelta(hours=72)
"""How long a deletion is remembered at least: as long as ingest still takes an event from before it."""

ACTION_KEPT = timedelta(days=30)

_NULL: Item = {"NULL": True}
# Names stand in quotes: "found" is a word of SQL, and DynamoDB knows more such words than its documentation lists.
_WHERE = 'WHERE "pk"=? AND "sk"=?'
_REGISTERS = ("seen", "found", "gone")
_FACTS = 'SET "vendor"=? SET "last_seen"=? SET "reachable"=? SET "active"=? SET "doubt"=?'
_ALL = f'SET "seen"=? SET "doc"=? SET "found"=? SET "found_doc"=? SET "gone"=? {_FACTS} SET "ttl"=? {_WHERE}'


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
        newer = 'AND "seen"<? AND "found"<? AND "gone"<?'
        self._seen = (
            f'UPDATE "{table}" SET "seen"=? SET "doc"=? {_FACTS} '  # noqa: S608 - the table is ours
            f'SET "found_doc"=NULL SET "ttl"=NULL {_WHERE} {newer}'
        )
        self._gone = (
            f'UPDATE "{table}" SET "gone"=? SET "ttl"=? '  # noqa: S608 - the table is ours
            f'SET "doc"=NULL SET "found_doc"=NULL SET "vendor"=NULL '
            f'SET "last_seen"=\'\' SET "reachable"=NULL SET "active"=FALSE SET "doubt"=NULL {_WHERE} {newer}'
        )
        # Strict for the newest of the three, so that the very same again is refused, and counted as no news.
        self._join = {
            newest: f'UPDATE "{table}" {_ALL} '
            + " ".join(f'AND "{name}"{"<" if name == newest else "<="}?' for name in _REGISTERS)
            for newest in _REGISTERS
        }
        self._replace = f'UPDATE "{table}" {_ALL} AND "seen"=? AND "found"=? AND "gone"=?'
        self._confirm = self._replace.replace("WHERE", 'SET "unlogged"=? WHERE')
        self._insert = (
            f"INSERT INTO \"{table}\" VALUE {{'pk':?,'sk':?,'device_id':?,'kind':?,'owned':?,'seen':?,"
            f"'doc':?,'found':?,'found_doc':?,'gone':?,'vendor':?,'last_seen':?,'reachable':?,'active':?,"
            "'doubt':?,'ttl':?}"
        )

    def first(self, update: DeviceUpdate) -> Statement:
        """The write that nearly always does: the update is newer than everything known, or all there is."""
        snapshot, key = update.snapshot, _key(update)
        if snapshot == Snapshot(seen=snapshot.seen):
            ord_: Item = {"S": snapshot.seen.ord}
            said = [ord_, _document(snapshot.seen, update.device.kind), *_facts(snapshot.seen.facts)]
            return Statement(self._seen, [*said, *key, ord_, ord_, ord_])
        if snapshot == Snapshot(gone=snapshot.gone):
            ord_ = {"S": snapshot.gone}
            return Statement(self._gone, [ord_, self._ttl(snapshot), *key, ord_, ord_, ord_])
        _, newest = max(zip((snapshot.seen.ord, snapshot.found.ord, snapshot.gone), _REGISTERS, strict=True))
        return Statement(
            self._join[newest], [*self._all(snapshot, update.device.kind), *key, *_registers(snapshot)]
        )

    def insert(self, update: DeviceUpdate) -> Statement:
        """The write for a device never seen under this user."""
        device = update.device
        owned = keys.owned(update.user_id, device)
        names: list[Item] = [
            *_key(update),
            {"S": escaped(device.id)},
            {"S": device.kind.value},
            {"S": owned},
        ]
        return Statement(self._insert, [*names, *self._all(update.snapshot, device.kind)])

    def replace(self, old: Snapshot, new: Snapshot, update: DeviceUpdate) -> Statement:
        """The write that puts a computed join where `old` still stands."""
        return Statement(
            self._replace, [*self._all(new, update.device.kind), *_key(update), *_registers(old)]
        )

    def confirm(self, read: Confirmation) -> Statement:
        """The write that puts a read without news where exactly that stands which it was compared with."""
        update, old = read.update, read.believed
        values = self._all(merge(old, update.snapshot), update.device.kind)
        marked: Item = {"S": unlogged.mark(update.snapshot.seen.ord, read.source)}
        return Statement(self._confirm, [*values, marked, *_key(update), *_registers(old)])

    def _all(self, snapshot: Snapshot, kind: DeviceKind) -> list[Item]:
        """The values of `_ALL`, in its order; what is gone has neither facts nor documents."""
        seen, found, gone = snapshot.seen, snapshot.found, snapshot.gone
        return [
            {"S": seen.ord},
            _document(seen, kind) if seen.ord > gone else _NULL,
            {"S": found.ord},
            _document(found, kind) if found.ord > gone else _NULL,
            {"S": gone},
            *_facts(snapshot.current.facts),
            self._ttl(snapshot),
        ]

    def _ttl(self, snapshot: Snapshot) -> Item:
        if snapshot.life is Life.ALIVE or self._kept is None:
            return _NULL
        return {"N": str(int((order.instant_of(snapshot.gone) + self._kept).timestamp()))}


class StatusStatements:
    """The writes of a single newest-wins register."""

    def __init__(self, table: str) -> None:
        self._update = (
            f'UPDATE "{table}" SET "ord"=? SET "doc"=? SET "ttl"=? '  # noqa: S608 - the table is ours
            f'{_WHERE} AND "ord"<?'
        )
        self._insert = f"INSERT INTO \"{table}\" VALUE {{'pk':?,'sk':?,'ord':?,'doc':?,'ttl':?}}"
        # An account's item says by an attribute whether it is lost: a count of all devices reads no documents.
        self._update_account = self._update.replace(' SET "ttl"=?', ' SET "ttl"=? SET "lost"=?')
        self._insert_account = self._insert.removesuffix("}") + ",'lost':?}"
        # By its kind, the index lists a user of whom no device tells.
        self._insert_user = self._insert.removesuffix("}") + f",'kind':'{keys.USER_KIND}','owned':?}}"

    def first(self, status: Status) -> Statement:
        """The write that nearly always does: the status is newer than the one that stands."""
        text = self._update_account if status.id.kind is StatusKind.CREDENTIALS else self._update
        return Statement(text, [*self._said(status), *self._key(status), {"S": status.ord}])

    def insert(self, status: Status) -> Statement:
        """The write for a status never heard of."""
        values = [*self._key(status), *self._said(status)]
        match status.id:
            case StatusId(kind=StatusKind.USER, user_id=str(user_id)):
                return Statement(self._insert_user, [*values, {"S": keys.owned(user_id)}])
            case StatusId(kind=StatusKind.CREDENTIALS):
                return Statement(self._insert_account, values)
            case _:
                return Statement(self._insert, values)

    @staticmethod
    def _key(status: Status) -> list[Item]:
        return [{"S": part} for part in keys.status(status.id)]

    @staticmethod
    def _said(status: Status) -> list[Item]:
        said: list[Item] = [{"S": status.ord}, {"B": pack(status.document)}, _ttl_of(status)]
        is_account = status.id.kind is StatusKind.CREDENTIALS
        return [*said, {"BOOL": device_items.is_lost(status.document)}] if is_account else said


def _key(update: DeviceUpdate) -> list[Item]:
    return [{"S": keys.user(update.user_id)}, {"S": keys.device(update.device)}]


def _registers(snapshot: Snapshot) -> list[Item]:
    return [{"S": snapshot.seen.ord}, {"S": snapshot.found.ord}, {"S": snapshot.gone}]


def _document(said: Register, kind: DeviceKind) -> Item:
    return _NULL if said.document is None else {"B": pack(said.document, kind)}


def _facts(facts: Facts) -> list[Item]:
    last_seen = "" if facts.last_seen_at is None else instant.fixed(facts.last_seen_at)
    return [
        _NULL if facts.vendor is None else {"S": facts.vendor},
        {"S": last_seen},
        _NULL if facts.is_reachable is None else {"BOOL": facts.is_reachable},
        {"BOOL": facts.is_active},
        _NULL if facts.doubt is None else {"S": facts.doubt.value},
    ]


def _ttl_of(status: Status) -> Item:
    match status.id.kind:
        case StatusKind.ACTION:
            kept = ACTION_KEPT
        case StatusKind.USER if status.document == NOT_THERE:
            kept = TOMBSTONE
        case _:
            return _NULL
    return {"N": str(int((order.instant_of(status.ord) + kept).timestamp()))}
