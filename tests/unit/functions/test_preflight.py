"""A browser's preflight reaches the read function, which lets the browser go on, whatever the path."""

from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.read import app
from tests.integration import template
from tests.support.api_gateway import Gateway
from tests.support.read_requests import Context

PATHS = sorted({key.partition(" ")[2] for key in template.http_routes() if key != "$default"} - {"/{proxy+}"})
WISH = [
    ("origin", "https://app.example"),
    ("access-control-request-method", "GET"),
    ("access-control-request-headers", "authorization"),
]


@pytest.fixture
def gateway(monkeypatch: pytest.MonkeyPatch) -> Gateway:
    """An API whose read function was never told its settings: composing it would fail."""
    monkeypatch.delenv("DEVICES_TABLE", raising=False)
    app.build.cache_clear()

    def read(event: dict[str, Any]) -> dict[str, Any]:
        return app.handler(event, cast("LambdaContext", Context()))

    return Gateway({"ReadFunction": read, "IngestFunction": read}, lambda _token: None)


@pytest.mark.parametrize(
    "path", [*PATHS, "/", "/users/anna/devices/more", "/nobody/serves/this", "/caf%C3%A9"]
)
def test_a_preflight_is_answered_204_for_every_path_and_without_a_token(gateway: Gateway, path: str) -> None:
    """Browsers send it before the question and take only a status of success; nothing is composed for it."""
    target = path.replace("{", "").replace("}", "")

    told = gateway.answer("OPTIONS", target, WISH)

    assert (told.status, told.body) == (204, b"")
    assert told.headers["cache-control"] == "max-age=3600"


def test_a_preflight_writes_no_line_and_no_metric(
    gateway: Gateway, capfd: pytest.CaptureFixture[str]
) -> None:
    """Anybody can send them, and lines cost money."""
    gateway.answer("OPTIONS", "/vehicles", WISH)

    assert capfd.readouterr() == ("", "")


@pytest.mark.parametrize("route", ["OPTIONS /{proxy+}", "OPTIONS /", "$default", "", None])
@pytest.mark.parametrize("body", [None, "{}", "not json"])
def test_a_preflight_is_known_by_its_method_whatever_route_and_body_it_comes_with(
    gateway: Gateway, route: str | None, body: str | None
) -> None:
    """A catch-all in front, as a domain of one's own may have, names another route; a claim changes nothing."""
    del gateway  # it takes the settings away
    event = {
        "routeKey": route,
        "body": body,
        "requestContext": {"http": {"method": "OPTIONS"}, "authorizer": {"jwt": {"claims": {"sub": "anna"}}}},
    }

    told = app.handler(event, cast("LambdaContext", Context()))

    assert (told["statusCode"], told.get("body")) == (204, None)
