"""The contract's asserts speak as those of a test file."""

import pytest

pytest.register_assert_rewrite(
    *(
        f"tests.contracts.{name}"
        for name in ("accounts", "check_store", "identities", "lists", "log", "state")
    )
)
