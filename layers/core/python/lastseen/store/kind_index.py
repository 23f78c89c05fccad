"""The index `by-kind`: keys of all devices of a kind, and of all users, in order, from any place, both ways."""

import heapq
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby
from typing import TYPE_CHECKING, Any

from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.store import keys
from lastseen.store.attributes import KIND, OWNED
from lastseen.store.query_pages import Budget, ask, pages

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient


@dataclass(frozen=True)
class KindIndex:
    """The index, for reading.

    Attributes:
        table: Name of the DevicesTable.
        client: A DynamoDB client.
        backwards: Whether to walk from the end on.
        page: How many keys to read first.
    """

    table: str
    client: "DynamoDBClient"
    backwards: bool
    page: int

    def devices(
        self, kind: DeviceKind, start: tuple[str, DeviceId] | None, budget: Budget
    ) -> Iterator[keys.Key]:
        """Keys of devices by user and id, from behind a place on; they end, too, where the budget does."""
        border = None if start is None else keys.Key(keys.user(start[0]), keys.device(start[1]))
        query = self._query(keys.LETTERS[kind])
        if start is not None:
            self._from(query, "<=" if self.backwards else ">=", keys.owned(*start))
        first = (
            self.page + 1 + (start is not None)
        )  # one tells where the last ends; the place itself is passed over
        found = (item for page, _ in pages(self.client, query, budget, first=first) for item in page)
        # Of ids so long that the index cannot tell them apart, several have one place in it.
        for _, alike in groupby(found, key=lambda item: item[OWNED]["S"]):
            for key in sorted(map(_key, alike), reverse=self.backwards):
                if border is None or (key < border if self.backwards else key > border):
                    yield key

    def users(self, start: str | None, budget: Budget) -> Iterator[tuple[str, bool]]:
        """Users by id, from behind one on, each once, and whether a device tells of them.

        They end, too, where the budget does; of the last one it is then not sure whether a device tells.
        """
        streams = (self._of_users(kind, start, budget) for kind in (*keys.LETTERS.values(), keys.USER_LETTER))
        last: str | None = None
        has_devices = False
        try:
            for pk, kind in heapq.merge(*streams, reverse=self.backwards):
                if last is not None and pk != last:
                    yield keys.user_id_of(last), has_devices
                    has_devices = False
                last, has_devices = pk, has_devices or kind != keys.USER_LETTER
        except _SpentError:  # what stands behind the last one is not known of every kind
            pass
        if last is not None:
            yield keys.user_id_of(last), has_devices

    def unlisted_users(self) -> Iterator[str]:
        """Users by id of whom devices tell, and who have no item of their own."""
        budget = Budget()
        streams = (self._of_users(kind, None, budget) for kind in (*keys.LETTERS.values(), keys.USER_LETTER))
        for pk, of_user in groupby(heapq.merge(*streams), key=lambda one: one[0]):
            if all(kind != keys.USER_LETTER for _, kind in of_user):
                yield keys.user_id_of(pk)

    def _of_users(self, kind: str, start: str | None, budget: Budget) -> Iterator[tuple[str, str]]:
        """Partitions of users that have something of a kind, with the kind.

        A page is followed by the next user, however many more devices its last one has.
        """
        while True:
            query = self._query(kind)
            if start is not None:
                self._from(
                    query, *(("<", keys.owned(start)) if self.backwards else (">=", keys.behind(start)))
                )
            page = ask(self.client, query, budget, self.page)
            if page is None:
                raise _SpentError
            for pk, _ in groupby(page["Items"], key=lambda item: item["pk"]["S"]):
                yield pk, kind
            if "LastEvaluatedKey" not in page:
                return
            start = keys.user_id_of(page["Items"][-1]["pk"]["S"])

    def _query(self, kind: str) -> dict[str, Any]:
        return {
            "TableName": self.table,
            "IndexName": keys.BY_KIND,
            "KeyConditionExpression": f"{KIND} = :kind",
            "ExpressionAttributeValues": {":kind": {"S": kind}},
            "ScanIndexForward": not self.backwards,
        }

    @staticmethod
    def _from(query: dict[str, Any], operator: str, border: str) -> None:
        query["KeyConditionExpression"] += f" AND {OWNED} {operator} :border"
        query["ExpressionAttributeValues"][":border"] = {"S": border}


class _SpentError(Exception):
    """The budget did not allow for one more page."""


def _key(item: Any) -> keys.Key:
    return keys.Key(item["pk"]["S"], item["sk"]["S"])
