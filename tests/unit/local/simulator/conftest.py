"""A fleet that has lived, shared by all who only look at it."""

from __future__ import annotations

import pytest

from local.simulator.simulator import Simulator
from tests.unit.local.simulator.rig import DAY, listen


@pytest.fixture(scope="session")
def lived() -> Simulator:
    """Give the default fleet after two days; read only."""
    simulator = Simulator()
    listen(simulator)
    simulator.advance(2 * DAY)
    return simulator
