"""Real engines and fresh tables. `DYNAMODB_ENGINES=ministack,dynamodb-local` chooses; each test runs on each."""

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from pytest_socket import enable_socket

from tests.integration import engines, tables
from tests.integration.engines import Engine
from tests.integration.tables import Tables

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

pytest.register_assert_rewrite(
    *(
        f"tests.contracts.{name}"
        for name in ("accounts", "check_store", "identities", "lists", "log", "state")
    )
)

_CHOSEN, _MISSING = engines.chosen(os.environ)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly, at the end where it is read, what was not tested."""
    if _MISSING:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(_MISSING)


@pytest.fixture(scope="session", params=_CHOSEN)
def engine(request: pytest.FixtureRequest) -> Iterator[Engine]:
    """A running DynamoDB."""
    enable_socket()  # unit tests of the same run may have closed them
    with engines.running(request.param) as running:
        yield running


@pytest.fixture(scope="session")
def dynamodb(engine: Engine) -> "DynamoDBClient":
    """A client of the engine that nobody tampers with."""
    return tables.connect(engine)


@pytest.fixture
def fresh_tables(dynamodb: "DynamoDBClient") -> Iterator[Tables]:
    """Both tables, empty."""
    enable_socket()
    with tables.created(dynamodb) as created:
        yield created
