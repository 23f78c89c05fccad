"""Facts promoted out of a device's JSON document: vendor, last seen, reachable, active."""

import json
import re
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from lastseen.domain import document_bounds, instant
from lastseen.domain.contact import Doubt, settle
from lastseen.domain.device import DeviceKind, is_vendor
from lastseen.domain.frozen import fast_frozen

# Exact, and a tenth of the time that a walk through the document takes: a quotation mark inside text is escaped, and
# there is no space in what `encode` writes.
_LAST_UPDATED = re.compile(rb'"lastUpdated":"([^"\\]*)"')

_DISCHARGING = "PLUGGED_IN:DISCHARGING"

type Json = Mapping[str, Any]

# json.dumps builds an encoder a call whenever its options are not the default ones.
_ENCODER = json.JSONEncoder(
    ensure_ascii=False, allow_nan=False, check_circular=False, separators=(",", ":"), sort_keys=True
)


def encode(document: Json) -> bytes:
    """Write a document as compact UTF-8 JSON, in the order of its property names.

    Equal documents give equal bytes, whatever order their properties came in: what is kept can also be compared.

    Raises:
        ValueError: It holds a number that JSON cannot say (infinity), or text that UTF-8 cannot (a lone surrogate).

    >>> encode({"b": 1, "a": "å"}).decode()
    '{"a":"å","b":1}'
    """
    return _ENCODER.encode(document).encode()


def load(document: bytes | None) -> dict[str, Any]:
    """Read a stored document; nothing, and what is no object, is an empty one.

    One that nests deeper than any that is let in today is read as far as that: a stored document fails nobody.
    """
    document = document or b"{}"
    loaded = json.loads(
        document if document_bounds.is_shallow(document) else document_bounds.pruned(document)
    )
    return loaded if isinstance(loaded, dict) else {}


def value_at(document: object, path: Sequence[str]) -> object:
    """Give what a path of names leads to; None where there is nothing.

    >>> value_at({"status": {"scheduleId": "one"}}, ("status", "scheduleId")), value_at({}, ("status", "state"))
    ('one', None)
    """
    for name in path:
        document = document.get(name) if isinstance(document, dict) else None
    return document


@fast_frozen(frozen=True, slots=True)
class Facts:
    """What was read out of a document because freshness and the sweep judge by it.

    Attributes:
        vendor: `TESLA`, as it is written there; None when the document does not say, or what cannot be a part of keys.
        last_seen_at: Enode's last contact, aware UTC, no later than the word that told of it; None if it never had
            one, does not say, or says what cannot be believed.
        is_reachable: Passed on as given; None when unknown.
        is_active: Charging, discharging, producing or heating: Enode then polls more often.
        doubt: Why the contact that it tells of is not believed; None if it is, or if it tells of none.
    """

    vendor: str | None = None
    last_seen_at: datetime | None = None
    is_reachable: bool | None = None
    is_active: bool = False
    doubt: Doubt | None = None


NO_FACTS = Facts()


def facts(kind: DeviceKind, document: Json, *, at: datetime) -> Facts:
    """Read the promoted facts of one device document; odd types are read as not said.

    Args:
        kind: The device's kind.
        document: Enode's resource.
        at: When it was said, aware UTC: what bounds the contact that it tells of.

    Source:
        Enode API 2024-10-01, resources. HEM systems keep vendor and lastSeen one level down.
    """
    hem = kind is DeviceKind.HEM_SYSTEM
    vendor = _inside(document, "information", "vendor") if hem else document.get("vendor")
    last_seen_at, doubt = settle(_told_contact(kind, document), word_at=at)
    reachable = document.get("isReachable")
    return Facts(
        vendor=vendor if isinstance(vendor, str) and is_vendor(vendor) else None,
        last_seen_at=last_seen_at,
        is_reachable=reachable if isinstance(reachable, bool) else None,
        is_active=_is_active(kind, document),
        doubt=doubt,
    )


def last_seen(kind: DeviceKind, document: Json) -> datetime | None:
    """Give the last contact that a document tells of, aware UTC, to be believed or not; None if there is no such."""
    return instant.parse(_told_contact(kind, document))


def newest_update(text: bytes) -> datetime | None:
    """Find the newest `lastUpdated` in a document, at whatever depth; aware UTC, None if there is none.

    Args:
        text: The document as `encode` writes it.

    >>> newest_update(b'{"a":{"lastUpdated":"2026-03-01T12:00:00Z"},"b":[{"lastUpdated":"2026-03-01T12:30:00+01:00"}]}')
    datetime.datetime(2026, 3, 1, 12, 0, tzinfo=datetime.timezone.utc)
    """
    found = _LAST_UPDATED.findall(text)
    if not found:
        return None
    newest = max(found)
    # Only of one form, and that UTC, is the order of text the order of time.
    is_usual = all(len(one) == len(newest) and one.endswith(b"Z") for one in found)
    moment = instant.parse(newest.decode()) if is_usual else None
    if moment is not None:
        return moment
    moments = (instant.parse(one.decode()) for one in set(found))
    return max((moment for moment in moments if moment is not None), default=None)


def _told_contact(kind: DeviceKind, document: Json) -> object:
    if kind is DeviceKind.HEM_SYSTEM:
        return _inside(document, "status", "lastSeen")
    return document.get("lastSeen")


def _inside(document: Json, part: str, name: str) -> object:
    block = document.get(part)
    return block.get(name) if isinstance(block, dict) else None


def _is_active(kind: DeviceKind, document: Json) -> bool:
    match kind:
        case DeviceKind.VEHICLE | DeviceKind.CHARGER:
            is_discharging = _inside(document, "chargeState", "powerDeliveryState") == _DISCHARGING
            return is_discharging or _inside(document, "chargeState", "isCharging") is True
        case DeviceKind.BATTERY:
            return _inside(document, "chargeState", "status") in ("CHARGING", "DISCHARGING")
        case DeviceKind.INVERTER:
            return _inside(document, "productionState", "isProducing") is True
        case DeviceKind.HVAC:
            return _inside(document, "temperatureState", "isActive") is True
        case DeviceKind.METER | DeviceKind.HEM_SYSTEM:
            return False
