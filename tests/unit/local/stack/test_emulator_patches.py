"""gaps and intrinsics: what is added to the emulated API is what the processed template says, and nothing else."""

from typing import Any

import pytest

from local.stack import emulator_patches
from local.stack.intrinsics import Intrinsics

URI = "arn:aws:apigateway:eu-central-1:lambda:path/2015-03-31/functions/arn:aws:lambda:x:{}/invocations"


class Gateway:
    """Writes down what it is asked to make."""

    def __init__(self) -> None:
        """Begin with nothing made."""
        self.routes: dict[str, dict[str, Any]] = {}
        self.integrations: list[str] = []
        self.authorizers: list[dict[str, Any]] = []
        self.changes: list[dict[str, Any]] = []

    def create_authorizer(self, **request: Any) -> dict[str, str]:
        """Make an authorizer."""
        self.authorizers.append(request)
        return {"AuthorizerId": request["Name"]}

    def create_integration(self, **request: Any) -> dict[str, str]:
        """Make an integration."""
        self.integrations.append(request["IntegrationUri"])
        return {"IntegrationId": request["IntegrationUri"]}

    def create_route(self, **request: Any) -> None:
        """Make a route."""
        self.routes[request.pop("RouteKey")] = request

    def update_api(self, **request: Any) -> None:
        """Change the API."""
        self.changes.append(request)


def operation(function: str, security: str) -> dict[str, Any]:
    """Make an operation as SAM writes it."""
    return {"x-amazon-apigateway-integration": {"uri": URI.format(function)}, "security": [{security: []}]}


def a_body(**more: Any) -> dict[str, Any]:
    """Make an OpenAPI body as SAM writes it."""
    authorizer = {
        "jwtConfiguration": {"issuer": "http://i", "audience": ["a"]},
        "identitySource": "$request.header.A",
    }
    return {
        "paths": {
            "/webhooks/enode": {"post": operation("ingest", "NONE")},
            "/users/{userId}/devices": {"get": operation("read", "OidcToken")},
            "/$default": {"x-amazon-apigateway-any-method": operation("read", "OidcToken")},
        },
        "components": {"securitySchemes": {"OidcToken": {"x-amazon-apigateway-authorizer": authorizer}}},
        **more,
    }


def test_every_operation_becomes_a_route_to_its_function() -> None:
    """Two functions, three routes: a function has one integration."""
    gateway = Gateway()

    emulator_patches.add_routes(gateway, "api", a_body())

    assert {key: route["Target"] for key, route in gateway.routes.items()} == {
        "POST /webhooks/enode": "integrations/arn:aws:lambda:x:ingest",
        "GET /users/{userId}/devices": "integrations/arn:aws:lambda:x:read",
        "$default": "integrations/arn:aws:lambda:x:read",
    }
    assert len(gateway.integrations) == 2


def test_a_route_is_guarded_exactly_if_the_template_says_so() -> None:
    """A guard forgotten here would let tests pass that must fail."""
    gateway = Gateway()

    emulator_patches.add_routes(gateway, "api", a_body())

    assert {key: route.get("AuthorizationType") for key, route in gateway.routes.items()} == {
        "POST /webhooks/enode": None,
        "GET /users/{userId}/devices": "JWT",
        "$default": "JWT",
    }
    assert gateway.authorizers[0]["JwtConfiguration"] == {"Issuer": "http://i", "Audience": ["a"]}


def test_cors_is_set_only_where_the_template_has_it() -> None:
    """Off is the default, and off means nothing at all."""
    without, with_it = Gateway(), Gateway()

    emulator_patches.add_cors(without, "api", None)
    emulator_patches.add_cors(with_it, "api", {"AllowOrigins": ["https://a"], "MaxAge": 1})

    assert without.changes == []
    assert with_it.changes == [
        {"ApiId": "api", "CorsConfiguration": {"AllowOrigins": ["https://a"], "MaxAge": 1}}
    ]


@pytest.mark.parametrize(
    ("node", "value"),
    [
        ({"Ref": "Origins"}, "a,b"),
        ({"Fn::Split": [",", {"Ref": "Origins"}]}, ["a", "b"]),
        ({"Fn::Sub": "arn:${AWS::Region}:${F.Arn}!"}, "arn:here:f!"),
        ({"Fn::GetAtt": ["F", "Arn"]}, "f"),
        ({"x": {"Fn::If": ["Has", {"a": {"Ref": "Origins"}}, {"Ref": "AWS::NoValue"}]}}, {"x": {"a": "a,b"}}),
        ({"x": {"Fn::If": ["HasNot", 1, {"Ref": "AWS::NoValue"}]}, "y": 2}, {"y": 2}),
        ([{"Ref": "AWS::NoValue"}, {"Ref": "Origins"}], ["a,b"]),
        ({"Ref": "AWS::NoValue"}, None),
    ],
)
def test_intrinsic_functions_come_to_what_cloudformation_makes_of_them(node: Any, value: Any) -> None:
    """Only those that the template uses; each in every place it may stand."""
    conditions = {
        "Has": {"Fn::Not": [{"Fn::Equals": [{"Ref": "Origins"}, ""]}]},
        "HasNot": {"Fn::Equals": [{"Ref": "Origins"}, ""]},
    }
    intrinsics = Intrinsics({"Origins": "a,b", "AWS::Region": "here", "F.Arn": "f"}, conditions)

    assert intrinsics.resolve(node) == value


def test_an_unknown_function_or_name_is_an_error_and_not_a_guess() -> None:
    """A route made from half-understood text would be wrong in silence."""
    intrinsics = Intrinsics({}, {})

    for node in ({"Fn::ImportValue": "x"}, {"Ref": "Nobody"}, {"Fn::Sub": "${Nobody}"}):
        with pytest.raises(KeyError):
            intrinsics.resolve(node)
