"""The stand-in for API Gateway chooses routes, checks tokens and hands over events as AWS documents it."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.support.api_gateway import MOST_BYTES_OF_HEADERS, Gateway, InProcess, Meets

ANNA = {"sub": "anna"}


class Echo:
    """A function that remembers the event it was given."""

    def __init__(self) -> None:
        self.event: dict[str, Any] = {}

    def __call__(self, event: dict[str, Any]) -> dict[str, Any]:
        self.event = event
        return {"statusCode": 200, "headers": {"content-type": "application/json"}, "body": "{}"}


@pytest.fixture
def echo() -> Echo:
    """In place of the read function."""
    return Echo()


@pytest.fixture
def gateway(echo: Echo) -> Gateway:
    """With one token, Anna's."""
    return Gateway({"ReadFunction": echo, "IngestFunction": echo}, {"annas": ANNA}.get)


@pytest.mark.parametrize(
    ("asked", "route", "parameters"),
    [
        ("GET /users", "GET /users", None),
        ("GET /users/anna/devices", "GET /users/{userId}/devices", {"userId": "anna"}),
        (
            "GET /users/anna/vehicles",
            "GET /users/{userId}/{collection}",
            {"userId": "anna", "collection": "vehicles"},
        ),
        (
            "GET /vehicles/a%2Fb",
            "GET /{collection}/{deviceId}",
            {"collection": "vehicles", "deviceId": "a/b"},
        ),
        ("GET /openapi.json", "GET /openapi.json", None),
        ("GET /a/b/c/d", "$default", None),
        ("DELETE /users/anna", "$default", None),
        ("OPTIONS /users/anna", "OPTIONS /{proxy+}", {"proxy": "users/anna"}),
        ("OPTIONS /", "OPTIONS /", None),
    ],
)
def test_the_most_specific_route_answers(
    gateway: Gateway, echo: Echo, asked: str, route: str, parameters: dict[str, str] | None
) -> None:
    """Words go before parameters, parameters before greedy ones, and `$default` takes the rest."""
    method, path = asked.split()

    gateway.answer(method, path, [("Authorization", "Bearer annas")])

    assert echo.event["routeKey"] == route
    assert echo.event.get("pathParameters") == parameters


@pytest.mark.parametrize("authorization", [None, "Bearer forged", "Basic annas", "annas"])
def test_without_a_valid_token_the_function_is_not_asked(
    gateway: Gateway, echo: Echo, authorization: str | None
) -> None:
    """The authorizer stands before every route but those that the template opens."""
    headers = [] if authorization is None else [("authorization", authorization)]

    refused = gateway.answer("GET", "/users", headers)

    assert (refused.status, refused.body) == (401, b'{"message": "Unauthorized"}')
    assert not echo.event
    assert gateway.answer("GET", "/openapi.json", headers).status == 200


def test_a_client_reaches_the_function_with_query_claims_and_body(gateway: Gateway, echo: Echo) -> None:
    """Values of a name that is given twice arrive joined by a comma; a body arrives encoded."""
    bearer = {"authorization": "Bearer annas"}

    with httpx.Client(transport=InProcess(gateway), base_url="https://a.example", headers=bearer) as client:
        client.post("/vehicles/a/refresh-hint?fields=a&fields=b&at=", content=b"body")

    assert echo.event["queryStringParameters"] == {"fields": "a,b", "at": ""}
    assert echo.event["requestContext"]["authorizer"]["jwt"]["claims"] == ANNA
    assert (echo.event["body"], echo.event["isBase64Encoded"]) == ("Ym9keQ==", True)


def test_claims_arrive_as_text_and_nulls_not_at_all(echo: Echo) -> None:
    """Measured on a live API: a list in brackets between spaces, numbers and booleans as they are written."""
    claims = {"sub": "anna", "groups": ["a", "b"], "none": [], "exp": 1790000000, "ok": True, "phone": None}
    gateway = Gateway({"ReadFunction": echo}, lambda _token: claims)

    gateway.answer("GET", "/users", [("authorization", "Bearer annas")])

    assert echo.event["requestContext"]["authorizer"]["jwt"] == {
        "claims": {"sub": "anna", "groups": "[a b]", "none": "[]", "exp": "1790000000", "ok": "true"},
        "scopes": None,
    }


