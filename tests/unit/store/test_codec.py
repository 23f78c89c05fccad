"""Proves `store/codec.py`, `store/zlib_dictionaries.py`: what is kept today can be read for ever."""

import hashlib
import zlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain.device import DeviceKind
from lastseen.domain.document import encode
from lastseen.store.codec import pack, unpack
from lastseen.store.zlib_dictionaries import BY_KIND
from tests.support.builders import a_device

FOR_EVER = {
    DeviceKind.VEHICLE: "ded63f7081c56259",
    DeviceKind.CHARGER: "62f90b85b8a04f9f",
    DeviceKind.BATTERY: "bdd1618cf1808c08",
    DeviceKind.INVERTER: "281f7d22ca47a25e",
    DeviceKind.HVAC: "b7ce968f917438d2",
    DeviceKind.METER: "5d4e7e93528df14c",
    DeviceKind.HEM_SYSTEM: "efdd4a89cf91fe44",
}


@pytest.mark.parametrize("kind", DeviceKind)
def test_a_dictionary_never_changes(kind: DeviceKind) -> None:
    """What was packed with it is unpacked with the same; a better one needs a number of its own."""
    assert hashlib.sha256(BY_KIND[kind]).hexdigest()[:16] == FOR_EVER[kind]


@given(document=st.binary(max_size=5000), kind=st.sampled_from([None, *DeviceKind]))
def test_what_was_packed_is_unpacked(document: bytes, kind: DeviceKind | None) -> None:
    """Any bytes of any kind, larger than the window or not."""
    assert unpack(pack(document, kind)) == document


@pytest.mark.parametrize("kind", DeviceKind)
def test_a_dictionary_saves_a_third_of_what_deflating_alone_leaves(kind: DeviceKind) -> None:
    """That is what keeps a device with all its fields inside one write unit."""
    document = encode(a_device(kind))

    assert len(pack(document, kind)) * 1.5 < len(zlib.compress(document, wbits=-15))
