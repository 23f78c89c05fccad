"""Processes started here: whether they live, and how they, and only they, are ended.

Each child leads a process group of its own, so that whatever it starts ends with it. A file in `.local/pids` holds its
id and the moment it was born: an id alone is handed out again after a while, and might then belong to anybody.
"""

import contextlib
import json
import os
import signal
import socket
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from local.stack.errors import UserError

POLITE_SECONDS = 5.0


@dataclass(frozen=True)
class Child:
    """A process that we started: what it is for, its id, and when it was born in the kernel's words."""

    name: str
    pid: int
    born: str

    def lives(self) -> bool:
        """Tell whether this very process, and not a later one of the same id, still runs."""
        return birth_of(self.pid) == self.born


@dataclass(frozen=True)
class Processes:
    """The children of one stack.

    Attributes:
        folder: `.local`; ids are kept in its `pids`, output in its `logs`.
    """

    folder: Path
    _started: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict, repr=False)

    def start(self, name: str, command: Sequence[str], environment: Mapping[str, str], cwd: Path) -> Child:
        """Start a process that outlives this one, its output in `logs/<name>.log`.

        Raises:
            UserError: The program is not there.
        """
        log = self.log(name)
        log.parent.mkdir(parents=True, exist_ok=True)
        with log.open("wb") as output:
            try:
                process = subprocess.Popen(
                    list(command),
                    env=dict(environment),
                    cwd=cwd,
                    stdin=subprocess.DEVNULL,
                    stdout=output,
                    stderr=subprocess.STDOUT,
                    start_new_session=True,
                )
            except FileNotFoundError as error:
                raise UserError(f"{command[0]} is not there. `make clean` and start again.") from error
        self._started[name] = process
        child = Child(name, process.pid, birth_of(process.pid) or "")
        file = self._file(name)
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"pid": child.pid, "born": child.born}), encoding="utf-8")
        return child

    def alive(self) -> list[Child]:
        """List the children of this or an earlier run that still live; forget the others."""
        children = []
        for file in sorted((self.folder / "pids").glob("*.json")):
            with contextlib.suppress(ValueError, KeyError, TypeError):
                kept = json.loads(file.read_text(encoding="utf-8"))
                child = Child(file.stem, int(kept["pid"]), str(kept["born"]))
                if child.lives():
                    children.append(child)
                    continue
            file.unlink()
        return children

    def stop(self) -> list[str]:
        """End every child that lives, politely, then firmly; return their names."""
        children = self.alive()
        for child in reversed(children):
            end(child)
            self._file(child.name).unlink(missing_ok=True)
        while (
            self._started
        ):  # children of this very run must be asked for their exit status, or linger as zombies
            self._started.popitem()[1].wait()
        return [child.name for child in children]

    def log(self, name: str) -> Path:
        """Where a child's output goes."""
        return self.folder / "logs" / f"{name}.log"

    def require_alive(self, child: Child) -> None:
        """Refuse to go on without a child.

        Raises:
            UserError: It has ended; its last words are in the text.
        """
        if not child.lives():
            raise UserError(f"{child.name} has ended by itself.\n{last_words(self.log(child.name))}")

    def _file(self, name: str) -> Path:
        return self.folder / "pids" / f"{name}.json"


def end(child: Child) -> None:
    """End a child with everything it started, unless its id belongs to another process by now."""
    for sign in (signal.SIGTERM, signal.SIGKILL):
        if not child.lives():
            return
        with contextlib.suppress(ProcessLookupError):
            os.killpg(child.pid, sign)
        until = time.monotonic() + POLITE_SECONDS
        while child.lives() and time.monotonic() < until:
            time.sleep(0.05)


def birth_of(pid: int) -> str | None:
    """Say when a process was born, in whatever words the system has; None if it does not live."""
    stat = Path(f"/proc/{pid}/stat")
    if Path("/proc/self/stat").exists():
        try:
            # The name, in brackets, may itself hold brackets and blanks; what counts comes after it.
            fields = stat.read_text(encoding="utf-8", errors="replace").rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return None
        is_dead = fields[0] in {"Z", "X"}
        return None if is_dead else fields[19]
    answer = subprocess.run(
        ["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip() or None


def require_free(port: int, option: str) -> None:
    """Make sure that a port is ours to use.

    Raises:
        UserError: Somebody listens there; the text says what to do.
    """
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.settimeout(1)
        if probe.connect_ex(("127.0.0.1", port)) == 0:
            raise UserError(
                f"Port {port} is in use by another program. End that one, or choose another: "
                f"make run {option}={port + 1}"
            )


def last_words(log: Path, lines: int = 15) -> str:
    """Quote the end of a log, and say where the rest is."""
    if not log.exists():
        return f"It left no log at {log}."
    text = log.read_text(encoding="utf-8", errors="replace").splitlines()
    return "\n".join([*(f"  | {line}" for line in text[-lines:]), f"All of it: {log}"])
