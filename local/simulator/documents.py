"""Documents of devices as Enode sends them, API version 2024-10-01."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from local.simulator.clock import written
from local.simulator.physics.device import SCOPES, Device, Reading

API_VERSION = "2024-10-01"

type Document = dict[str, Any]

# The blocks that say themselves when they were learnt.
STAMPED = {
    "vehicle": {"chargeState", "odometer", "location"},
    "charger": {"chargeState", "location"},
    "battery": {"chargeState", "config", "location"},
    "inverter": {"productionState", "location"},
    "hvac": {"temperatureState", "thermostatState"},
    "meter": {"energyState", "location"},
    "hem-system": set[str](),
}
# Under which name an event carries the device.
EVENT_KEYS = {
    "vehicle": "vehicle",
    "charger": "charger",
    "battery": "battery",
    "inverter": "inverter",
    "hvac": "hvac",
    "meter": "meter",
    "hem-system": "hemSystem",
}


def identity(device: Device, user_id: str) -> Document:
    """Write who a device is: what never changes while it stays linked."""
    if device.kind == "hem-system":
        return {"id": device.id, "userId": user_id, "information": device.information}
    return {
        "id": device.id,
        "userId": user_id,
        "vendor": device.vendor,
        "information": device.information,
        "scopes": list(SCOPES[device.kind]),
    }


def discovered(device: Device, user_id: str, *, leaves: bool) -> Document:
    """Write a device that was just found: its information, and null for all the rest.

    How Enode writes those nulls is not published, so the simulator does both: every leaf null, or every block null.
    """
    unknown: Reading = {
        name: _nulls(stamped(device.kind, name, block, "")) if leaves else None
        for name, block in device.reading().items()
    }
    document = {**identity(device, user_id), **unknown}
    if device.kind == "hem-system":
        return seen(document, device.kind, None)
    if not leaves:
        document["scopes"] = None
    return {**document, "lastSeen": None, "isReachable": None}


def stamped(kind: str, name: str, block: Any, learnt_at: str) -> Any:
    """Add to a block when it was learnt, if blocks of that name say so."""
    if name in STAMPED[kind]:
        return {**block, "lastUpdated": learnt_at}
    if kind == "hem-system" and name == "status":
        today = block["energy"]["today"]
        return {"lastSeen": None, "energy": {"today": {**today, "lastUpdated": learnt_at}}}
    return block


def seen(document: Document, kind: str, last_seen_at: datetime | None) -> Document:
    """Write the last contact into a document; for a HEM system it stands in its status.

    Returns:
        A new document that shares its blocks with the old one.
    """
    moment = written(last_seen_at) if last_seen_at else None
    if kind != "hem-system":
        return {**document, "lastSeen": moment}
    if document.get("status") is None:
        return document
    return {**document, "status": {**document["status"], "lastSeen": moment}}


def without_last_seen(document: Document, kind: str) -> Document:
    """Leave out the last contact, which moves without any event; the rest is what a receiver can know."""
    return seen(document, kind, None)


def _nulls(block: Any) -> Any:
    if isinstance(block, dict):
        return {name: _nulls(leaf) for name, leaf in block.items()}
    return None
