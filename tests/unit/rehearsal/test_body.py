"""Proves `rehearsal/body.py`: the body that one imports by hand is the one that a deployment would import."""

from rehearsal.body import body_of
from tests.unit.rehearsal.stacks import function, operation, processed


def test_the_body_calls_functions_by_arns_and_has_nothing_left_to_work_out() -> None:
    """API Gateway looks at the form of an ARN, not for the function."""
    paths = {"/users": {"get": operation("Read", "OidcToken")}}
    api = {
        "Type": "AWS::ApiGatewayV2::Api",
        "Properties": {"Body": {"paths": paths, "title": {"Ref": "AWS::StackName"}}},
    }

    body = body_of(processed({"Read": function(), "Api": api}))

    uri = body["paths"]["/users"]["get"]["x-amazon-apigateway-integration"]["uri"]
    assert uri.endswith(
        "functions/arn:aws:lambda:eu-central-1:123456789012:function:lastseen-Read/invocations"
    )
    assert body["title"] == "lastseen"
