"""Proves `domain/twin.py`: a twin's id is a function of user and identity, and tells nothing without the key."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain.device import DeviceKind
from lastseen.domain.identity import Identity
from lastseen.domain.twin import TwinKey, is_twin_id

KEY, OTHER = TwinKey(b"k" * 32), TwinKey(b"o" * 32)
CAR = Identity(DeviceKind.VEHICLE, "", "5YJ3E1EA7KF317482")

identities = st.builds(
    Identity,
    st.sampled_from([DeviceKind.CHARGER, DeviceKind.INVERTER]),
    st.text(min_size=1, max_size=4),
    st.text(alphabet="ABC123", min_size=4, max_size=6),
)


def test_a_twin_has_its_name_for_ever() -> None:
    """Apps keep it: what it is made of must not change."""
    assert KEY.name("anna", CAR) == ("tw_3wH0k7XBKqIpYSjuJPL3tByI", "qpR1kHSFxHES1z9T")


@given(st.text(min_size=1, max_size=8), st.text(min_size=1, max_size=8), identities, identities)
def test_two_names_are_one_only_for_one_user_and_one_device(
    user: str, other_user: str, identity: Identity, other: Identity
) -> None:
    """Users, kinds, vendors and numbers cannot run together, whatever characters they are of."""
    name, another = KEY.name(user, identity), KEY.name(other_user, other)

    assert (name.physical_id == another.physical_id) is (identity == other)
    assert (name.twin_id == another.twin_id) is (user == other_user and identity == other)


@given(st.text(max_size=8), identities)
def test_the_key_reads_the_physical_device_out_of_a_twin(user: str, identity: Identity) -> None:
    """So one index answers for both ids; with another key, it is another device's."""
    name = KEY.name(user, identity)

    assert KEY.physical_id_of(name.twin_id) == name.physical_id
    assert KEY.twin_id(user, name.physical_id) == name.twin_id
    assert OTHER.physical_id_of(name.twin_id) not in {name.physical_id, None}


def test_two_users_of_one_car_have_nothing_to_compare() -> None:
    """No part of one's id stands in the other's."""
    one, other = KEY.name("anna", CAR).twin_id, KEY.name("ben", CAR).twin_id

    assert not any(one[start : start + 6] in other for start in range(3, len(one) - 5))


def test_another_key_gives_other_names_and_another_check_value() -> None:
    """That is how a wrong key is noticed before it renames a device."""
    assert KEY.name("anna", CAR) != OTHER.name("anna", CAR)
    assert KEY.check_value != OTHER.check_value
    assert TwinKey(b"k" * 32) == KEY != OTHER
    assert hash(TwinKey(b"k" * 32)) == hash(KEY)


def test_a_key_that_can_be_guessed_is_none() -> None:
    """VINs are few: a short key, or an empty one, would open them all."""
    with pytest.raises(ValueError, match="16 bytes"):
        TwinKey(b"k" * 15)


@pytest.mark.parametrize(
    "text", ["", "tw_", "tw_abc", "TW_" + "A" * 24, "tw_" + "A" * 25, "tw_" + "/" * 24, "05ee9df5"]
)
def test_what_has_not_the_shape_is_no_twin_id(text: str) -> None:
    """Enode's ids go another way."""
    assert not is_twin_id(text)
    assert KEY.physical_id_of(text) is None


def test_a_document_names_the_twin_it_tells_of() -> None:
    """Without a strong identity there is none."""
    document = {"vendor": "TESLA", "information": {"vin": CAR.number}}

    assert KEY.named_in("anna", DeviceKind.VEHICLE, document) == KEY.name("anna", CAR)
    assert KEY.named_in("anna", DeviceKind.METER, document) is None
