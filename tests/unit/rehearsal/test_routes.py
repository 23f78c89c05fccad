"""Proves `rehearsal/routes.py`: a route that is open, closed or uncallable by mistake is found."""

from typing import Any

import pytest

from rehearsal import routes
from rehearsal.processed import Json
from tests.unit.rehearsal.stacks import function, operation, permission, processed, ref

PARAMETERS: Json = {"Rate": {"Default": 50}, "Burst": {"Default": 100}}


def an_api() -> Json:
    """An API whose every route is as it must be."""
    return {
        "Read": function(),
        "Ingest": function(),
        "Api": {
            "Type": "AWS::ApiGatewayV2::Api",
            "Properties": {
                "Body": {
                    "components": {"securitySchemes": {"OidcToken": {}}},
                    "paths": {
                        "/webhooks/enode": {"post": operation("Ingest", "NONE")},
                        "/openapi.json": {
                            "get": operation("Read", "NONE"),
                            "head": operation("Read", "NONE"),
                        },
                        "/health/ready": {
                            "get": operation("Read", "NONE"),
                            "head": operation("Read", "NONE"),
                        },
                        "/{proxy+}": {"options": operation("Read")},
                        "/": {"options": operation("Read")},
                        "/users/{userId}": {"get": operation("Read", "OidcToken")},
                        "/$default": {"x-amazon-apigateway-any-method": operation("Read", "OidcToken")},
                    },
                }
            },
        },
        "Stage": {
            "Type": "AWS::ApiGatewayV2::Stage",
            "Properties": {
                "DefaultRouteSettings": {
                    "ThrottlingRateLimit": ref("Rate"),
                    "ThrottlingBurstLimit": ref("Burst"),
                }
            },
        },
        "MayRead": permission("Read", "*"),
        "MayDeliver": permission("Ingest", "POST/webhooks/enode"),
    }


def found_in(resources: Json) -> list[str]:
    """What the check says."""
    return [f"{one.where}: {one.what}" for one in routes.rehearse(processed(resources, PARAMETERS)).findings]


def body_of(resources: Json) -> Any:
    """The API's paths."""
    return resources["Api"]["Properties"]["Body"]["paths"]


def test_an_api_as_it_must_be_has_no_findings() -> None:
    """Each route behind the token but the open ones, each callable, each limited by a parameter."""
    outcome = routes.rehearse(processed(an_api(), PARAMETERS))

    assert outcome.findings == []
    assert outcome.rehearsed.startswith("9 routes, open without a token: GET /health/ready")


@pytest.mark.parametrize("needs", [(), ("NONE",)])
def test_a_route_that_lost_its_token_is_found(needs: tuple[str, ...]) -> None:
    """Whether SAM writes NONE or nothing."""
    api = an_api()
    body_of(api)["/users/{userId}"]["get"] = operation("Read", *needs)

    assert [one for one in found_in(api) if "GET /users/{userId}: needs no token" in one]


def test_an_open_route_that_wants_a_token_is_found() -> None:
    """Enode has none."""
    api = an_api()
    body_of(api)["/webhooks/enode"]["post"] = operation("Ingest", "OidcToken")

    assert [one for one in found_in(api) if "POST /webhooks/enode: needs a token" in one]


def test_a_security_scheme_that_there_is_not_is_found() -> None:
    """API Gateway would refuse the import, or let everybody in."""
    api = an_api()
    body_of(api)["/users/{userId}"]["get"] = operation("Read", "OidcTokens")

    assert [one for one in found_in(api) if "scheme that there is not: OidcTokens" in one]


def test_a_missing_open_route_is_found() -> None:
    """Without it preflights would end at the token."""
    api = an_api()
    del body_of(api)["/{proxy+}"]

    assert found_in(api) == ["Api: has no route OPTIONS /{proxy+}"]


@pytest.mark.parametrize(
    ("permission_id", "path", "routes_found"),
    [("MayRead", "GET/users/*", 7), ("MayDeliver", "POST/webhook", 1)],
)
def test_a_route_that_may_not_call_its_function_is_found(
    permission_id: str, path: str, routes_found: int
) -> None:
    """Answered 500 by API Gateway, without a line in any log of ours."""
    api = an_api()
    api[permission_id] = permission("Read" if permission_id == "MayRead" else "Ingest", path)

    assert sum("no permission" in one for one in found_in(api)) == routes_found


def test_a_permission_of_the_function_does_not_count_for_its_alias() -> None:
    """An alias has a policy of its own."""
    api = an_api()
    api["ReadLive"] = {
        "Type": "AWS::Lambda::Alias",
        "Properties": {"FunctionName": ref("Read"), "Name": "live"},
    }
    path = body_of(api)["/users/{userId}"]["get"]["x-amazon-apigateway-integration"]
    path["uri"] = {"Fn::Sub": "arn:aws:lambda:path/functions/${ReadLive}/invocations"}

    assert [one for one in found_in(api) if "no permission lets API Gateway call ReadLive" in one]

    api["MayReadLive"] = permission("ReadLive", "*")

    assert found_in(api) == []


def test_a_limit_that_every_stack_shares_is_found() -> None:
    """And one that is none."""
    api = an_api()
    limits = api["Stage"]["Properties"]["DefaultRouteSettings"]
    limits["ThrottlingRateLimit"] = 50
    assert [one for one in found_in(api) if "ThrottlingRateLimit is 50 in every stack" in one]

    api["Stage"]["Properties"] = {}
    assert [one for one in found_in(api) if "has no limit of requests" in one]
