"""Which webhook secrets are live? Read from Secrets Manager, cached, and read again when a signature fits none."""

import json
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from botocore.exceptions import BotoCoreError, ClientError

from lastseen.errors import Misconfigured, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHED = timedelta(minutes=5)
SOONEST_REREAD = timedelta(seconds=30)


@dataclass
class WebhookSecrets:
    """The live webhook secrets: `{"current": "…"}`, and while rotating `"previous"` beside it.

    Attributes:
        arn: The secret's ARN.
        client: A Secrets Manager client.
        clock: Monotonic seconds.
    """

    arn: str
    client: "SecretsManagerClient"
    clock: Callable[[], float] = time.monotonic
    _secrets: tuple[bytes, ...] = ()
    _read_at: float = field(default=float("-inf"))

    def live(self) -> tuple[bytes, ...]:
        """Give the live secrets, the current one first.

        Raises:
            StoreUnavailable: Secrets Manager did not answer.
            Misconfigured: The secret does not have the form above.
        """
        if self.clock() - self._read_at > CACHED.total_seconds():
            self._read()
        return self._secrets

    def reread(self) -> tuple[bytes, ...] | None:
        """Read them again, because a signature fits none: a rotation may be newer than the cache.

        Returns:
            The secrets; None if they were read so recently that it is not worth asking, or did not change.
        """
        if self.clock() - self._read_at < SOONEST_REREAD.total_seconds():
            return None
        before = self._secrets
        self._read()
        return None if self._secrets == before else self._secrets

    def _read(self) -> None:
        try:
            text = self.client.get_secret_value(SecretId=self.arn)["SecretString"]
        except (ClientError, BotoCoreError) as error:
            raise StoreUnavailable("the webhook secret could not be read") from error
        try:
            said = json.loads(text)
            secrets = [said["current"], *([said["previous"]] if said.get("previous") else [])]
            self._secrets = tuple(secret.encode() for secret in secrets)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Misconfigured('the webhook secret must be JSON like {"current": "…"}') from error
        self._read_at = self.clock()
