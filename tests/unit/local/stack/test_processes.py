"""processes: what we started ends, with all its children; what we did not start is never touched."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from local.stack import processes
from local.stack.errors import UserError
from local.stack.processes import Child, Processes, birth_of

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
FAMILY = [
    sys.executable,
    "-c",
    """
import subprocess, sys
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
print(child.pid, flush=True)
child.wait()
""",
]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(60)",
]


@pytest.fixture
def ours(tmp_path: Path) -> Iterator[Processes]:
    """Processes of a stack of its own; none is left behind."""
    kept = Processes(tmp_path)
    yield kept
    kept.stop()


def start(ours: Processes, command: list[str], name: str = "child") -> Child:
    """Start a child that inherits nothing of note."""
    return ours.start(name, command, {"PATH": os.defpath}, Path.cwd())


def wait_for_output(ours: Processes, name: str = "child") -> str:
    """Wait for a child's first words."""
    until = time.monotonic() + 10
    while time.monotonic() < until:
        text = ours.log(name).read_text()
        if text:
            return text.strip()
        time.sleep(0.02)
    raise AssertionError("it kept silent")


def test_a_child_is_known_to_a_later_run_and_ends_with_it(ours: Processes, tmp_path: Path) -> None:
    """`make down` is another process than `make up`."""
    child = start(ours, SLEEP)

    later = Processes(tmp_path)

    assert later.alive() == [child]
    assert later.stop() == ["child"]
    assert not child.lives()
    assert later.alive() == []


def test_a_child_takes_its_own_children_along(ours: Processes) -> None:
    """The emulator runs every function as a process of its own."""
    start(ours, FAMILY)
    grandchild = int(wait_for_output(ours))
    assert birth_of(grandchild)

    ours.stop()

    until = time.monotonic() + 5
    while birth_of(grandchild) and time.monotonic() < until:
        time.sleep(0.02)
    assert birth_of(grandchild) is None


def test_a_child_that_will_not_end_is_ended(ours: Processes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Politely first, then firmly."""
    monkeypatch.setattr(processes, "POLITE_SECONDS", 0.3)
    child = start(ours, STUBBORN)
    wait_for_output(ours)

    ours.stop()

    assert not child.lives()


def test_a_recycled_id_is_never_killed(ours: Processes, tmp_path: Path) -> None:
    """After a reboot the id in our file may be anybody's."""
    stranger = subprocess.Popen(SLEEP, start_new_session=True)  # noqa: S603 - it sleeps
    try:
        file = tmp_path / "pids" / "emulator.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps({"pid": stranger.pid, "born": "another time"}))

        stopped = ours.stop()

        assert stopped == []
        assert stranger.poll() is None
        assert not file.exists()
    finally:
        stranger.send_signal(signal.SIGKILL)
        stranger.wait()


@pytest.mark.parametrize("text", ["", "{", "[]", '{"pid": "x"}', "null"])
def test_a_broken_note_of_a_process_is_forgotten(ours: Processes, tmp_path: Path, text: str) -> None:
    """A run may be broken off at any moment, while it writes too."""
    file = tmp_path / "pids" / "emulator.json"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)

    assert ours.alive() == []
    assert not file.exists()


def test_a_child_that_ended_by_itself_is_reported_with_its_last_words(ours: Processes) -> None:
    """The reason is nearly always in its last lines."""
    child = start(ours, [sys.executable, "-c", "raise SystemExit('no such table')"])
    until = time.monotonic() + 10
    while child.lives() and time.monotonic() < until:
        time.sleep(0.02)

    with pytest.raises(UserError, match="child has ended by itself") as error:
        ours.require_alive(child)

    assert "no such table" in str(error.value)
    assert str(ours.log("child")) in str(error.value)


def test_a_missing_program_is_a_sentence(ours: Processes) -> None:
    """An environment may have been removed by hand."""
    with pytest.raises(UserError, match="is not there"):
        start(ours, ["/nowhere/ministack"])


@pytest.mark.usefixtures("socket_enabled")  # a port of this machine is what it is about
def test_a_port_in_use_is_named_with_a_way_out() -> None:
    """Somebody else's database on our port must not be taken for ours."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]

        with pytest.raises(UserError, match=rf"Port {port} is in use .* make run PORT_AWS={port + 1}"):
            processes.require_free(port, "PORT_AWS")
