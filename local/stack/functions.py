"""Configure, invoke and read the logs of deployed functions."""

import json
from pathlib import Path
from typing import Any

from local.stack import aws
from local.stack.deploy import Stack
from local.stack.errors import UserError
from local.stack.settings import Settings

NOISE = ("START ", "END ", "REPORT ", '{"_aws"')


ALIAS = "live"
"""By which the template lets everybody call a function."""


def tell(settings: Settings, stack: Stack, logical_id: str, **variables: str) -> None:
    """Change some of a function's environment variables, and let its alias lead to a version that has them."""
    functions, name = aws.client("lambda", settings.aws_url), stack.resources[logical_id]
    known = functions.get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    functions.update_function_configuration(
        FunctionName=name, Environment={"Variables": {**known, **variables}}
    )
    version = functions.publish_version(FunctionName=name)["Version"]
    functions.update_alias(FunctionName=name, Name=ALIAS, FunctionVersion=version)


def invoke(settings: Settings, stack: Stack, logical_id: str, event: dict[str, Any]) -> dict[str, Any]:
    """Invoke a function and give what it answers.

    Raises:
        UserError: It failed.
    """
    functions = aws.client("lambda", settings.aws_url)
    answer = functions.invoke(
        FunctionName=stack.resources[logical_id], Qualifier=ALIAS, Payload=json.dumps(event).encode()
    )
    told: dict[str, Any] = json.loads(answer["Payload"].read())
    if answer.get("FunctionError"):
        raise UserError(f"{logical_id} failed: {json.dumps(told)[:500]}")
    return told


def save_logs(settings: Settings) -> Path:
    """Copy the functions' log lines from the emulated CloudWatch into a file, oldest first, and name it."""
    logs = aws.client("logs", settings.aws_url)
    lines = []
    for group in logs.describe_log_groups()["logGroups"]:
        name = group["logGroupName"]
        for stream in logs.describe_log_streams(logGroupName=name)["logStreams"]:
            found = logs.get_log_events(logGroupName=name, logStreamName=stream["logStreamName"])["events"]
            lines += [(event["timestamp"], event["message"].rstrip()) for event in found]
    file = settings.logs / "functions.log"
    kept = (message for _, message in sorted(lines) if not message.startswith(NOISE))
    file.write_text("\n".join(kept) + "\n", encoding="utf-8")
    return file
