"""How does the stack look from outside, to a frontend that may see every user?"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from local.stack.card import Card


@dataclass(frozen=True)
class Reader:
    """The read API with a token of scope `fleet:read`, and the simulator's own view beside it."""

    api: httpx.Client
    enode: httpx.Client

    def devices(self, user_id: str) -> list[dict[str, Any]]:
        """List a user's devices; none while nothing is known of the user."""
        answer = self.api.get(f"/users/{user_id}/devices")
        return [] if answer.status_code == httpx.codes.NOT_FOUND else list(_checked(answer)["data"])

    def history(self, device_id: str, since: str | None = None) -> dict[str, Any]:
        """Give a device's changes, and from when on they are known."""
        query = {} if since is None else {"from": since}
        return _checked(self.api.get(f"/devices/{device_id}/history", params=query))

    def simulator(self, what: str, **query: int) -> dict[str, Any]:
        """Ask the simulator's control API: status, truth, events, deliveries."""
        return _checked(self.enode.get(f"/_sim/{what}", params=query))


@contextmanager
def open_reader(card: Card) -> Iterator[Reader]:
    """Open both, with a fresh token."""
    with httpx.Client(base_url=card.enode_url, timeout=20, trust_env=False) as enode:
        granted = enode.post(
            card.token_url,
            auth=(card.fleet["client_id"], card.fleet["client_secret"]),
            data={"grant_type": "client_credentials"},
        )
        bearer = {"authorization": f"Bearer {_checked(granted)['access_token']}"}
        with httpx.Client(base_url=card.api_url, headers=bearer, timeout=20, trust_env=False) as api:
            yield Reader(api, enode)


def _checked(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.raise_for_status().json()
    return found
