"""Read and write records with optimistic locking by version."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from lastseen.domain.records import Record
from lastseen.store import keys
from lastseen.store.requests import answering

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class DynamoRecords:
    """Items under `SYS`, each plain JSON with a version: whoever writes says which version it read.

    Attributes:
        table: Name of the DevicesTable.
        client: A DynamoDB client.
    """

    table: str
    client: "DynamoDBClient"

    def read(self, name: str) -> Record:
        """One record as it stands now; an empty one of version 0 if it was never written, or not in our form.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        key: Any = {"pk": {"S": keys.SYSTEM}, "sk": {"S": name}}
        with answering(f"the record {name}"):
            item = self.client.get_item(TableName=self.table, Key=key, ConsistentRead=True).get("Item")
        if item is None or "content" not in item:
            return Record({}, 0)
        return Record(json.loads(item["content"]["S"]), int(item["version"]["N"]))

    def write(self, name: str, said: Mapping[str, Any], *, version: int) -> bool:
        """Write a record over the version that was read.

        Returns:
            False if somebody else was faster; read again and decide anew. After a lost answer our own write may be
            what was faster.

        Raises:
            StoreUnavailable: DynamoDB did not answer; it may have been written.
        """
        item: Any = {
            "pk": {"S": keys.SYSTEM},
            "sk": {"S": name},
            "content": {"S": json.dumps(said, separators=(",", ":"))},
            "version": {"N": str(version + 1)},
        }
        is_first, is_as_read = "attribute_not_exists(pk)", "version = :version"
        condition: dict[str, Any] = (
            {
                "ConditionExpression": is_as_read,
                "ExpressionAttributeValues": {":version": {"N": str(version)}},
            }
            if version
            else {"ConditionExpression": is_first}
        )
        with answering(f"the record {name}"):
            try:
                self.client.put_item(TableName=self.table, Item=item, **condition)
            except self.client.exceptions.ConditionalCheckFailedException:
                return False
        return True
