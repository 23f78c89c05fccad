"""Find the links of a twin among a user's own items, and who else has, or had, a physical device."""

from typing import TYPE_CHECKING, Any

from lastseen.domain.device import OwnedDevice
from lastseen.domain.snapshot import StoredDevice
from lastseen.domain.twin import PREFIX
from lastseen.store import device_items, keys
from lastseen.store.attributes import FORMER, OWNED, PHYSICAL, TWIN
from lastseen.store.query_pages import Budget, pages
from lastseen.store.requests import answering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_AT_ONCE = 500

# An operator may have split it off by hand: that is seen when it is read.
_IS_LINK = f"{TWIN} = :twin OR contains({FORMER}, :twin)"


def links(client: "DynamoDBClient", table: str, user_id: str, twin_id: str) -> list[StoredDevice]:
    """Find the devices of a user that are a twin, or were; tombstones included, for as long as the log tells of them.

    One Query of the user's devices, as a list of them is, of which only the links come back.

    Raises:
        StoreUnavailable: DynamoDB did not answer.
    """
    query: dict[str, Any] = {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND begins_with(sk, :devices)",
        "FilterExpression": _IS_LINK,
        "ExpressionAttributeValues": {
            ":pk": {"S": keys.user(user_id)},
            ":devices": {"S": keys.DEVICES_OF_USER},
            ":twin": {"S": twin_id.removeprefix(PREFIX)},
        },
    }
    found = (item for items, _ in pages(client, query, Budget(), first=_AT_ONCE) for item in items)
    known = (device_items.readable(device_items.known, item) for item in found)
    return [one for one in known if one is not None and one.split_from != twin_id]


def holders(
    client: "DynamoDBClient", table: str, physical_id: str, *, behind: OwnedDevice | None = None, most: int
) -> list[OwnedDevice]:
    """Find which users have, or had, a physical device, and under which of Enode's ids, in the order of users.

    Args:
        client: A DynamoDB client.
        table: Name of the DevicesTable.
        physical_id: Which.
        behind: Begin behind this user's device; None for the first.
        most: How many, at most.

    Raises:
        StoreUnavailable: DynamoDB did not answer.
    """
    with answering("the devices"):
        page = client.query(
            TableName=table,
            IndexName=keys.BY_PHYSICAL,
            KeyConditionExpression=f"{PHYSICAL} = :physical AND {OWNED} > :behind",
            ExpressionAttributeValues={
                ":physical": {"S": physical_id},
                ":behind": {"S": " " if behind is None else keys.owned(*behind)},
            },
            Limit=most,
        )
    return [(keys.user_id_of(item["pk"]["S"]), keys.device_of(item["sk"]["S"])) for item in page["Items"]]
