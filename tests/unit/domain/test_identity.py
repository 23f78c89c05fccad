"""Proves `domain/identity.py`: what names one physical device is read, and nothing else is taken for it."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain.device import DeviceKind
from lastseen.domain.identity import LONGEST_SERIAL, Identity, identity_of
from tests.support import builders

VEHICLE, CHARGER, INVERTER, BATTERY = (
    DeviceKind.VEHICLE,
    DeviceKind.CHARGER,
    DeviceKind.INVERTER,
    DeviceKind.BATTERY,
)
FIELDS = {VEHICLE: "vin", CHARGER: "serialNumber", INVERTER: "sn", BATTERY: "id"}
VIN = "5YJ3E1EA7KF317482"


def _told(kind: DeviceKind, number: object, vendor: object = "TESLA") -> Identity | None:
    return identity_of(kind, {"vendor": vendor, "information": {FIELDS[kind]: number}})


STRONG = [
    (VEHICLE, VIN, Identity(VEHICLE, "", VIN)),
    (VEHICLE, f" {VIN.lower()}\n", Identity(VEHICLE, "", VIN)),
    (VEHICLE, "WVWZZZ3CZWE000011", Identity(VEHICLE, "", "WVWZZZ3CZWE000011")),  # an early one of its series
    (VEHICLE, "2HGFB2F5XEH542858", Identity(VEHICLE, "", "2HGFB2F5XEH542858")),  # Enode's own example
    (CHARGER, "zap053711 ", Identity(CHARGER, "TESLA", "ZAP053711")),
    (CHARGER, "EH48PW2H", Identity(CHARGER, "TESLA", "EH48PW2H")),
    (CHARGER, "54d827e1-8355-4fed-97b5-55940d1d09ba", None),
    (INVERTER, "SN 3004 117 882", Identity(INVERTER, "TESLA", "SN 3004 117 882")),
    (INVERTER, "0730104", Identity(INVERTER, "TESLA", "0730104")),
    (BATTERY, "7deb27f8-794f-467b-855e-5c61dd9f2cb3", None),
]

WEAK: list[tuple[DeviceKind, object]] = [
    (VEHICLE, None),
    (VEHICLE, ""),
    (VEHICLE, 17),
    (VEHICLE, VIN[:-1]),
    (VEHICLE, VIN + "1"),
    (VEHICLE, "5YJ3E1EA7KF31748O"),
    (VEHICLE, "5YJ3E1EA7KF31748I"),
    (VEHICLE, "5YJ3E1EA7KF31748Q"),
    (VEHICLE, "5YJ3E1EA7KF 17482"),
    (VEHICLE, "5YJ3E1EA*********"),
    (VEHICLE, "XXXXXXXXXXXXXXXXX"),
    (VEHICLE, "00000000000000000"),
    (VEHICLE, "11111111111111111"),
    (VEHICLE, "5YJ3E1EAXXXXXXXXX"),
    (VEHICLE, "5YJ3E1EA7KF000000"),
    (VEHICLE, "12345678901234567"),
    (VEHICLE, "5YJ3E1EA7KF31748\ufffd"),
    (CHARGER, "UNKNOWN"),
    (CHARGER, "unknown"),
    (CHARGER, "N/A"),
    (CHARGER, "-"),
    (CHARGER, "0"),
    (CHARGER, "0000-0000"),
    (CHARGER, "00000000-0000-0000-0000-000000000000"),
    (CHARGER, "ffffffffffff"),
    (CHARGER, "1"),
    (CHARGER, "02"),
    (CHARGER, "To be filled by O.E.M."),
    (CHARGER, "Default string"),
    (CHARGER, "Serial Number"),
    (CHARGER, "string"),
    (CHARGER, "1234567890"),
    (CHARGER, "[object Object]"),
    (CHARGER, "undefined"),
    (CHARGER, "XAW10000000000"),
    (CHARGER, "****4821"),
    (CHARGER, "ZAP\u0000053711"),
    (CHARGER, "ZAP\ufffd053711"),
    (CHARGER, "stra\u00dfe4821"),
    (CHARGER, "A" * 40 + "B" * (LONGEST_SERIAL - 39)),
    (CHARGER, ["ZAP053711"]),
    (CHARGER, {"value": "ZAP053711"}),
    (INVERTER, "A123456789"),
    (INVERTER, None),
    (BATTERY, "null"),
    (BATTERY, True),
]


@pytest.mark.parametrize(("kind", "number", "meant"), STRONG)
def test_a_number_of_the_right_shape_is_a_strong_identity(
    kind: DeviceKind, number: str, meant: Identity | None
) -> None:
    """Trimmed, and in capitals; a serial number counts within its vendor, a VIN by itself."""
    assert _told(kind, number) == (meant or Identity(kind, "TESLA", number.upper()))


@pytest.mark.parametrize(("kind", "number"), WEAK)
def test_what_may_stand_on_several_devices_is_no_identity(kind: DeviceKind, number: object) -> None:
    """A wrong join is worse than none: of what seems to be a placeholder, nothing follows."""
    assert _told(kind, number) is None


@pytest.mark.parametrize("kind", [DeviceKind.METER, DeviceKind.HVAC, DeviceKind.HEM_SYSTEM])
def test_a_kind_without_a_number_has_no_identity(kind: DeviceKind) -> None:
    """Enode gives them none, and whatever they tell by such a name is no promise."""
    told = dict.fromkeys(FIELDS.values(), "ZAP053711")

    assert identity_of(kind, {"vendor": "TADO", "information": told, **told}) is None


@pytest.mark.parametrize("document", [{}, {"information": None}, {"information": []}, {"information": {}}])
@pytest.mark.parametrize("kind", list(DeviceKind))
def test_a_document_without_information_tells_no_identity(kind: DeviceKind, document: dict[str, Any]) -> None:
    """What only was discovered may be all nulls."""
    assert identity_of(kind, document) is None


@pytest.mark.parametrize("vendor", [None, "", 7, ["TESLA"], "x" * 300])
def test_a_serial_number_counts_only_with_its_vendor(vendor: object) -> None:
    """Two makers count alike; a VIN needs no vendor."""
    assert _told(CHARGER, "ZAP053711", vendor) is None
    assert _told(VEHICLE, VIN, vendor) == Identity(VEHICLE, "", VIN)


def test_vendors_and_kinds_do_not_run_together() -> None:
    """The same number is another device at another vendor, and of another kind; case is of no account."""
    assert _told(CHARGER, "ZAP053711", "EASEE") != _told(CHARGER, "ZAP053711", "ZAPTEC")
    assert _told(CHARGER, "ZAP053711") != _told(INVERTER, "ZAP053711")
    assert _told(CHARGER, "ZAP053711", "Alfa Romeo") == _told(CHARGER, "zap053711", "ALFA ROMEO")


@given(st.sampled_from(list(FIELDS)), st.text(max_size=40), st.text(max_size=10))
def test_whatever_a_document_tells_is_read_without_fail(kind: DeviceKind, number: str, vendor: str) -> None:
    """And what is read of it once, is read of its own form again."""
    found = _told(kind, number, vendor)

    assert found is None or _told(kind, found.number, found.issuer or vendor) == found


def test_the_examples_of_the_documentation_are_read_as_they_stand() -> None:
    """A VIN that Enode prints has the right shape; its example serial numbers are counted up, and name no device."""
    assert identity_of(VEHICLE, builders.a_vehicle()) == Identity(VEHICLE, "", "2HGFB2F5XEH542858")
    assert identity_of(CHARGER, builders.a_charger()) is None
    assert identity_of(INVERTER, builders.an_inverter()) is None
