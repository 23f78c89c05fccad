"""What the functions did while tests ran: the calls that AWS would have to grant, and the metrics that they published.

`make test` and `make smoke` write it where `RECORD` says, a line of JSON each, the same only once a process: a
function's name and task, and either a grant (`grants`), or metrics with namespace and dimensions. Names that tests give
to things are brought back to logical ids of the template: `lastseen-DevicesTable-5f2c` is `DevicesTable`.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple
from uuid import uuid4

from rehearsal.grants import Grant, needed
from rehearsal.outcome import NotRehearsedError
from rehearsal.processed import ROOT, TEMPLATE

FOLDER = ROOT / ".local/recorded"
SOURCES = ("unit", "integration", "smoke")
"""Which run of tests recorded: each writes anew into a folder of its own."""


class Published(NamedTuple):
    """Metrics that a function published in one invocation.

    Attributes:
        task: What it was asked to do, if it has several tasks.
        namespace: As in the line; that of tests, unless the line was written by a deployed function.
        dimensions: Names and values of one set of dimensions.
        names: Of the metrics.
    """

    function: str
    task: str
    namespace: str
    dimensions: tuple[tuple[str, str], ...]
    names: tuple[str, ...]


@dataclass(frozen=True)
class Recording:
    """All that was recorded.

    Attributes:
        granted: What each function needed, by the folder of its code: `ingest`.
        published: Metrics.
        sources: Which runs of tests it comes from.
    """

    granted: frozenset[tuple[str, Grant]]
    published: frozenset[Published]
    sources: frozenset[str]


@dataclass
class Recorder:
    """Writes what happens into a folder, each thing once."""

    folder: Path
    _seen: set[str] = field(default_factory=set)
    _lock: Lock = field(default_factory=Lock)
    _name: str = field(default_factory=lambda: f"{os.getpid()}-{uuid4().hex[:8]}.jsonl")

    def call(self, function: str, service: str, operation: str, params: Mapping[str, Any]) -> None:
        """Note a call of the AWS API."""
        for grant in needed(service, operation, params):
            keys = sorted({_stem(key) for key in grant.keys})
            resource = logical(grant.resource) + _behind(grant)
            self._note({"function": function, "action": grant.action, "resource": resource, "keys": keys})

    def line(self, function: str, task: str, line: Mapping[str, Any]) -> None:
        """Note a line of metrics in the embedded metric format."""
        for directive in line["_aws"]["CloudWatchMetrics"]:
            names = sorted(one["Name"] for one in directive["Metrics"])
            for dimensions in directive["Dimensions"]:
                pairs = sorted([name, str(line[name])] for name in dimensions)
                self._note(
                    {
                        "function": function,
                        "task": task,
                        "namespace": directive["Namespace"],
                        "dimensions": pairs,
                        "names": names,
                    }
                )

    def _note(self, what: Mapping[str, Any]) -> None:
        text = json.dumps(what, sort_keys=True)
        with self._lock:
            if text in self._seen:
                return
            self._seen.add(text)
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / self._name).open("a", encoding="utf-8") as file:
                file.write(text + "\n")


def read(folder: Path = FOLDER, sources: Iterable[str] = SOURCES) -> Recording:
    """Read everything that was recorded.

    Raises:
        NotRehearsedError: A run of tests that must have recorded has not.
    """
    found = {source: list(_lines(folder / source)) for source in sources}
    if missing := [source for source, lines in found.items() if not lines]:
        verbs = " and ".join(sorted({"`make smoke`" if one == "smoke" else "`make test`" for one in missing}))
        raise NotRehearsedError(f"nothing was recorded by {verbs}: run them first")
    lines = [line for source in found.values() for line in source]
    return Recording(
        granted=frozenset(
            (line["function"], Grant(line["action"], line["resource"], tuple(line["keys"])))
            for line in lines
            if "action" in line
        ),
        published=frozenset(
            Published(
                line["function"],
                line["task"],
                line["namespace"],
                tuple((name, value) for name, value in line["dimensions"]),
                tuple(line["names"]),
            )
            for line in lines
            if "names" in line
        ),
        sources=frozenset(found),
    )


def logical(name: str) -> str:
    """Bring the name of a table, secret, bucket or queue back to its logical id; give any other name as it is.

    >>> logical("lastseen-DevicesTable-5F2C/index/by-kind"), logical("arn:aws:secretsmanager:::CursorSecret-x")
    ('DevicesTable', 'CursorSecret')
    """
    fitting = [one for one in _logical_ids() if one.lower() in name.lower()]
    return max(fitting, key=len, default=name.partition("/")[0])


def _behind(grant: Grant) -> str:
    """What stands behind the name of a resource: an index, or that it is an object."""
    _, _, rest = grant.resource.partition("/")
    if grant.action.startswith("dynamodb:"):
        return f"/{rest}" if rest else ""
    return "/*" if grant.action.startswith("s3:") and rest else ""


def _stem(key: str) -> str:
    """A partition key without the ids in it.

    >>> _stem("U#ada"), _stem("SYS")
    ('U#*', 'SYS')
    """
    return re.sub(r"#.*", "#*", key, flags=re.DOTALL)


def _lines(folder: Path) -> Iterator[dict[str, Any]]:
    for file in sorted(folder.glob("*.jsonl")):
        for line in file.read_text(encoding="utf-8").splitlines():
            yield json.loads(line)


@cache
def _logical_ids() -> frozenset[str]:
    text = TEMPLATE.read_text(encoding="utf-8")
    kinds = "DynamoDB::Table|SecretsManager::Secret|S3::Bucket|SQS::Queue"
    return frozenset(re.findall(rf"^  (\w+):\n    Type: AWS::(?:{kinds})\n", text, re.MULTILINE))
