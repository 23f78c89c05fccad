"""The base-URL swap on the running stack: a generated client of Enode's, its URLs and credentials changed."""

import time
from collections.abc import Iterator

import httpx
import pytest

from local.stack.lifecycle import backfill
from local.stack.settings import Settings
from local.stack.stack_info import StackInfo
from tests.contracts.enode_compatibility import Sides, SwapContract, open_side

QUIET_WITHIN_SECONDS = 150


@pytest.fixture(scope="module")
def sides(stack: StackInfo, settings: Settings) -> Iterator[Sides]:
    """Both, with the world at rest, everything delivered that was said, and Enode's lists read once."""
    with (
        httpx.Client(base_url=stack.enode_url, timeout=20, trust_env=False) as control,
        httpx.Client(timeout=20, trust_env=False) as one,
        httpx.Client(timeout=20, trust_env=False) as other,
    ):
        rest(control)
        try:
            backfill(settings)
            client = control.get("/_sim/tokens").raise_for_status().json()["enode"]
            enode = open_side(
                one, server_url=stack.enode_url, token_url=f"{stack.enode_url}/oauth2/token", **client
            )
            lastseen = open_side(other, server_url=stack.api_url, token_url=stack.token_url, **stack.fleet)
            yield Sides(enode, lastseen, is_exact=False)
        finally:
            control.post("/_sim/resume").raise_for_status()


def rest(control: httpx.Client) -> None:
    """Stop the world once every device has been told of in full, and wait until all is delivered."""
    until = time.monotonic() + QUIET_WITHIN_SECONDS
    while just_found(control):
        assert time.monotonic() < until, f"never had a first update: {just_found(control)}"
        time.sleep(1)
    control.post("/_sim/pause").raise_for_status()
    while control.get("/_sim/status").json()["pending"]:
        assert time.monotonic() < until, "something is still waiting to be delivered"
        time.sleep(0.5)


def just_found(control: httpx.Client) -> list[str]:
    """The devices of which only nulls were told so far; chargers are found in full."""
    devices = control.get("/_sim/truth").raise_for_status().json()["devices"]
    return [
        one["id"] for one in devices if one["alive"] and not one["eventDocument"] and one["kind"] != "charger"
    ]


class TestSwap(SwapContract):
    """The contract, on the stack."""
