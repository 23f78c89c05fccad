"""The fakes remember what the sweep did, as DynamoDB does."""

import pytest

from tests.contracts.check_store import CheckStoreContract, Store
from tests.support.fake_maintenance import FakeCheckStore, FakeRecords
from tests.support.fakes import FakeStates


@pytest.fixture
def check_store() -> Store:
    """A store made of dicts."""
    states = FakeStates()
    return Store(FakeCheckStore(states), states, FakeRecords())


class TestFakeCheckStore(CheckStoreContract):
    """On dicts."""
