"""The ingest door, composed as in the cloud but for its stores and the vault its secrets lie in."""

import io
import json
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from botocore.exceptions import EndpointConnectionError

from functions.ingest import app
from lastseen.observability import logger
from lastseen.store.secrets import WebhookSecrets
from tests.support.builders import SECRET, TWIN_KEY, Json
from tests.support.fakes import FakeLog, FakeQuarantine, FakeStates


class Context:
    """What Lambda tells a function of its invocation."""

    function_name = "ingest"
    memory_limit_in_mb = 512
    invoked_function_arn = "arn:aws:lambda:eu-central-1:123456789012:function:ingest"
    aws_request_id = "request-1"


@dataclass
class Vault:
    """Secrets Manager with one secret in it.

    Attributes:
        text: What it says.
        asked: How often it was read.
        is_down: Whether it does not answer.
    """

    text: str = json.dumps({"current": SECRET})
    asked: int = 0
    is_down: bool = False

    def get_secret_value(self, **_: Any) -> dict[str, str]:
        """Say it."""
        self.asked += 1
        if self.is_down:
            raise EndpointConnectionError(endpoint_url="https://secretsmanager.invalid")
        return {"SecretString": self.text}


@dataclass
class Door:
    """`POST /webhooks/enode`, and everything behind it."""

    vault: Vault = field(default_factory=Vault)
    log: FakeLog = field(default_factory=FakeLog)
    states: FakeStates = field(default_factory=FakeStates)
    quarantine: FakeQuarantine = field(default_factory=FakeQuarantine)
    seconds: float = 0.0

    def __post_init__(self) -> None:
        self.secrets = WebhookSecrets("arn:secret", cast("Any", self.vault), clock=lambda: self.seconds)

    def post(self, event: Json) -> Json:
        """Invoke the function."""
        response: Json = app.handler(event, cast("LambdaContext", Context()))
        return response

    @property
    def has_kept_nothing(self) -> bool:
        """Whether every store is as it was made."""
        return not (self.log.kept or self.states.devices or self.states.statuses or self.quarantine.kept)


_MOMENT = re.compile(r"\d{4}-\d\d-\d\dT[0-9:.]+Z")


def pytest_make_parametrize_id(config: pytest.Config, val: object, argname: str) -> str | None:
    """Name a question without its moments: they are near now, and each worker of a run has a now of its own."""
    return _MOMENT.sub("then", val) if argname == "url" and isinstance(val, str) else None


@pytest.fixture
def door(monkeypatch: pytest.MonkeyPatch) -> Door:
    """The door with empty stores, in a container that has just started."""
    door = Door()
    monkeypatch.setattr(app, "REFUSED", app.Refused(lambda: door.seconds))

    def build() -> app.IngestCollaborators:
        return app.IngestCollaborators(door.secrets, door.log, door.states, door.quarantine, lambda: TWIN_KEY)

    monkeypatch.setattr(app, "build", build)
    return door


@dataclass
class Told:
    """What an invocation told the operators.

    Attributes:
        text: Everything it wrote, to either stream.
    """

    text: str

    @property
    def _lines(self) -> list[Json]:
        return [json.loads(line) for line in self.text.splitlines()]

    @property
    def log(self) -> list[Json]:
        """Its log lines."""
        return [line for line in self._lines if "_aws" not in line]

    @property
    def metrics(self) -> dict[str, float]:
        """Its metrics, by name."""
        found: dict[str, float] = {}
        for line in self._lines:
            for directive in line.get("_aws", {}).get("CloudWatchMetrics", []):
                found |= {metric["Name"]: sum(line[metric["Name"]]) for metric in directive["Metrics"]}
        return found


@pytest.fixture
def told(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[], Told]:
    """Gives what was told since it was last asked."""
    lines = io.StringIO()
    for handler in logger.handlers:
        monkeypatch.setattr(handler, "stream", lines)

    def read() -> Told:
        captured, logged = capsys.readouterr(), lines.getvalue()
        lines.truncate(lines.seek(0))
        return Told(logged + captured.out + captured.err)

    return read
