"""Proves `usecases/reading/twins.py`, `usecases/reading/twin_past.py`, `usecases/reading/merged_pages.py`,
`usecases/reading/link_parts.py`, `domain/twin_links.py`, `usecases/split_twin.py`, `routes/twins.py`,
`api/twin_view.py`:
one physical device under whatever id, now and in the past, over the doors.
"""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from itertools import permutations
from typing import Any

import pytest

from lastseen.domain import instant
from lastseen.domain.device import DeviceKind
from tests.support.app import App
from tests.support.builders import TWIN_KEY, Json, a_delivery, a_vehicle, an_event
from tests.support.device_documents import just_found

VIN, OTHER_VIN = "5YJ3E1EA7KF317482", "WVWZZZ3CZWE000011"
BEGUN = datetime.now(UTC).replace(microsecond=0) - timedelta(hours=40)


def _at(hour: float) -> datetime:
    return BEGUN + timedelta(hours=hour)


def _car(id_: str, vin: str | None = VIN, percent: float = 50, user_id: str = "anna", **more: Any) -> Json:
    car = a_vehicle(battery_percent=percent, id=id_, userId=user_id, **more)
    car["information"] = {**car["information"], "vin": vin}
    return car


def _event(verb: str, hour: float, car: Json) -> Json:
    told = just_found(car) if verb == "discovered" else car
    return an_event(f"user:vehicle:{verb}", at=_at(hour), user_id=car["userId"], vehicle=told)


def _relinked(first: str = "one", second: str = "two") -> list[Json]:
    """A car that is linked, driven, unlinked, and linked again under another id, driven meanwhile."""
    return [
        _event("discovered", 1, _car(first)),
        _event("updated", 2, _car(first, percent=80)),
        _event("updated", 3, _car(first, percent=70)),
        _event("deleted", 4, _car(first, percent=70)),
        _event("discovered", 6, _car(second)),
        _event("updated", 7, _car(second, percent=40)),
        _event("updated", 8, _car(second, percent=30)),
    ]


def _app(events: Iterable[Json]) -> App:
    app = App()
    app.tokens |= {"anna": {"sub": "anna"}, "ben": {"sub": "ben"}}
    for event in events:
        assert app.deliver(a_delivery([event])) == 200
    return app


def _twin(user_id: str = "anna", vin: str = VIN) -> str:
    name = TWIN_KEY.named_in(user_id, DeviceKind.VEHICLE, _car("any", vin))
    assert name is not None
    return name.twin_id


def _get(app: App, path: str, token: str = "anna", **params: Any) -> Json:  # noqa: S107 - a name
    answer = app.client(token).get(path, params=params)
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


def _status(app: App, path: str, token: str = "anna", **params: Any) -> int:  # noqa: S107 - a name
    return app.client(token).get(path, params=params).status_code


def _told(change: Json) -> tuple[str, str, object, object]:
    return change["deviceId"], change["path"], change["before"], change["after"]


def _levels(app: App, twin: str, **params: Any) -> list[tuple[str, object, object]]:
    found = _get(app, f"/devices/{twin}/history", field="chargeState.batteryLevel", **params)["data"]
    return [(one["deviceId"], one["before"], one["after"]) for one in found]


@pytest.mark.parametrize("token", ["anna", "fleet"])
def test_a_twin_is_its_newest_living_link(token: str) -> None:
    """An app that stored our id finds its car after the user linked it again, and what Enode calls it now."""
    app = _app(_relinked())

    device = _get(app, f"/devices/{_twin()}", token)

    assert (device["id"], device["twinId"], device["aliases"]) == ("two", _twin(), ["two", "one"])
    assert device["document"]["chargeState"]["batteryLevel"] == 30


def test_every_id_of_enodes_goes_on_working_and_names_the_twin() -> None:
    """Without items of their own: the dead link's past is told as before."""
    app = _app(_relinked())

    assert _get(app, "/devices/two")["twinId"] == _twin()
    assert "aliases" not in _get(app, "/devices/two")
    assert _get(app, "/devices/one/history")["twinId"] == _twin()
    assert _status(app, "/devices/one") == 404
    listed = _get(app, "/users/anna/devices")["data"]
    assert [(one["id"], one["twinId"]) for one in listed] == [("two", _twin())]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("size", [1, 2, 3, 50])
