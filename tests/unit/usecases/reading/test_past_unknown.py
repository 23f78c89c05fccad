"""Proves `domain/history.py`, `usecases/reading/device_log.py`:
what a device's log holds and the catalog does not know is told as it came, and changes nothing that is told otherwise.
"""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.read import app
from lastseen.domain import instant
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceLog, Entry, Source
from lastseen.domain.event_catalog import CATALOG, Family
from lastseen.domain.history import Fold, observation, stream_of
from lastseen.domain.order import order_key
from lastseen.domain.snapshot import EMPTY_SNAPSHOT
from tests.support.builders import (
    NOON,
    Json,
    a_smart_charging_status,
    a_vehicle,
    an_action,
    an_event,
    just_found,
)
from tests.support.read_requests import Answer, Kept

CAR = DeviceId(DeviceKind.VEHICLE, "car")
START = NOON - timedelta(hours=1)

_known = sorted(CATALOG)
NAMES = st.one_of(
    st.text(min_size=1, max_size=40),
    st.sampled_from(_known).map(lambda name: f"{name}-of-tomorrow"),
    st.sampled_from(_known).map(lambda name: name.partition(":")[2]),
    st.sampled_from(_known).map(str.upper),
    st.sampled_from(["updated", "discovered", "deleted"]).map(lambda verb: f"user:boat:{verb}"),
    st.sampled_from(["user:vehicle:v2g-status-updated", "lastseen:deleted-for-good", ":deleted", ":updated"]),
).filter(lambda name: name not in CATALOG)
"""Names without a row; many look like one that has one."""

MISPLACED = st.sampled_from(
    [
        ("user:charger:updated", Family.DEVICE),
        ("user:battery:deleted", Family.DEVICE),
        ("user:inverter:statistics-updated", Family.STATISTICS),
        ("user:vehicle:smart-charging-status-updated", Family.DEVICE),
        ("user:vendor-action:updated", Family.DEVICE),
        ("user:credentials:invalidated", Family.DEVICE),
        ("system:heartbeat", Family.DEVICE),
        ("user:vehicle:deleted", Family.ACTIONS),
        ("user:vehicle:updated", Family.SMART_CHARGING),
    ]
)
"""Names that have a row, where no row of that name belongs."""

DOCUMENTS = st.sampled_from(
    [
        b"{}",
        b"null",
        b'{"state":"EXPORTING","updatedAt":"2026-03-01T11:30:00Z"}',
        json.dumps(a_vehicle(id="car", battery_percent=99)).encode(),
        json.dumps(an_action(id="one", state="LOST")).encode(),
    ]
)


def at(minute: float) -> datetime:
    """A moment of the hour before noon."""
    return START + timedelta(minutes=minute)


def stranger(where: tuple[str, Family], minute: float, document: bytes) -> Entry:
    """Something in the log of Anna's car that nobody knows what to make of."""
    name, family = where
    ord_ = order_key(at(minute), name.encode("utf-8", "replace"), document)
    return Entry(DeviceLog(CAR, "anna", family), ord_, at(minute), name, Source.WEBHOOK, document, b"{}")


def said(what: str, minute: float) -> Json:
    """Something said of Anna's car that everybody understands."""
    car = a_vehicle(id="car", userId="anna", battery_percent=int(minute))
    bodies: dict[str, Json] = {
        "user:vehicle:updated": {"vehicle": car},
        "user:vehicle:discovered": {"vehicle": just_found(car)},
        "user:vehicle:deleted": {"vehicle": car},
        "user:vehicle:smart-charging-status-updated": {
            "smartChargingStatus": a_smart_charging_status(vehicleId="car", state=f"STATE:{minute}")
        },
        "user:vendor-action:updated": {
            "vendorAction": an_action(id="one", targetId="car", targetType="vehicle", state=f"S{minute}")
        },
    }
    return an_event(what, at=at(minute), user_id="anna", **bodies[what])


