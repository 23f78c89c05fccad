"""A wire between each deployed function and the emulated AWS that writes down what goes over it.

Only while `RECORD` names a folder (`make smoke` does): the functions are told of it before the first test and no more
after the last one. Calls belong to the function whose wire they took; metrics are read from the functions' own logs.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from lastseen.observability import RUN_METRICS
from local.stack import aws, deploy, functions
from local.stack.settings import Settings
from rehearsal.recording import Recorder
from rehearsal.standin import Call, PassOn, standing_in

FUNCTIONS = {"IngestFunction": "ingest", "ReadFunction": "read", "SweepFunction": "sweep"}


@contextmanager
def tapped(settings: Settings, recorder: Recorder) -> Iterator[None]:
    """Lead every function's calls over a wire of its own until the block ends."""
    stack = deploy.describe(settings)
    with ExitStack() as wires:
        for logical_id, name in FUNCTIONS.items():
            wire = wires.enter_context(standing_in(partial(_note, recorder, name), behind=settings.aws_url))
            functions.tell(settings, stack, logical_id, AWS_ENDPOINT_URL=wire.url)
        try:
            yield
        finally:
            for logical_id in FUNCTIONS:
                functions.tell(settings, stack, logical_id, AWS_ENDPOINT_URL=settings.aws_url)
            for line in lines(settings):
                recorder.line(str(line["service"]), task_of(line), line)


def _note(recorder: Recorder, function: str, call: Call) -> PassOn:
    recorder.call(function, call.service, call.operation, call.params)
    return PassOn()


def lines(settings: Settings) -> Iterator[dict[str, Any]]:
    """Go through the lines of metrics that the deployed functions have written."""
    logs = aws.client("logs", settings.aws_url)
    for group in logs.describe_log_groups()["logGroups"]:
        name = group["logGroupName"]
        for stream in logs.describe_log_streams(logGroupName=name)["logStreams"]:
            found = logs.get_log_events(logGroupName=name, logStreamName=stream["logStreamName"])["events"]
            for event in found:
                if event["message"].startswith('{"_aws"'):
                    yield json.loads(event["message"])


def task_of(line: Mapping[str, Any]) -> str:
    """Say to which task a line of metrics belongs, by the count of its runs."""
    return next((task for task, name in RUN_METRICS.items() if name in line), "")
