"""Every state of a device, of every kind, read by a client generated for Enode's API: each answer parses."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from enode import Enode

from lastseen.domain.device import KIND_OF_COLLECTION, DeviceId, DeviceKind
from lastseen.domain.observation import ChargingReading
from lastseen.domain.records import WEBHOOK
from tests.contracts.enode_compatibility import COLLECTIONS, IDS, complaint, families
from tests.support.app import App
from tests.support.builders import (
    ODD_IDS,
    Json,
    a_delivery,
    a_device,
    a_smart_charging_status,
    an_event,
    just_found,
)

NOW = datetime.now(UTC)
OWNER, OTHER = "anna", "ben"
STATES = (
    *("seen", "unreachable", "silent for days", "of dead credentials", "found, then seen"),
    *("deleted, then linked again", "moved to another user", "deleted"),
)
IN_PATHS = [id_ for id_ in ODD_IDS if id_.isprintable() and not set(id_) & set("#/?%")]
"""Odd ids that the client writes into a path as they must be (it leaves `#` as it is), and that API Gateway lets in."""


def _minutes_ago(minutes: int) -> datetime:
    return NOW - timedelta(minutes=minutes)


def _told(state: str, collection: str, **more: Any) -> list[Json]:  # noqa: PLR0911 - one a state
    """The events that leave a device in a state."""
    kind = KIND_OF_COLLECTION[collection]

    def tell(verb: str, minutes: int, user_id: str = OWNER, **changes: Any) -> Json:
        device = a_device(kind, **{"id": "it", "userId": user_id} | more | changes)
        if verb == "discovered":
            device = just_found(device)
        return an_event(
            f"user:{kind}:{verb}", at=_minutes_ago(minutes), user_id=user_id, **{kind.wire_key: device}
        )

    seen = tell("updated", 30)
    match state:
        case "unreachable":
            return [tell("updated", 30, isReachable=False)]
        case "silent for days":
            return [tell("updated", 30, lastSeen="2026-03-01T12:00:00.000Z")]
        case "of dead credentials":
            vendor = a_device(kind)["vendor"]
            dead = an_event(
                "user:credentials:invalidated", at=_minutes_ago(5), user_id=OWNER, vendor=vendor.title()
            )
            return [seen, dead]
        case "found, then seen":
            return [tell("discovered", 40), seen]
        case "deleted, then linked again":
            return [seen, tell("deleted", 20), tell("updated", 10)]
        case "moved to another user":
            return [seen, tell("deleted", 20), tell("updated", 10, OTHER)]
        case "deleted":
            return [seen, tell("deleted", 20)]
        case _:
            return [seen]


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("collection", COLLECTIONS)
def test_every_state_of_a_device_is_read_by_a_generated_client(collection: str, state: str) -> None:
    """Get, the user's list and everybody's list agree; who has lost it has it no more."""
    app = App()
    assert app.deliver(a_delivery(_told(state, collection))) == 200
    owner = OTHER if state.startswith("moved") else OWNER

    with app.client() as client:
        family = families(Enode(server_url="https://lastseen.example", client=client))[collection]
        lists = [[one.id for one in page.data] for page in (family.every(), family.of_user(user_id=owner))]
        if state == "deleted":
            assert complaint(lambda: family.get(**{IDS[collection]: "it"}))[1] == 404
        else:
            found = family.get(**{IDS[collection]: "it"})
            assert (found.id, found.user_id) == ("it", owner)
        user = client.get(f"/users/{owner}").raise_for_status().json()

    assert lists == ([[], []] if state == "deleted" else [["it"], ["it"]])
    assert [one["isValid"] for one in user["linkedVendors"]] == (
        [] if state == "deleted" else ["credentials" not in state]
    )


@dataclass
class _Charging:
    """An Enode that says of every vehicle of a user's that its smart charging is off, and when it is read."""

    user_id: str
    asked: int = 0

    def smart_charging_status(self, vehicle_id: str) -> ChargingReading:
        """Say it."""
        self.asked += 1
        said = a_smart_charging_status(vehicleId=vehicle_id, userId=self.user_id, state="DISABLED", plan=None)
        return ChargingReading(DeviceId(DeviceKind.VEHICLE, vehicle_id), self.user_id, said, NOW)


@pytest.mark.parametrize("is_asking", [True, False], ids=["asking", "only listening"])
@pytest.mark.parametrize("has_old_status", [True, False], ids=["status of old", "no status"])
@pytest.mark.parametrize("state", STATES)
def test_in_every_state_of_a_vehicle_its_smart_charging_is_read_by_a_generated_client(
    state: str, has_old_status: bool, is_asking: bool
) -> None:
    """An event's word if one has told of this life of the vehicle; else Enode's own, asked once; else 404."""
    owner = OTHER if state.startswith("moved") else OWNER
    is_new_life = state.startswith(("deleted", "moved"))
    app = App(enode=(enode := _Charging(owner)) if is_asking else None)
    if is_asking:
        app.records.write(WEBHOOK, {"id": "hook-1"}, version=0)
    old = an_event(
        "user:vehicle:smart-charging-status-updated",
        at=_minutes_ago(25),
        user_id=OWNER,
        smartChargingStatus=a_smart_charging_status(vehicleId="it", userId=OWNER, state="FULLY_CHARGED"),
    )
    assert app.deliver(a_delivery([*_told(state, "vehicles"), *([old] if has_old_status else [])])) == 200

    with app.client() as client:
        sdk = Enode(server_url="https://lastseen.example", client=client)
        if state == "deleted" or not (is_asking or (has_old_status and not is_new_life)):
            assert complaint(lambda: sdk.vehicles.get_smart_charging_status(vehicle_id="it"))[1] == 404
            return
        told = [sdk.vehicles.get_smart_charging_status(vehicle_id="it") for _ in range(2)]

    is_old = has_old_status and not is_new_life
    expected = ("it", owner, "FULLY_CHARGED" if is_old else "DISABLED")
    assert [(one.vehicle_id, one.user_id, one.state.value) for one in told] == [expected] * 2
    assert not is_asking or enode.asked == (0 if is_old else 1)


@pytest.mark.parametrize("id_", IN_PATHS, ids=lambda id_: ascii(id_)[:30])
def test_odd_ids_are_read_by_a_generated_client(id_: str) -> None:
    """The client encodes the path by itself."""
    app = App()
    told = _told("seen", "vehicles", id=id_, userId=id_)
    status = a_smart_charging_status(vehicleId=id_, userId=id_)
    told.append(
        an_event(
            "user:vehicle:smart-charging-status-updated",
            at=_minutes_ago(5),
            user_id=id_,
            smartChargingStatus=status,
        )
    )
    assert app.deliver(a_delivery([one | {"user": {"id": id_}} for one in told])) == 200

    with app.client() as client:
        sdk = Enode(server_url="https://lastseen.example", client=client)
        found = sdk.vehicles.get(vehicle_id=id_)
        listed = sdk.vehicles.list_for_user(user_id=id_).data
        charging = sdk.vehicles.get_smart_charging_status(vehicle_id=id_)
        user = sdk.user_management.get(user_id=id_)

    assert (found.id, [one.id for one in listed], charging.vehicle_id, user.id) == (id_, [id_], id_, id_)
