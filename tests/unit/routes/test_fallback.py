"""Proves `routes/fallback.py`:
what Enode does and we do not is told apart from what nobody does, however short its path.
"""

import httpx
import pytest

from tests.support.app import App


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
    ],
)
def test_what_is_ours_is_not_said_to_be_somewhere_else(asked: str, allowed: str) -> None:
    """405, and the method it is there for."""
    answer = ask(*asked.split())

    assert answer.status_code == 405
    assert answer.headers["allow"] == allowed
