"""How every test runs: repeatable property tests, and the environment that a function finds."""

import os

import pytest
from hypothesis import HealthCheck, settings

from tests.support.recorder import pytest_configure

__all__ = ["pytest_configure"]

pytest.register_assert_rewrite("tests.contracts.enode_compatibility")

# The same cases on every machine and every run: what fails here fails in your hands too.
settings.register_profile(
    "lastseen",
    max_examples=100,
    derandomize=True,
    deadline=None,  # two shared cores: slow is not wrong
    database=None,
    suppress_health_check=[HealthCheck.too_slow],
)
# `make check` looks at a quarter of them, `make test` at all.
settings.register_profile("quick", settings.get_profile("lastseen"), max_examples=25)
settings.load_profile("lastseen")

os.environ.setdefault("POWERTOOLS_SERVICE_NAME", "tests")
os.environ.setdefault("POWERTOOLS_METRICS_NAMESPACE", "Lastseen")
