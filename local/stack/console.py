"""Console output of a step, while it runs and when it is done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

console = Console(highlight=False)


@contextmanager
def step(name: str) -> Iterator[None]:
    """Show a step's name while its body runs, and its time afterwards.

    Args:
        name: What is being done, as in "deploying the template".
    """
    began = time.monotonic()
    try:
        with console.status(f"{name} …"):
            yield
    except BaseException:
        console.print(f"[red]✗[/] {name}")
        raise
    console.print(f"[green]✓[/] {name} [dim]{time.monotonic() - began:.1f} s[/]")
