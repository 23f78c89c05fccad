"""Requests to DynamoDB: botocore's errors turned into ours, BatchGetItem repeated until every key is answered."""

import random
import time
from collections.abc import Callable, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lastseen.errors import StoreUnavailable
from lastseen.store.fast_parser import Item
from lastseen.store.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LARGEST_GET = 100
"""Keys a call; DynamoDB's own limit."""

ROUNDS = 5
"""Calls until every key of a batch must be answered. With the pauses between them: under a second and a half."""

_PAUSE = 0.05
"""Seconds before the second round; doubles. DynamoDB leaves keys unanswered because it throttles."""


def get_items(
    client: "DynamoDBClient",
    table: str,
    wanted: Sequence[Key],
    pause: Callable[[float], None] = time.sleep,
) -> list[Item]:
    """Get those of these items that there are, in no order.

    Args:
        client: A DynamoDB client that retries what fails as a whole.
        table: The table's name.
        wanted: Keys, no two alike.
        pause: Sleeps some seconds; replaced by tests.

    Raises:
        StoreUnavailable: DynamoDB did not answer, or not for all of them.
    """
    found: list[Item] = []
    for chunk in batched(wanted, LARGEST_GET, strict=False):
        left: Any = [{"pk": {"S": key.pk}, "sk": {"S": key.sk}} for key in chunk]
        for round_ in range(ROUNDS):
            if round_:
                pause(_PAUSE * 2 ** (round_ - 1) * random.uniform(0.5, 1.5))
            try:
                answer: Any = client.batch_get_item(RequestItems={table: {"Keys": left}})
            except (ClientError, BotoCoreError) as error:
                raise StoreUnavailable("the devices did not answer") from error
            found += answer["Responses"].get(table, [])
            left = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys")
            if not left:
                break
        else:
            raise StoreUnavailable("the devices did not all answer")
    return found
