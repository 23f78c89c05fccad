"""The stand-in for API Gateway chooses routes, checks tokens and hands over events as AWS documents it."""

from typing import Any

import httpx
import pytest

from tests.gateway import Gateway, InProcess

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
