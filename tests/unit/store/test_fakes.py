"""The fakes keep what every store promises."""

import pytest

from tests.fakes import FakeDevices, FakeHistory, FakeLog, FakeStates
from tests.integration.store.account_contract import AccountContract
from tests.integration.store.contract import Store
from tests.integration.store.log_contract import LogContract
from tests.integration.store.state_contract import StateContract
from tests.integration.store.walk_contract import WalkContract


@pytest.fixture
def store() -> Store:
    """A store made of dicts."""
    log, states = FakeLog(), FakeStates()
    return Store(log, FakeHistory(log), states, FakeDevices(states), states.statuses.get)


class TestFakeStore(StateContract, AccountContract, WalkContract, LogContract):
    """On dicts."""
