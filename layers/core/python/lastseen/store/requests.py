"""Requests to AWS: botocore's errors turned into ours, and BatchGetItem repeated until every key is answered."""

import random
import time
from collections.abc import Callable, Mapping, Sequence
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lastseen.errors import LastseenError, StoreUnavailable
from lastseen.store.fast_parser import Item
from lastseen.store.keys import Key

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LARGEST_GET = 100
"""Keys a call; DynamoDB's own limit."""

ROUNDS = 5
"""Calls until every key of a batch must be answered. DynamoDB leaves some unanswered because it throttles, or because
they are 16 MB together; botocore takes that for an answer and repeats nothing. With the pauses between them: under a
second and a half, so that a read that is throttled for a moment is late, and one that is throttled for long ends."""

_PAUSE = 0.05
"""Seconds before the second round; doubles."""


class answering:  # noqa: N801 - it reads as a part of the sentence: with answering("the devices")
    """Turn what botocore raises into StoreUnavailable: `the devices did not answer`. The one place that does.

    A class and no generator: it stands around every call, and a generator costs a microsecond more.

    Args:
        what: Who is asked.
        but: What an error of this code means instead.
    """

    __slots__ = ("_but", "_what")

    def __init__(self, what: str, but: Mapping[str, LastseenError] | None = None) -> None:
        self._what = what
        self._but = but

    def __enter__(self) -> None:
        """Begin to ask."""

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        """Raise ours in place of what a call has raised; what is none of botocore's is a bug, and passes."""
        if not isinstance(error, ClientError | BotoCoreError):
            return
        code = error.response.get("Error", {}).get("Code", "") if isinstance(error, ClientError) else ""
        if self._but is not None and code in self._but:
            raise self._but[code] from error
        raise StoreUnavailable(f"{self._what} did not answer") from error


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
            with answering("the devices"):
                answer: Any = client.batch_get_item(RequestItems={table: {"Keys": left}})
            found += answer["Responses"].get(table, [])
            left = answer.get("UnprocessedKeys", {}).get(table, {}).get("Keys")
            if not left:
                break
        else:
            raise StoreUnavailable("the devices did not all answer")
    return found
