"""The contract's asserts speak as those of a test file."""

import pytest

pytest.register_assert_rewrite("tests.integration.store.contract")