def test_the_event_says_when_the_request_arrived(gateway: Gateway, echo: Echo) -> None:
    """In milliseconds: a deadline can begin before the function does."""
    noon = datetime(2026, 3, 1, 12, tzinfo=UTC)

    replace(gateway, now=lambda: noon).answer("GET", "/openapi.json", [("cookie", "a=1; b=2")])

    context = echo.event["requestContext"]
    assert (context["timeEpoch"], context["time"]) == (1772366400000, "01/Mar/2026:12:00:00 +0000")
    assert echo.event["cookies"] == ["a=1", "b=2"]
    assert "cookie" not in echo.event["headers"]


@pytest.mark.parametrize(
    ("meets", "status", "body"),
    [
        (Meets.THROTTLED, 429, b'{"message": "Too Many Requests"}'),
        (Meets.BUSY, 503, b'{"message": "Service Unavailable"}'),
    ],
)
def test_what_never_reaches_the_function_is_answered_in_the_gateways_own_words(
    gateway: Gateway, echo: Echo, meets: Meets, status: int, body: bytes
) -> None:
    """Per route, whoever asks: a token does not help."""
    busy = replace(gateway, meets=lambda route: meets if route == "GET /users" else None)

    refused = busy.answer("GET", "/users", [("authorization", "Bearer annas")])

    assert (refused.status, refused.body) == (status, body)
    assert refused.headers["content-type"] == "application/json"
    assert not echo.event
    assert busy.answer("GET", "/openapi.json").status == 200


def test_a_function_that_fails_is_answered_500_and_its_error_stays_inside(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """What went wrong is in the log, not in the answer."""

    def broken(_event: dict[str, Any]) -> dict[str, Any]:
        raise RuntimeError("the secret is 42")

    failed = Gateway({"ReadFunction": broken}, lambda _token: None).answer("GET", "/openapi.json")

    assert (failed.status, failed.body) == (500, b'{"message": "Internal Server Error"}')
    assert "the secret is 42" in capsys.readouterr().err


def test_headers_above_the_quota_never_reach_the_function(gateway: Gateway, echo: Echo) -> None:
    """A token of many groups is too large for an HTTP API, however good it is."""
    line = len("GET /openapi.json HTTP/1.1")
    largest = "x" * (MOST_BYTES_OF_HEADERS - line)

    assert gateway.answer("GET", "/openapi.json", [("x", largest)]).status == 200
    echo.event = {}
    assert gateway.answer("GET", "/openapi.json", [("x", largest + "x")]).status == 431
    assert not echo.event


def test_cors_headers_are_added_to_what_the_function_answers(gateway: Gateway, echo: Echo) -> None:
    """The status of a preflight is the function's own; refusals of the gateway are readable for the page, too."""
    allowing = replace(
        gateway,
        cors={
            "access-control-allow-origin": "https://app.example",
            "access-control-allow-methods": "GET,POST,OPTIONS",
            "access-control-expose-headers": "*",
        },
    )
    origin = ("origin", "https://app.example")

    preflight = allowing.answer("OPTIONS", "/users", [origin, ("access-control-request-method", "GET")])
    refused = allowing.answer("GET", "/users", [origin])
    without = allowing.answer("GET", "/openapi.json")

    assert preflight.headers["access-control-allow-methods"] == "GET,POST,OPTIONS"
    assert preflight.headers["content-type"] == "application/json"
    assert refused.status == 401
    assert refused.headers["access-control-allow-origin"] == "https://app.example"
    assert "access-control-allow-methods" not in refused.headers
    assert "access-control-allow-origin" not in without.headers
