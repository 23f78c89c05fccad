"""Strong identities: what a document tells that names one physical device, wherever it is linked.

A wrong join is worse than none. So whatever may be a placeholder, a mask or a number within a site is no identity, and
nothing is ever joined by likeness of names or places.
"""

import re
from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from lastseen.domain.device import DeviceKind, in_any_case, is_vendor
from lastseen.domain.frozen import fast_frozen
from lastseen.domain.placeholders import is_placeholder

LONGEST_SERIAL = 128

_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{17}")  # ISO 3779: no I, O, Q
_SERIAL = re.compile(r"[!-~]+(?: +[!-~]+)*")  # no control characters, no tabs


@fast_frozen(frozen=True, slots=True)
class Identity:
    """One physical device.

    Attributes:
        kind: Of which kind it is.
        issuer: Within what the number is unique: the vendor, in capitals; empty for a VIN, which is unique by itself.
        number: VIN or serial number, trimmed, in capitals.
    """

    kind: DeviceKind
    issuer: str
    number: str


def identity_of(kind: DeviceKind, document: Mapping[str, Any]) -> Identity | None:
    """Read the strong identity that a document tells of; None if it tells of none.

    Args:
        kind: The kind of device.
        document: Enode's resource.

    Source:
        Enode's OpenAPI document of 2024-10-01: `vin` and `sn` may be null, `serialNumber` may be an id of the vendor's;
        a battery has no serial number, but an `id` among its information; meters, HVACs and HEM systems have nothing.

    >>> identity_of(DeviceKind.VEHICLE, {"information": {"vin": " 2hgfb2f5xeh542858 "}}).number
    '2HGFB2F5XEH542858'
    >>> identity_of(DeviceKind.CHARGER, {"vendor": "ZAPTEC", "information": {"serialNumber": "UNKNOWN"}}) is None
    True
    """
    name = _NAMES.get(kind)
    information = document.get("information")
    if name is None or not isinstance(information, dict):
        return None
    told, vendor = information.get(name), document.get("vendor")
    return (
        _understood(kind, told, vendor if isinstance(vendor, str) else "") if isinstance(told, str) else None
    )


@lru_cache(maxsize=4096)  # a device tells it with every word
def _understood(kind: DeviceKind, told: str, vendor: str) -> Identity | None:
    trimmed = told.strip()
    # In capitals, text that is no ASCII may become text that is: `ß` becomes `SS`.
    if not trimmed.isascii():
        return None
    number = trimmed.upper()
    if kind is DeviceKind.VEHICLE:
        is_one = _VIN.fullmatch(number) is not None
        vendor = ""
    else:
        is_one = len(number) <= LONGEST_SERIAL and _SERIAL.fullmatch(number) is not None and is_vendor(vendor)
    return Identity(kind, in_any_case(vendor), number) if is_one and not is_placeholder(number) else None


_NAMES = {
    DeviceKind.VEHICLE: "vin",
    DeviceKind.CHARGER: "serialNumber",
    DeviceKind.INVERTER: "sn",
    DeviceKind.BATTERY: "id",
}
