"""A simulated Enode in virtual time that delivers to a house, up to the present moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt

from lastseen.domain.credentials import ClientCredentials
from lastseen.domain.deadline import Deadline
from lastseen.domain.progress import Counts
from lastseen.domain.record import WEBHOOK as WEBHOOK_RECORD
from lastseen.enode.client import EnodeClient
from lastseen.enode.exchange import Exchange, http_client
from lastseen.enode.session import Session
from lastseen.usecases import reconcile
from lastseen.usecases.gate import Gate
from lastseen.usecases.tools import Clocks, Tools
from local.simulator.app import InProcess as Simulated
from local.simulator.simulator import Options, Simulator
from local.simulator.tokens import AUDIENCE
from tests.builders import SECRET
from tests.fake_upkeep import FakeRecords, FakeWard
from tests.fakes import FakeDevices
from tests.gateway import Claims
from tests.house import House
from tests.unit.enode.scripted import Pocket

ENODE = "https://enode.example"
WEBHOOK = {"url": "https://lastseen.example/webhooks/enode", "secret": SECRET}


def lived(house: House, *, duration: timedelta = timedelta(hours=2), seed: int = 1) -> Simulator:
    """Let a fleet live until now, tell the house everything, and stop the world there.

    Each user gets a token of the house under their own id.

    Args:
        house: Who is told.
        duration: For how long; at most as far back as the ingest door takes events.
        seed: The same seed makes the same fleet and the same story.
    """
    simulator = Simulator(
        seed=seed,
        start=datetime.now(UTC) - duration - timedelta(minutes=10),
        send=lambda _url, headers, body: house.deliver(body, headers),
        options=Options(linking="listening"),
    )
    simulator.add_webhook(WEBHOOK)
    simulator.advance(duration)
    if not simulator.drain(timedelta(minutes=10)):
        raise TimeoutError("the simulator still has something to deliver")
    house.tokens |= {home.user_id: {"sub": home.user_id} for home in simulator.fleet.homes}
    return simulator


def client_of(simulator: Simulator) -> EnodeClient:
    """A client of the simulated Enode, in its own time."""
    credentials = Pocket(ClientCredentials(simulator.client.id, simulator.client.secret))
    exchange = Exchange(
        http=http_client(Simulated(simulator)),
        now=simulator.clock.now,
        clock=lambda: 0.0,
        sleep=lambda _seconds: None,
        draw=lambda: 0.5,
    )
    return EnodeClient(Session.open(ENODE, f"{ENODE}/oauth2/token", credentials, exchange))


def asking(house: House, simulator: Simulator) -> None:
    """Give the house a client of Enode's, whose webhook the guard has found."""
    house.enode = client_of(simulator)
    house.records.write(WEBHOOK_RECORD, {"id": "hook-1"}, version=0)


def reconciled(house: House, simulator: Simulator) -> Counts:
    """Let the house compare itself with Enode's lists once, in no time; gives what it saw."""
    deadline = Deadline.after(timedelta(hours=1), lambda: 0.0)
    tools = Tools(
        ward=FakeWard(house.states),
        log=house.log,
        states=house.states,
        devices=FakeDevices(house.states),
        records=FakeRecords(),
        enode=client_of(simulator),
        gate=Gate(deadline, lambda: 0.0, lambda _seconds: None),
        clocks=Clocks(simulator.clock.now),
        deadline=deadline,
        run="reconcile-1",
    )
    done = reconcile.run(tools, reconcile.Plan(timedelta(days=1), 0.2, timedelta(minutes=5)), at_once=True)
    if done.progress is None or not done.ended:
        raise TimeoutError(f"the reconcile did not end: {done}")
    return done.progress.counts


def claims_by(simulator: Simulator) -> Callable[[str], Claims | None]:
    """Check tokens of the simulator's own issuer, as an authorizer does."""
    issuer = simulator.issuer

    def claims_of(token: str) -> Claims | None:
        try:
            claims: dict[str, str] = jwt.decode(
                token,
                issuer.key.public_key(),
                algorithms=["RS256"],
                audience=AUDIENCE,
                issuer=issuer.url,
                options={"verify_exp": False, "verify_iat": False},  # the simulator's clock is not ours
            )
        except jwt.InvalidTokenError:
            return None
        return claims

    return claims_of
