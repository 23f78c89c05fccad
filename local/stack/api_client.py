"""Client of the running stack, as a frontend that may see every user."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from local.stack.stack_info import StackInfo


@dataclass(frozen=True)
class ApiClient:
    """The read API with a token of scope `fleet:read`, and the simulator's own view beside it."""

    api: httpx.Client
    enode: httpx.Client

    def devices(self, user_id: str) -> list[dict[str, Any]]:
        """List a user's devices; none while nothing is known of the user."""
        try:
            return list(self.walk(f"/users/{user_id}/devices"))
        except httpx.HTTPStatusError as error:
            if error.response.status_code == httpx.codes.NOT_FOUND:
                return []
            raise

    def history(self, device_id: str, since: str | None = None) -> list[dict[str, Any]]:
        """List a device's changes, from a moment on or all of them."""
        return list(self.walk(f"/devices/{device_id}/history", {} if since is None else {"from": since}))

    def walk(self, path: str, query: dict[str, str] | None = None) -> Iterator[dict[str, Any]]:
        """Go through a list of the read API, page by page."""
        asked: dict[str, str] = {"pageSize": "100", **(query or {})}
        while True:
            page = _checked(self.api.get(path, params=asked))
            yield from page["data"]
            cursor = page["pagination"]["after"]
            if cursor is None:
                return
            asked["after"] = cursor

    def simulator(self, what: str, **query: int) -> dict[str, Any]:
        """Ask the simulator's control API: status, truth, events, deliveries."""
        return _checked(self.enode.get(f"/_sim/{what}", params=query))


@contextmanager
def open_client(stack_info: StackInfo) -> Iterator[ApiClient]:
    """Open both, with a fresh token."""
    with httpx.Client(base_url=stack_info.enode_url, timeout=20, trust_env=False) as enode:
        granted = enode.post(
            stack_info.token_url,
            auth=(stack_info.fleet["client_id"], stack_info.fleet["client_secret"]),
            data={"grant_type": "client_credentials"},
        )
        bearer = {"authorization": f"Bearer {_checked(granted)['access_token']}"}
        with httpx.Client(base_url=stack_info.api_url, headers=bearer, timeout=20, trust_env=False) as api:
            yield ApiClient(api, enode)


def _checked(answer: httpx.Response) -> dict[str, Any]:
    found: dict[str, Any] = answer.raise_for_status().json()
    return found
