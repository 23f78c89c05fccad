"""The base-URL swap within one process: the functions on fakes, and the simulator in virtual time."""

from collections.abc import Iterator
from datetime import UTC, datetime

import httpx
import pytest
from enode import errors

from local.simulator.app import InProcess as Simulated
from local.simulator.simulator import Simulator
from tests.contracts.enode_compatibility import Side, Sides, SwapContract, open_side
from tests.support.api_gateway import Gateway, InProcess
from tests.support.app import App
from tests.support.builders import a_delivery, a_vehicle, an_event, just_found
from tests.support.fake_maintenance import FakeRecords
from tests.support.simulation import asking, claims_by, lived, reconciled
from tests.support.world import URL as ENODE

LASTSEEN = "https://lastseen.example"


class Wires(httpx.BaseTransport):
    """Leads to the simulator or to the gateway, by host."""

    def __init__(self, simulator: Simulator, app: App) -> None:
        gateway = Gateway(app.gateway.handlers, claims_by(simulator))
        self.by_host = {"enode.example": Simulated(simulator), "lastseen.example": InProcess(gateway)}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Answer a request at once."""
        return self.by_host[request.url.host].handle_request(request)


@pytest.fixture(scope="module")
def app() -> App:
    """Filled by `sides`."""
    return App()


@pytest.fixture(scope="module")
def sides(app: App) -> Iterator[Sides]:
    """A fleet that has lived for two hours, and a Lastseen that was told, and has compared itself once."""
    world = lived(app)
    reconciled(world)
    asking(app, world)
    simulator = world.simulator
    with (
        httpx.Client(transport=Wires(simulator, app)) as one,
        httpx.Client(transport=Wires(simulator, app)) as other,
    ):
        fleet = simulator.issuer.fleet
        enode = open_side(
            one,
            server_url=ENODE,
            token_url=f"{ENODE}/oauth2/token",
            client_id=simulator.client.id,
            client_secret=simulator.client.secret,
        )
        lastseen = open_side(
            other,
            server_url=LASTSEEN,
            token_url=f"{ENODE}/read-api/oauth2/token",
            client_id=fleet.id,
            client_secret=fleet.secret,
        )
        yield Sides(enode, lastseen, is_exact=True)


class TestSwap(SwapContract):
    """The contract, in process."""


def test_a_device_just_found_is_as_hard_to_read_from_either(
    app: App, sides: Sides, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Enode documents nulls that its own description forbids: the generated client refuses them from whomever.

    Shown at all only where nobody asks Enode for them.
    """
    monkeypatch.setattr(app, "records", FakeRecords())
    found = just_found(a_vehicle(id="just-found", userId="zoe"))
    now = datetime.now(UTC)
    assert (
        app.deliver(a_delivery([an_event("user:vehicle:discovered", at=now, user_id="zoe", vehicle=found)]))
        == 200
    )
    answering = httpx.MockTransport(lambda _: httpx.Response(200, json=found))
    with httpx.Client(transport=answering) as client:
        enode = Side(type(sides.enode.sdk)(server_url=ENODE, client=client), client)

        complaints = []
        for side in (enode, sides.lastseen):
            with pytest.raises(errors.ResponseValidationError) as caught:
                side.sdk.vehicles.get(vehicle_id="just-found")
            complaints.append(str(caught.value.cause))

    assert complaints[0] == complaints[1]
