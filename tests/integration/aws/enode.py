"""An Enode of one device, over HTTP: a token, the device as it stands, and a hint."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any


@dataclass
class Enode:
    """What it knows and what it was asked.

    Attributes:
        device: The one device.
        asked: Method and path of each question.
        meanwhile: What happens elsewhere while it is asked for the device.
    """

    device: dict[str, Any]
    url: str = ""
    asked: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] = lambda: None


@contextmanager
def answering(device: dict[str, Any], meanwhile: Callable[[], object] = lambda: None) -> Iterator[Enode]:
    """Answer until the block ends."""
    one = Enode(device, meanwhile=meanwhile)

    class Door(BaseHTTPRequestHandler):
        """One connection."""

        protocol_version = "HTTP/1.1"

        def answer(self) -> None:
            """Answer one question."""
            self.rfile.read(int(self.headers.get("content-length") or 0))
            one.asked.append(f"{self.command} {self.path}")
            status, said = 200, one.device
            if self.path.endswith("/token"):
                said = {"access_token": "t", "expires_in": 3600, "token_type": "bearer", "scope": ""}
            elif self.command == "POST":
                status, said = 204, {}
            else:
                one.meanwhile()
            body = b"" if status == 204 else json.dumps(said).encode()
            self.send_response(status)
            self.send_header("content-type", "application/json")
            self.send_header("content-length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer  # noqa: N815 - what http.server calls

        def log_message(self, *_: Any) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Door) as server:
        server.daemon_threads = True
        Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        one.url = f"http://127.0.0.1:{server.server_port}"
        yield one
        server.shutdown()
