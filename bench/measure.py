"""Measure two things side by side, and print their figures."""

import contextlib
import gc
import io
import logging
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aws_lambda_powertools import Logger


def silently[T](loggers: Sequence[Logger], do: Callable[[], T]) -> T:
    """Do something while log lines and metrics are written, but to nowhere."""
    lines = io.StringIO()
    handlers = [
        handler
        for logger in loggers
        for handler in logger.handlers
        if isinstance(handler, logging.StreamHandler)
    ]
    streams = [(handler, handler.setStream(lines)) for handler in handlers]
    try:
        with contextlib.redirect_stdout(lines):
            return do()
    finally:
        for handler, stream in streams:
            handler.setStream(stream)


@dataclass(frozen=True)
class Turns:
    """CPU milliseconds of some things that were measured in turns.

    Attributes:
        of: Of each thing, those of each of its turns.
    """

    of: Sequence[Sequence[float]]

    def median(self, thing: int) -> float:
        """The median of one thing."""
        return statistics.median(self.of[thing])

    def ahead(self, thing: int, peer: int) -> float:
        """How many times the CPU of a thing its peer takes."""
        return self.times(peer, peer=thing)

    def times(self, thing: int, peer: int) -> float:
        """How many times the CPU of its peer a thing takes: turn by turn, for a slow machine is slow to both."""
        ratios = [one / other for one, other in zip(self.of[thing], self.of[peer], strict=True)]
        return statistics.median(ratios)


def cpu_ms(*things: Callable[[], object], rounds: int = 15, least_seconds: float = 0.05) -> Turns:
    """Measure the CPU milliseconds of each thing, in turns, so that a busy machine is busy for all of them.

    All threads of the process count: what a pool does is work too.
    """
    times: list[list[float]] = [[] for _ in things]
    repeats = [_repeats(thing, least_seconds) for thing in things]
    for _ in range(rounds):
        for index, thing in enumerate(things):
            gc.collect()
            begun = time.process_time()
            for _ in range(repeats[index]):
                thing()
            times[index].append((time.process_time() - begun) / repeats[index] * 1000)
    return Turns(times)


def wall_ms(thing: Callable[[], object], times: int) -> tuple[float, float]:
    """Measure the median and the 99th percentile of wall milliseconds."""
    measured = []
    for _ in range(times):
        begun = time.perf_counter()
        thing()
        measured.append((time.perf_counter() - begun) * 1000)
    measured.sort()
    return statistics.median(measured), measured[min(len(measured) - 1, int(len(measured) * 0.99))]


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """Print a small table; the first column is text, the others are figures."""
    widths = [max(len(row[column]) for row in [heads, *rows]) for column in range(len(heads))]
    print(f"\n{title}")
    for row in [heads, ["-" * width for width in widths], *rows]:
        cells = [
            row[0].ljust(widths[0]),
            *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)),
        ]
        print("  " + "   ".join(cells).rstrip())


def _repeats(thing: Callable[[], object], least_seconds: float) -> int:
    for _ in range(3):
        thing()  # caches, lazy imports, connections
    begun = time.process_time()
    thing()
    return max(1, int(least_seconds / max(time.process_time() - begun, 1e-6)))
