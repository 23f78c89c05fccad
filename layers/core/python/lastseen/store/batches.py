"""Send writes in full parallel batches before a deadline; succeed only if all are acknowledged."""

import random
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass
from itertools import batched
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lastseen.domain.deadline import Deadline
from lastseen.errors import StoreUnavailable
from lastseen.store.fast_parser import Item

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

LARGEST_BATCH = 25
"""Items or statements a call; DynamoDB's own limit for both kinds of batch."""

ATTEMPTS = 3
"""One and two quick retries. More would not fit the time there is; Enode tries again for a day."""

_PAUSE = 0.05
"""Seconds before the first retry; doubles."""

# Answers that another attempt may not get. The batch calls name the same faults without the word "Exception".
_PASSING = frozenset(
    {
        "InternalServerError",
        "ItemCollectionSizeLimitExceeded",
        "LimitExceededException",
        "ProvisionedThroughputExceeded",
        "ProvisionedThroughputExceededException",
        "RequestLimitExceeded",
        "RequestTimeout",
        "ServiceUnavailable",
        "ThrottlingError",
        "Throttling",
        "ThrottlingException",
        "TransactionConflict",
        "TransactionConflictException",
        "TransactionInProgressException",
    }
)
_FIRST_SERVER_FAULT = 500


@dataclass(frozen=True, slots=True)
class Statement:
    """One PartiQL write: its text, which holds no value, and its values in order."""

    text: str
    values: Sequence[Item]


@dataclass(frozen=True, slots=True)
class WriteRefused:
    """A write whose condition did not hold.

    Attributes:
        code: `ConditionalCheckFailed` or `DuplicateItem`.
        item: What stands there instead; None when nothing does, or DynamoDB did not say.
    """

    code: str
    item: Item | None


@dataclass(frozen=True)
class Batches:
    """Sends writes in full batches, in parallel, and comes back when every one is acknowledged.

    Attributes:
        client: A DynamoDB client without retries of its own.
        pool: Threads that carry one call each.
        pause: Sleeps some seconds; replaced by tests.
        largest: Items or statements a call; tests make it small.
    """

    client: "DynamoDBClient"
    pool: ThreadPoolExecutor
    pause: Callable[[float], None] = time.sleep
    largest: int = LARGEST_BATCH

    def put(self, table: str, items: Iterable[Item], deadline: Deadline) -> None:
        """Put items, no two with one key.

        Raises:
            StoreUnavailable: Not all of them were acknowledged in time; putting them again does no harm.
        """
        chunks = [list(chunk) for chunk in batched(items, self.largest, strict=False)]
        self._all(lambda chunk: self._put(table, chunk, deadline), chunks, deadline)

    def execute(self, statements: Iterable[Statement], deadline: Deadline) -> list[WriteRefused | None]:
        """Execute write statements, no two for one item.

        Returns:
            For each in turn None if it was applied, or why its condition did not hold. After a lost answer a
            statement is executed twice, so its own effect may be what refuses it the second time.

        Raises:
            StoreUnavailable: Not all of them were answered in time; any of them may have been applied.
        """
        chunks = [list(chunk) for chunk in batched(statements, self.largest, strict=False)]
        answers = self._all(lambda chunk: self._execute(chunk, deadline), chunks, deadline)
        return [answer for chunk in answers for answer in chunk]

    def _all[Chunk, Answer](
        self, send: Callable[[Chunk], Answer], chunks: Sequence[Chunk], deadline: Deadline
    ) -> list[Answer]:
        futures: list[Future[Answer]] = [self.pool.submit(send, chunk) for chunk in chunks]
        _, late = wait(futures, timeout=deadline.left)
        if late:
            for future in late:
                future.cancel()
            raise StoreUnavailable(f"{len(late)} of {len(futures)} batches were not answered in time")
        return [future.result() for future in futures]

    def _put(self, table: str, items: Sequence[Item], deadline: Deadline) -> None:
        requests: list[Any] = [{"PutRequest": {"Item": item}} for item in items]
        for attempt in range(ATTEMPTS):
            self._wait_before(attempt, deadline)
            answer = self._call(
                lambda left=requests: self.client.batch_write_item(RequestItems={table: left})
            )
            if answer is not None:
                requests = answer.get("UnprocessedItems", {}).get(table, [])
            if not requests:
                return
        raise StoreUnavailable(
            f"{len(requests)} of {len(items)} items were not taken after {ATTEMPTS} attempts"
        )

    def _execute(self, statements: Sequence[Statement], deadline: Deadline) -> list[WriteRefused | None]:
        outcome: dict[int, WriteRefused | None] = {}
        for attempt in range(ATTEMPTS):
            open_ = [index for index in range(len(statements)) if index not in outcome]
            if not open_:
                break
            self._wait_before(attempt, deadline)
            requests: list[Any] = [
                {
                    "Statement": statements[index].text,
                    "Parameters": statements[index].values,
                    "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
                }
                for index in open_
            ]
            answer = self._call(self.client.batch_execute_statement, Statements=requests)
            for index, response in zip(open_, answer["Responses"] if answer else (), strict=False):
                error: Any = response.get("Error")
                if error is None:
                    outcome[index] = None
                elif error["Code"] in ("ConditionalCheckFailed", "DuplicateItem"):
                    # Where the old item stands differs: beside the error on AWS, inside it in the API's own model.
                    outcome[index] = WriteRefused(error["Code"], error.get("Item") or response.get("Item"))
                elif error["Code"] not in _PASSING:
                    raise RuntimeError(f"DynamoDB refuses a statement of ours: {error['Code']}")
        if len(outcome) < len(statements):
            left = len(statements) - len(outcome)
            raise StoreUnavailable(
                f"{left} of {len(statements)} statements were not taken after {ATTEMPTS} attempts"
            )
        return [outcome[index] for index in range(len(statements))]

    def _wait_before(self, attempt: int, deadline: Deadline) -> None:
        if attempt:
            self.pause(min(_PAUSE * 2 ** (attempt - 1) * random.uniform(0.5, 1.5), deadline.left))
        if not deadline.left:
            raise StoreUnavailable("the time to answer ran out")

    def _call[Answer](self, send: Callable[..., Answer], **request: Any) -> Answer | None:
        """Send one request; None if it failed in a way that may pass."""
        try:
            return send(**request)
        except ClientError as error:
            status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
            if error.response["Error"]["Code"] in _PASSING or status >= _FIRST_SERVER_FAULT:
                return None
            raise
        except BotoCoreError:  # no connection, or no answer: the call may or may not have been applied
            return None
