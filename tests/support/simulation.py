"""A world whose deliveries the app takes, lived up to the present moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt

from lastseen.domain.reconcile_progress import Counts
from lastseen.domain.records import WEBHOOK as WEBHOOK_RECORD
from local.simulator.simulator import Simulator
from local.simulator.tokens import AUDIENCE
from tests.support.api_gateway import Claims
from tests.support.app import App
from tests.support.builders import SECRET
from tests.support.fake_maintenance import FakeCheckStore, FakeRecords
from tests.support.fakes import FakeDevices
from tests.support.world import HERE, Store, World


def lived(app: App, *, duration: timedelta = timedelta(hours=2), seed: int = 1) -> World:
    """Let a fleet live until now, tell the app everything, and stop the world there.

    Each user gets a token of the app under their own id.

    Args:
        app: Who is told.
        duration: For how long; at most as far back as the ingest door takes events.
        seed: The same seed makes the same fleet and the same story.
    """
    states = app.states
    world = World(
        store=Store(app.log, states, FakeDevices(states), FakeCheckStore(states), FakeRecords()),
        seed=seed,
        start=datetime.now(UTC) - duration - timedelta(minutes=10),
        door=app.deliver,
    )
    simulator = world.simulator
    simulator.add_webhook({"url": HERE, "secret": SECRET})
    simulator.advance(duration)
    if not simulator.drain(timedelta(minutes=10)):
        raise TimeoutError("the simulator still has something to deliver")
    app.tokens |= {home.user_id: {"sub": home.user_id} for home in simulator.fleet.homes}
    world.is_still = True
    return world


def asking(app: App, world: World) -> None:
    """Give the app a client of Enode's, whose webhook the guard has found."""
    app.enode = world.enode
    app.records.write(WEBHOOK_RECORD, {"id": "hook-1"}, version=0)


def reconciled(world: World) -> Counts:
    """Let the app compare itself with Enode's lists once, in no time; gives what it saw."""
    done = world.reconcile()
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
