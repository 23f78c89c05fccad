"""Session with Enode's API: bearer token, API version, and refusals told apart."""

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, Self
from urllib.parse import quote, urlsplit

from lastseen.domain.deadline import Deadline
from lastseen.domain.device import is_id
from lastseen.domain.subscription import API_VERSION
from lastseen.enode import models
from lastseen.enode.token import CredentialsSource, Tokens
from lastseen.enode.transport import ApiResponse, RequestStats, Transport, http_client
from lastseen.errors import EnodeUnavailable, Misconfigured

TRIES = 3
"""For questions that change nothing, or nothing more when asked twice."""

_UNAUTHORIZED = 401
_NOT_FOUND = 404
_NO_SUCH_ROUTE = "Route not found"
# A title names the kind of problem, not the case. Words alone can be no id, no VIN and no secret.
_PLAIN_WORDS = re.compile(r"[A-Za-z ,.'-]{1,80}")


@dataclass(frozen=True)
class Session:
    """An authorised way to Enode's API. A value: `within` makes one with another deadline, on the same connections.

    Attributes:
        url: The API's base.
        transport: Puts the questions.
        tokens: The process's token.
        tries: How often a question that does no harm is put at most. Who has a way of their own to try again says 1.
    """

    url: str
    transport: Transport
    tokens: Tokens
    tries: int = TRIES

    @classmethod
    def open(
        cls, url: str, token_url: str, credentials: CredentialsSource, transport: Transport | None = None
    ) -> Self:
        """Make the one session of a process; nothing is asked yet.

        Args:
            url: The API's base, `https://enode-api.production.enode.io`.
            token_url: Where tokens are given, `https://oauth.production.enode.io/oauth2/token`.
            credentials: As whom.
            transport: How to ask, if not over the network with the usual time-outs.

        Raises:
            Misconfigured: An address is none.
        """
        for address in (url, token_url):
            parts = urlsplit(address)
            if parts.scheme not in {"https", "http"} or not parts.hostname:
                raise Misconfigured(f"{address!r} is no address of Enode's; it should begin with https://")
        return cls(
            url.rstrip("/"), transport or Transport(http=http_client()), Tokens(token_url, credentials)
        )

    @property
    def stats(self) -> RequestStats:
        """What happened so far."""
        return self.transport.stats

    def within(self, deadline: Deadline | None) -> Self:
        """Give the same session with a deadline, or none, and statistics of its own that begin at nothing."""
        return replace(self, transport=replace(self.transport, deadline=deadline, stats=RequestStats()))

    def require_client(self) -> None:
        """See that there are credentials; raises NoEnodeClient while there are none."""
        self.tokens.credentials.live()

    def get(self, path: str, params: Mapping[str, str] | None = None) -> ApiResponse:
        """Ask for something."""
        return self.call("GET", path, params=params)

    def call(
        self,
        method: str,
        path: str,
        *,
        tries: int = TRIES,
        params: Mapping[str, str] | None = None,
        json: Mapping[str, Any] | None = None,
    ) -> ApiResponse:
        """Ask, and once more with a new token if the token is refused.

        Returns:
            The answer: 2xx, or a 4xx for the caller to judge.

        Raises:
            EnodeUnavailable: No such answer was to be had.
        """
        with _before_asking():
            token = self.tokens.current(self.transport)
        answer = self._ask(token, method, path, tries=tries, params=params, json=json)
        if answer.status == _UNAUTHORIZED:
            with _before_asking():
                token = self.tokens.instead_of(token, self.transport)
            answer = self._ask(token, method, path, tries=tries, params=params, json=json)
        if answer.status == _UNAUTHORIZED:
            raise answer.unexpected("Enode refuses the access token that it has just given")
        return answer

    def _ask(self, token: str, method: str, path: str, *, tries: int, **what: Any) -> ApiResponse:
        headers = {"Authorization": f"Bearer {token}", "Enode-Version": API_VERSION}
        return self.transport.send(
            method, self.url + path, headers=headers, tries=min(tries, self.tries), **what
        )


@contextmanager
def _before_asking() -> Iterator[None]:
    """Mark what goes wrong with the token as everybody's fault: the question itself was never put."""
    try:
        yield
    except EnodeUnavailable as error:
        error.is_general = True
        raise


def segment(text: str) -> str:
    """Write an id as one segment of a path, percent-encoded: it cannot lead elsewhere.

    Raises:
        ValueError: It is no id (`..`); whoever asks has to have looked.
    """
    if not is_id(text):
        raise ValueError("not an id")
    return quote(text, safe="")


def is_missing(answer: ApiResponse) -> bool:
    """Whether Enode says that it does not have what was asked for.

    Not every 404 says so. Devices are deleted on this word, and a wrong address, be it another service or a path that
    Enode does not serve ("Route not found"), must not delete them all.
    """
    title = _title(answer) if answer.status == _NOT_FOUND else None
    return title is not None and title != _NO_SUCH_ROUTE


def expect_success(answer: ApiResponse) -> ApiResponse:
    """Give the answer back.

    Raises:
        EnodeUnavailable: It is not 2xx.
    """
    if answer.is_success:
        return answer
    title = _title(answer)
    why = f', "{title}"' if title is not None and _PLAIN_WORDS.fullmatch(title) else ""
    raise answer.unexpected(f"Enode did not do what was asked{why}")


def _title(answer: ApiResponse) -> str | None:
    """What kind of refusal it is, in Enode's words; None if the answer is no problem document."""
    try:
        return models.read(models.Problem, answer).title
    except EnodeUnavailable:
        return None
