"""Proves `usecases/ports.py`: the fakes keep what every store promises."""

import pytest

from tests.contracts.accounts import AccountContract
from tests.contracts.identities import IdentityContract
from tests.contracts.lists import WalkContract
from tests.contracts.log import LogContract
from tests.contracts.state import StateContract
from tests.contracts.store import Store
from tests.support.fakes import FakeDevices, FakeHistory, FakeLog, FakeStates


@pytest.fixture
def store() -> Store:
    """A store made of dicts."""
    log, states = FakeLog(), FakeStates()
    return Store(log, FakeHistory(log), states, FakeDevices(states), states.statuses.get)


class TestFakeStore(StateContract, IdentityContract, AccountContract, WalkContract, LogContract):
    """On dicts."""
