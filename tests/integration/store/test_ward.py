"""DynamoDB remembers what the sweep did."""

import pytest

from lastseen.store.records import DynamoRecords
from lastseen.store.ward import DynamoWard
from tests.integration.store.ward_contract import Store, WardContract
from tests.integration.tables import Tables


@pytest.fixture
def ward_store(fresh_tables: Tables) -> Store:
    """A store on fresh tables of a real engine."""
    return Store(
        ward=DynamoWard(
            fresh_tables.devices, fresh_tables.client, fresh_tables.batches, fresh_tables.pool, segments=3
        ),
        states=fresh_tables.states(),
        records=DynamoRecords(fresh_tables.devices, fresh_tables.client),
    )


class TestDynamoWard(WardContract):
    """On each engine."""
