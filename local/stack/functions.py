"""What did the functions write to their logs?"""

from pathlib import Path

from local.stack import aws
from local.stack.settings import Settings

NOISE = ("START ", "END ", "REPORT ", '{"_aws"')


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
