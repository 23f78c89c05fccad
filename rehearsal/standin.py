"""A stand-in for AWS on this machine: answers calls as a script says, or drops them, or keeps them waiting.

What no emulator does and AWS does: it resets a connection that was kept too long, hangs, throttles with reasons,
refuses one statement of a batch and takes the next. Every answer must be one that AWS could give (`model`): any other
ends the block of `standing_in` with an error. Calls may be passed on to an emulator behind it.
"""

import socket
import struct
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Event, Lock, Thread
from typing import Any, NamedTuple

import httpx

from rehearsal import model, protocol

_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}
)


class Call(NamedTuple):
    """One call as it arrived.

    Attributes:
        service: `dynamodb`.
        operation: `GetItem`.
        params: Its parameters.
        is_kept: Whether an earlier call came over the same connection.
        nth: Which call of this operation it is, counted from 0.
    """

    service: str
    operation: str
    params: dict[str, Any]
    is_kept: bool
    nth: int


class Answer(NamedTuple):
    """Answer with this output."""

    output: Mapping[str, Any]


class Refusal(NamedTuple):
    """Refuse with an error."""

    code: str
    status: int = 400
    members: Mapping[str, Any] = {}
    message: str = "No."


class Reset(NamedTuple):
    """Drop the connection without a word, as the other side does with one that was idle for too long."""


class Hang(NamedTuple):
    """Say nothing for so many seconds, then drop the connection."""

    seconds: float


class PassOn(NamedTuple):
    """Let the emulator behind answer."""


type Reply = Answer | Refusal | Reset | Hang | PassOn
type Script = Callable[[Call], Reply]


@dataclass
class StandIn:
    """What stands in, while it runs.

    Attributes:
        url: Where it listens.
        calls: All that arrived, in order.
        wrong: Answers of the script that AWS could not give.
    """

    script: Script
    behind: str = ""
    url: str = ""
    calls: list[Call] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    _over: Event = field(default_factory=Event)
    _lock: Lock = field(default_factory=Lock)

    def take(self, service: str, operation: str, params: dict[str, Any], *, is_kept: bool) -> Reply:
        """Note a call and say what becomes of it."""
        with self._lock:
            nth = sum((one.service, one.operation) == (service, operation) for one in self.calls)
            call = Call(service, operation, params, is_kept, nth)
            self.calls.append(call)
            try:
                reply = self.script(call)
                self.wrong += self._complaints(call, reply)
            except Exception as error:  # noqa: BLE001 - on a thread of the server it would be seen by nobody
                self.wrong.append(f"the script does not know {service} {operation}: {error!r}")
                return Reset()
            return reply

    def wait(self, seconds: float) -> None:
        """Keep a caller waiting, until all is over at the latest."""
        self._over.wait(seconds)

    def end(self) -> None:
        """Let everybody go who still waits."""
        self._over.set()

    @staticmethod
    def _complaints(call: Call, reply: Reply) -> list[str]:
        match reply:
            case Answer(output):
                found = model.complaints(call.service, call.operation, output)
            case Refusal(code, _, members, _):
                found = model.complaints_of_error(call.service, call.operation, code, members)
            case _:
                found = []
        return [f"{call.service} {call.operation}: {one}" for one in found]


@contextmanager
def standing_in(script: Script, *, behind: str = "") -> Iterator[StandIn]:
    """Stand in for AWS until the block ends.

    Args:
        script: What becomes of each call.
        behind: URL of the emulator that calls are passed on to.

    Raises:
        ValueError: An answer of the script is not one that AWS could give; raised when the block ends.
    """
    one = StandIn(script, behind)
    with httpx.Client(timeout=30, trust_env=False) as onward, _server(one, onward) as server:
        one.url = f"http://127.0.0.1:{server.server_port}"
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        try:
            yield one
        finally:
            one.end()
            server.shutdown()
    if one.wrong:
        raise ValueError("; ".join(one.wrong))


def _server(one: StandIn, onward: httpx.Client) -> ThreadingHTTPServer:
    door = type("OwnDoor", (_Door,), {"one": one, "onward": onward})
    server = ThreadingHTTPServer(("127.0.0.1", 0), door)
    server.daemon_threads = True
    return server


class _Door(BaseHTTPRequestHandler):
    """One connection of a caller."""

    protocol_version = "HTTP/1.1"
    one: StandIn
    onward: httpx.Client
    asked = 0

    def handle_call(self) -> None:
        """Read a call, and do with it what the script says."""
        body = self.rfile.read(int(self.headers.get("content-length") or 0))
        service, operation, params = protocol.read(self.command, self.path, dict(self.headers), body)
        reply = self.one.take(service, operation, params, is_kept=self.asked > 0)
        self.asked += 1
        match reply:
            case Answer(output):
                self.say(200, *protocol.written(service, operation, output))
            case Refusal(code, status, members, message):
                self.say(status, *protocol.written_refusal(service, code, members, message))
            case PassOn():
                self.pass_on(body)
            case Hang(seconds):
                self.one.wait(seconds)
                self.drop()
            case Reset():
                self.drop()

    do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_call  # noqa: N815 - what http.server calls

    def pass_on(self, body: bytes) -> None:
        """Let the emulator answer."""
        headers = {name: text for name, text in self.headers.items() if name.lower() not in _HOP_BY_HOP}
        answer = self.onward.request(self.command, self.one.behind + self.path, headers=headers, content=body)
        kind = answer.headers.get("content-type", "application/json")
        self.say(answer.status_code, kind, answer.content, answer.headers)

    def say(self, status: int, kind: str, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        """Answer."""
        self.send_response(status)
        self.send_header("content-type", kind)
        self.send_header("content-length", str(len(body)))
        for name, text in (headers or {}).items():
            if name.lower() not in _HOP_BY_HOP | {"content-type", "date", "server"}:
                self.send_header(name, text)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def drop(self) -> None:
        """Reset the connection: no goodbye, as TCP has it."""
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def finish(self) -> None:
        """Close what is still open."""
        with suppress(OSError):
            super().finish()

    def log_message(self, *_: Any) -> None:
        """Say nothing."""