def test_the_history_of_a_twin_goes_over_its_links_in_order(order: str, size: int) -> None:
    """With the coming and going of links as changes, and what changed between them told with the first word after."""
    app = _app(_relinked())
    found: list[Json] = []
    params: dict[str, Any] = {"order": order, "pageSize": size}
    while True:
        page = _get(app, f"/devices/{_twin()}/history", **params)
        found += page["data"]
        if page["pagination"]["after"] is None:
            break
        params["after"] = page["pagination"]["after"]

    assert page["aliases"] == ["two", "one"]
    told = [_told(one) for one in (found if order == "asc" else found[::-1])]
    links = [one for one in told if one[1].startswith("$")]
    assert links == [
        ("one", "$linked", None, "one"),
        ("one", "$unlinked", "one", None),
        ("two", "$linked", None, "two"),
    ]
    levels = [
        (device, before, after) for device, path, before, after in told if path.endswith("batteryLevel")
    ]
    assert levels[-3:] == [("one", 80, 70), ("two", 70, 40), ("two", 40, 30)]
    assert ("two", "id", "one", "two") in told


def test_a_field_of_a_twin_is_found_over_its_links() -> None:
    """And the coming and going of links by their own paths."""
    app = _app(_relinked())

    assert _levels(app, _twin())[-3:] == [("one", 80, 70), ("two", 70, 40), ("two", 40, 30)]
    for field, links in (("$linked", ["one", "two"]), ("$unlinked", ["one"])):
        changes = _get(app, f"/devices/{_twin()}/history", field=field)["data"]
        assert [one["deviceId"] for one in changes] == links


def test_the_past_of_a_twin_is_that_of_the_link_that_lived_then() -> None:
    """Between two links there was none; before the first, nobody knows."""
    app = _app(_relinked())
    path = f"/devices/{_twin()}"

    then = [_get(app, path, at=instant.fixed(_at(hour))) for hour in (2.5, 3.5, 7.5)]
    gone = [_status(app, path, at=instant.fixed(_at(hour))) for hour in (0.5, 5)]

    assert [(one["id"], one["document"]["chargeState"]["batteryLevel"]) for one in then] == [
        ("one", 80),
        ("one", 70),
        ("two", 40),
    ]
    assert {one["twinId"] for one in then} == {_twin()}
    assert gone == [404, 404]


def test_what_differs_between_two_moments_is_told_across_links() -> None:
    """Whatever Enode called the car then."""
    app = _app(_relinked())
    span = {"from": instant.fixed(_at(2.5)), "to": instant.fixed(_at(8.5))}

    found = _get(app, f"/devices/{_twin()}/diff", **span)

    assert (found["twinId"], found["deviceId"]) == (_twin(), "one")
    assert {"path": "chargeState.batteryLevel", "before": 80, "after": 30} in found["data"]
    assert {"path": "id", "before": "one", "after": "two"} in found["data"]


def test_the_snapshots_of_a_twin_are_those_of_all_its_links() -> None:
    """Each with its link, page by page."""
    app = _app(_relinked())
    found: list[Json] = []
    params: dict[str, Any] = {"pageSize": 2}
    while True:
        page = _get(app, f"/devices/{_twin()}/snapshots", **params)
        found += page["data"]
        if page["pagination"]["after"] is None:
            break
        params["after"] = page["pagination"]["after"]

    assert [one["deviceId"] for one in found] == ["one"] * 4 + ["two"] * 3


def test_a_relink_that_keeps_enodes_id_is_the_same_twin() -> None:
    """Its life ends and begins again under one id."""
    app = _app(_relinked(second="one"))

    device = _get(app, f"/devices/{_twin()}")
    changes = [_told(one) for one in _get(app, f"/devices/{_twin()}/history")["data"]]

    assert (device["id"], device["aliases"]) == ("one", ["one"])
    assert [path for _, path, _, _ in changes if path.startswith("$")] == ["$linked", "$unlinked", "$linked"]
    assert ("one", "chargeState.batteryLevel", 70, 40) in changes


def _linked_twice() -> list[Json]:
    """A car that is linked twice at once: the old link stands still, the new one goes on."""
    return [
        _event("updated", 1, _car("old", percent=80)),
        _event("updated", 2, _car("old", percent=79)),
        _event("discovered", 3, _car("new")),
        _event("updated", 4, _car("new", percent=50, lastSeen=instant.fixed(_at(4)))),
        _event("updated", 5, _car("old", percent=78)),
        _event("updated", 6, _car("new", percent=49, lastSeen=instant.fixed(_at(6)))),
    ]


@pytest.mark.parametrize("order", ["asc", "desc"])
@pytest.mark.parametrize("size", [1, 2, 50])
def test_links_that_overlap_are_never_folded_into_each_other(order: str, size: int) -> None:
    """Side by side, each change with its link: no value leaps from the one to the other and back."""
    app = _app(_linked_twice())
    levels: list[tuple[str, object, object]] = []
    params: dict[str, Any] = {"order": order, "pageSize": size, "field": "chargeState.batteryLevel"}
    while True:
        page = _get(app, f"/devices/{_twin()}/history", **params)
        levels += [(one["deviceId"], one["before"], one["after"]) for one in page["data"]]
        if page["pagination"]["after"] is None:
            break
        params["after"] = page["pagination"]["after"]
    forward = levels if order == "asc" else levels[::-1]

    assert [one for one in forward if one[1] is not None] == [
        ("old", 80, 79),
        ("old", 79, 78),
        ("new", 50, 49),
    ]


