"""An item that cannot be read costs a list that item, never the list."""

from typing import Any

import pytest

from lastseen.domain.account import Account
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import StatusId
from lastseen.domain.event_catalog import StatusKind
from lastseen.errors import StoreUnavailable
from lastseen.store import keys
from lastseen.store.attributes import ACTIVE, CHECKED_AT, DOC, LAST_SEEN, SEEN
from tests.contracts.store import said, status, update, word
from tests.integration.tables import Tables
from tests.support.arrivals import NO_HURRY

GOOD, BAD = (DeviceId(DeviceKind.VEHICLE, name) for name in ("b-good", "a-bad"))
ACCOUNT = Account("anna", DeviceKind.VEHICLE, "TESLA")


def _spoil(tables: Tables, key: keys.Key, **attributes: Any) -> None:
    """Let an item stand as no release of ours writes it."""
    at: Any = {"pk": {"S": key.pk}, "sk": {"S": key.sk}}
    item: Any = tables.client.get_item(TableName=tables.devices, Key=at)["Item"]
    left: Any = {name: value for name, value in (item | attributes).items() if value is not None}
    tables.client.put_item(TableName=tables.devices, Item=left)


SPOILT = [
    {DOC: {"B": b"\x63what a later release writes"}},
    {DOC: {"B": b""}},
    {SEEN: None},
    {ACTIVE: {"S": "yes"}},
    {LAST_SEEN: {"S": "yesterday"}},
    {LAST_SEEN: {"N": "9" * 30}},
    {CHECKED_AT: {"N": "7"}},
]


@pytest.mark.parametrize("spoilt", SPOILT, ids=lambda one: next(iter(one)))
@pytest.mark.parametrize("is_lost", [False, True], ids=["linked", "lost"])
def test_a_device_that_cannot_be_read_is_left_out_of_every_list(
    fresh_tables: Tables, spoilt: dict[str, Any], is_lost: bool
) -> None:
    """Of its user, and of its kind, forwards and backwards; asked for by itself it is 503, not a fault of ours."""
    devices, states = fresh_tables.reader(), fresh_tables.states()
    for device in (GOOD, BAD):
        states.merge([update(device, "anna", seen=said(1))], NO_HURRY)
    if is_lost:
        states.merge([word(ACCOUNT)], NO_HURRY)
    _spoil(fresh_tables, keys.Key(keys.user("anna"), keys.device(BAD)), **spoilt)

    for backwards in (False, True):
        for start in (None, DeviceId(DeviceKind.VEHICLE, "c" if backwards else "a")):
            of_user = devices.walk_user("anna", start=start, backwards=backwards)
            assert [one.known.device for one in of_user] == [GOOD]
        of_kind = devices.walk_kind(DeviceKind.VEHICLE, backwards=backwards)
        assert [one.known.device for one in of_kind] == [GOOD]
    assert [one.id for one in devices.walk_users()] == ["anna"]
    assert devices.one("anna", GOOD) is not None
    with pytest.raises(StoreUnavailable, match="cannot be read"):
        devices.one("anna", BAD)


def test_an_account_or_user_that_cannot_be_read_costs_no_list(fresh_tables: Tables) -> None:
    """Nothing is known of the account then; of the user, that there is one."""
    devices, states = fresh_tables.reader(), fresh_tables.states()
    told = (update(GOOD, "anna", seen=said(1)), word(ACCOUNT), status(StatusKind.USER))
    states.merge(told, NO_HURRY)
    for status_id in (StatusId.of(ACCOUNT), StatusId(StatusKind.USER, "anna")):
        _spoil(fresh_tables, keys.status(status_id), **{DOC: {"B": b"\x63later"}})

    assert [one.known.device for one in devices.walk_user("anna")] == [GOOD]
    assert [one.known.device for one in devices.walk_kind(DeviceKind.VEHICLE)] == [GOOD]
    assert [one.id for one in devices.walk_users()] == ["anna"]
    assert devices.user("anna") is None
    assert devices.invalid_among([ACCOUNT]) == {}
