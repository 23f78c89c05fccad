"""Commands to try next: lines to paste into a shell at the root of the repository."""

import os
from pathlib import Path
from typing import Any

from local.simulator.fleet import COLLECTIONS
from local.stack.stack_info import StackInfo, header_file


def worth_trying(stack_info: StackInfo, path: Path, devices: list[dict[str, Any]]) -> list[tuple[str, str]]:
    """Propose commands: what each shows, and the line.

    Args:
        stack_info: The running stack.
        path: Where its `stack.json` lies; the users' headers lie beside it.
        devices: Of the first user, as the read API lists them; a vehicle is shown if there is one.
    """
    user_id = stack_info.users[0]["id"]
    curl = f"curl -sH @{os.path.relpath(header_file(path, user_id))} {stack_info.api_url}"
    found = [(f"all devices of {user_id}, with freshness", f"{curl}/users/{user_id}/devices")]
    device = next((one for one in devices if one["kind"] == "vehicle"), devices[0] if devices else None)
    if device:
        collection = next(name for name, kind in COLLECTIONS.items() if kind == device["kind"])
        found += [
            ("one of them as Enode would answer", f"{curl}/{collection}/{device['id']} -D -"),
            ("what changed on it", f"{curl}/devices/{device['id']}/history"),
        ]
    error = """'{"lose_reply": 0.3, "duplicate": 0.3}'"""
    found.append(("let Enode misbehave", f"curl -s {stack_info.enode_url}/_sim/faults -d {error}"))
    return found
