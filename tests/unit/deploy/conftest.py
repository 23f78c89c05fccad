"""A folder without stacks, a template, and an AWS that answers as it was told."""

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

ROOT = Path(__file__).parents[3]


@dataclass
class Aws:
    """An account, as far as a deployment looks at it.

    Attributes:
        status: Of the stack; None if there is none.
        free: Executions at once that are not reserved.
        taken: Names of schedules and dashboards that are there.
        has_client: Whether the secret of Enode's client holds something.
        called: What was asked, in order.
    """

    status: str | None = None
    free: int = 1000
    taken: tuple[str, ...] = ()
    has_client: bool = False
    called: list[str] = field(default_factory=list)

    def client(self, service: str, **_: object) -> Any:
        """A client of any service."""
        return _Client(self, service)

    def answer(self, name: str, given: dict[str, Any]) -> Any:
        """Answer one call."""
        self.called.append(name)
        match name:
            case "describe_stacks" if self.status is None:
                raise _error("ValidationError", f"Stack with id {given['StackName']} does not exist")
            case "describe_stacks":
                outputs = [{"OutputKey": "EnodeClientArn", "OutputValue": "arn:enode-client"}]
                return {"Stacks": [{"StackStatus": self.status, "Outputs": outputs}]}
            case "delete_stack":
                self.status = None
            case "get_account_settings":
                return {"AccountLimit": {"UnreservedConcurrentExecutions": self.free}}
            case "get_schedule" if given["Name"] not in self.taken:
                raise _error("ResourceNotFoundException", "no such schedule")
            case "get_dashboard" if given["DashboardName"] not in self.taken:
                raise _error("ResourceNotFound", "no such dashboard")
            case "describe_secret":
                return {"VersionIdsToStages": {"a": ["AWSCURRENT"]}} if self.has_client else {}
            case "describe_key":
                return _described(given["KeyId"])
            case "get_topic_attributes" if given["TopicArn"].endswith("gone"):
                raise _error("NotFound", "Topic does not exist")
        return {}


@dataclass
class _Client:
    aws: Aws
    service: str

    def get_waiter(self, _name: str) -> Any:
        return type("Waiter", (), {"wait": lambda *_, **__: None})()

    def __getattr__(self, name: str) -> Callable[..., Any]:
        return lambda **given: self.aws.answer(name, given)


def _described(key: str) -> dict[str, Any]:
    if key.endswith("gone"):
        raise _error("NotFoundException", "Key does not exist")
    state = "Disabled" if key.endswith("disabled") else "Enabled"
    spec = "RSA_2048" if key.endswith("rsa") else "SYMMETRIC_DEFAULT"
    return {"KeyMetadata": {"KeyState": state, "KeySpec": spec}}


def _error(code: str, message: str) -> ClientError:
    return ClientError({"Error": {"Code": code, "Message": message}}, "operation")


@pytest.fixture
def aws() -> Aws:
    """An account that nothing was ever deployed to."""
    return Aws()


@pytest.fixture
def template() -> Path:
    """The one that is deployed."""
    return ROOT / "template.yaml"


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty folder to work in."""
    monkeypatch.chdir(tmp_path)
    return tmp_path
