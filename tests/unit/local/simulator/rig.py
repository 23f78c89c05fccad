"""A receiver that remembers, and short ways to set a simulator up."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import httpx

from local.simulator.app import InProcess
from local.simulator.fleet import DeviceSpec, Fleet, HomeSpec
from local.simulator.simulator import Simulator

SECRET = "a secret of enough length"
URL = "https://receiver.example/webhooks/enode"


class Receiver:
    """Takes deliveries, and answers as told: a status, or an error to raise."""

    def __init__(self, *answers: int | Exception, then: int | Exception = 200) -> None:
        """Give `answers` one after the other, afterwards always `then`."""
        self._answers = list(answers)
        self.then = then
        self.requests: list[tuple[str, dict[str, str], bytes]] = []
        self.taken: list[list[Any]] = []  # the deliveries that were answered with success

    def __call__(self, url: str, headers: dict[str, str], body: bytes) -> int:
        """Take one delivery."""
        self.requests.append((url, headers, body))
        answer = self._answers.pop(0) if self._answers else self.then
        if isinstance(answer, Exception):
            raise answer
        if 200 <= answer < 300:
            self.taken.append(json.loads(body))
        return answer

    @property
    def events(self) -> list[Any]:
        """Every event of every delivery that was answered with success."""
        return [event for delivery in self.taken for event in delivery]


def listen(simulator: Simulator, **request: Any) -> str:
    """Register a webhook and return its id."""
    return simulator.add_webhook({"url": URL, "secret": SECRET, **request}).id


def client(simulator: Simulator, *, token: bool = True) -> httpx.Client:
    """Make a client of the simulated API, with an access token."""
    http = httpx.Client(transport=InProcess(simulator), base_url="https://enode.example")
    if token:
        renew(simulator, http)
    return http


def renew(simulator: Simulator, http: httpx.Client) -> None:
    """Get a new access token."""
    pair = (simulator.client.id, simulator.client.secret)
    answer = http.post("/oauth2/token", auth=pair, data={"grant_type": "client_credentials"})
    http.headers["authorization"] = f"Bearer {answer.json()['access_token']}"


def one(kind: str, **habits: Any) -> Fleet:
    """Describe a fleet of a single device without any story."""
    return Fleet((HomeSpec("ada-example", (DeviceSpec(kind, "TESLA", "Tesla", "One", habits),)),))


def truth_of(http: httpx.Client, device_id: str) -> dict[str, Any]:
    """Ask the control API for one device."""
    devices = http.get("/_sim/truth").json()["devices"]
    found: dict[str, Any] = next(device for device in devices if device["id"] == device_id)
    return found


MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
