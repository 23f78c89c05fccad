"""With which access token? Fetched when needed, kept while it lives, replaced before it ends or once it is refused."""

import base64
import threading
from dataclasses import dataclass, field, replace
from typing import Protocol

from lastseen.domain.credentials import ClientCredentials
from lastseen.enode import models
from lastseen.enode.exchange import Answer, Exchange
from lastseen.errors import EnodeUnavailable, Unavailable

RENEWED_AFTER = 0.8
"""Of its life. In the last fifth, twelve minutes of Enode's hour, a token service that is down harms nobody."""

LONGEST_LIFE = 86_400.0
"""Seconds. Enode's live for an hour; what is said to live for years is replaced once a day all the same."""

PAUSE_AFTER_FAILURE = 30.0
"""Seconds between attempts to renew a token that is still good."""

TRIES = 3

_REFUSALS = (400, 401, 403)


class Credentials(Protocol):
    """Where the client's id and secret come from."""

    def live(self) -> ClientCredentials:
        """Give them, perhaps from a cache."""

    def reread(self) -> ClientCredentials | None:
        """Give newer ones, if there are any."""


@dataclass(frozen=True, slots=True)
class _Kept:
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
    credentials: Credentials

    def __post_init__(self) -> None:
        self._lock = threading.Lock()
        self._kept = _Kept()

    def current(self, exchange: Exchange) -> str:
        """Give a token that Enode should accept.

        Raises:
            EnodeUnavailable: There is none, and Enode gives none; the message says so where it is because the client
                id or secret is refused, which only a person can mend.
            StoreUnavailable: The credentials could not be read.
            Misconfigured: The credentials are not filled in.
        """
        kept, now = self._kept, exchange.clock()
        if now < kept.renew_at:
            return kept.token
        if now < kept.ends_at:
            return self._renewed_early(kept, exchange)
        return self.instead_of(kept.token, exchange)

    def instead_of(self, token: str, exchange: Exchange) -> str:
        """Give another token than this one, which has ended or was refused. Raises as `current` does."""
        if not self._lock.acquire(timeout=exchange.left):
            raise EnodeUnavailable("another thread still waits for the access token that we need")
        try:
            return self._fetch(exchange, TRIES) if self._kept.token == token else self._kept.token
        finally:
            self._lock.release()

    def _renewed_early(self, kept: _Kept, exchange: Exchange) -> str:
        if not self._lock.acquire(blocking=False):
            return kept.token  # somebody is at it
        try:
            return self._fetch(exchange, 1) if self._kept is kept else self._kept.token
        except Unavailable:
            self._kept = replace(kept, renew_at=exchange.clock() + PAUSE_AFTER_FAILURE)
            return kept.token
        finally:
            self._lock.release()

    def _fetch(self, exchange: Exchange, tries: int) -> str:
        asked_at = exchange.clock()
        answer = self._ask(self.credentials.live(), exchange, tries)
        if answer.status in _REFUSALS and (newer := self.credentials.reread()) is not None:
            answer = self._ask(newer, exchange, tries)
        if answer.status in _REFUSALS:
            raise answer.unexpected(
                "Enode refuses the client id or the client secret; put those of Enode's developer console, and of the "
                "right environment, into the secret of the Enode client"
            )
        if not answer.is_success:
            raise answer.unexpected("there is no access token in the answer")
        said = models.read(models.Token, answer)
        exchange.tally.add(tokens=1)
        life = min(said.expires_in, LONGEST_LIFE)
        self._kept = _Kept(said.access_token, asked_at + RENEWED_AFTER * life, asked_at + life)
        return said.access_token

    def _ask(self, who: ClientCredentials, exchange: Exchange, tries: int) -> Answer:
        pair = base64.b64encode(f"{who.client_id}:{who.client_secret}".encode()).decode()
        return exchange.ask(
            "POST",
            self.url,
            headers={"Authorization": f"Basic {pair}"},
            form={"grant_type": "client_credentials"},
            tries=tries,
        )
