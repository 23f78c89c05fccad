"""What the slowest question of the past costs: over a log of 26,000 entries, 1,300 of them of actions."""

import time
from dataclasses import dataclass
from typing import Any
from unittest.mock import patch

from bench.measure import silently, table
from functions.read import app as ours
from lastseen.observability import logger
from lastseen.usecases.reading.changes import MOST_READ
from tests.long_log import CAR, ENTRIES, QUERIES, long_log
from tests.support.fakes import CountedHistory, FakeDevices
from tests.support.read_requests import ReadDoor

PATH = f"/devices/{CAR.id}/history"
GOAL_SECONDS = 1.0


@dataclass
class Slowest:
    """The dearest page found so far, by CPU and by entries read."""

    seconds: float = 0.0
    query: str = ""
    read: int = 0
    pages: int = 0


def main() -> None:
    """Measure and print."""
    states, history = long_log()
    log = CountedHistory(history)
    door = ReadDoor(FakeDevices(states), log)
    with patch.object(ours, "build", door.collaborators):
        found = silently([logger], lambda: _slowest(door, log))
    table(
        f"The slowest of {found.pages} pages of history over a log of {ENTRIES:,} entries; CPU, without DynamoDB",
        ["question", "CPU, s", "goal", "most entries read", "goal"],
        [
            [
                found.query,
                f"{found.seconds:.2f}",
                f"< {GOAL_SECONDS:.0f}",
                f"{found.read:,}",
                f"<= {MOST_READ:,}",
            ]
        ],
    )


def _slowest(door: ReadDoor, log: CountedHistory) -> Slowest:
    found = Slowest()
    for query in QUERIES:
        cursor: dict[str, str] = {}
        for _ in range(2):
            log.read = 0
            began = time.process_time()
            page: Any = door.get(PATH, {**query, **cursor})
            seconds = time.process_time() - began
            found.pages, found.read = found.pages + 1, max(found.read, log.read)
            if seconds > found.seconds:
                found.seconds, found.query = seconds, "&".join(map("=".join, query.items()))
            if page.after is None:
                break
            cursor = {"after": page.after}
    return found


if __name__ == "__main__":
    main()