_updated = "user:vehicle:updated"
KNOWN = st.lists(
    st.builds(
        said,
        st.sampled_from(
            [
                *[_updated] * 3,
                "user:vehicle:discovered",
                "user:vehicle:deleted",
                "user:vehicle:smart-charging-status-updated",
                "user:vendor-action:updated",
            ]
        ),
        st.integers(5, 30),
    ),
    min_size=1,
    max_size=8,
)
STRANGERS = st.lists(
    st.builds(stranger, st.tuples(NAMES, st.sampled_from(Family)) | MISPLACED, st.integers(0, 35), DOCUMENTS),
    min_size=1,
    max_size=8,
)


def kept(known: Iterable[Json], strangers: Iterable[Entry] = ()) -> Kept:
    """What was let in, and what lies in the log besides."""
    stores = Kept()
    stores.deliver(said(_updated, 4), *known)
    no_hurry = Deadline.after(timedelta(seconds=30), lambda: 0.0)
    stores.log.append(list(strangers), received_at=NOON, delivery_id="another-release", deadline=no_hurry)
    return stores


def in_order(stores: Kept) -> list[Entry]:
    """The log of Anna's car, all families of it."""
    entries = (one.entry for one in stores.log.kept.values())
    return sorted((one for one in entries if isinstance(one.place, DeviceLog)), key=lambda one: one.ord)


@given(KNOWN, STRANGERS)
def test_what_has_no_row_is_folded_into_nothing(known: list[Json], strangers: list[Entry]) -> None:
    """Neither into the device nor into what belongs to it: the changes are those of the log without it."""
    alone, among = Fold(), Fold()
    without = [change for entry in in_order(kept(known)) for change in alone.take(entry)]
    told = [change for entry in in_order(kept(known, strangers)) for change in among.take(entry)]

    assert told == without
    assert among == alone
    for entry in strangers:
        assert (stream_of(entry), observation(entry)) == (None, EMPTY_SNAPSHOT)


@given(KNOWN, STRANGERS, st.integers(0, 36))
def test_the_read_api_tells_the_past_as_if_it_were_not_there(
    known: list[Json], strangers: list[Entry], minute: int
) -> None:
    """As of any moment, in lists, in differences and, page by page, in the history; coverage included."""
    moment, until = instant.fixed(at(minute)), instant.fixed(at(40))
    questions: list[tuple[str, dict[str, str]]] = [
        ("/vehicles/car", {"at": moment}),
        ("/devices/car", {"at": moment}),
        ("/users/anna/devices", {"at": moment}),
        ("/users/anna/vehicles", {"at": moment}),
        ("/devices/car/diff", {"from": moment, "to": until}),
        ("/devices/car/history", {"from": moment}),
        ("/devices/car/history", {"order": "desc"}),
    ]

    answers = [[ask(kept(known, one), *question) for question in questions] for one in ([], strangers)]

    for question, alone, among in zip(questions, *answers, strict=True):
        assert (among.status, among.json) == (alone.status, alone.json), question
    assert changes_by_two(kept(known, strangers)) == changes_by_two(kept(known))


def test_a_log_may_hold_more_of_it_than_anything_else() -> None:
    """However many there are in front of a moment, the word before them is found."""
    strangers = [
        stranger(("user:vehicle:v2g-status-updated", Family.DEVICE), 10 + n / 1000, b"{}")
        for n in range(1600)
    ]

    answer = ask(kept([], strangers), "/vehicles/car", {"at": instant.fixed(at(30))})

    assert (answer.status, answer.json["chargeState"]["batteryLevel"]) == (200, 4)


def test_snapshots_show_it_as_it_came() -> None:
    """Nothing that lies in a log is kept from who may see it."""
    one = stranger(("user:vehicle:v2g-status-updated", Family.DEVICE), 10, b'{"state":"EXPORTING"}')

    (first, second) = ask(kept([], [one]), "/devices/car/snapshots", {"order": "asc"}).data

    assert first["event"] == _updated
    assert (second["event"], second["document"]) == (one.name, {"state": "EXPORTING"})


def ask(stores: Kept, path: str, query: dict[str, str]) -> Answer:
    """Ask the read function over these stores."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(app, "build", stores.door.collaborators)
        return stores.door.get(path, query)


def changes_by_two(stores: Kept) -> list[Json]:
    """All changes, in pages of two."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(app, "build", stores.door.collaborators)
        pages = stores.door.pages("/devices/car/history", {"pageSize": "2"})
        return [change for page in pages for change in page.data]
