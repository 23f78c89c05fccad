"""`python -m local.stack run | up | down | backfill`: what `make` does of these names, once Python is there."""

import argparse
import os
import signal
import sys
from types import FrameType

import httpx

from local.stack import commands, lifecycle
from local.stack.api_client import open_client
from local.stack.console import console
from local.stack.errors import UserError
from local.stack.processes import Processes
from local.stack.settings import Settings
from local.stack.stack_info import StackInfo
from local.stack.view import Scene, show


def main() -> int:
    """Do what was asked; the exit status says whether it went well."""
    parser = argparse.ArgumentParser(prog="python -m local.stack", description=__doc__)
    parser.add_argument("verb", choices=["run", "up", "down", "backfill"])
    verb = parser.parse_args().verb
    for sign in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(sign, _interrupt)
    try:
        settings = Settings.from_env(os.environ)
        processes = Processes(settings.folder)
        {"run": run, "up": up, "down": down, "backfill": backfill}[verb](settings, processes)
    except UserError as error:
        console.print(f"\n[bold red]It did not work.[/] {error}", markup=True, soft_wrap=True)
        return 1
    return 0


def run(settings: Settings, processes: Processes) -> None:
    """Bring a stack up, show it, and end it with the view."""
    with lifecycle.alone(settings):
        if lifecycle.running(settings, processes):
            raise UserError(
                "The stack runs already, in the background. Use it as it is, or end it with: make down"
            )
        lifecycle.clear_leftovers(settings, processes)
        try:
            found = lifecycle.bring_up(settings, processes)
            introduce(found, settings)
            with open_client(found) as api_client:
                show(Scene(api_client), f"Lastseen at {found.api_url}", lambda: require_all(processes))
        except KeyboardInterrupt:
            console.print()
        except httpx.TransportError as error:
            require_all(processes)
            raise UserError(
                f"The stack stopped answering: {error}. Its logs are in {settings.logs}"
            ) from error
        finally:
            signal.signal(signal.SIGINT, signal.SIG_IGN)  # a second Ctrl-C must not break off the tidying up
            stopped = lifecycle.take_down(settings, processes)
            console.print(f"[green]✓[/] ended: {', '.join(stopped) or 'nothing was left'}")


def up(settings: Settings, processes: Processes) -> None:
    """Bring a stack up in the background, unless it is up."""
    with lifecycle.alone(settings):
        found = lifecycle.running(settings, processes)
        if found:
            console.print("[green]✓[/] it is up already")
        else:
            lifecycle.clear_leftovers(settings, processes)
            try:
                found = lifecycle.bring_up(settings, processes)
            except BaseException:
                lifecycle.take_down(settings, processes)
                raise
        introduce(found, settings)
        console.print("End it with: make down")


def down(settings: Settings, processes: Processes) -> None:
    """End what runs."""
    stopped = lifecycle.take_down(settings, processes)
    console.print(f"[green]✓[/] ended: {', '.join(stopped)}" if stopped else "Nothing of ours is running.")


def backfill(settings: Settings, processes: Processes) -> None:
    """Compare everything with Enode's lists now, and repair it."""
    if not lifecycle.running(settings, processes):
        raise UserError("The stack does not run. Start it with: make up")
    told = lifecycle.backfill(settings)
    seen = ", ".join(f"{told[name]} {name}" for name in ("listed", "users", "repaired", "missing", "gone"))
    console.print(f"[green]✓[/] {told['stage']}: {seen}")


def introduce(found: StackInfo, settings: Settings) -> None:
    """Say where things are and what one could try."""
    with open_client(found) as api_client:
        devices = api_client.devices(found.users[0]["id"])
    console.print(f"\nEverything is in {lifecycle.where(settings.stack_info)}. Try, from another shell:\n")
    for what, line in commands.worth_trying(found, settings.stack_info, devices):
        console.print(f"[dim]# {what}[/]", soft_wrap=True)
        console.print(line, markup=False, soft_wrap=True)
    console.print()


def require_all(processes: Processes) -> None:
    """See that every child lives.

    Raises:
        UserError: One does not.
    """
    names = {child.name for child in processes.alive()}
    for name in ("emulator", "enode"):
        if name not in names:
            raise UserError(f"{name} has ended, or was ended from elsewhere. Its log: {processes.log(name)}")


def _interrupt(_sign: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
