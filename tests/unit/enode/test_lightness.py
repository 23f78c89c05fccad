"""What a delivery needs costs no HTTP client and no models: a cold start pays for what it imports."""

import os
import subprocess
import sys

import pytest


@pytest.mark.parametrize(
    "module", ["lastseen.enode.delivery", "lastseen.enode.signature", "lastseen.usecases.ports"]
)
def test_reading_a_delivery_needs_no_client(module: str) -> None:
    """httpx costs 62 ms and pydantic 72 ms of a cold start."""
    probe = f"import sys, {module}; print(sorted({{'httpx', 'pydantic'}} & set(sys.modules)))"
    env = os.environ | {"PYTHONPATH": os.pathsep.join(sys.path)}

    heavy = subprocess.run(  # noqa: S603 - our own interpreter and our own words
        [sys.executable, "-c", probe], env=env, capture_output=True, text=True, check=True
    )

    assert heavy.stdout.strip() == "[]"
