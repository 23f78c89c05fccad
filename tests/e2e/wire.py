"""A wire between each deployed function and the emulated AWS that writes down what goes over it.

Only while `RECORD` names a folder (`make smoke` does): the functions are told of it before the first test and no more
after the last one. Calls belong to the function whose wire they took; metrics are read from the functions' own logs.
"""

import json
import re
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import httpx

from local.stack import aws, deploy, functions
from local.stack.settings import Settings
from rehearsal.recording import Recorder

FUNCTIONS = {"IngestFunction": "ingest", "ReadFunction": "read", "SweepFunction": "sweep"}

_SIGNED_FOR = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")
_HOP_BY_HOP = frozenset(
    {"connection", "keep-alive", "transfer-encoding", "content-length", "content-encoding"}
)


@contextmanager
def tapped(settings: Settings, recorder: Recorder) -> Iterator[None]:
    """Lead every function's calls over a wire of its own until the block ends."""
    stack = deploy.describe(settings)
    with ExitStack() as wires:
        for logical_id, name in FUNCTIONS.items():
            url = wires.enter_context(_wire(settings.aws_url, name, recorder))
            functions.tell(settings, stack, logical_id, AWS_ENDPOINT_URL=url)
        try:
            yield
        finally:
            for logical_id in FUNCTIONS:
                functions.tell(settings, stack, logical_id, AWS_ENDPOINT_URL=settings.aws_url)
            for function, line in lines(settings):
                recorder.line(function, task_of(line), line)


def lines(settings: Settings) -> Iterator[tuple[str, dict[str, Any]]]:
    """Go through the lines of metrics that the deployed functions have written, and say whose each is."""
    logs = aws.client("logs", settings.aws_url)
    for group in logs.describe_log_groups()["logGroups"]:
        name = group["logGroupName"]
        for stream in logs.describe_log_streams(logGroupName=name)["logStreams"]:
            found = logs.get_log_events(logGroupName=name, logStreamName=stream["logStreamName"])["events"]
            for event in found:
                if event["message"].startswith('{"_aws"'):
                    line = json.loads(event["message"])
                    yield str(line["service"]), line


def task_of(line: Mapping[str, Any]) -> str:
    """Say to which task a line of metrics belongs, by the count of its runs."""
    return next((task for task, name in TASKS.items() if name in line), "")


TASKS = {"sweep": "SweepRuns", "reconcile": "ReconcileRuns", "guard": "GuardRuns"}


@contextmanager
def _wire(url: str, function: str, recorder: Recorder) -> Iterator[str]:
    with httpx.Client(base_url=url, timeout=60, trust_env=False) as onward:

        class Wire(BaseHTTPRequestHandler):
            """Passes on what arrives, as it is."""

            protocol_version = "HTTP/1.1"

            def pass_on(self) -> None:
                """Write the call down, ask AWS, give its answer back."""
                body = self.rfile.read(int(self.headers.get("content-length") or 0))
                if call := call_of(self.command, self.path, dict(self.headers), body):
                    recorder.call(function, *call)
                headers = {
                    key: value for key, value in self.headers.items() if key.lower() not in _HOP_BY_HOP
                }
                answer = onward.request(self.command, self.path, headers=headers, content=body)
                self.send_response(answer.status_code)
                for key, value in answer.headers.items():
                    if key.lower() not in _HOP_BY_HOP:
                        self.send_header(key, value)
                self.send_header("content-length", str(len(answer.content)))
                self.end_headers()
                self.wfile.write(answer.content)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = pass_on  # noqa: N815 - the names that http.server calls

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        with ThreadingHTTPServer(("127.0.0.1", 0), Wire) as server:
            server.daemon_threads = True
            Thread(target=server.serve_forever, daemon=True).start()
            try:
                yield f"http://127.0.0.1:{server.server_port}"
            finally:
                server.shutdown()


def call_of(
    method: str, target: str, headers: Mapping[str, str], body: bytes
) -> tuple[str, str, dict[str, Any]] | None:
    """Read a request back as the call that botocore made of it: service, operation, parameters.

    >>> call_of("PUT", "/bucket/elements/1?x-id=PutObject", {"Authorization": "Credential=k/1/eu/s3/aws4_request"}, b"")
    ('s3', 'PutObject', {'Bucket': 'bucket', 'Key': 'elements/1'})
    """
    said = {key.lower(): value for key, value in headers.items()}
    found = _SIGNED_FOR.search(said.get("authorization", ""))
    if found is None:
        return None
    if "x-amz-target" in said:
        return found[1], said["x-amz-target"].rpartition(".")[2], json.loads(body)
    parts = urlsplit(target)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    query = parse_qs(parts.query, keep_blank_values=True)
    named = query["x-id"][0] if "x-id" in query else f"{method.capitalize()}{'Object' if key else 'Bucket'}"
    return found[1], named, {"Bucket": bucket} | ({"Key": key} if key else {})
