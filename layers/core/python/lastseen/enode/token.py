"""Access tokens: fetched when needed, cached, renewed before they expire or once refused."""

import base64
import threading
from dataclasses import dataclass, field, replace
from typing import Protocol

from lastseen.domain.client_credentials import ClientCredentials
from lastseen.enode import models
from lastseen.enode.transport import ApiResponse, Transport
from lastseen.errors import EnodeUnavailable, Unavailable

RENEWED_AFTER = 0.8
"""Of its life. In the last fifth, twelve minutes of Enode's hour, a token service that is down harms nobody."""

LONGEST_LIFE = 86_400.0
"""Seconds. Enode's live for an hour; what is said to live for years is replaced once a day all the same."""

PAUSE_AFTER_FAILURE = 30.0
"""Seconds between attempts to renew a token that is still good."""

TRIES = 3

_REFUSALS = (400, 401, 403)


class CredentialsSource(Protocol):
    """Where the client's id and secret come from."""

    def live(self) -> ClientCredentials:
        """Give them, perhaps from a cache."""

    def reread(self) -> ClientCredentials | None:
        """Give newer ones, if there are any."""


@dataclass(frozen=True, slots=True)
class _CachedToken:
    """A token and, in monotonic seconds, when to renew it and when it ends."""

    token: str = field(default="", repr=False)
    renew_at: float = float("-inf")
    ends_at: float = float("-inf")


@dataclass
class Tokens:
    """The access token of this process. Threads may share it; they never fetch two at once.

    Attributes:
        url: Where tokens are given.
        credentials: As whom.
    """

    url: str
    credentials: CredentialsSource

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._kept = _CachedToken()

    def current(self, transport: Transport) -> str:
        """Give a token that Enode should accept.

        Raises:
            EnodeUnavailable: There is none, and Enode gives none; the message says so where it is because the client
                id or secret is refused, which only a person can mend.
            StoreUnavailable: The credentials could not be read.
            Misconfigured: The credentials are not filled in.
        """
        kept, now = self._kept, transport.clock()
        if now < kept.renew_at:
            return kept.token
        if now < kept.ends_at:
            return self._renewed_early(kept, transport)
        return self.instead_of(kept.token, transport)

    def instead_of(self, token: str, transport: Transport) -> str:
        """Give another token than this one, which has ended or was refused. Raises as `current` does."""
        if not self._lock.acquire(timeout=transport.left):
            raise EnodeUnavailable("another thread still waits for the access token that we need")
        try:
            return self._fetch(transport, TRIES) if self._kept.token == token else self._kept.token
        finally:
            self._lock.release()

    def _renewed_early(self, kept: _CachedToken, transport: Transport) -> str:
        if not self._lock.acquire(blocking=False):
            return kept.token  # somebody is at it
        try:
            return self._fetch(transport, 1) if self._kept is kept else self._kept.token
        except Unavailable:
            self._kept = replace(kept, renew_at=transport.clock() + PAUSE_AFTER_FAILURE)
            return kept.token
        finally:
            self._lock.release()

    def _fetch(self, transport: Transport, tries: int) -> str:
        asked_at = transport.clock()
        answer = self._ask(self.credentials.live(), transport, tries)
        if answer.status in _REFUSALS and (newer := self.credentials.reread()) is not None:
            answer = self._ask(newer, transport, tries)
        if answer.status in _REFUSALS:
            raise answer.unexpected(
                "Enode refuses the client id or the client secret; put those of Enode's developer console, and of the "
                "right environment, into the secret of the Enode client"
            )
        if not answer.is_success:
            raise answer.unexpected("there is no access token in the answer")
        said = models.read(models.Token, answer)
        transport.stats.add(tokens=1)
        life = min(said.expires_in, LONGEST_LIFE)
        self._kept = _CachedToken(said.access_token, asked_at + RENEWED_AFTER * life, asked_at + life)
        return said.access_token

    def _ask(self, who: ClientCredentials, transport: Transport, tries: int) -> ApiResponse:
        pair = base64.b64encode(f"{who.client_id}:{who.client_secret}".encode()).decode()
        return transport.send(
            "POST",
            self.url,
            headers={"Authorization": f"Basic {pair}"},
            form={"grant_type": "client_credentials"},
            tries=tries,
        )
