"""Secrets from Secrets Manager: cached, and read again when one turns out not to fit."""

import json
import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, ClassVar

from lastseen.domain.client_credentials import ClientCredentials
from lastseen.domain.twin import TwinKey
from lastseen.errors import (
    LastseenError,
    Misconfigured,
    NoEnodeClient,
    StoreUnavailable,
)
from lastseen.store.call_deadline import waited
from lastseen.store.requests import answering

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

FIRST_PAUSE = timedelta(seconds=1)
LONGEST_PAUSE = timedelta(seconds=30)
"""Between attempts after a failure: the first is this short, each is twice the one before, none is longer than that."""

PATIENCE = timedelta(seconds=3)
"""With Secrets Manager, where nothing can be done without an answer."""

LITTLE_PATIENCE = timedelta(seconds=1)
"""With Secrets Manager, where what was read before will do."""


@dataclass
class _CachedSecret[T](ABC):
    """One secret and what it says. Used as long as nothing newer can be had; never asked for in vain twice in a row.

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
    _failures: int = field(default=0)
    _not_before: float = field(default=float("-inf"))

    def live(self) -> T:
        """Give what is live; what was before, while Secrets Manager does not answer.

        Raises:
            StoreUnavailable: Secrets Manager does not answer, and never did.
            Misconfigured: The secret does not have the form it must have.
        """
        if self._said is None:
            return self._read(PATIENCE)
        if self.is_stale:
            try:
                return self._read(LITTLE_PATIENCE)
            except StoreUnavailable:
                return self._said
        return self._said

    @property
    def is_stale(self) -> bool:
        """Whether what is live was read too long ago, so that it may have changed since."""
        return self._said is not None and self.clock() - self._read_at > CACHED.total_seconds()

    def reread(self) -> T | None:
        """Read it again, because what was live does not fit: a rotation may be newer than the cache.

        Returns:
            What is live now; None if it was read so recently that it is not worth asking, or did not change.

        Raises:
            StoreUnavailable: Secrets Manager does not answer, or did not a moment ago: nobody knows whether it changed.
            Misconfigured: The secret does not have the form it must have.
        """
        if self.clock() - self._read_at < SOONEST_REREAD.total_seconds():
            return None
        before = self._said
        now = self._read(LITTLE_PATIENCE)
        return None if now == before else now

    def _read(self, patience: timedelta) -> T:
        if self.clock() < self._not_before:
            raise StoreUnavailable(f"the {self.name} could not be read a moment ago")
        try:
            text = self._asked(patience)
        except StoreUnavailable:
            pause = min(FIRST_PAUSE * 2 ** min(self._failures, 10), LONGEST_PAUSE)
            self._failures += 1
            self._not_before = self.clock() + pause.total_seconds()
            raise
        self._failures = 0
        self._said = self._understand(text)
        self._read_at = self.clock()
        return self._said

    def _asked(self, patience: timedelta) -> str:
        with answering(f"the {self.name}", but={_NO_VALUE: self._missing()}):
            answer = waited(lambda: self.client.get_secret_value(SecretId=self.arn), longest=patience)
        if "SecretString" not in answer:
            raise Misconfigured(f"the {self.name} must be text, and it is bytes")
        return answer["SecretString"]

    def _missing(self) -> LastseenError:
        """What it means that nothing was ever written into the secret."""
        return StoreUnavailable(f"the {self.name} holds nothing")

    @staticmethod
    @abstractmethod
    def _understand(text: str) -> T:
        """Read what the secret says; raises Misconfigured."""


class WebhookSecrets(_CachedSecret[tuple[bytes, ...]]):
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


class EnodeCredentials(_CachedSecret[ClientCredentials]):
    """The client's id and secret: `{"clientId": "…", "clientSecret": "…"}`."""

    name = "secret of the Enode client"

    def _missing(self) -> LastseenError:
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


class CursorKey(_CachedSecret[bytes]):
    """The secret that signs cursors: any text; when it is replaced, walks through lists begin again."""

    name = "cursor key"

    @staticmethod
    def _understand(text: str) -> bytes:
        return text.encode()


class TwinKeySecret(_CachedSecret[TwinKey]):
    """The key of twin ids: any text that nobody can guess. It never changes, so it is read once."""

    name = "key of twin ids"

    @property
    def is_stale(self) -> bool:
        """Never: with another key, every twin would have another id."""
        return False

    @staticmethod
    def _understand(text: str) -> TwinKey:
        try:
            return TwinKey(text.encode())
        except ValueError as error:
            raise Misconfigured(f"the secret with the key of twin ids holds none: {error}") from error
