"""Read the HistoryTable: the entries of one partition, in order."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lastseen.domain import instant, order
from lastseen.domain.event import Entry, Place, Source
from lastseen.store import keys
from lastseen.store.codec import unpack
from lastseen.store.fast_parser import Item
from lastseen.store.requests import answering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class DynamoHistory:
    """The HistoryTable, for reading.

    Attributes:
        table: Its name.
        client: A DynamoDB client.
    """

    table: str
    client: "DynamoDBClient"

    def entries(
        self,
        place: Place,
        *,
        after: str = order.FIRST,
        before: str = order.LAST,
        newest_first: bool = False,
        limit: int | None = None,
    ) -> Iterator[Entry]:
        """Read entries of one place, by their order keys; what is asked, and what is raised, as of `items`."""
        for item in self.items(place, after=after, before=before, newest_first=newest_first, limit=limit):
            yield entry_of(place, item)

    def items(
        self, place: Place, *, after: str, before: str, newest_first: bool, limit: int | None
    ) -> Iterator[Item]:
        """Read the items of entries of one place, by their order keys.

        Args:
            place: Whose history.
            after: Only entries with a key greater than this.
            before: Only entries with a key smaller than this.
            newest_first: From the newest backwards instead of from the oldest on.
            limit: At most so many.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        # DynamoDB has only inclusive bounds in pairs; the least text after a key is the key and a NUL.
        pk, first = keys.entry(place, f"{after}\0")
        last = keys.entry(place, order.just_before(before)).sk if before else ""
        if first > last:  # DynamoDB refuses bounds that hold nothing between them
            return
        left = limit
        start: dict[str, Any] = {}
        while left is None or left > 0:
            query: Any = {
                "TableName": self.table,
                "KeyConditionExpression": "pk = :pk AND sk BETWEEN :after AND :before",
                "ExpressionAttributeValues": {
                    ":pk": {"S": pk},
                    ":after": {"S": first},
                    ":before": {"S": last},
                },
                "ScanIndexForward": not newest_first,
                **({} if left is None else {"Limit": left}),
                **start,
            }
            with answering("the history"):
                page = self.client.query(**query)
            for item in page["Items"]:
                yield item
                if left is not None:
                    left -= 1
                    if not left:
                        return
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}


def entry_of(place: Place, item: Item) -> Entry:
    """Read an entry."""
    ord_ = keys.order_of(item["sk"]["S"])
    return Entry(
        place=place,
        ord=ord_,
        at=order.instant_of(ord_),
        name=item["event"]["S"],
        source=Source(item["source"]["S"]),
        document=unpack(item["doc"]["B"]),
        envelope=item["rest"]["S"].encode(),
        received_at=instant.kept(item["received_at"]["S"]),
        delivery_id=item["delivery_id"]["S"] or None,
    )
