"""Two days in the life of a fleet, brought to a real engine by the ingest function, and the read function over it."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from pytest_socket import enable_socket

from functions.ingest import app as ingest_app
from functions.read import app as read_app
from lastseen.domain.device import DeviceKind
from lastseen.store.secrets import WebhookSecrets
from lastseen.usecases.ports import Log, States
from local.simulator.simulator import Options, Simulator
from tests.integration import tables
from tests.integration.engines import DYNAMODB_LOCAL, Engine
from tests.integration.tables import Tables
from tests.support import reference
from tests.support.builders import SECRET, TWIN_KEY, Json, posted
from tests.support.fakes import (
    FakeDevices,
    FakeHistory,
    FakeLog,
    FakeQuarantine,
    FakeStates,
)
from tests.support.read_requests import Context, ReadDoor
from tests.support.reference import Word
from tests.unit.functions.conftest import Vault

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

TWO_DAYS = timedelta(hours=49)
_NO_HURRY = timedelta(minutes=1)
FAULTS = {
    "duplicate": 0.1,
    "reorder": 0.15,
    "rebatch": 0.3,
    "lose_reply": 0.1,
    "unknown_event": 0.01,
    "broken_element": 0.02,
}


@dataclass(frozen=True)
class Life:
    """What Enode said in two days, and how it arrived.

    Attributes:
        simulator: The simulated Enode, at rest.
        deliveries: Every delivery in the order of its arrival: duplicated, reordered, cut anew.
        words: What was said, by device.
    """

    simulator: Simulator
    deliveries: list[tuple[dict[str, str], bytes]]
    words: dict[str, list[Word]]

    def rank(self, device_id: str) -> tuple[int, int, str]:
        """Devices of which the most different things were told come first; then those with the fewest words."""
        words = self.words[device_id]
        return -len({(word.root.partition(".")[0], word.verb) for word in words}), len(words), device_id


@pytest.fixture(scope="session")
def life() -> Life:
    """Let the default fleet live until nearly now: the doors take nothing that is older than three days."""
    deliveries: list[tuple[dict[str, str], bytes]] = []

    def take(_url: str, headers: dict[str, str], body: bytes) -> int:
        deliveries.append((headers, body))
        return 200

    simulator = Simulator(
        seed=7,
        start=datetime.now(UTC) - TWO_DAYS - timedelta(hours=3),
        send=take,
        # Enode lets events wait for others only seconds; here minutes, so that deliveries are large and fewer.
        options=Options(linger=timedelta(minutes=6), faults=FAULTS),
    )
    simulator.add_webhook(
        {"url": "https://lastseen.example/webhooks/enode", "secret": SECRET, "events": ["*"]}
    )
    simulator.advance(TWO_DAYS)
    assert simulator.drain()
    for fault in ("duplicate", "reorder", "rebatch", "lose_reply"):
        assert simulator.faults.happened[fault] > 5, simulator.faults.happened
    return Life(
        simulator, deliveries, reference.words(event.payload for event in simulator.event_log.after(0))
    )


class Ingest:
    """The ingest function over some stores."""

    def __init__(self, log: Log, states: States) -> None:
        secrets = WebhookSecrets("arn:secret", cast("Any", Vault()), clock=lambda: 0.0)
        self.collaborators = ingest_app.IngestCollaborators(
            secrets, log, states, FakeQuarantine(), lambda: TWIN_KEY
        )

    def post(self, headers: dict[str, str], body: bytes) -> None:
        """Let one delivery in, however busy the machine is."""
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(ingest_app, "build", lambda: self.collaborators)
            patch.setattr(ingest_app, "TIME_TO_ANSWER", _NO_HURRY)
            event: Json = posted(body, headers)
            response = ingest_app.handler(event, cast("LambdaContext", Context()))
        assert response["statusCode"] == 200, response


def opened(over: Tables, patch: pytest.MonkeyPatch) -> ReadDoor:
    """The read function over some tables."""
    door = ReadDoor(over.reader(), over.past())
    patch.setattr(read_app, "build", door.collaborators)
    return door


@dataclass(frozen=True)
class Past:
    """The read API after two days, and what it must tell.

    Attributes:
        door: The function.
        words: What was said, by device.
        walked: Whose history is walked from end to end: of all, or of some where the store is a real one and slower.
        some: One device of each kind, those of which the most different things were told.
        instants: At how many random instants.
    """

    door: ReadDoor
    words: dict[str, list[Word]]
    walked: list[str]
    some: list[str]
    instants: int = 1000


def _some(life: Life, kinds: Iterable[DeviceKind] = DeviceKind) -> list[str]:
    devices = life.simulator.cloud.devices.values()
    return [min((one.id for one in devices if one.kind == kind), key=life.rank) for kind in kinds]


@pytest.fixture(scope="session")
def remembered(life: Life) -> Past:
    """The read API over fakes in which all of it has arrived."""
    log, states = FakeLog(), FakeStates()
    ingest = Ingest(log, states)
    for headers, body in life.deliveries:
        ingest.post(headers, body)
    return Past(ReadDoor(FakeDevices(states), FakeHistory(log)), life.words, list(life.words), _some(life))


@pytest.fixture(scope="session")
def lived_in(engine: Engine, dynamodb: "DynamoDBClient", life: Life) -> Iterator[Past]:
    """The read API over tables in which all of it has arrived."""
    enable_socket()
    with tables.created(dynamodb) as created:
        ingest = Ingest(created.log(), created.states())
        for headers, body in life.deliveries:
            ingest.post(headers, body)
        some = _some(life, (DeviceKind.VEHICLE, DeviceKind.CHARGER, DeviceKind.HVAC))
        # ministack goes through all of a partition for each of its items.
        instants = 1000 if engine.name == DYNAMODB_LOCAL else 100
        yield Past(ReadDoor(created.reader(), created.past()), life.words, some, some, instants)
