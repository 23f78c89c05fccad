"""Reference of state, history and any moment of the past, by what Enode said, without a line of the product.

Deliberately plain: every event of a device, sorted by its own `createdAt`, one after the other.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

type Json = dict[str, Any]
type Changes = dict[str, tuple[Any, Any]]
"""Before and after by path."""

KINDS = {"vehicle", "charger", "battery", "inverter", "hvac", "meter", "hem-system"}
RESTLESS = {"lastSeen", "status.lastSeen", "smartChargingStatus.updatedAt"}
"""What moves on every look, and is no change."""


@dataclass(frozen=True)
class Word:
    """One event, as far as it concerns one device.

    Attributes:
        at: Its `createdAt`.
        event: Its name.
        root: Under which path what it says is told; empty for the device itself.
        document: What it says.
    """

    at: str
    event: str
    root: str
    document: Json = field(repr=False)

    @property
    def verb(self) -> str:
        """The last part of its name."""
        return self.event.rpartition(":")[2]


def words(events: Iterable[Json]) -> dict[str, list[Word]]:
    """Sort what Enode said by the device it concerns, and each device's by time."""
    found: dict[str, list[Word]] = {}
    for event in events:
        for device_id, root, document in _subject(event):
            found.setdefault(device_id, []).append(Word(event["createdAt"], event["event"], root, document))
    return {device_id: sorted(said, key=lambda word: word.at) for device_id, said in found.items()}


def _subject(event: Json) -> Iterator[tuple[str, str, Json]]:
    match event["event"].split(":"):
        case ["user", "vehicle", "smart-charging-status-updated"]:
            status = event["smartChargingStatus"]
            yield status["vehicleId"], "smartChargingStatus", status
        case ["user", "schedule", _]:
            both = {"status": event["status"], "schedule": event["schedule"]}
            yield event["schedule"]["targetId"], f"schedules.{event['status']['scheduleId']}", both
        case ["user", "vendor-action", _]:
            action = event["vendorAction"]
            yield action["targetId"], f"vendorActions.{action['id']}", action
        case ["user", "inverter", "statistics-updated"]:
            told = event["statistics"]
            units = {name: {"unit": one["unit"]} for name, one in told["resolutions"].items()}
            yield told["inverterId"], "statistics", {**told, "resolutions": units}
        case ["user", kind, "discovered" | "updated" | "deleted"] if kind in KINDS:
            document = next(part for part in event.values() if isinstance(part, dict) and "userId" in part)
            yield document["id"], "", document


@dataclass
class Belief:
    """What is to be believed of a device after some words.

    Attributes:
        document: Enode's resource; None while there is no such device.
        was_seen: Whether it is a full observation of this life, not only a discovery.
        was_heard_of: Whether anything was ever said of it.
        last_known: What the next full observation is compared with: the last one, of whatever life; before there was
            one, the last discovery of this life, or the first of the next.
    """

    document: Json | None = None
    was_seen: bool = False
    was_heard_of: bool = False
    last_known: Json | None = None

    def hear(self, word: Word) -> Changes:
        """Take one word about the device itself, and tell what it changed."""
        changes: Changes = {}
        is_full = word.verb == "updated"
        if word.verb == "deleted":
            if self.document is not None or not self.was_heard_of:
                changes["$exists"] = (True, False)
            self.document, self.was_seen = None, False
        elif self.document is None:
            if self.was_heard_of or word.verb == "discovered":
                changes["$exists"] = (False, True)
            if is_full and self.last_known is not None:
                changes |= between(self.last_known, word.document)
            if is_full or self.last_known is None:
                self.last_known = word.document
            self.document, self.was_seen = word.document, is_full
        elif is_full or not self.was_seen:
            is_compared = is_full or self.last_known is self.document
            if is_compared:
                changes = between(self.last_known or {}, word.document)
                self.last_known = word.document
            self.document, self.was_seen = word.document, is_full
        self.was_heard_of = True
        return changes


def history(said: Iterable[Word]) -> list[tuple[str, str, Changes]]:
    """When, by which event, and what: of every word that changed something."""
    belief, last = Belief(), dict[str, Json]()
    told = []
    for word in said:
        if not word.root:
            changes = belief.hear(word)
        elif word.root not in last:
            changes = {word.root: (None, word.document)}
        else:
            changes = between(last[word.root], word.document, f"{word.root}.")
        if word.root:
            last[word.root] = word.document
        if changes:
            told.append((word.at, word.event, changes))
    return told


def as_of(said: Iterable[Word], at: str) -> Json | None:
    """What was to be believed at a moment, itself included; None while there was no such device."""
    belief = Belief()
    for word in said:
        if not word.root and word.at <= at:
            belief.hear(word)
    return belief.document


def between(before: Json, after: Json, prefix: str = "") -> Changes:
    """What differs, leaf by leaf."""
    old, new = leaves(before, prefix), leaves(after, prefix)
    return {
        path: (old.get(path), new.get(path))
        for path in old.keys() | new.keys()
        if path not in RESTLESS and old.get(path) != new.get(path)
    }


def leaves(node: Json, prefix: str = "") -> Json:
    """Flatten a document; null and nothing are one, a list is a leaf.

    >>> leaves({"a": {"b": 1, "c": None}, "d": []})
    {'a.b': 1, 'd': []}
    """
    found: Json = {}
    for name, value in node.items():
        if isinstance(value, dict):
            found |= leaves(value, f"{prefix}{name}.")
        elif value is not None:
            found[f"{prefix}{name}"] = value
    return found
