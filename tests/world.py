"""A simulated Enode in virtual time that delivers to a house, up to the present moment."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import jwt

from local.simulator.simulator import Options, Simulator
from local.simulator.tokens import AUDIENCE
from tests.builders import SECRET
from tests.gateway import Claims
from tests.house import House

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
