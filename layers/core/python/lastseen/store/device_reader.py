"""Read devices, users, accounts and statuses from the DevicesTable."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, islice
from typing import TYPE_CHECKING, Any

from lastseen.domain.account import MOST_DEVICES_SEARCHED, Account
from lastseen.domain.device import DeviceId, DeviceKind, OwnedDevice
from lastseen.domain.event import Status, StatusId
from lastseen.domain.pagination import MOST_OWNERS, Unfinished
from lastseen.domain.snapshot import DeviceWithAccount, StoredDevice
from lastseen.errors import StoreUnavailable
from lastseen.store import device_items, keys
from lastseen.store.account_proofs import AccountProofs, accounts_of, disconnected, linked
from lastseen.store.attributes import DOC, ID_DIGEST, NEWEST
from lastseen.store.codec import unpack
from lastseen.store.fast_parser import Item
from lastseen.store.query_pages import Budget, of_user, pages
from lastseen.store.requests import answering, get_items

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

    from lastseen.domain.observation import ListedUser
    from lastseen.store.kind_index import KindIndex

_KINDS = len(DeviceKind) + 1
"""Lists that are walked at once to meet every user: one of each kind of device, and that of the users themselves."""


_KEYS_AT_ONCE = 1000


@dataclass(frozen=True)
class DynamoDevices:
    """The DevicesTable, for reading.

    Walks leave out what cannot be read: one item of another release, or of somebody's hand, must not cost a user the
    whole list. The sweep's scans name it.

    Attributes:
        table: Its name.
        client: A DynamoDB client.
        most: How many items one walk looks at before it ends with Unfinished; None for any number. Accounts, of which
            a user has few, do not count.
    """

    table: str
    client: "DynamoDBClient"
    most: int | None = None

    def one(self, user_id: str, device: DeviceId) -> StoredDevice | None:
        """One device of a user, by its whole key.

        Raises:
            StoreUnavailable: DynamoDB did not answer, or what stands there cannot be read.
        """
        key: Any = {"pk": {"S": keys.user(user_id)}, "sk": {"S": keys.device(device)}}
        with answering("the devices"):
            item = self.client.get_item(TableName=self.table, Key=key).get("Item")
        if item is None:
            return None
        return _known(item)

    def several(self, owned: Sequence[OwnedDevice]) -> list[StoredDevice]:
        """Those of some devices, no two alike, that there are, in no order.

        Raises:
            StoreUnavailable: DynamoDB did not answer, or what stands there cannot be read.
        """
        wanted = [keys.Key(keys.user(user_id), keys.device(device)) for user_id, device in owned]
        return [_known(item) for item in get_items(self.client, self.table, wanted)]

    def owners(self, device_id: str) -> list[OwnedDevice]:
        """Which users have, or had, a device of this id, and of which kind it is; at most `MOST_OWNERS` of them.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        with answering("the devices"):
            page = self.client.query(
                TableName=self.table,
                IndexName=keys.BY_DEVICE,
                KeyConditionExpression=f"{ID_DIGEST} = :digest",
                ExpressionAttributeValues={":digest": {"S": keys.id_digest(device_id)}},
                Limit=MOST_OWNERS,
            )
        alike = ((item["pk"]["S"], keys.device_of(item["sk"]["S"])) for item in page["Items"])
        return [(keys.user_id_of(pk), device) for pk, device in alike if device.id == device_id]

    def links(self, user_id: str, twin_id: str) -> list[StoredDevice]:
        """A user's devices that are a twin, or were, tombstones included, but those that were split off by hand.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        from lastseen.store import twin_reader  # noqa: PLC0415 - most questions are by Enode's ids

        return twin_reader.links(self.client, self.table, user_id, twin_id)

    def holders(self, physical_id: str, *, behind: OwnedDevice | None = None, most: int) -> list[OwnedDevice]:
        """Which users have, or had, a physical device, under which of Enode's ids; in the order of users.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        from lastseen.store import twin_reader  # noqa: PLC0415 - operators ask so

        return twin_reader.holders(self.client, self.table, physical_id, behind=behind, most=most)

    def has_devices(self, user_id: str) -> bool:
        """Whether a user has, or had, any device, as far as we remember.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        query: Any = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :devices)",
            "ExpressionAttributeValues": {
                ":pk": {"S": keys.user(user_id)},
                ":devices": {"S": keys.DEVICES_OF_USER},
            },
            "ProjectionExpression": "sk",
        }
        # The accounts of the first kind stand in front of its devices.
        found = pages(self.client, query, Budget(), first=len(DeviceKind) + 1)
        return any(keys.ACCOUNT not in item["sk"]["S"] for items, _ in found for item in items)

    def walk_user(
        self,
        user_id: str,
        kind: DeviceKind | None = None,
        *,
        start: DeviceId | None = None,
        backwards: bool = False,
        page: int = 100,
    ) -> Iterator[DeviceWithAccount]:
        """Go through a user's devices by kind and id, tombstones included.

        One Query where it begins with the first device: the accounts stand in front of the devices they are for. Where
        it begins elsewhere, or goes backwards, the accounts are asked for, page by page.

        Args:
            user_id: Whose.
            kind: Only of this kind; None for all.
            start: Begin behind this device, wherever it would stand; None for the very beginning, or end.
            backwards: From the end on instead.
            page: How many to read at a time.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
            Unfinished: There is more than one walk looks at.
        """
        border = None if start is None else keys.device(start)
        query = of_user(self.table, user_id, kind, border, backwards=backwards)
        if query is None:
            return
        meets_accounts = border is None and not backwards
        if meets_accounts:
            page += len(DeviceKind) if kind is None else 1  # most have one vendor a kind, if any
        budget = Budget(self.most)
        invalid: dict[Account, datetime] = {}
        proofs: dict[Account, datetime] = {}
        account_proofs = AccountProofs(self.client, self.table)
        for items, is_last in pages(self.client, query, budget, first=page):
            devices: list[StoredDevice] = []
            for item in items:
                sk = item["sk"]["S"]
                if keys.ACCOUNT in sk:
                    invalid |= _invalid(item)
                    budget.take(-1)
                elif sk != border and (one := device_items.readable(device_items.known, item)) is not None:
                    devices.append(one)
            if not meets_accounts:
                invalid = self.invalid_among(accounts_of(devices))
            has_met_all = meets_accounts and is_last
            others = None if has_met_all else account_proofs
            lost = disconnected(devices, invalid, proofs, others) if invalid else invalid
            for known in devices:
                yield linked(known, lost)
        if budget.is_spent:
            raise Unfinished

    def walk_kind(
        self,
        kind: DeviceKind,
        *,
        start: tuple[str, DeviceId] | None = None,
        backwards: bool = False,
        page: int = 100,
    ) -> Iterator[DeviceWithAccount]:
        """Go through all devices of a kind, by user and id, tombstones included.

        Args:
            kind: Which kind.
            start: Begin behind this user's device, wherever it would stand; None for the very beginning, or end.
            backwards: From the end on instead.
            page: How many to read at a time, 1 to 100.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
            Unfinished: There is more than one walk looks at.
        """
        index, budget = self._index(page, backwards=backwards), Budget(self.most)
        account_proofs = AccountProofs(self.client, self.table)
        for chunk in batched(index.devices(kind, start, budget), page, strict=False):
            found = self._get(chunk)
            read = (device_items.readable(device_items.known, found[key]) for key in chunk if key in found)
            devices = [one for one in read if one is not None]
            invalid = self.invalid_among(accounts_of(devices))
            lost = disconnected(devices, invalid, {}, account_proofs) if invalid else invalid
            yield from (linked(known, lost) for known in devices)
        if budget.is_spent:
            raise Unfinished

    def walk_users(
        self, *, start: str | None = None, backwards: bool = False, page: int = 100
    ) -> Iterator["ListedUser"]:
        """Go through all users of whom a device, or Enode's own list, has told, in the order of their ids.

        Args:
            start: Begin behind this user, known or not; None for the very beginning, or end.
            backwards: From the end on instead.
            page: How many to read at a time, 1 to 100.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
            Unfinished: There is more than one walk looks at.
        """
        from lastseen.domain.observation import ListedUser  # noqa: PLC0415 - a read of devices does without

        at_once = page if self.most is None else min(page, max(1, self.most // _KINDS))
        index, budget = self._index(at_once, backwards=backwards), Budget(self.most)
        last: str | None = None
        for chunk in batched(index.users(start, budget), page, strict=False):
            items = self._get([_key_of(user_id) for user_id, _ in chunk])
            for user_id, has_devices in chunk:
                item = items.get(_key_of(user_id))
                listed = None if item is None else device_items.readable(device_items.listed_user, item)
                if listed is not None:
                    yield listed
                elif has_devices or (budget.is_spent and self.has_devices(user_id)):
                    yield ListedUser(user_id)
                last = user_id
        if budget.is_spent and last is not None:
            raise Unfinished((last,))

    def unlisted_users(self, *, most: int) -> list[str]:
        """Find users of whom devices have told and Enode's list has not, by the keys of the index alone.

        Args:
            most: How many to give, at most; in the order of their ids.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        index = self._index(_KEYS_AT_ONCE, backwards=False)
        return list(islice(index.unlisted_users(), most))

    def user(self, user_id: str) -> "ListedUser | None":
        """A user as Enode's list has them; None if it does not, or was not read yet.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        key = _key_of(user_id)
        item = self._get([key]).get(key)
        return None if item is None else device_items.readable(device_items.listed_user, item)

    def invalid_among(self, accounts: Iterable[Account]) -> dict[Account, datetime]:
        """Since when those of some accounts whose credentials do not hold have been said to be invalid, aware UTC.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        named = {keys.status(StatusId.of(account)) for account in accounts}
        found: dict[Account, datetime] = {}
        for item in get_items(self.client, self.table, list(named)):
            found |= _invalid(item)
        return found

    def proofs_of(
        self, invalid: Mapping[Account, datetime], *, most: int | None = MOST_DEVICES_SEARCHED
    ) -> dict[Account, datetime]:
        """When accounts that were said to be invalid are known to have held since, by any living device of theirs.

        Args:
            invalid: Since when they have been said to be invalid.
            most: How many items to look at; None for all there are.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        account_proofs = AccountProofs(self.client, self.table, most)
        still = account_proofs.unproven(invalid)
        return {account: account_proofs.proofs[account] for account in invalid if account not in still}

    def status(self, status_id: StatusId) -> Status | None:
        """The newest word on a status; None if there was none, or none that can be read.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        key = keys.status(status_id)
        item = self._get([key]).get(key)
        return None if item is None else device_items.readable(lambda one: _status(status_id, one), item)

    def _index(self, page: int, *, backwards: bool) -> "KindIndex":
        from lastseen.store.kind_index import KindIndex  # noqa: PLC0415 - a read of one user does without

        return KindIndex(self.table, self.client, backwards, page)

    def _get(self, wanted: Sequence[keys.Key]) -> dict[keys.Key, Any]:
        """Get items by their keys, those that there are."""
        items = get_items(self.client, self.table, wanted)
        return {keys.Key(item["pk"]["S"], item["sk"]["S"]): item for item in items}


def _known(item: Item) -> StoredDevice:
    known = device_items.readable(device_items.known, item)
    if known is None:
        raise StoreUnavailable("this device is kept in a form that cannot be read here")
    return known


def _status(status_id: StatusId, item: Item) -> Status:
    return Status(status_id, item[NEWEST]["S"], unpack(item[DOC]["B"]))


def _key_of(user_id: str) -> keys.Key:
    """Where a user's own item stands."""
    return keys.Key(keys.user(user_id), keys.USER)


def _invalid(item: Item) -> dict[Account, datetime]:
    """An account's item, as an entry of those whose credentials do not hold; none if they do."""
    since = device_items.readable(device_items.invalid_since, item)
    return {} if since is None else {keys.account_of(keys.Key(item["pk"]["S"], item["sk"]["S"])): since}
