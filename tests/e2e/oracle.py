"""Oracle of state and history, by the simulator's own list of events, worked out without a line of the product."""

from collections.abc import Iterable, Iterator
from typing import Any

from tests.support.reference import RESTLESS, leaves

type Json = dict[str, Any]
type Change = tuple[str, Any, Any, str, str]
"""Path, before, after, at, event."""


def subject(event: Json) -> tuple[str, str, Json] | None:
    """Say whom an event tells of: the device's id, under which path, and the document; None for no device."""
    match event["event"].split(":"):
        case ["user", "vehicle", "smart-charging-status-updated"]:
            status = event["smartChargingStatus"]
            return status["vehicleId"], "smartChargingStatus", status
        case ["user", "schedule", _]:
            return event["schedule"]["targetId"], f"schedules.{event['schedule']['id']}", event
        case ["user", "vendor-action" | "charge-action", _]:
            action = event.get("vendorAction") or event["chargeAction"]
            return action["targetId"], f"vendorActions.{action['id']}", action
        case ["user", "inverter", "statistics-updated"]:
            return event["statistics"]["inverterId"], "statistics", event["statistics"]
        case ["user", _, "discovered" | "updated" | "deleted"]:
            document = next(part for part in event.values() if isinstance(part, dict) and "userId" in part)
            return document["id"], "", document
    return None


def changes_of(events: Iterable[Json]) -> Iterator[Change]:
    """Tell what the device's own documents changed, from one to the next, the events in order of `createdAt`."""
    believed: Json | None = None
    was_full = False
    heard = False
    for event in sorted(events, key=lambda one: one["createdAt"]):
        found = subject(event)
        if found is None or found[1]:
            continue
        document, word = found[2], event["event"].rsplit(":", 1)[1]
        where = (event["createdAt"], event["event"])
        if word == "deleted":
            if believed is not None or not heard:
                yield ("$exists", True, False, *where)
            believed, was_full = None, False
        elif believed is None:
            if heard or word == "discovered":
                yield ("$exists", False, True, *where)
            believed, was_full = document, word == "updated"
        elif word == "updated" or not was_full:  # `discovered` never blanks what is known
            before, after = leaves(believed), leaves(document)
            for path in sorted(before.keys() | after.keys()):
                if path not in RESTLESS and before.get(path) != after.get(path):
                    yield (path, before.get(path), after.get(path), *where)
            believed, was_full = document, word == "updated"
        heard = True
