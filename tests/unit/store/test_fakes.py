"""The fakes keep what every store promises."""

import pytest

from tests.fakes import FakeDevices, FakeHistory, FakeLog, FakeStates
from tests.integration.store.contract import Store, StoreContract


@pytest.fixture
def store() -> Store:
    """A store made of dicts."""
    log, states = FakeLog(), FakeStates()
    return Store(log, FakeHistory(log), states, FakeDevices(states), states.statuses.get)


class TestFakeStore(StoreContract):
    """On dicts."""
