"""What is believed now, for reading: a user's devices, one device, a user's credentials."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from botocore.exceptions import BotoCoreError, ClientError

from lastseen.domain.device import DeviceId
from lastseen.domain.snapshot import Known
from lastseen.errors import StoreUnavailable
from lastseen.store import keys, registers

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class DynamoDevices:
    """The DevicesTable, for reading.

    Attributes:
        table: Its name.
        client: A DynamoDB client.
    """

    table: str
    client: "DynamoDBClient"

    def of_user(self, user_id: str) -> list[Known]:
        """Every device of a user, by kind and id, deleted ones that are still remembered included.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        return [registers.known(item) for item in self._query(user_id, keys.DEVICES_OF_USER)]

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
                ExpressionAttributeValues={":id": {"S": device_id}},
            )
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable("the devices did not answer") from error
        return [(keys.user_id_of(item["pk"]["S"]), keys.device_of(item["sk"]["S"])) for item in page["Items"]]

    def invalid_credentials(self, user_id: str) -> dict[str, datetime]:
        """Since when each vendor's credentials of a user have been said to be invalid, aware UTC.

        Raises:
            StoreUnavailable: DynamoDB did not answer.
        """
        return {
            item["sk"]["S"].removeprefix(keys.CREDENTIALS_OF_USER): datetime.fromisoformat(
                item["ord"]["S"].partition("#")[0]
            )
            for item in self._query(user_id, keys.CREDENTIALS_OF_USER)
        }

    def _query(self, user_id: str, prefix: str) -> Iterator[Any]:
        start: dict[str, Any] = {}
        while True:
            try:
                page = self.client.query(
                    TableName=self.table,
                    KeyConditionExpression="pk = :pk AND begins_with(sk, :prefix)",
                    ExpressionAttributeValues={":pk": {"S": keys.user(user_id)}, ":prefix": {"S": prefix}},
                    **start,
                )
            except (ClientError, BotoCoreError) as error:
                raise StoreUnavailable("the devices did not answer") from error
            yield from page["Items"]
            if "LastEvaluatedKey" not in page:
                return
            start = {"ExclusiveStartKey": page["LastEvaluatedKey"]}
