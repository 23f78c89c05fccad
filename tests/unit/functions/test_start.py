"""A container composes its function while Lambda starts it, not while the first caller waits."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.read_requests import ENVIRONMENT
from tests.unit.test_config import INGEST, READ, SWEEP

ROOT = Path(__file__).parents[3]
TOLD = {"ingest": INGEST, "read": READ | dict(ENVIRONMENT), "sweep": SWEEP}
START = "from functions.{name} import app; print(app.build.cache_info().currsize)"


def _start(name: str, environment: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """Import a function in a process of its own."""
    common = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/core/python'}",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "POWERTOOLS_SERVICE_NAME": name,
        "POWERTOOLS_METRICS_NAMESPACE": "Lastseen/test",
    }
    return subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", START.format(name=name)],
        capture_output=True, text=True, check=False, cwd=ROOT, env=common | environment,
    )  # fmt: skip


@pytest.mark.parametrize("name", TOLD)
def test_a_function_is_composed_when_it_is_loaded_on_lambda_and_only_there(name: str) -> None:
    """A first delivery then has its four seconds for itself; a test composes what it needs."""
    on_lambda = _start(name, dict(TOLD[name]) | {"AWS_LAMBDA_FUNCTION_NAME": name})
    fallback = _start(name, {})

    assert (on_lambda.stdout.strip(), on_lambda.returncode) == ("1", 0), on_lambda.stderr[-500:]
    assert (fallback.stdout.strip(), fallback.returncode) == ("0", 0), fallback.stderr[-500:]


@pytest.mark.parametrize("name", TOLD)
def test_a_function_that_was_told_too_little_does_not_start(name: str) -> None:
    """Its first line says which setting is missing."""
    started = _start(name, {"AWS_LAMBDA_FUNCTION_NAME": name})

    assert started.returncode == 1
    assert "Misconfigured: the environment variable DEVICES_TABLE is not set" in started.stderr
