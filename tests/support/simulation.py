"""A simulated Enode in virtual time that delivers to the app, up to the present moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt

from lastseen.domain.client_credentials import ClientCredentials
from lastseen.domain.deadline import Deadline
from lastseen.domain.reconcile_progress import Counts
from lastseen.domain.records import WEBHOOK as WEBHOOK_RECORD
from lastseen.enode.client import EnodeClient
from lastseen.enode.session import Session
from lastseen.enode.transport import Transport, http_client
from lastseen.usecases.maintenance import reconcile
from lastseen.usecases.maintenance.context import Clocks, RunContext
from lastseen.usecases.maintenance.rate_limiter import RateLimiter
from local.simulator.app import InProcess as Simulated
from local.simulator.simulator import Options, Simulator
from local.simulator.tokens import AUDIENCE
from tests.support.api_gateway import Claims
from tests.support.app import App
from tests.support.builders import SECRET, TWIN_KEY
from tests.support.fake_maintenance import FakeCheckStore, FakeRecords
from tests.support.fakes import FakeDevices
from tests.support.scripted_enode import Pocket

ENODE = "https://enode.example"
WEBHOOK = {"url": "https://lastseen.example/webhooks/enode", "secret": SECRET}


def lived(app: App, *, duration: timedelta = timedelta(hours=2), seed: int = 1) -> Simulator:
    """Let a fleet live until now, tell the app everything, and stop the world there.

    Each user gets a token of the app under their own id.

    Args:
        app: Who is told.
        duration: For how long; at most as far back as the ingest door takes events.
        seed: The same seed makes the same fleet and the same story.
    """
    simulator = Simulator(
        seed=seed,
        start=datetime.now(UTC) - duration - timedelta(minutes=10),
        send=lambda _url, headers, body: app.deliver(body, headers),
        options=Options(linking="listening"),
    )
    simulator.add_webhook(WEBHOOK)
    simulator.advance(duration)
    if not simulator.drain(timedelta(minutes=10)):
        raise TimeoutError("the simulator still has something to deliver")
    app.tokens |= {home.user_id: {"sub": home.user_id} for home in simulator.fleet.homes}
    return simulator


def client_of(simulator: Simulator) -> EnodeClient:
    """A client of the simulated Enode, in its own time."""
    credentials = Pocket(ClientCredentials(simulator.client.id, simulator.client.secret))
    transport = Transport(
        http=http_client(Simulated(simulator)),
        now=simulator.clock.now,
        clock=lambda: 0.0,
        sleep=lambda _seconds: None,
        draw=lambda: 0.5,
    )
    return EnodeClient(
        Session.open(ENODE, f"{ENODE}/oauth2/token", credentials, transport), twins=lambda: TWIN_KEY
    )


def asking(app: App, simulator: Simulator) -> None:
    """Give the app a client of Enode's, whose webhook the guard has found."""
    app.enode = client_of(simulator)
    app.records.write(WEBHOOK_RECORD, {"id": "hook-1"}, version=0)


def reconciled(app: App, simulator: Simulator) -> Counts:
    """Let the app compare itself with Enode's lists once, in no time; gives what it saw."""
    deadline = Deadline.after(timedelta(hours=1), lambda: 0.0)
    context = RunContext(
        checks=FakeCheckStore(app.states),
        log=app.log,
        states=app.states,
        devices=FakeDevices(app.states),
        records=FakeRecords(),
        enode=client_of(simulator),
        limiter=RateLimiter(deadline, lambda: 0.0, lambda _seconds: None),
        clocks=Clocks(simulator.clock.now),
        deadline=deadline,
        run="reconcile-1",
    )
    done = reconcile.run(
        context, reconcile.ReconcilePlan(timedelta(days=1), 0.2, timedelta(minutes=5)), at_once=True
    )
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
