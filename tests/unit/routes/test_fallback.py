"""Proves `routes/fallback.py`:
what Enode does and we do not is told apart from what nobody does, however short its path.
"""

from collections import defaultdict
from collections.abc import Iterator

import httpx
import pytest

from lastseen.domain.device import DeviceKind
from lastseen.routes.router import ROUTES
from tests.support.app import App

METHODS = {"GET", "POST", "PUT", "PATCH", "DELETE"}


def ask(method: str, path: str) -> httpx.Response:
    """Ask as somebody who may see everything."""
    with App().client() as client:
        return client.request(method, path)


@pytest.mark.parametrize(
    "asked",
    [
        "GET /locations",
        "GET /interventions",
        "GET /webhooks",
        "GET /integrations",
        "GET /locations/8d90101b",
        "GET /schedules/8d90101b",
        "GET /tariffs/8d90101b",
        "GET /users/anna/locations",
        "GET /users/anna/schedules",
        "GET /users/anna/statistics/charging",
        "GET /vehicles/actions/8d90101b",
        "GET /inverters/195d8649/statistics",
        "POST /vehicles/05ee9df5/charging",
        "POST /users/anna/link",
        "PUT /chargers/2211e263",
        "DELETE /users/anna",
        "POST /webhooks",
    ],
)
def test_what_enode_does_is_said_to_be_at_enode(asked: str) -> None:
    """501, and where to go: a client of Enode's must not take it for a missing device."""
    answer = ask(*asked.split())

    assert answer.status_code == 501
    assert "https://enode.example" in answer.json()["detail"]


@pytest.mark.parametrize(
    "asked",
    ["GET /nothing", "GET /users/anna/nothing", "GET /nothing/at/all", "PUT /nothing", "GET /a/b/c/d"],
)
def test_what_nobody_does_is_not_there(asked: str) -> None:
    """404, and what there is."""
    answer = ask(*asked.split())

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


@pytest.mark.parametrize(
    ("asked", "allowed"),
    [
        ("GET /vehicles/05ee9df5/refresh-hint", "POST"),
        ("PUT /meters/05ee9df5/refresh-hint", "POST"),
        ("DELETE /health", "GET"),
        ("POST /devices/05ee9df5", "GET"),
        ("PUT /devices/05ee9df5/history", "GET"),
        ("DELETE /users/anna/devices", "GET"),
        ("DELETE /health/ready", "GET"),
        ("POST /vehicles", "GET"),
        ("PATCH /meters/05ee9df5", "GET"),
    ],
)
def test_what_is_ours_is_not_said_to_be_somewhere_else(asked: str, allowed: str) -> None:
    """405, and the method it is there for."""
    answer = ask(*asked.split())

    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed


def _served() -> dict[str, set[str]]:
    """Every path of the router, of each collection, with its methods."""
    methods = defaultdict[str, set[str]](set)
    for key in ROUTES.keys() - {"$default"}:
        method, path = key.split(" ")
        named = path.replace("{userId}", "anna").replace("{deviceId}", "05ee9df5")
        for kind in DeviceKind:
            if kind.can_be_hinted or not path.endswith("/refresh-hint"):
                methods[named.replace("{collection}", kind.collection)].add(method)
    return methods


def _not_served() -> Iterator[tuple[str, str, str]]:
    """What else may be asked of these paths, and the methods that they have."""
    for path, methods in sorted(_served().items()):
        for method in sorted(METHODS - methods):
            yield method, path, ", ".join(sorted(methods))


ENODES_OWN = {"PUT /chargers/05ee9df5", "PUT /hvacs/05ee9df5", "DELETE /users/anna"}


def test_whatever_has_a_route_says_for_which_methods() -> None:
    """405 with the router's own methods, for every path and every other method; Enode's stay at Enode."""
    with App().client() as client:
        for method, path, methods in _not_served():
            answer = client.request(method, path)
            if f"{method} {path}" in ENODES_OWN:
                assert answer.status_code == 501, (method, path)
            else:
                assert (answer.status_code, answer.headers["allow"]) == (405, methods), (method, path)


def test_head_goes_wherever_get_does() -> None:
    """And is told the other methods where only those are there."""
    with App().client() as client:
        for path, methods in _served().items():
            asked = client.head(path)
            if "GET" in methods:
                assert asked.status_code == client.get(path).status_code, path
            else:
                assert (asked.status_code, asked.headers["allow"]) == (405, ", ".join(sorted(methods))), path


@pytest.mark.parametrize("method", sorted(METHODS))
def test_there_is_no_hint_for_a_hem_system(method: str) -> None:
    """Nor at Enode: whoever posts one is told so."""
    answer = ask(method, "/hem-systems/05ee9df5/refresh-hint")

    assert answer.status_code == (404 if method == "POST" else 501)