def test_a_stale_link_does_not_hide_a_fresh_one() -> None:
    """Of two that live, the one that can be trusted is the twin, whichever said something last."""
    events = [*_linked_twice(), _event("updated", 7, _car("old", percent=77))]
    app = _app(events)

    assert _get(app, f"/devices/{_twin()}")["id"] == "new"


def test_pages_of_overlapping_links_lead_back_as_they_led_on() -> None:
    """Both ways, without one change more or less."""
    app = _app(_linked_twice())
    path = f"/devices/{_twin()}/history"
    whole = _get(app, path)["data"]
    last = _get(app, path, pageSize=2)
    while last["pagination"]["after"] is not None:
        last = _get(app, path, pageSize=2, after=last["pagination"]["after"])
    back = last["data"]
    while last["pagination"]["before"] is not None:
        last = _get(app, path, pageSize=2, before=last["pagination"]["before"])
        back = last["data"] + back

    assert back == whole


def test_a_car_that_two_users_linked_is_a_twin_of_each() -> None:
    """Two households have nothing to compare, and neither finds the other's twin."""
    app = _app([_event("updated", 1, _car("one")), _event("updated", 2, _car("two", user_id="ben"))])

    assert _get(app, f"/devices/{_twin('anna')}", "anna")["id"] == "one"
    assert _get(app, f"/devices/{_twin('ben')}", "ben")["id"] == "two"
    assert _twin("anna") != _twin("ben")
    for path in ("", "/history", "/snapshots"):
        assert _status(app, f"/devices/{_twin('ben')}{path}", "anna") == 404


def test_a_car_that_was_sold_has_another_twin_at_its_new_owner() -> None:
    """The old one's past stays the seller's; the buyer's begins with the sale."""
    sold = [*_relinked()[:4], _event("discovered", 9, _car("sold", user_id="ben"))]
    app = _app(sold)

    assert _status(app, f"/devices/{_twin('anna')}", "anna") == 404
    assert len(_get(app, f"/devices/{_twin('anna')}/history", "anna")["data"]) > 2
    assert _get(app, f"/devices/{_twin('ben')}/history", "ben")["aliases"] == ["sold"]


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_vin_that_comes_late_names_the_twin_in_every_order(order: tuple[int, ...]) -> None:
    """Before, the twin is Enode's id; afterwards the whole past of the link is the twin's."""
    events = [
        _event("discovered", 1, _car("one", None)),
        _event("updated", 2, _car("one", None, percent=80)),
        _event("updated", 3, _car("one", VIN, percent=70)),
    ]
    app = _app([events[0]])
    assert _get(app, "/devices/one")["twinId"] == "one"

    app = _app(events[number] for number in order)

    assert _get(app, "/devices/one")["twinId"] == _twin()
    assert _levels(app, _twin())[-1] == ("one", 80, 70)
    assert _get(app, f"/devices/{_twin()}", at=instant.fixed(_at(2.5)))["id"] == "one"


@pytest.mark.parametrize("vin", [None, "UNKNOWN", "XXXXXXXXXXXXXXXXX"])
def test_junk_joins_nothing(vin: str | None) -> None:
    """Two cars of one user that tell the same placeholder stay two, each by Enode's id."""
    app = _app([_event("updated", 1, _car("one", vin)), _event("updated", 2, _car("two", vin))])

    listed = _get(app, "/users/anna/devices")["data"]

    assert [(one["id"], one["twinId"]) for one in listed] == [("one", "one"), ("two", "two")]


@pytest.mark.parametrize("order", list(permutations(range(5)))[::7])
def test_a_device_that_tells_another_identity_is_another_twin_from_then_on(order: tuple[int, ...]) -> None:
    """A swapped device: the former's past is the former's, whatever the order of arrival; swapped back, too."""
    events = [
        _event("updated", 1, _car("slot", VIN, percent=80)),
        _event("updated", 2, _car("slot", VIN, percent=70)),
        _event("updated", 3, _car("slot", OTHER_VIN, percent=20)),
        _event("updated", 4, _car("slot", OTHER_VIN, percent=10)),
        _event("updated", 5, _car("slot", VIN, percent=60)),
    ]
    app = _app(events[number] for number in order)
    first, other = _twin(), _twin(vin=OTHER_VIN)

    assert _get(app, f"/devices/{first}")["document"]["chargeState"]["batteryLevel"] == 60
    assert _status(app, f"/devices/{other}") == 404
    assert _levels(app, other) == [("slot", 20, 10)]
    assert _levels(app, first) == [("slot", 80, 70), ("slot", 70, 60)]
    at = {hour: instant.fixed(_at(hour)) for hour in (2.5, 3.5)}
    assert _get(app, f"/devices/{other}", at=at[3.5])["twinId"] == other
    assert _status(app, f"/devices/{other}", at=at[2.5]) == 404
    assert _get(app, f"/devices/{first}", at=at[2.5])["document"]["chargeState"]["batteryLevel"] == 70


