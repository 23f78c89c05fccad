"""The HTTP API's routes: each behind the token or on the list of open ones, each allowed to call its function."""

import re
from collections.abc import Iterator
from fnmatch import fnmatchcase
from typing import Any, NamedTuple

from rehearsal.outcome import Finding, Outcome, listed
from rehearsal.processed import Processed

OPEN = frozenset(
    {
        "POST /webhooks/enode",
        "GET /openapi.json",
        "HEAD /openapi.json",
        "GET /health/ready",
        "HEAD /health/ready",
        "OPTIONS /",
        "OPTIONS /{proxy+}",
    }
)
"""Routes that need no token: a signature is checked instead, or nothing of anybody is told."""

THROTTLED_AT_MOST = 1000
"""Requests a second. More than this by default is a bill, not a limit."""

_ANY = "x-amazon-apigateway-any-method"
_FUNCTION = re.compile(r"functions/(.+)/invocations")


class Operation(NamedTuple):
    """A route of the processed API.

    Attributes:
        key: `GET /users`, or `$default`.
        reference: What its integration calls: `ReadFunction.Arn`, or an alias.
        needs: The security schemes that stand before it.
    """

    key: str
    reference: str
    needs: frozenset[str]


def rehearse(processed: Processed) -> Outcome:
    """Look at each route, at who may call what, and at what limits them."""
    findings: list[Finding] = []
    operations: list[Operation] = []
    for api, properties in processed.of_type("AWS::ApiGatewayV2::Api"):
        body = properties["Body"]
        found = list(operations_of(body))
        operations += found
        schemes = body.get("components", {}).get("securitySchemes", {})
        findings += _doors(api, found, frozenset(schemes))
        findings += _permissions(processed, api, found)
    findings += _limits(processed)
    doors = [one.key for one in operations if one.key in OPEN]
    return Outcome(f"{len(operations)} routes, open without a token: {listed(doors)}", findings)


def operations_of(body: dict[str, Any]) -> Iterator[Operation]:
    """Go through the operations of an OpenAPI body."""
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            if not isinstance(operation, dict) or "x-amazon-apigateway-integration" not in operation:
                continue
            key = (
                "$default" if path == "/$default" else f"{'ANY' if method == _ANY else method.upper()} {path}"
            )
            found = _FUNCTION.search(operation["x-amazon-apigateway-integration"]["uri"])
            needs = frozenset(name for need in operation.get("security", []) for name in need)
            yield Operation(key, found[1] if found else "", needs)


def _doors(api: str, operations: list[Operation], schemes: frozenset[str]) -> Iterator[Finding]:
    for one in operations:
        guarded = bool(one.needs & schemes)
        if not guarded and one.key not in OPEN:
            yield Finding(f"{api}, {one.key}", "needs no token, and is not on the list of open routes")
        elif guarded and one.key in OPEN:
            yield Finding(f"{api}, {one.key}", "needs a token, which who asks this does not have")
        if unknown := one.needs - schemes - ({"NONE"} if not guarded else set()):
            yield Finding(
                f"{api}, {one.key}", f"names a security scheme that there is not: {listed(unknown)}"
            )
    for key in sorted(OPEN - {one.key for one in operations}):
        yield Finding(api, f"has no route {key}")


def _permissions(processed: Processed, api: str, operations: list[Operation]) -> Iterator[Finding]:
    permissions = [one for _, one in processed.of_type("AWS::Lambda::Permission")]
    for one in operations:
        if processed.function_of(one.reference) not in dict(processed.of_type("AWS::Lambda::Function")):
            yield Finding(f"{api}, {one.key}", f"calls no function of the template: {one.reference!r}")
            continue
        method, _, path = ("*", "", "/$default") if one.key == "$default" else one.key.partition(" ")
        asked = f"{api}/$default/{method}{re.sub(r'{[^}]+}', '*', path)}"
        if not any(
            given["Principal"] == "apigateway.amazonaws.com"
            and given["FunctionName"].removesuffix(".Arn") == one.reference.removesuffix(".Arn")
            and fnmatchcase(asked, given.get("SourceArn", "*").rpartition(":")[2])
            for given in permissions
        ):
            yield Finding(
                f"{api}, {one.key}",
                f"no permission lets API Gateway call {one.reference} for it: answered 500",
            )


def _limits(processed: Processed) -> Iterator[Finding]:
    for logical_id, raw in processed.template["Resources"].items():
        if raw["Type"] != "AWS::ApiGatewayV2::Stage":
            continue
        settings = raw["Properties"].get("DefaultRouteSettings")
        if not settings:
            yield Finding(logical_id, "has no limit of requests: the account's own, 10,000 a second, holds")
        routes = [("the default", settings or {}), *raw["Properties"].get("RouteSettings", {}).items()]
        for route, limits in routes:
            for name, limit in limits.items():
                if not name.startswith("Throttling"):
                    continue
                if not isinstance(limit, dict):
                    yield Finding(
                        f"{logical_id}, {route}", f"{name} is {limit} in every stack: make it a parameter"
                    )
                elif float(processed.resolve(limit)) > THROTTLED_AT_MOST:
                    yield Finding(
                        f"{logical_id}, {route}", f"{name} is {processed.resolve(limit)} by default"
                    )
