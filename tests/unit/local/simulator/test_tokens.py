import jwt
import pytest

from local.simulator.clock import WallClock
from local.simulator.simulator import Simulator
from local.simulator.tokens import Client, Issuer
from tests.unit.local.simulator.rig import client


@pytest.fixture(scope="module")
def simulator() -> Simulator:
    """Give a simulator whose tokens are good now."""
    return Simulator(clock=WallClock())


def claims(simulator: Simulator, token: str) -> dict[str, object]:
    """Verify a token as the read API's authorizer does, by discovery and JWKS."""
    http = client(simulator, token=False)
    found = http.get("/.well-known/openid-configuration").json()
    keys = jwt.PyJWKSet.from_dict(http.get(found["jwks_uri"].removeprefix(found["issuer"])).json())
    key = keys[jwt.get_unverified_header(token)["kid"]]
    verified: dict[str, object] = jwt.decode(
        token, key, algorithms=["RS256"], audience="lastseen", issuer=found["issuer"]
    )
    return verified


def test_a_users_token_names_the_user_and_nothing_more(simulator: Simulator) -> None:
    """`sub` is the user's id; there is no scope."""
    tokens = client(simulator, token=False).get("/_sim/tokens").json()

    for user in tokens["users"]:
        found = claims(simulator, user["token"])
        assert found["sub"] == user["id"]
        assert "scope" not in found
    assert len(tokens["users"]) == 6


def test_the_fleet_token_carries_the_scope(simulator: Simulator) -> None:
    """Client credentials of the fleet's client give `fleet:read`."""
    http = client(simulator, token=False)
    fleet = http.get("/_sim/tokens").json()["fleet"]
    pair = (fleet["client_id"], fleet["client_secret"])

    answer = http.post("/read-api/oauth2/token", auth=pair, data={"grant_type": "client_credentials"}).json()

    assert claims(simulator, answer["access_token"])["scope"] == "fleet:read"
    assert http.post("/read-api/oauth2/token", auth=("who", "knows")).status_code == 401
    assert http.post("/read-api/oauth2/token", auth=pair).status_code == 400


def test_an_issuer_can_be_given_its_key(simulator: Simulator) -> None:
    """Two runs may then share their tokens."""
    again = Issuer(simulator.issuer.url, WallClock(), simulator.issuer.key)

    assert again.keys() == simulator.issuer.keys()


@pytest.mark.parametrize("header", [None, "", "Bearer x", "Basic", "Basic %%%", "Basic d2hvOmtub3dz"])
def test_a_client_is_known_by_its_secret_only(header: str | None) -> None:
    """Whatever the header looks like, it is refused, not an error."""
    assert not Client("an-id", "a-secret").is_named_by(header)