@pytest.mark.parametrize("token", ["anna", "fleet"])
def test_an_id_that_only_looks_like_a_twins_is_unknown(token: str) -> None:
    """Made up, or of another key."""
    app = _app(_relinked())

    for path in ("", "/history", "/snapshots"):
        assert _status(app, f"/devices/tw_{'A' * 24}{path}", token) == 404


def test_enodes_own_routes_know_no_twins() -> None:
    """What is Enode's stays exactly Enode's."""
    app = _app(_relinked())

    assert _status(app, f"/vehicles/{_twin()}") == 404
    assert "twinId" not in _get(app, "/vehicles/two")


def _sent(app: App, method: str, path: str, token: str) -> int:
    return app.client(token).request(method, path).status_code


def test_an_operator_splits_a_device_off_its_twin_and_undoes_it() -> None:
    """Two chargers that tell one number no table knows: each gets Enode's id again, and what they tell goes on."""
    app = _app(_linked_twice())
    path = "/devices/old/split"

    assert _sent(app, "PUT", path, "fleet") == _sent(app, "PUT", path, "fleet") == 204
    assert _get(app, "/devices/old")["twinId"] == "old"
    assert _get(app, f"/devices/{_twin()}")["aliases"] == ["new"]
    assert [one["twinId"] for one in _get(app, "/users/anna/devices")["data"]] == [_twin(), "old"]
    assert app.deliver(a_delivery([_event("updated", 8, _car("old", percent=12))])) == 200
    assert _get(app, "/devices/old")["twinId"] == "old"

    assert _sent(app, "DELETE", path, "fleet") == _sent(app, "DELETE", path, "fleet") == 204
    assert _get(app, "/devices/old")["twinId"] == _twin()
    names = [kept.entry.name for kept in app.log.kept.values() if kept.entry.name.startswith("lastseen:twin")]
    assert sorted(set(names)) == ["lastseen:twin-split", "lastseen:twin-unsplit"]


def test_only_operators_split_and_only_what_is_a_twin() -> None:
    """A user is told so of their own device, and nothing of anybody else's."""
    app = _app([*_linked_twice(), _event("updated", 1, _car("plain", None))])

    for method in ("PUT", "DELETE"):
        assert _sent(app, method, "/devices/old/split", "anna") == 403
        assert _sent(app, method, "/devices/old/split", "ben") == 404
        assert _sent(app, method, "/devices/nobodys/split", "fleet") == 404
    assert _sent(app, "PUT", "/devices/plain/split", "fleet") == 404
    assert _get(app, "/devices/old")["twinId"] == _twin()


def test_a_device_that_was_split_off_and_tells_another_identity_is_that_twin() -> None:
    """It was split off one twin, not off all."""
    app = _app(_linked_twice())
    _sent(app, "PUT", "/devices/old/split", "fleet")

    app.deliver(a_delivery([_event("updated", 9, _car("old", OTHER_VIN))]))

    assert _get(app, "/devices/old")["twinId"] == _twin(vin=OTHER_VIN)


def test_the_links_of_a_twin_are_told_by_any_of_its_ids() -> None:
    """Living or not; users see their own, and no physical id."""
    app = _app([*_relinked(), _event("updated", 9, _car("bens", user_id="ben"))])

    found = _get(app, f"/devices/{_twin()}/links")

    assert found == _get(app, "/devices/two/links") == _get(app, "/devices/one/links")
    assert [(one["deviceId"], one["isLinked"]) for one in found["data"]] == [("two", True), ("one", False)]
    assert found.keys() == {"twinId", "data"}
    assert _status(app, f"/devices/{_twin()}/links", "ben") == 404


def test_operators_see_who_else_has_or_had_a_physical_device() -> None:
    """Under every user, each with a twin of its own."""
    app = _app([*_relinked(), _event("updated", 9, _car("bens", user_id="ben"))])

    found = _get(app, "/devices/two/links", "fleet")

    assert found["physicalId"] == TWIN_KEY.physical_id_of(_twin("ben")) == TWIN_KEY.physical_id_of(_twin())
    assert [(one["deviceId"], one["userId"], one["twinId"]) for one in found["others"]] == [
        ("bens", "ben", _twin("ben"))
    ]


def test_a_device_without_identity_is_its_own_only_link() -> None:
    """For operators, too: there is nothing that anybody else could have."""
    app = _app([_event("updated", 1, _car("plain", None))])

    assert _get(app, "/devices/plain/links", "fleet") == _get(app, "/devices/plain/links")
