"""A built function in Lambda's own runtime, without Docker.

The SAM CLI carries AWS's Runtime Interface Emulator. Below it runs the bare Python, not an environment of ours, and
sees nothing but the built function, the built layers and the runtime: what the layers lack is missed here, not in the
cloud.
"""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import httpx

from local.stack.settings import REPOSITORY, machine_architecture

BUILD = REPOSITORY / ".local/build"
LAYERS = ("CoreLayer", "DependenciesLayer")
RUNTIME = ("awslambdaric", "simplejson", "snapshot_restore_py", "runtime_client")


@dataclass(frozen=True)
class BuiltFunction:
    """A built function that takes events."""

    url: str

    def invoke(self, event: dict[str, Any]) -> dict[str, Any]:
        """Invoke it as Lambda would."""
        answer = httpx.post(
            f"{self.url}/2015-03-31/functions/function/invocations", json=event, timeout=20, trust_env=False
        )
        found: dict[str, Any] = answer.raise_for_status().json()
        return found


@contextmanager
def running(function: str, environment: dict[str, str], scratch: Path) -> Iterator[BuiltFunction]:
    """Run a built function until the block ends.

    Args:
        function: Its logical id in the template.
        environment: Its variables.
        scratch: A folder for the runtime and its log.
    """
    runtime = scratch / "runtime"
    runtime.mkdir()
    for name in RUNTIME:
        origin = installed(name)
        (runtime / origin.name).symlink_to(origin)
    path = [runtime, BUILD / function, *(BUILD / layer / "python" for layer in LAYERS)]
    front, back = free_port(), free_port()
    command = [
        str(emulator()),
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{front}",
        "--runtime-api-address",
        f"127.0.0.1:{back}",
        str(getattr(sys, "_base_executable", sys.executable)),
        *("-s", "-m", "awslambdaric", "app.handler"),
    ]
    with (scratch / "log").open("wb") as log:
        process = subprocess.Popen(  # noqa: S603 - the command is ours, word by word
            command,
            env={
                "PATH": os.defpath,
                "PYTHONPATH": os.pathsep.join(map(str, path)),
                "AWS_LAMBDA_FUNCTION_NAME": function,
                "AWS_LAMBDA_FUNCTION_TIMEOUT": "10",
                **environment,
            },
            cwd=BUILD / function,
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
    try:
        wait_for(front)
        yield BuiltFunction(f"http://127.0.0.1:{front}")
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait(timeout=10)


def installed(name: str) -> Path:
    """Find a package or module of the runtime in the environment of the tests."""
    spec = find_spec(name)
    if spec is None or spec.origin is None:
        raise LookupError(f"{name} is not installed: Lambda's runtime is there on Linux only")
    origin = Path(spec.origin)
    return origin.parent if origin.name == "__init__.py" else origin


def emulator() -> Path:
    """Find AWS's Runtime Interface Emulator in the SAM CLI's package."""
    name = f"aws-lambda-rie-{machine_architecture(os.uname().machine)}"
    return next((REPOSITORY / ".venv-sam/lib").glob(f"python3*/site-packages/samcli/local/rapid/{name}"))


def free_port() -> int:
    """Find a port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(port: int) -> None:
    """Wait until somebody listens."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise AssertionError(f"nobody listens on port {port}")
