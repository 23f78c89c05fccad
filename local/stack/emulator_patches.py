"""Patches of the emulator: what ministack leaves out of the template, added.

It takes an HTTP API's OpenAPI body without reading it, and a table's expiry without setting it. Both are read here from
the template as CloudFormation processed it, so that template.yaml stays as AWS wants it and stays the only truth. But
for CORS: there the emulator's SAM puts a parameter's default in place of its value, so it is read as it was written.
"""

import re
from typing import Any

from local.stack import aws
from local.stack.deploy import Stack
from local.stack.intrinsics import Intrinsics
from local.stack.settings import REGION, STACK_NAME, Settings

ACCOUNT = "000000000000"
_ANY = "x-amazon-apigateway-any-method"
_INTEGRATION = "x-amazon-apigateway-integration"
_FUNCTION_ARN = re.compile(r"functions/(arn:.+)/invocations")


def close(settings: Settings, stack: Stack) -> str:
    """Add routes, authorizers, CORS and expiry to the deployed stack.

    Returns:
        The API's base URL. It is the one with a path: `{id}.execute-api.localhost` needs a resolver that not
        every system has.
    """
    add_expiry(settings, stack)
    names = intrinsics(stack)
    gateway = aws.client("apigatewayv2", settings.aws_url)
    for logical_id, resource in stack.template["Resources"].items():
        if resource["Type"] == "AWS::ApiGatewayV2::Api":
            body = names.resolve(resource["Properties"]["Body"])
            api_id = stack.resources[logical_id]
            add_routes(gateway, api_id, body)
            written = stack.written["Resources"][logical_id]["Properties"]
            add_cors(gateway, api_id, names.resolve(written.get("CorsConfiguration")))
            return f"{settings.aws_url}/_aws/execute-api/{api_id}"
    raise LookupError("the template has no HTTP API")


def intrinsics(stack: Stack) -> Intrinsics:
    """Collect what the template's Ref, Fn::Sub and Fn::GetAtt may name."""
    functions = {
        f"{logical_id}.Arn": f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:{stack.resources[logical_id]}"
        for logical_id, resource in stack.template["Resources"].items()
        if resource["Type"] == "AWS::Lambda::Function"
    }
    pseudo = {
        "AWS::Region": REGION,
        "AWS::Partition": "aws",
        "AWS::AccountId": ACCOUNT,
        "AWS::StackName": STACK_NAME,
        "AWS::URLSuffix": "amazonaws.com",
    }
    return Intrinsics(
        stack.parameters | stack.resources | functions | pseudo, stack.template.get("Conditions", {})
    )


def add_routes(gateway: Any, api_id: str, body: dict[str, Any]) -> None:
    """Make an integration per function, an authorizer per security scheme and a route per operation of the body."""
    authorizers = {
        name: gateway.create_authorizer(
            ApiId=api_id,
            Name=name,
            AuthorizerType="JWT",
            IdentitySource=[scheme["x-amazon-apigateway-authorizer"]["identitySource"]],
            JwtConfiguration={
                "Issuer": scheme["x-amazon-apigateway-authorizer"]["jwtConfiguration"]["issuer"],
                "Audience": scheme["x-amazon-apigateway-authorizer"]["jwtConfiguration"]["audience"],
            },
        )["AuthorizerId"]
        for name, scheme in body.get("components", {}).get("securitySchemes", {}).items()
    }
    integrations: dict[str, str] = {}
    for key, operation in operations(body):
        found = _FUNCTION_ARN.search(operation[_INTEGRATION]["uri"])
        if found is None:
            raise LookupError(f"route {key} leads to no function")
        arn = found[1]
        if arn not in integrations:
            integrations[arn] = gateway.create_integration(
                ApiId=api_id, IntegrationType="AWS_PROXY", IntegrationUri=arn, PayloadFormatVersion="2.0"
            )["IntegrationId"]
        guard = next(
            (name for need in operation.get("security", []) for name in need if name in authorizers), None
        )
        access = {"AuthorizationType": "JWT", "AuthorizerId": authorizers[guard]} if guard else {}
        gateway.create_route(ApiId=api_id, RouteKey=key, Target=f"integrations/{integrations[arn]}", **access)


def add_cors(gateway: Any, api_id: str, cors: dict[str, Any] | None) -> None:
    """Let pages of other origins ask, where an HTTP API says so."""
    if cors:
        gateway.update_api(ApiId=api_id, CorsConfiguration=cors)


def operations(body: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """List a body's operations under their route keys.

    >>> operations({"paths": {"/$default": {"x-amazon-apigateway-any-method": {}}, "/a": {"get": {}}}})
    [('$default', {}), ('GET /a', {})]
    """
    found = []
    for path, methods in body["paths"].items():
        for method, operation in methods.items():
            name = "ANY" if method == _ANY else method.upper()
            found.append(("$default" if path == "/$default" else f"{name} {path}", operation))
    return found


def add_expiry(settings: Settings, stack: Stack) -> None:
    """Switch on the expiry of items that the tables ask for."""
    dynamodb = aws.client("dynamodb", settings.aws_url)
    for logical_id, resource in stack.template["Resources"].items():
        expiry = resource.get("Properties", {}).get("TimeToLiveSpecification")
        if resource["Type"] == "AWS::DynamoDB::Table" and expiry:
            dynamodb.update_time_to_live(
                TableName=stack.resources[logical_id], TimeToLiveSpecification=expiry
            )
