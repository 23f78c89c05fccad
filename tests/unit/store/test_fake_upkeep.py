"""The fakes remember what the sweep did, as DynamoDB does."""

import pytest

from tests.fake_upkeep import FakeRecords, FakeWard
from tests.fakes import FakeStates
from tests.integration.store.ward_contract import Store, WardContract


@pytest.fixture
def ward_store() -> Store:
    """A store made of dicts."""
    states = FakeStates()
    return Store(FakeWard(states), states, FakeRecords())


class TestFakeWard(WardContract):
    """On dicts."""
