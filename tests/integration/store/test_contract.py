"""DynamoDB keeps what every store promises."""

import pytest

from lastseen.domain.event import Status, StatusId
from lastseen.store import keys
from lastseen.store.attributes import DOC, NEWEST
from lastseen.store.codec import unpack
from tests.contracts.accounts import AccountContract
from tests.contracts.identities import IdentityContract
from tests.contracts.lists import WalkContract
from tests.contracts.log import LogContract
from tests.contracts.state import StateContract
from tests.contracts.store import Store
from tests.integration.tables import Tables


@pytest.fixture
def store(fresh_tables: Tables) -> Store:
    """A store on fresh tables of a real engine."""

    def heard(status_id: StatusId) -> Status | None:
        item = fresh_tables.item(*keys.status(status_id))
        return None if item is None else Status(status_id, item[NEWEST]["S"], unpack(item[DOC]["B"]) or b"")

    return Store(
        log=fresh_tables.log(),
        history=fresh_tables.past(),
        states=fresh_tables.states(),
        devices=fresh_tables.reader(),
        heard=heard,
    )


class TestDynamoStore(StateContract, IdentityContract, AccountContract, WalkContract, LogContract):
    """On each engine."""
