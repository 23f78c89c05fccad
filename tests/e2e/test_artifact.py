"""What `sam build` made runs in Lambda's runtime with nothing but its own layers."""

import hmac
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from local.stack import aws
from local.stack.settings import STACK_NAME
from local.stack.stack_info import StackInfo
from tests.e2e import artifact

MOST_BYTES = 22_000_000


def test_built_ingest_takes_sets_aside_and_refuses(stack: StackInfo, tmp_path: Path) -> None:
    """Every service that ingest calls is called: a package pruned one too far is missed here, not in the cloud."""
    event = {"event": "system:heartbeat", "createdAt": now(), "version": "2024-10-01", "pendingEvents": 0}
    body = json.dumps([event, f"half an event, {tmp_path}"])
    signature = "sha1=" + hmac.new(stack.webhook_secret.encode(), body.encode(), "sha1").hexdigest()

    with artifact.running("IngestFunction", environment(stack, "IngestFunction"), tmp_path) as ingest:
        taken = ingest.invoke(delivery(body, signature))
        refused = ingest.invoke(delivery(body, "sha1=" + "0" * 40))

    assert (taken["statusCode"], json.loads(taken["body"])) == (
        200,
        {"received": 2, "stored": 1, "quarantined": 1},
    )
    assert json.dumps([f"half an event, {tmp_path}"]).encode() in quarantined(stack)
    assert refused["statusCode"] == 401


def test_built_read_answers_from_the_tables(stack: StackInfo, tmp_path: Path) -> None:
    """The read function finds its tables, index and layers too."""
    user_id = stack.users[0]["id"]
    question = {
        "routeKey": "GET /users/{userId}/devices",
        "pathParameters": {"userId": user_id},
        "requestContext": {"authorizer": {"jwt": {"claims": {"sub": user_id}}}},
    }

    with artifact.running("ReadFunction", environment(stack, "ReadFunction"), tmp_path) as read:
        answer = read.invoke(question)

    assert answer["statusCode"] == 200
    assert json.loads(answer["body"])["data"]


def test_built_sweep_reaches_enode(stack: StackInfo, tmp_path: Path) -> None:
    """The sweep function imports all it needs, and gets through a guard in Lambda's runtime."""
    told_more = {"AWS_LAMBDA_FUNCTION_TIMEOUT": "120"}  # it keeps ten seconds away from its limit
    with artifact.running(
        "SweepFunction", environment(stack, "SweepFunction") | told_more, tmp_path
    ) as sweep:
        told = sweep.invoke({"task": "guard"})

    assert (told["task"], told["is_active"]) == ("guard", True)


def test_layers_are_lean_and_compiled() -> None:
    """Cold start: what is not compiled here is compiled anew at every start, and every megabyte is fetched."""
    files = [
        path for layer in artifact.LAYERS for path in (artifact.BUILD / layer).rglob("*") if path.is_file()
    ]

    uncompiled = [path for path in files if path.suffix == ".py" and not compiled(path).exists()]

    assert sum(path.stat().st_size for path in files) <= MOST_BYTES
    assert uncompiled == []


def compiled(source: Path) -> Path:
    """Name the byte code that Python 3.13 looks for."""
    return source.parent / "__pycache__" / f"{source.stem}.cpython-313.pyc"


def delivery(body: str, signature: str) -> dict[str, Any]:
    """Make the event of an HTTP API for one delivery."""
    return {
        "version": "2.0",
        "routeKey": "POST /webhooks/enode",
        "headers": {"x-enode-signature": signature, "x-enode-delivery": "artifact"},
        "body": body,
        "isBase64Encoded": False,
    }


def quarantined(stack: StackInfo) -> list[bytes]:
    """Read everything that was set aside."""
    bucket = aws.client("s3", stack.aws_endpoint_url)
    found = bucket.list_objects_v2(Bucket=stack.quarantine_bucket).get("Contents", [])
    return [bucket.get_object(Bucket=stack.quarantine_bucket, Key=one["Key"])["Body"].read() for one in found]


def environment(stack: StackInfo, function: str) -> dict[str, str]:
    """Give a built function the very environment that its deployed twin has, with the emulated AWS behind it."""
    name = aws.client("cloudformation", stack.aws_endpoint_url).describe_stack_resource(
        StackName=STACK_NAME, LogicalResourceId=function
    )["StackResourceDetail"]["PhysicalResourceId"]
    deployed = aws.client("lambda", stack.aws_endpoint_url).get_function_configuration(FunctionName=name)
    return {
        "AWS_ENDPOINT_URL": stack.aws_endpoint_url,
        **deployed["Environment"]["Variables"],
        **aws.MADE_UP_KEYS,
        "AWS_REGION": stack.region,
        "AWS_DEFAULT_REGION": stack.region,
    }


def now() -> str:
    """Write this moment as Enode does."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
