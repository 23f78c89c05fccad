"""Real engines and fresh tables. `DYNAMODB_ENGINES=ministack,dynamodb-local` chooses; each test runs on each."""

import os
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache
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

_LARGE = ("lived_in", "remembered", "large")
"""Fixtures that take seconds to fill."""

_CHOSEN, _MISSING = engines.chosen(os.environ)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say loudly, at the end where it is read, what was not tested."""
    if _MISSING:
        terminalreporter.section("NOT TESTED", sep="!", red=True, bold=True)
        terminalreporter.line(_MISSING)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the tests over one large store run in one process, which fills it once an engine."""
    for item in items:
        if isinstance(item, pytest.Function):
            over = next((name for name in _LARGE if name in item.fixturenames), None)
            if over is not None:
                params = item.callspec.params if hasattr(item, "callspec") else {}
                item.add_marker(pytest.mark.xdist_group(f"{over} {params.get('engine', '')}"))


@pytest.fixture(scope="session")
def started() -> Iterator[Callable[[str], Engine]]:
    """Starts an engine when it is first asked for; it runs until the last test of this process has ended."""
    with ExitStack() as running:
        yield cache(lambda name: running.enter_context(engines.running(name)))


@pytest.fixture(scope="session", params=_CHOSEN)
def engine(request: pytest.FixtureRequest, started: Callable[[str], Engine]) -> Engine:
    """A running DynamoDB."""
    enable_socket()  # unit tests of the same run may have closed them
    return started(request.param)


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
