"""Search all devices of an account for a proof that its credentials hold: projected, and within a bound."""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import TYPE_CHECKING, Any

from lastseen.domain.account import MOST_DEVICES_SEARCHED, Account, account_of, newest, unproven
from lastseen.domain.device import DeviceKind
from lastseen.domain.snapshot import DeviceWithAccount, StoredDevice
from lastseen.store import device_items, keys
from lastseen.store.attributes import ACTIVE, DOUBT, FOUND, GONE, LAST_SEEN, REACHABLE, SEEN, VENDOR
from lastseen.store.fast_parser import Item
from lastseen.store.requests import answering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 500

_ATTRIBUTES = ", ".join(("pk", "sk", SEEN, FOUND, GONE, VENDOR, LAST_SEEN, REACHABLE, ACTIVE, DOUBT))


@dataclass
class AccountProofs:
    """Looks for proofs for one question. What it found once, it does not look for again.

    Attributes:
        client: A DynamoDB client.
        table: Name of the DevicesTable.
        left: How many items it may still look at; None for all there are.
        proofs: What it found.
    """

    client: "DynamoDBClient"
    table: str
    left: int | None = MOST_DEVICES_SEARCHED
    proofs: dict[Account, datetime] = field(default_factory=dict)
    _searched: set[Account] = field(default_factory=set)

    def unproven(self, invalid: Mapping[Account, datetime]) -> dict[Account, datetime]:
        """Give those of these accounts that are invalid still, by all that any living device of theirs tells.

        Args:
            invalid: Since when they have been said to be invalid, where nothing at hand proves otherwise.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        of_kind: dict[tuple[str, DeviceKind], dict[Account, datetime]] = defaultdict(dict)
        for account, since in invalid.items():
            if account not in self._searched:
                of_kind[account.user_id, account.kind][account] = since
        for (user_id, kind), wanted in of_kind.items():
            self._search(user_id, kind, wanted)
        self._searched |= invalid.keys()
        return unproven(invalid, self.proofs)

    def _search(self, user_id: str, kind: DeviceKind, wanted: Mapping[Account, datetime]) -> None:
        """Go through a user's devices of a kind until every one of these accounts is proven."""
        prefix = f"{keys.DEVICES_OF_USER}{kind}#"
        query: Any = {
            "TableName": self.table,
            "KeyConditionExpression": "pk = :pk AND begins_with(sk, :devices)",
            "ExpressionAttributeValues": {":pk": {"S": keys.user(user_id)}, ":devices": {"S": prefix}},
            "ProjectionExpression": _ATTRIBUTES,
        }
        while (self.left is None or self.left > 0) and unproven(wanted, self.proofs):
            query["Limit"] = _AT_ONCE if self.left is None else min(self.left, _AT_ONCE)
            with answering("the devices"):
                page = self.client.query(**query)
            if self.left is not None:
                self.left -= page["ScannedCount"]
            of_kind = partial(_proof, user_id, kind)
            devices = (item for item in page["Items"] if keys.ACCOUNT not in item["sk"]["S"])
            found = newest(filter(None, (device_items.readable(of_kind, item) for item in devices)))
            self.proofs = newest([*self.proofs.items(), *found.items()])
            if "LastEvaluatedKey" not in page:
                return
            query["ExclusiveStartKey"] = page["LastEvaluatedKey"]


def _proof(user_id: str, kind: DeviceKind, item: Item) -> tuple[Account | None, datetime | None]:
    return account_of(user_id, kind, device_items.facts_of(item)), device_items.linked_at(item)


def accounts_of(devices: Iterable[StoredDevice]) -> set[Account]:
    """Give the accounts that some devices came with."""
    return {account for known in devices if (account := known.account) is not None}


def disconnected(
    devices: Sequence[StoredDevice],
    invalid: Mapping[Account, datetime],
    proofs: dict[Account, datetime],
    account_proofs: AccountProofs | None,
) -> Mapping[Account, datetime]:
    """Since when the accounts of some devices are invalid that neither these, nor those before, nor any other proves.

    Args:
        devices: Those at hand.
        invalid: Since when accounts have been said to be invalid, those of these devices among them.
        proofs: What the devices before told; what these tell is added.
        account_proofs: Looks at all others; None if there are none.
    """
    told = [(known.account, known.snapshot.linked_at) for known in devices]
    proofs |= newest([*proofs.items(), *told])
    concerned = accounts_of(devices)
    still = unproven({one: since for one, since in invalid.items() if one in concerned}, proofs)
    return account_proofs.unproven(still) if still and account_proofs is not None else still


def linked(known: StoredDevice, lost: Mapping[Account, datetime]) -> DeviceWithAccount:
    """Give a device with the state of its account."""
    account = known.account if lost else None  # nearly always, all of them hold
    return DeviceWithAccount(known, None if account is None else lost.get(account))
