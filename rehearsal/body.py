"""The OpenAPI body that API Gateway would get of a stack: `python -m rehearsal.body STACK > body.json`.

Import it by hand before the first deployment (docs/first-deploy.md): that is free, needs no function to be there, and
tells in a second whether API Gateway warns of something, for which a deployment would fail after minutes.
"""

import json
import sys
from pathlib import Path

from deploy import parameters, settings
from deploy.parameters import CannotDeployError
from rehearsal.processed import TEMPLATE, Json, Processed, process


def body_of(processed: Processed) -> Json:
    """Give the body of the one HTTP API, worked out; what it calls stands by a made-up ARN."""
    (body,) = [properties["Body"] for _, properties in processed.of_type("AWS::ApiGatewayV2::Api")]
    return _with_arns(body, processed)


def _with_arns(node: object, processed: Processed) -> Json:
    here = f"arn:aws:lambda:{processed.region}:123456789012:function:"
    text = json.dumps(node)
    for logical_id, _ in processed.of_type("AWS::Lambda::Function"):
        for name in (f"{logical_id}.Arn", f"{logical_id}Aliaslive"):
            text = text.replace(f"functions/{name}/", f"functions/{here}{processed.stack}-{logical_id}/")
    found: Json = json.loads(text)
    return found


def main() -> None:
    """Print the body for the settings of a stack."""
    name = sys.argv[1] if len(sys.argv) > 1 else "lastseen"
    known = settings.read(name)
    if known is None:
        raise CannotDeployError(
            f"{settings.path(Path(name).name)} is not there; `make deploy` asks for it first"
        )
    values = known.values(parameters.read(TEMPLATE))
    print(json.dumps(body_of(process(region=known.region, stack=name, parameters=values)), indent=1))


if __name__ == "__main__":
    try:
        main()
    except CannotDeployError as error:
        sys.exit(str(error))
