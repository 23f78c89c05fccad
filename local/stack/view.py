"""Live view of the stack: deliveries, events, changes."""

import time
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import httpx
from rich import box
from rich.console import Group, RenderableType
from rich.live import Live
from rich.table import Table
from rich.text import Text

from local.stack.api_client import ApiClient
from local.stack.console import console

EVERY_SECONDS = 1.0
ROWS = 8
LOOKUPS = 3  # histories read per round: the view must not be what loads the stack
PLAIN_EVERY_SECONDS = 10.0
_OUTCOMES = {
    200: "taken",
    401: "refused (401)",
    503: "to be repeated (503)",
    None: "no answer",
    0: "nobody there",
}


@dataclass
class Scene:
    """What has been seen so far.

    Attributes:
        api_client: Both APIs.
        outcomes: Deliveries by what became of them.
        deliveries: The newest ones.
        changes: The newest ones, each with its device.
    """

    api_client: ApiClient
    outcomes: Counter[str] = field(default_factory=Counter)
    deliveries: deque[dict[str, Any]] = field(default_factory=lambda: deque(maxlen=ROWS))
    changes: deque[tuple[str, dict[str, Any]]] = field(default_factory=lambda: deque(maxlen=ROWS))
    status: dict[str, Any] = field(default_factory=dict)
    _delivery: int = 0
    _event: int = 0

    def look(self) -> None:
        """Ask what is new."""
        self.status = self.api_client.simulator("status")
        for delivery in self.api_client.simulator("deliveries", after=self._delivery)["deliveries"]:
            self._delivery = delivery["number"]
            self.outcomes[outcome(delivery)] += 1
            self.deliveries.append(delivery)
        news = self.api_client.simulator("events", after=self._event)["events"]
        delivered = {number for delivery in self.deliveries for number in delivery["events"]}
        self._event = max((event["number"] for event in news), default=self._event)
        for event in [event for event in news if event["number"] in delivered][-LOOKUPS:]:
            self._look_up(event)

    def _look_up(self, event: dict[str, Any]) -> None:
        """Read from the stack itself what an event changed."""
        device_id = device_of(event["event"])
        if device_id is None:
            return
        try:
            found = self.api_client.history(device_id, since=event["createdAt"])
        except httpx.HTTPStatusError:
            return  # not there yet, or gone again
        found = [
            change for change in found if not change["path"].endswith("lastUpdated")
        ]  # moves with the rest
        name = f"{event['event']['user']['id']} · {event['name'].split(':')[1]} {device_id[:8]}"
        self.changes.extend((name, change) for change in found[-ROWS:])


def outcome(delivery: dict[str, Any]) -> str:
    """Put what became of a delivery into words."""
    if delivery["replyLost"]:
        return "reply lost"
    return _OUTCOMES.get(delivery["status"], f"answered {delivery['status']}")


def device_of(event: dict[str, Any]) -> str | None:
    """Find the id of the device that an event carries; None if it carries none.

    >>> device_of({"event": "user:hvac:updated", "user": {"id": "u"}, "hvac": {"id": "h1", "userId": "u"}})
    'h1'
    """
    for part in event.values():
        if isinstance(part, dict) and "userId" in part and "id" in part:
            return str(part["id"])
    return None


def show(scene: Scene, title: str, still_alive: Callable[[], None]) -> None:
    """Show a scene until the program is interrupted.

    Args:
        scene: What to show.
        title: The first line.
        still_alive: Called each round; raises what ends the view.
    """
    if not console.is_terminal:
        return _show_plainly(scene, still_alive)
    with Live(console=console, auto_refresh=False, transient=True) as live:
        while True:
            still_alive()
            scene.look()
            live.update(draw(scene, title), refresh=True)
            time.sleep(EVERY_SECONDS)


def _show_plainly(scene: Scene, still_alive: Callable[[], None]) -> None:
    while True:
        still_alive()
        scene.look()
        console.print(totals(scene))
        time.sleep(PLAIN_EVERY_SECONDS)


def totals(scene: Scene) -> str:
    """Sum up in one line."""
    kinds = ", ".join(f"{count} {name}" for name, count in scene.outcomes.most_common())
    return (
        f"{scene.status.get('events', 0)} events in {sum(scene.outcomes.values())} deliveries "
        f"({kinds or 'none yet'}), {scene.status.get('pending', 0)} waiting"
    )


def draw(scene: Scene, title: str) -> RenderableType:
    """Draw a scene."""
    deliveries = Table("delivery", "events", "bytes", "attempt", "became", box=box.SIMPLE)
    for one in scene.deliveries:
        word = outcome(one)
        style = "green" if one["status"] == httpx.codes.OK else "yellow"
        deliveries.add_row(
            one["at"][11:19],
            str(one["count"]),
            str(one["bytes"]),
            str(one["attempt"]),
            Text(word, style=style),
        )
    changes = Table("change", "device", "what", "before", "after", box=box.SIMPLE)
    for name, change in scene.changes:
        changes.add_row(
            change["at"][11:19], name, change["path"], brief(change["before"]), brief(change["after"])
        )
    for table in (deliveries, changes):
        for column in table.columns:
            column.no_wrap, column.overflow = True, "ellipsis"
    return Group(
        Text(title, style="bold"),
        deliveries,
        changes,
        Text(totals(scene)),
        Text("Ctrl-C ends it", style="dim"),
    )


def brief(value: Any) -> str:
    """Write a value so that it fits a column.

    >>> brief(None), brief(41.5)
    ('-', '41.5')
    """
    return "-" if value is None else str(value)[:28]
