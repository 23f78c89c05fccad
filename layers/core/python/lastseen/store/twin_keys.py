"""Key of twin ids: read once a container, and checked against what the tables were written with."""

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from lastseen.domain.deadline import Deadline
from lastseen.domain.twin import TwinKey
from lastseen.errors import Misconfigured
from lastseen.store import keys
from lastseen.store.batches import Batches, Statement, WriteRefused
from lastseen.store.fast_parser import Item
from lastseen.store.secrets import TwinKeySecret

LONGEST_CHECK = timedelta(seconds=2)

_WHERE = '"pk"=? AND "sk"=?'


def soon_checked() -> Deadline:
    """Until when a check that begins now may take: the calls of an invocation end by its own deadline, too."""
    return Deadline.after(LONGEST_CHECK, time.monotonic)


@dataclass
class TwinKeys:
    """The key, once it is known to be the one that the DevicesTable was written with.

    With another one every device would get another name, and nobody would find what was kept under the old one. So the
    first function that ever has the key writes its check value down, and whoever has another key stops. Both are plain
    statements, which every function that writes devices may make anyway.

    Attributes:
        table: Name of the DevicesTable.
        batches: Carries the statements.
        secret: The secret that holds the key.
        deadline: Gives until when a first check may take.
    """

    table: str
    batches: Batches
    secret: TwinKeySecret
    deadline: Callable[[], Deadline]
    _checked: TwinKey | None = field(default=None, repr=False)

    def live(self) -> TwinKey:
        """Give the key; of the calls that it takes, all are made by the first question.

        Raises:
            StoreUnavailable: Secrets Manager or DynamoDB did not answer, and never did.
            Misconfigured: The secret holds no key, or another than the table was written with.
        """
        if self._checked is None:
            key = self.secret.live()
            self._check(key.check_value)
            self._checked = key
        return self._checked

    def _check(self, value: str) -> None:
        key: list[Item] = [{"S": keys.SYSTEM}, {"S": keys.TWIN_KEY}]
        said: Item = {"S": value}
        confirm = Statement(
            f'UPDATE "{self.table}" SET "check_value"=? WHERE {_WHERE} AND "check_value"=?',  # noqa: S608 - the table is ours
            [said, *key, said],
        )
        begin = Statement(
            f"INSERT INTO \"{self.table}\" VALUE {{'pk':?,'sk':?,'check_value':?}}", [*key, said]
        )
        refusal = self._answered(confirm)
        if refusal is not None and refusal.item is None:
            self._answered(begin)  # if somebody else was faster, theirs counts
            refusal = self._answered(confirm)
        if refusal is not None:
            raise Misconfigured(
                "the key of twin ids is not the one that this table was written with: put the former value back into "
                "the secret that the output TwinKeyArn names, or every device would get another id"
            )

    def _answered(self, statement: Statement) -> WriteRefused | None:
        return self.batches.execute([statement], self.deadline())[0]
