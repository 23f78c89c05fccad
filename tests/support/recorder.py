"""Records, while `RECORD` names a folder, which AWS calls the functions make and which metrics they publish.

What is recorded belongs to a function: calls and metrics between the beginning and the end of its handler, on whatever
thread. Tests of a store by itself tell nothing of a function's rights, and are not recorded.
"""

import functools
import json
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import botocore.client
import pytest
from aws_lambda_powertools.metrics.provider.cloudwatch_emf.cloudwatch import AmazonCloudWatchEMFProvider

from rehearsal.recording import Recorder

FUNCTIONS = ("ingest", "read", "sweep")


@dataclass
class Running:
    """Which function runs now, and what it was asked to do. One at a time in a process of tests."""

    function: str = ""
    task: str = ""


class Plugin:
    """Listens to handlers, to botocore and to powertools."""

    def __init__(self, recorder: Recorder) -> None:
        self._recorder, self._running = recorder, Running()
        self._listen_to_calls()
        self._listen_to_metrics()

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self) -> None:
        """Wrap the handlers that have been imported since; importing them here would slow other tests down."""
        for name in FUNCTIONS:
            module = sys.modules.get(f"functions.{name}.app")
            if module is not None and not hasattr(module.handler, "is_recorded"):
                module.handler = self._recorded(name, module.handler)  # type: ignore[attr-defined]

    def _recorded(self, name: str, handler: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(handler)
        def recorded(event: dict[str, Any], context: Any) -> Any:
            before = self._running
            self._running = Running(name, str(event.get("task", "")))
            try:
                return handler(event, context)
            finally:
                self._running = before

        recorded.is_recorded = True  # type: ignore[attr-defined]
        return recorded

    def _listen_to_calls(self) -> None:
        call = botocore.client.BaseClient._make_api_call  # type: ignore[attr-defined]

        @functools.wraps(call)
        def recorded(client: Any, operation: str, params: dict[str, Any]) -> Any:
            if function := self._running.function:
                self._recorder.call(function, client.meta.service_model.service_name, operation, params)
            return call(client, operation, params)

        botocore.client.BaseClient._make_api_call = recorded  # type: ignore[attr-defined]

    def _listen_to_metrics(self) -> None:
        serialize = AmazonCloudWatchEMFProvider.serialize_metric_set

        @functools.wraps(serialize)
        def recorded(provider: Any, *args: Any, **kwargs: Any) -> Any:
            line = serialize(provider, *args, **kwargs)
            if function := self._running.function:
                self._recorder.line(function, self._running.task, json.loads(json.dumps(line)))
            return line

        AmazonCloudWatchEMFProvider.serialize_metric_set = recorded  # type: ignore[method-assign,assignment]


def pytest_configure(config: pytest.Config) -> None:
    """Record if that is wanted."""
    folder = os.environ.get("RECORD")
    if folder:
        config.pluginmanager.register(Plugin(Recorder(Path(folder))), "recorder of what the functions did")
