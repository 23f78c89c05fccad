"""An Enode that answers as told and remembers what it was asked, and time that passes only where somebody sleeps."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import httpx

from lastseen.domain.client_credentials import ClientCredentials
from lastseen.enode.client import EnodeClient
from lastseen.enode.session import Session
from lastseen.enode.transport import Transport, http_client

URL = "https://api.enode.example"
TOKEN_URL = "https://oauth.enode.example/oauth2/token"
NOON = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
DATE = format_datetime(NOON, usegmt=True)


@dataclass(frozen=True)
class Said:
    """An answer, made anew for each question, because a response can be read only once."""

    status_code: int
    headers: Mapping[str, str]
    content: bytes

    def response(self) -> httpx.Response:
        return httpx.Response(
            self.status_code, headers=dict(self.headers), stream=httpx.ByteStream(self.content)
        )


type Reply = Said | httpx.Response | Exception


class Hands:
    """Of a clock: the same seconds move the time of day and the monotonic clock."""

    def __init__(self) -> None:
        self.passed = 0.0
        self.slept: list[float] = []

    def now(self) -> datetime:
        return NOON + timedelta(seconds=self.passed)

    def clock(self) -> float:
        return 1000.0 + self.passed

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.passed += seconds


@dataclass
class Pocket:
    """Credentials, and newer ones for who asks again."""

    first: ClientCredentials = field(default_factory=lambda: ClientCredentials("client", "secret"))
    newer: ClientCredentials | None = None

    def live(self) -> ClientCredentials:
        return self.first

    def reread(self) -> ClientCredentials | None:
        return self.newer


def says(content: Any = b"", status: int = 200, **headers: str) -> Said:
    """An answer with a body of JSON (bytes are sent as they are) and, unless told otherwise, noon as its date."""
    head = {"date": DATE} | {name.replace("_", "-"): value for name, value in headers.items()}
    return Said(status, head, content if isinstance(content, bytes) else json.dumps(content).encode())


def refuses(status: int, title: str = "Not Found", **headers: str) -> Said:
    """A problem document."""
    problem = {"type": "https://developers.enode.com/api/problems/x", "title": title, "detail": "Because."}
    return says(problem, status, **headers)


def lists(*elements: Any, after: str | None = None) -> Said:
    """A page."""
    return says({"data": [*elements], "pagination": {"after": after, "before": None}})


class ScriptedEnode:
    """Gives its answers one after the other, and for tokens `token-1`, `token-2`, … unless `token_replies` differ."""

    def __init__(self, *replies: Reply, token_replies: tuple[Reply, ...] = ()) -> None:
        self.replies: list[Reply] = list(replies)
        self.token_replies: list[Reply] = list(token_replies)
        self.asked: list[httpx.Request] = []
        self.asked_for_tokens: list[httpx.Request] = []
        self.time = Hands()

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == TOKEN_URL:
            self.asked_for_tokens.append(request)
            number = len(self.asked_for_tokens)
            usual = says({"access_token": f"token-{number}", "expires_in": 3599})
            reply: Reply = self.token_replies.pop(0) if self.token_replies else usual
        else:
            self.asked.append(request)
            reply = self.replies.pop(0)
        if isinstance(reply, Exception):
            raise reply
        return reply.response() if isinstance(reply, Said) else reply

    def transport(self, **changes: Any) -> Transport:
        """A way to ask it, in its own time; of random numbers there is but one half."""
        time = self.time
        transport = Transport(
            http=http_client(httpx.MockTransport(self)),
            now=time.now,
            clock=time.clock,
            sleep=time.sleep,
            draw=lambda: 0.5,
        )
        return replace(transport, **changes)

    def session(self, credentials: Pocket | None = None, **changes: Any) -> Session:
        """An authorised way to ask it."""
        return Session.open(URL, TOKEN_URL, credentials or Pocket(), self.transport(**changes))

    def client(self) -> EnodeClient:
        """A client of it."""
        return EnodeClient(self.session())

    @property
    def paths(self) -> list[str]:
        """What was asked, tokens apart."""
        return [f"{request.method} {request.url.raw_path.decode()}" for request in self.asked]

    @property
    def bearers(self) -> list[str]:
        """The tokens that were shown."""
        return [request.headers["authorization"].removeprefix("Bearer ") for request in self.asked]

    def bodies(self) -> list[Mapping[str, Any]]:
        """The JSON that was sent."""
        return [json.loads(request.content) for request in self.asked]
