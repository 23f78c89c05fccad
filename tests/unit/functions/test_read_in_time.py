"""Proves that the read door gives its stores a deadline, counted since API Gateway took the question."""

from datetime import UTC, datetime
from typing import Any

import pytest

from functions.read import app
from lastseen.domain.device import DeviceId
from lastseen.errors import StoreUnavailable
from lastseen.store import call_deadline
from tests.support.fakes import FakeDevices, FakeHistory, FakeLog, FakeStates
from tests.support.read_requests import ReadDoor, asked


class Watched(FakeDevices):
    """A state that notes how much time it was given, and has none of its own."""

    def __init__(self) -> None:
        super().__init__(FakeStates())
        self.left: list[float] = []

    def owners(self, *_: Any, **__: Any) -> list[tuple[str, DeviceId]]:
        """Note, and fail as a store does when the time is up."""
        self.left.append(call_deadline.left())
        raise StoreUnavailable("the devices did not answer")


@pytest.mark.parametrize(("seconds_ago", "left"), [(0, 6.5), (4, 2.5), (20, 0), (-60, 6.5), (10**9, 6.5)])
def test_a_question_has_as_much_time_as_is_left_of_it(
    seconds_ago: int, left: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last call that is begun in it ends before Lambda's ten seconds: 503 in time, never a killed function."""
    devices = Watched()
    door = ReadDoor(devices, FakeHistory(FakeLog()))
    monkeypatch.setattr(app, "build", door.collaborators)
    event = asked("/devices/car-1")
    event["requestContext"]["timeEpoch"] = int((datetime.now(UTC).timestamp() - seconds_ago) * 1000)

    answer = door.send(event)

    assert answer.status == 503
    (given,) = devices.left
    assert left - 1 <= given <= left + 0.05
    assert call_deadline.left() == float("inf")
