"""What is believed now, for reading: a user's devices, one device, accounts."""

import heapq
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import batched, groupby
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lastseen.domain.account import MOST_SIBLINGS, Account
from lastseen.domain.device import DeviceId, DeviceKind, escaped
from lastseen.domain.event import StatusId
from lastseen.domain.reading import ListedUser
from lastseen.domain.snapshot import Known, Linked
from lastseen.errors import StoreUnavailable
from lastseen.store import keys, registers
from lastseen.store.codec import unpack
from lastseen.store.gets import get_items
from lastseen.store.siblings import Siblings, accounts_of, disconnected, linked
from lastseen.store.values import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_KEYS_AT_ONCE, _GROWTH = 200, 4
"""Keys of an index that are read first, and how many times more of anything each time that more are wanted."""


@dataclass(frozen=True)
class DynamoDevices:
    """The DevicesTable, for reading.

    Attributes:
        table: Its name.
        client: A DynamoDB client.
    """

    table: str
    client: "DynamoDBClient"

    def one(self, user_id: str, device: DeviceId) -> Known | None:
        """One device of a user, by its whole key.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        key: Any = {"pk": {"S": keys.user(user_id)}, "sk": {"S": keys.device(device)}}
        try:
            item = self.client.get_item(TableName=self.table, Key=key).get("Item")
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable("the devices did not answer") from error
        return None if item is None else registers.known(item)

    def owners(self, device_id: str) -> list[tuple[str, DeviceId]]:
        """Which users have, or had, a device of this id, and of which kind it is.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        try:
            page = self.client.query(
                TableName=self.table,
                IndexName=keys.BY_DEVICE,
                KeyConditionExpression="device_id = :id",
                ExpressionAttributeValues={":id": {"S": escaped(device_id)}},
            )
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable("the devices did not answer") from error
        return [(keys.user_id_of(item["pk"]["S"]), keys.device_of(item["sk"]["S"])) for item in page["Items"]]

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
            "Limit": len(DeviceKind) + 1,  # the accounts of the first kind stand in front of its devices
        }
        return any(keys.ACCOUNT not in item["sk"]["S"] for items, _ in self._pages(query) for item in items)

    def walk_user(
        self,
        user_id: str,
        kind: DeviceKind | None = None,
        *,
        start: DeviceId | None = None,
        backwards: bool = False,
        page: int = 100,
    ) -> Iterator[Linked]:
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
        """
        prefix = keys.DEVICES_OF_USER if kind is None else f"{keys.DEVICES_OF_USER}{kind}#"
        least, most = prefix, prefix[:-1] + "$"  # "$" comes right behind "#", and no kind goes on with it
        border = None if start is None else keys.device(start)
        if border is not None:
            least, most = (least, min(border, most)) if backwards else (max(border, least), most)
        if least > most:
            return
        query: Any = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND sk BETWEEN :least AND :most",
            "ExpressionAttributeValues": {
                ":pk": {"S": keys.user(user_id)},
                ":least": {"S": least},
                ":most": {"S": most},
            },
            "ScanIndexForward": not backwards,
            "Limit": page,
        }
        meets_accounts = border is None and not backwards
        if meets_accounts:
            query["Limit"] += len(DeviceKind) if kind is None else 1  # most have one vendor a kind, if any
        invalid: dict[Account, datetime] = {}
        proofs: dict[Account, datetime] = {}
        siblings = Siblings(self.client, self.table)
        for items, is_last in self._pages(query):
            devices: list[Known] = []
            for item in items:
                sk = item["sk"]["S"]
                if keys.ACCOUNT in sk:
                    invalid |= _invalid(item)
                elif sk != border:
                    devices.append(registers.known(item))
            if not meets_accounts:
                invalid = self.invalid_among(accounts_of(devices))
            has_met_all = meets_accounts and is_last
            others = None if has_met_all else siblings
            lost = disconnected(devices, invalid, proofs, others) if invalid else invalid
            for known in devices:
                yield linked(known, lost)

    def walk_kind(
        self,
        kind: DeviceKind,
        *,
        start: tuple[str, DeviceId] | None = None,
        backwards: bool = False,
        page: int = 100,
    ) -> Iterator[Linked]:
        """Go through all devices of a kind, by user and id, tombstones included.

        Args:
            kind: Which kind.
            start: Begin behind this user's device, wherever it would stand; None for the very beginning, or end.
            backwards: From the end on instead.
            page: How many to read at a time, 1 to 100.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        border = None if start is None else keys.Key(keys.user(start[0]), keys.device(start[1]))
        wanted = (
            key
            for key in self._keys_of(kind.value, None if border is None else border.pk, backwards=backwards)
            if border is None or (key < border if backwards else key > border)
        )
        siblings = Siblings(self.client, self.table)
        for chunk in batched(wanted, page, strict=False):
            found = self._get(chunk)
            devices = [registers.known(found[key]) for key in chunk if key in found]
            invalid = self.invalid_among(accounts_of(devices))
            lost = disconnected(devices, invalid, {}, siblings) if invalid else invalid
            yield from (linked(known, lost) for known in devices)

    def walk_users(
        self, *, start: str | None = None, backwards: bool = False, page: int = 100
    ) -> Iterator[ListedUser]:
        """Go through all users of whom a device, or Enode's own list, has told, in the order of their ids.

        Args:
            start: Begin behind this user, known or not; None for the very beginning, or end.
            backwards: From the end on instead.
            page: How many to read at a time, 1 to 100.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        border = None if start is None else keys.user(start)
        streams = [self._keys_of(kind, border, backwards=backwards) for kind in (*DeviceKind, keys.USER_KIND)]
        merged = groupby(heapq.merge(*streams, reverse=backwards), key=lambda key: key.pk)
        found = (
            (keys.Key(pk, keys.USER), any(key.sk != keys.USER for key in of_user))
            for pk, of_user in merged
            if pk != border
        )
        for chunk in batched(found, page, strict=False):
            items = self._get([key for key, _ in chunk])
            for key, has_devices in chunk:
                listed = registers.listed_user(items[key]) if key in items else None
                if listed is not None:
                    yield listed
                elif has_devices:
                    yield ListedUser(keys.user_id_of(key.pk))

    def user(self, user_id: str) -> ListedUser | None:
        """A user as Enode's list has them; None if it does not, or was not read yet.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        key = keys.Key(keys.user(user_id), keys.USER)
        item = self._get([key]).get(key)
        return None if item is None else registers.listed_user(item)

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
        self, invalid: Mapping[Account, datetime], *, most: int | None = MOST_SIBLINGS
    ) -> dict[Account, datetime]:
        """When accounts that were said to be invalid are known to have held since, by any living device of theirs.

        Args:
            invalid: Since when they have been said to be invalid.
            most: How many items to look at; None for all there are.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        siblings = Siblings(self.client, self.table, most)
        still = siblings.unproven(invalid)
        return {account: siblings.proofs[account] for account in invalid if account not in still}

    def status(self, status_id: StatusId) -> bytes | None:
        """The newest word on a status, as compact JSON; None if there was none, or none that can be read.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        key = keys.status(status_id)
        item = self._get([key]).get(key)
        return None if item is None else registers.readable(lambda one: unpack(one["doc"]["B"]), item)

    def _keys_of(self, kind: str, start_pk: str | None, *, backwards: bool) -> Iterator[keys.Key]:
        """Keys of a kind in order. The index keeps the order of users; within a user, we put them in order."""
        query: Any = {
            "TableName": self.table,
            "IndexName": keys.BY_KIND,
            "KeyConditionExpression": "kind = :kind",
            "ExpressionAttributeValues": {":kind": {"S": kind}},
            "ScanIndexForward": not backwards,
            "Limit": _KEYS_AT_ONCE,
        }
        if start_pk is not None:
            query["KeyConditionExpression"] += f" AND pk {'<' if backwards else '>'}= :pk"
            query["ExpressionAttributeValues"][":pk"] = {"S": start_pk}
        found = (
            keys.Key(item["pk"]["S"], item["sk"]["S"]) for page, _ in self._pages(query) for item in page
        )
        for _, of_user in groupby(found, key=lambda key: key.pk):
            yield from sorted(of_user, reverse=backwards)

    def _get(self, wanted: Sequence[keys.Key]) -> dict[keys.Key, Any]:
        """Get items by their keys, those that there are."""
        items = get_items(self.client, self.table, wanted)
        return {keys.Key(item["pk"]["S"], item["sk"]["S"]): item for item in items}

    def _pages(self, query: dict[str, Any]) -> Iterator[tuple[list[Any], bool]]:
        """Ask page by page, and say of each whether it is the last.

        Where few are wanted, few are read at first, and more each time that more are wanted.
        """
        start: dict[str, Any] = {}
        while True:
            try:
                page = self.client.query(**query, **start)
            except (ClientError, BotoCoreError) as error:
                raise StoreUnavailable("the devices did not answer") from error
            is_last = "LastEvaluatedKey" not in page
            yield page["Items"], is_last
            if is_last:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
            if "Limit" in query:
                query = {**query, "Limit": query["Limit"] * _GROWTH}


def _invalid(item: Item) -> dict[Account, datetime]:
    """An account's item, as an entry of those whose credentials do not hold; none if they do."""
    since = registers.invalid_since(item)
    return {} if since is None else {keys.account_of(keys.Key(item["pk"]["S"], item["sk"]["S"])): since}
