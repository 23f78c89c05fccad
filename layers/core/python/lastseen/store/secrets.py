"""Which secrets are live? Read from Secrets Manager, cached, and read again when one turns out not to fit."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from botocore.exceptions import BotoCoreError, ClientError

from lastseen.domain.credentials import ClientCredentials
from lastseen.errors import Misconfigured, NoEnodeClient, StoreUnavailable

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

CACHED = timedelta(minutes=5)
_NO_VALUE = "ResourceNotFoundException"
"""What Secrets Manager says of a secret that is there and holds nothing, as a new stack's does."""

_NO_CLIENT = (
    "no Enode client yet: write the id and secret from Enode's developer console into the secret that the output "
    'EnodeClientArn names, as {"clientId": "…", "clientSecret": "…"} (aws secretsmanager put-secret-value)'
)
SOONEST_REREAD = timedelta(seconds=30)


@dataclass
class _Cached[T](ABC):
    """One secret and what it says.

    Attributes:
        arn: The secret's ARN.
        client: A Secrets Manager client.
        clock: Monotonic seconds.
    """

    name: ClassVar[str]

    arn: str
    client: "SecretsManagerClient"
    clock: Callable[[], float] = time.monotonic
    _said: T | None = field(default=None, repr=False)
    _read_at: float = field(default=float("-inf"))

    def live(self) -> T:
        """Give what is live.

        Raises:
            StoreUnavailable: Secrets Manager did not answer.
            Misconfigured: The secret does not have the form it must have.
        """
        if self._said is None or self.clock() - self._read_at > CACHED.total_seconds():
            return self._read()
        return self._said

    def reread(self) -> T | None:
        """Read it again, because what was live does not fit: a rotation may be newer than the cache.

        Returns:
            What is live now; None if it was read so recently that it is not worth asking, or did not change.
        """
        if self.clock() - self._read_at < SOONEST_REREAD.total_seconds():
            return None
        before = self._said
        now = self._read()
        return None if now == before else now

    def _read(self) -> T:
        try:
            text = self.client.get_secret_value(SecretId=self.arn)["SecretString"]
        except (ClientError, BotoCoreError) as error:
            if isinstance(error, ClientError) and error.response["Error"]["Code"] == _NO_VALUE:
                raise self._missing() from error
            raise StoreUnavailable(f"the {self.name} could not be read") from error
        self._said = self._understand(text)
        self._read_at = self.clock()
        return self._said

    def _missing(self) -> Exception:
        """What it means that nothing was ever written into the secret."""
        return StoreUnavailable(f"the {self.name} holds nothing")

    @staticmethod
    @abstractmethod
    def _understand(text: str) -> T:
        """Read what the secret says; raises Misconfigured."""


class WebhookSecrets(_Cached[tuple[bytes, ...]]):
    """The webhook's secrets, the current one first: `{"current": "…"}`, and while rotating `"previous"` beside it."""

    name = "webhook secret"

    @staticmethod
    def _understand(text: str) -> tuple[bytes, ...]:
        try:
            said = json.loads(text)
            secrets = [said["current"], *([said["previous"]] if said.get("previous") else [])]
            return tuple(secret.encode() for secret in secrets)
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Misconfigured('the webhook secret must be JSON like {"current": "…"}') from error


class EnodeCredentials(_Cached[ClientCredentials]):
    """The client's id and secret: `{"clientId": "…", "clientSecret": "…"}`."""

    name = "secret of the Enode client"

    def _missing(self) -> Exception:
        return NoEnodeClient(_NO_CLIENT)

    @staticmethod
    def _understand(text: str) -> ClientCredentials:
        try:
            said = json.loads(text)
            credentials = ClientCredentials(said["clientId"].strip(), said["clientSecret"].strip())
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise Misconfigured(
                'the secret of the Enode client must be JSON like {"clientId": "…", "clientSecret": "…"}'
            ) from error
        if not credentials.client_id or not credentials.client_secret:
            raise NoEnodeClient(_NO_CLIENT)
        return credentials


class CursorKey(_Cached[bytes]):
    """The secret that signs cursors: any text; when it is replaced, walks through lists begin again."""

    name = "cursor"

    @staticmethod
    def _understand(text: str) -> bytes:
        return text.encode()
