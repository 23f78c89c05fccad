"""`.local/stack.json`: addresses, names and secrets of the running stack."""

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import httpx

from local.stack.deploy import Stack
from local.stack.settings import REGION, Settings


@dataclass(frozen=True)
class StackInfo:
    """What one needs to speak to a running stack."""

    api_url: str
    webhook_url: str
    webhook_secret: str
    enode_url: str
    token_url: str
    issuer: str
    fleet: dict[str, str]
    users: list[dict[str, str]]
    devices_table: str
    history_table: str
    quarantine_bucket: str
    aws_endpoint_url: str
    region: str
    speed: float


def draw(settings: Settings, stack: Stack, api_url: str, secret: str) -> StackInfo:
    """Collect it from the deployed stack and the simulator."""
    tokens = (
        httpx.get(f"{settings.enode_url}/_sim/tokens", timeout=10, trust_env=False).raise_for_status().json()
    )
    return StackInfo(
        api_url=api_url,
        webhook_url=f"{api_url}/webhooks/enode",
        webhook_secret=secret,
        enode_url=settings.enode_url,
        token_url=f"{settings.enode_url}/read-api/oauth2/token",
        issuer=settings.enode_url,
        fleet=tokens["fleet"],
        users=tokens["users"],
        devices_table=stack.outputs["DevicesTableName"],
        history_table=stack.outputs["HistoryTableName"],
        quarantine_bucket=stack.outputs["QuarantineBucketName"],
        aws_endpoint_url=settings.aws_url,
        region=REGION,
        speed=settings.speed,
    )


def write(stack_info: StackInfo, path: Path) -> None:
    """Write `stack.json`, and each user's token as a header that curl can read: they are too long to paste."""
    for user in stack_info.users:
        header_file(path, user["id"]).write_text(f"authorization: Bearer {user['token']}\n", encoding="utf-8")
    draft = path.with_suffix(".draft")
    draft.write_text(json.dumps(asdict(stack_info), indent=2) + "\n", encoding="utf-8")
    draft.replace(path)  # who reads it sees all of it or nothing


def read(path: Path) -> StackInfo:
    """Read it back."""
    found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return StackInfo(**found)


def discard(path: Path) -> None:
    """Remove it and the headers: what they speak of is gone."""
    path.unlink(missing_ok=True)
    for header in path.parent.glob("*.header"):
        header.unlink()


def header_file(path: Path, user_id: str) -> Path:
    """Name the file that holds a user's authorization header."""
    return path.parent / f"{user_id}.header"
