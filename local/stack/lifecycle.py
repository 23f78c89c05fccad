"""Bring the stack up and down, and clean up when a step fails."""

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from local.stack import (
    build,
    deploy,
    emulator,
    emulator_patches,
    functions,
    simulator_process,
    stack_info,
)
from local.stack.api_client import open_client
from local.stack.console import console, step
from local.stack.errors import UserError
from local.stack.processes import Processes, last_words
from local.stack.settings import Settings
from local.stack.stack_info import StackInfo

FIRST_DEVICES_SECONDS = 60
BACKFILL_SLICES = 100


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Make sure that nobody else brings up or runs a stack in this folder meanwhile.

    Raises:
        UserError: Somebody does.
    """
    settings.folder.mkdir(parents=True, exist_ok=True)
    with (settings.folder / "lock").open("a+", encoding="utf-8") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            lock.seek(0)
            raise UserError(
                f"Another `make run` or `make up` is at work in this folder (process {lock.read().strip()}). "
                "Press Ctrl-C there, or end its stack with: make down"
            ) from error
        lock.seek(0)
        lock.truncate()
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def clear_leftovers(settings: Settings, processes: Processes) -> None:
    """End what a broken-off run has left behind."""
    left = processes.stop()
    if left:
        console.print(f"[yellow]·[/] an earlier run had not been ended: stopped its {' and '.join(left)}")
    stack_info.discard(settings.stack_info)


def bring_up(settings: Settings, processes: Processes) -> StackInfo:
    """Start everything; when it returns, deliveries flow and the read API answers.

    Raises:
        UserError: A step failed; what had been started is still running, and the caller ends it.
    """
    if build.is_current(settings):
        console.print("[green]✓[/] functions and layers are built already")
    else:
        with step("building functions and layers (sam build)"):
            build.build(settings)
    with step("starting the emulated AWS (ministack)"):
        emulator.start(settings, processes)
    with step("starting the simulated Enode"):
        simulator_process.start(settings, processes)
    with step("deploying template.yaml (sam deploy)"):
        stack = deploy.deploy(settings)
        simulator_process.hand_over_client(settings, stack)
    with step("adding what the emulator leaves out: routes, authorizer, expiry"):
        api_url = emulator_patches.close(settings, stack)
    with step("waking the functions"):
        wake(api_url, settings)
    with step("letting the guard register the webhook, waiting for the first devices"):
        secret = simulator_process.webhook_secret(settings, stack)
        found = stack_info.draw(settings, stack, api_url, secret)
        # The template names the API's address on AWS; here it has another one.
        functions.tell(settings, stack, "SweepFunction", WEBHOOK_URL=found.webhook_url)
        told = functions.invoke(settings, stack, "SweepFunction", {"task": "guard"})
        if not told.get("is_active"):
            raise UserError(f"The guard did not get the webhook registered: {told}")
        wait_for_devices(found, settings, processes)
    stack_info.write(found, settings.stack_info)
    return found


def wake(api_url: str, settings: Settings) -> None:
    """See that each door refuses a stranger, which also gets its cold start over with.

    Raises:
        UserError: It does not; the functions' log is quoted.
    """
    doors = {"ingest": ("POST", "/webhooks/enode"), "the read API": ("GET", "/devices/none/history")}
    for door, (method, path) in doors.items():
        answer = httpx.request(method, f"{api_url}{path}", timeout=30, trust_env=False)
        if answer.status_code != httpx.codes.UNAUTHORIZED:
            raise UserError(
                f"{door} answers a stranger with {answer.status_code} instead of 401: {answer.text[:500]}\n"
                f"{last_words(functions.save_logs(settings))}"
            )


def wait_for_devices(found: StackInfo, settings: Settings, processes: Processes) -> None:
    """Wait until the first user's devices can be read, that is until a delivery has gone all the way.

    Raises:
        UserError: They do not come.
    """
    until = time.monotonic() + FIRST_DEVICES_SECONDS
    started = processes.alive()
    with open_client(found) as api_client:
        while time.monotonic() < until:
            if api_client.devices(found.users[0]["id"]):
                return
            for child in started:
                processes.require_alive(child)
            time.sleep(0.3)
        deliveries = api_client.simulator("deliveries")["deliveries"]
    answers = ", ".join(str(one["status"]) for one in deliveries) or "none was sent"
    raise UserError(
        f"No device of {found.users[0]['id']} arrived within a minute; deliveries were answered: {answers}.\n"
        f"{last_words(functions.save_logs(settings))}"
    )


def backfill(settings: Settings) -> dict[str, object]:
    """Begin a reconcile now and work on it until it has ended.

    Returns:
        What it saw and repaired.

    Raises:
        UserError: It does not end, or a slice failed.
    """
    stack = deploy.describe(settings)
    told = functions.invoke(settings, stack, "SweepFunction", {"task": "reconcile", "atOnce": True})
    for _ in range(BACKFILL_SLICES):
        if told.get("stage") in {"done", "stopped"}:
            return told
        time.sleep(2)  # a slice that the schedule has begun ends by itself
        told = functions.invoke(settings, stack, "SweepFunction", {"task": "reconcile"})
    raise UserError(f"The reconcile does not end: {told}")


def take_down(settings: Settings, processes: Processes) -> list[str]:
    """End everything that was started here, and return the names."""
    stopped = processes.stop()
    stack_info.discard(settings.stack_info)
    return stopped


def running(settings: Settings, processes: Processes) -> StackInfo | None:
    """Give the addresses of a stack that is up and answering, if there is one."""
    if not settings.stack_info.exists() or {child.name for child in processes.alive()} != {
        "emulator",
        "enode",
    }:
        return None
    found = stack_info.read(settings.stack_info)
    try:
        with open_client(found) as api_client:
            api_client.devices(found.users[0]["id"])
    except httpx.HTTPError:
        return None
    return found


def where(path: Path) -> str:
    """Name a file as seen from here."""
    return os.path.relpath(path)
