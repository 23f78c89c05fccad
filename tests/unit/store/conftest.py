"""The contract's asserts speak as those of a test file."""

import pytest

pytest.register_assert_rewrite(
    *(f"tests.integration.store.{name}_contract" for name in ("log", "state", "walk", "ward"))
)
