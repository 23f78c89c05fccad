"""Queries, page by page: few items first, more each time that more are wanted, and no more than a budget allows."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lastseen.domain.device import DeviceKind
from lastseen.store import keys
from lastseen.store.requests import answering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

GROWTH = 4
"""How many times more of anything are read each time that more are wanted."""


@dataclass
class Budget:
    """How many items one walk may still read.

    Attributes:
        left: So many; None for any number.
        is_spent: Whether more was wanted than was left.
    """

    left: int | None = None
    is_spent: bool = False

    def grant(self, wanted: int) -> int:
        """Say how many of those that are wanted may be read; if none, it is spent."""
        granted = wanted if self.left is None else max(0, min(wanted, self.left))
        self.is_spent = not granted
        return granted

    def take(self, read: int) -> None:
        """Count what was read."""
        if self.left is not None:
            self.left -= read


def of_user(
    table: str, user_id: str, kind: DeviceKind | None, border: str | None, *, backwards: bool
) -> dict[str, Any] | None:
    """Give the Query for a user's devices from a sort key on, that one included; None if nothing could be there.

    Args:
        table: Name of the DevicesTable.
        user_id: Whose.
        kind: Only of this kind; None for all.
        border: Where to begin; None for the very beginning, or end.
        backwards: From the end on instead.
    """
    prefix = keys.DEVICES_OF_USER if kind is None else f"{keys.DEVICES_OF_USER}{kind}#"
    least, most = prefix, prefix[:-1] + "$"  # "$" comes right behind "#", and no kind goes on with it
    if border is not None:
        least, most = (least, min(border, most)) if backwards else (max(border, least), most)
    if least > most:
        return None
    return {
        "TableName": table,
        "KeyConditionExpression": "pk = :pk AND sk BETWEEN :least AND :most",
        "ExpressionAttributeValues": {
            ":pk": {"S": keys.user(user_id)},
            ":least": {"S": least},
            ":most": {"S": most},
        },
        "ScanIndexForward": not backwards,
    }


def ask(client: "DynamoDBClient", query: dict[str, Any], budget: Budget, limit: int) -> Any:
    """Ask for one page of a Query; None if the budget is spent.

    Args:
        client: A DynamoDB client.
        query: What to ask, without its `Limit`.
        budget: How many items may be read.
        limit: How many are wanted.

    Raises:
        StoreUnavailable: DynamoDB did not answer.
    """
    granted = budget.grant(limit)
    if not granted:
        return None
    with answering("the devices"):
        page = client.query(**query, Limit=granted)
    budget.take(len(page["Items"]))
    return page


def pages(
    client: "DynamoDBClient", query: dict[str, Any], budget: Budget, *, first: int
) -> Iterator[tuple[list[Any], bool]]:
    """Ask for page after page until the end, or until the budget is spent, and say of each whether it is the last.

    Raises as `ask` does.

    Args:
        client: A DynamoDB client.
        query: What every page asks, without its `Limit`.
        budget: How many items may be read.
        first: How many are wanted of the first page.
    """
    start: dict[str, Any] = {}
    while page := ask(client, {**query, **start}, budget, first):
        is_last = "LastEvaluatedKey" not in page
        yield page["Items"], is_last
        if is_last:
            return
        start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
        first *= GROWTH
