"""Clients of the emulated AWS; the real one is kept out of reach.

Nothing here reads a profile, a region or a key of the person at the keyboard. The keys are made up, the endpoint is
this machine, and anything else is refused before the first call.
"""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import boto3
from botocore.config import Config

from local.stack.errors import UserError
from local.stack.settings import REGION

MADE_UP_KEYS = {"AWS_ACCESS_KEY_ID": "local", "AWS_SECRET_ACCESS_KEY": "local"}


def require_local(url: str) -> str:
    """Give the URL back if it leads to this machine.

    Raises:
        UserError: It leads elsewhere.

    >>> require_local("http://127.0.0.1:4566")
    'http://127.0.0.1:4566'
    """
    host = urlsplit(url).hostname
    if host not in {"127.0.0.1", "localhost", "::1"}:
        raise UserError(f"{url} is not on this machine. The local stack speaks to an emulator only.")
    return url


def client(service: str, url: str) -> Any:
    """Make a client of the emulated AWS.

    Raises:
        UserError: The URL leads off this machine.
    """
    return boto3.session.Session().client(  # type: ignore[call-overload]  # the service is known at run time only
        service,
        endpoint_url=require_local(url),
        region_name=REGION,
        aws_access_key_id=MADE_UP_KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=MADE_UP_KEYS["AWS_SECRET_ACCESS_KEY"],
        config=Config(connect_timeout=2, read_timeout=20, retries={"total_max_attempts": 3}),
    )


def environment(url: str, *first_on_path: Path) -> dict[str, str]:
    """Make an environment for a child, from which only the emulated AWS can be reached.

    Args:
        url: The emulated AWS.
        first_on_path: Folders in which programs are looked for first.

    Raises:
        UserError: The URL leads off this machine.
    """
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("AWS_", "PYTHON", "VIRTUAL_ENV", "SAM_", "MAKE", "MFLAGS"))
    }
    return {
        **inherited,
        **MADE_UP_KEYS,
        "PATH": os.pathsep.join(
            [*(str(folder) for folder in first_on_path), os.environ.get("PATH", os.defpath)]
        ),
        "AWS_ENDPOINT_URL": require_local(url),
        "AWS_DEFAULT_REGION": REGION,
        "AWS_REGION": REGION,
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
        "AWS_EC2_METADATA_DISABLED": "true",
        "SAM_CLI_TELEMETRY": "0",
        "PYTHONUNBUFFERED": "1",
    }
