"""Start the emulated AWS."""

import shutil
import time

import httpx

from local.stack import aws
from local.stack.errors import UserError
from local.stack.processes import Child, Processes, require_free
from local.stack.settings import REGION, REPOSITORY, Settings

BIN = REPOSITORY / ".venv-emulator/bin"
PATIENCE_SECONDS = 30


def start(settings: Settings, processes: Processes) -> Child:
    """Start ministack, empty, and wait until it answers.

    Functions run as its children, on its own Python, with its environment: so the endpoint that they see is set here.

    Raises:
        UserError: The port is taken, or ministack ended or kept silent.
    """
    require_free(settings.port_aws, "PORT_AWS")
    scratch = settings.folder / "emulator"
    shutil.rmtree(scratch, ignore_errors=True)
    scratch.mkdir(parents=True)
    environment = aws.environment(settings.aws_url, BIN) | {
        "HOME": str(scratch),
        "TMPDIR": str(scratch),
        "GATEWAY_PORT": str(settings.port_aws),
        "BIND_HOST": "127.0.0.1",
        "MINISTACK_HOST": "127.0.0.1",
        "MINISTACK_REGION": REGION,
        "IOT_MTLS_ENABLED": "0",
        "SFTP_ENABLED": "0",
    }
    child = processes.start("emulator", [str(BIN / "ministack")], environment, REPOSITORY)
    wait_until_answering(f"{settings.aws_url}/_ministack/health", child, processes)
    return child


def wait_until_answering(url: str, child: Child, processes: Processes) -> None:
    """Wait until a child answers at a URL.

    Raises:
        UserError: It ended, or did not answer within half a minute.
    """
    until = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < until:
        processes.require_alive(child)
        try:
            if httpx.get(url, timeout=2).is_success:
                return
        except httpx.TransportError:
            pass
        time.sleep(0.1)
    raise UserError(f"{child.name} runs but does not answer at {url}. See {processes.log(child.name)}")
