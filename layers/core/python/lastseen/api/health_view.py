"""JSON of `GET /health`."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lastseen.domain import instant
from lastseen.domain.cadence import CadenceClass
from lastseen.domain.health import Health

_WEBHOOK = ("is_active", "checked_at", "step", "last_success_at", "last_outage_at", "last_outage_seconds")
_SWEEP = ("ended_at", "stopped", "scanned", "read_units", "counts")
_RECONCILE = ("run", "stage", "started_at", "worked_at", "reason", "slices", "counts", "left")
_FAULT = ("what", "kind", "id", "user_id", "reason", "times", "since", "last_at")


def health(seen: Health) -> str:
    """Give what the parts last said of themselves; null for a part that never ran."""
    body = {
        "heartbeat": {"at": _time(seen.heartbeat_at), "pendingEvents": seen.pending_events},
        "webhook": _part(seen.webhook.write(), _WEBHOOK),
        "sweep": _part(seen.sweep.write(), _SWEEP, faults=[_part(one, _FAULT) for one in seen.faults]),
        "reconcile": _part(seen.reconcile.progress, _RECONCILE),
        "reconcileDueAt": _time(seen.reconcile_due_at),
        "devices": {
            "countedAt": _time(seen.census.at),
            "verdicts": seen.census.verdicts,
            "listedByEnode": seen.population.listed or None,
        },
        "cadences": [_cadence(CadenceClass.named(name), one) for name, one in sorted(seen.cadences.items())],
    }
    return json.dumps(body, separators=(",", ":"))


def _cadence(one: CadenceClass, said: Mapping[str, Any]) -> Mapping[str, Any]:
    return {
        "vendor": one.vendor,
        "kind": one.kind,
        "activity": "active" if one.is_active else "regular",
        "everySeconds": said.get("every") or None,
        "devices": said.get("devices", 0),
        "silentShare": said.get("silent_share"),
        "silentSince": said.get("silent_since"),
    }


def _time(moment: datetime | None) -> str | None:
    return None if moment is None else instant.fixed(moment)


def _part(said: Mapping[str, Any], names: tuple[str, ...], **more: Any) -> Mapping[str, Any] | None:
    return {_camel(name): _shown(said.get(name)) for name in names} | more if said else None


def _shown(value: Any) -> Any:
    return {_camel(name): count for name, count in value.items()} if isinstance(value, dict) else value


def _camel(name: str) -> str:
    first, *rest = name.split("_")
    return first + "".join(word.capitalize() for word in rest)
