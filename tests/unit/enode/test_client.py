"""Proves `enode/client.py`, `enode/models.py`, `domain/observation.py`:
what Enode says about devices and users, asked now: pages, gets and hints, and what counts as an answer.
"""

import json

import pytest

from lastseen.domain import document
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.observation import LinkedVendor, ListedUser
from lastseen.enode.events import LARGEST_DOCUMENT
from lastseen.enode.models import MOST_LISTED
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.ports import Enode
from tests.support.builders import a_smart_charging_status
from tests.support.device_documents import USER, a_charger, a_device, a_vehicle
from tests.support.scripted_enode import NOON, Reply, ScriptedEnode, lists, refuses, says

CAR = DeviceId(DeviceKind.VEHICLE, a_vehicle()["id"])
ROUTE_NOT_FOUND = "Route not found"
HALF_AN_EMOJI = "\ud83d"


def test_the_client_honours_the_port() -> None:
    """mypy reads this line."""
    port: Enode = ScriptedEnode().client()

    assert port is not None


@pytest.mark.parametrize("kind", DeviceKind)
def test_a_device_is_read_as_it_was_sent(kind: DeviceKind) -> None:
    """Not a property more or less, so that what Enode adds tomorrow is kept today."""
    document = a_device(kind, addedTomorrow={"n": [1, 2.50, None]})
    enode = ScriptedEnode(says(document))

    reading = enode.client().device(DeviceId(kind, document["id"]))

    assert reading is not None
    assert (reading.document, reading.user_id, reading.at) == (document, USER, NOON)
    assert enode.paths == [f"GET /{kind.collection}/{document['id']}"]


def test_a_device_that_enode_does_not_have_is_none() -> None:
    """This word ends a device's life in our store."""
    assert ScriptedEnode(refuses(404)).client().device(CAR) is None


@pytest.mark.parametrize(
    "reply",
    [
        refuses(404, ROUTE_NOT_FOUND),
        says(b"<h1>Not Found</h1>", 404),
        says(status=404),
        says([], 404),
        refuses(403, "Forbidden"),
        refuses(410, "Gone"),
        says(status=302),
    ],
    ids=lambda reply: f"{reply.status_code} {reply.content.decode()}",
)
def test_only_enodes_own_not_found_ends_a_device(reply: Reply) -> None:
    """A wrong address or a proxy's page must not delete a fleet."""
    with pytest.raises(EnodeUnavailable):
        ScriptedEnode(reply).client().device(CAR)


@pytest.mark.parametrize(
    "reply",
    [
        says(b""),
        says(b"<html>"),
        says(b"\xff\xfe"),
        says(b"[" * 100_000),
        says([]),
        says({"data": []}),
        says(a_vehicle(id="another")),
        says(a_vehicle(userId=None)),
        says(a_vehicle(vendor=HALF_AN_EMOJI)),
    ],
)
def test_a_success_that_is_not_the_device_is_no_answer(reply: Reply) -> None:
    """Neither is it None: what cannot be read is not gone. The status tells it from an outage."""
    with pytest.raises(EnodeUnavailable) as raised:
        ScriptedEnode(reply).client().device(CAR)

    assert raised.value.status == 200


def test_a_smart_charging_status_is_read_as_it_was_sent() -> None:
    """With its owner and its date; the id is escaped as everywhere."""
    status = a_smart_charging_status(vehicleId="a b/1", userId=USER, addedTomorrow=[1, 2.50])
    enode = ScriptedEnode(says(status))

    reading = enode.client().smart_charging_status("a b/1")

    assert reading is not None
    assert (reading.document, reading.user_id, reading.at) == (status, USER, NOON)
    assert reading.device == DeviceId(DeviceKind.VEHICLE, "a b/1")
    assert enode.paths == ["GET /vehicles/a%20b%2F1/smart-charging-status"]


def test_of_a_vehicle_that_enode_does_not_have_there_is_no_status() -> None:
    """Its own 404, and no other."""
    assert ScriptedEnode(refuses(404)).client().smart_charging_status("car") is None


@pytest.mark.parametrize(
    "reply",
    [
        says(b"<html>"),
        says([]),
        says({}),
        says(a_smart_charging_status(vehicleId="another")),
        says(a_smart_charging_status(vehicleId="car", userId=None)),
        says(a_smart_charging_status(vehicleId="car", plan="x" * LARGEST_DOCUMENT)),
        says(json.dumps(a_smart_charging_status(vehicleId="car")).replace("null", f"1{'0' * 400}").encode()),
        says(json.dumps(a_smart_charging_status(vehicleId="car", plan=0)).encode()[:-1] + b', "x": NaN}'),
        says(
            json.dumps(a_smart_charging_status(vehicleId="car", plan=0)).encode()[:-1]
            + b', "x": '
            + b"[" * 300
            + b"]" * 300
            + b"}"
        ),
        refuses(404, ROUTE_NOT_FOUND),
        refuses(403, "Forbidden"),
        refuses(400, "Bad Request"),
    ],
)
def test_what_is_no_status_of_the_vehicle_is_no_answer(reply: Reply) -> None:
    """Neither kept nor taken for a vehicle that is gone."""
    with pytest.raises(EnodeUnavailable):
        ScriptedEnode(reply).client().smart_charging_status("car")


def test_a_page_has_its_devices_its_cursor_and_its_date() -> None:
    """The caller walks, and saves the cursor where it must stop."""
    enode = ScriptedEnode(lists(a_vehicle(), a_vehicle(id="second"), after="bmV4dA=="))

    page = enode.client().devices(DeviceKind.VEHICLE)

    assert [reading.device.id for reading in page.items] == [CAR.id, "second"]
    assert page.items[0].document == a_vehicle()
    assert (page.after, page.at, page.unusable) == ("bmV4dA==", NOON, 0)
    assert enode.paths == ["GET /vehicles?pageSize=50"]


def test_the_next_page_is_asked_for_with_the_cursor() -> None:
    """Whatever characters it has."""
    enode = ScriptedEnode(lists())

    page = enode.client().devices(DeviceKind.HEM_SYSTEM, after="a+b/c==&x")

    assert (page.items, page.after) == ((), None)
    assert enode.paths == ["GET /hem-systems?pageSize=50&after=a%2Bb%2Fc%3D%3D%26x"]


def test_one_users_devices_are_asked_for_under_the_user() -> None:
    """Ids of users are the customer's own and may need escaping."""
    enode = ScriptedEnode(lists(a_charger()))

    page = enode.client().devices(DeviceKind.CHARGER, user_id="auth0|42")

    assert len(page.items) == 1
    assert enode.paths == ["GET /users/auth0%7C42/chargers?pageSize=50"]


@pytest.mark.parametrize(
    ("id_", "segment"),
    [
        ("a/b", "a%2Fb"),
        ("a?b", "a%3Fb"),
        ("a#b", "a%23b"),
        ("a b", "a%20b"),
        ("a+b", "a%2Bb"),
        ("../users", "..%2Fusers"),
        ("a%2Fb", "a%252Fb"),
        ("100%", "100%25"),
        ("Åsa", "%C3%85sa"),
        ("a\r\nHost: b", "a%0D%0AHost%3A%20b"),
        ("\0", "%00"),
        ("{guid}", "%7Bguid%7D"),
        ("\U0001f697", "%F0%9F%9A%97"),
    ],
)
def test_an_id_is_one_segment_of_a_path_whatever_it_holds(id_: str, segment: str) -> None:
    """Percent-encoded once: it leads to itself and nowhere else, in every question there is."""
    replies = [says(a_vehicle(id=id_)), lists(), says({"linkedVendors": []}), says(None, status=204)]
    enode = ScriptedEnode(*replies)
    client = enode.client()

    client.device(DeviceId(DeviceKind.VEHICLE, id_))
    client.devices(DeviceKind.VEHICLE, user_id=id_)
    client.linked_vendors(id_)
    client.hint(DeviceId(DeviceKind.VEHICLE, id_))

    assert enode.paths == [
        f"GET /vehicles/{segment}",
        f"GET /users/{segment}/vehicles?pageSize=50",
        f"GET /users/{segment}",
        f"POST /vehicles/{segment}/refresh-hint",
    ]


def test_what_enode_is_asked_for_is_named_in_messages_as_it_is_sent() -> None:
    """An id may hold a line break, and messages end up in logs."""
    client = ScriptedEnode(refuses(400, "Bad Request")).client()

    with pytest.raises(EnodeUnavailable) as caught:
        client.device(DeviceId(DeviceKind.VEHICLE, "a\nERROR b"))

    assert "GET /vehicles/a%0AERROR%20b" in str(caught.value)


@pytest.mark.parametrize("bad", ["", ".", "..", "x" * 257, "\ud83d", "\U0001f697" * 226])
def test_what_is_no_id_leads_nowhere(bad: str) -> None:
    """It could lead to another path; whoever asks has looked before."""
    client = ScriptedEnode().client()

    with pytest.raises(ValueError, match="not an id"):
        client.device(DeviceId(DeviceKind.VEHICLE, bad))
    with pytest.raises(ValueError, match="not an id"):
        client.devices(DeviceKind.VEHICLE, user_id=bad)


@pytest.mark.parametrize(
    "element",
    [
        42,
        None,
        "half a car",
        [],
        {},
        a_vehicle(id=None),
        a_vehicle(id=".."),
        a_vehicle(userId=17),
        a_vehicle(vendor=HALF_AN_EMOJI),
        a_vehicle(odometer={"distance": float("inf")}),
        a_vehicle(information={"displayName": "x" * 200_000}),
    ],
    ids=lambda element: str(element)[:40],
)
def test_an_unusable_element_costs_only_itself(element: object) -> None:
    """It is left out and counted; its neighbours are not concerned."""
    enode = ScriptedEnode(lists(a_vehicle(), element, a_vehicle(id="third"), after="go-on"))
    client = enode.client()

    page = client.devices(DeviceKind.VEHICLE)

    assert [reading.device.id for reading in page.items] == [CAR.id, "third"]
    assert (page.unusable, client.stats.unusable, page.after) == (1, 1, "go-on")


def test_a_page_of_more_elements_than_anybody_asked_for_is_none() -> None:
    """Fifty are asked for; a million would be looked at one by one."""
    enode = ScriptedEnode(lists(*[{}] * (MOST_LISTED + 1)), lists(*[float("nan")] * (MOST_LISTED + 1)))
    client = enode.client()

    for _ in range(2):
        with pytest.raises(EnodeUnavailable, match="more elements"):
            client.devices(DeviceKind.VEHICLE)


def test_what_is_kept_of_an_answer_besides_documents_has_a_bound_too() -> None:
    """A cursor stands in the record of a reconcile, vendors are looked at one by one: no answer may fill them."""
    vendor = {"vendor": "TESLA", "vendorType": "vehicle", "isValid": True}
    enode = ScriptedEnode(lists(after="x" * 5_000), says({"linkedVendors": [vendor] * (MOST_LISTED + 1)}))
    client = enode.client()

    with pytest.raises(EnodeUnavailable):
        client.devices(DeviceKind.VEHICLE)
    with pytest.raises(EnodeUnavailable):
        client.linked_vendors("anna")


def test_a_number_beyond_all_numbers_costs_only_its_device() -> None:
    """JSON can write it, and cannot say it."""
    body = b'{"data": [{"id": "a", "userId": "b", "n": 1e999}], "pagination": {"after": null}}'

    page = ScriptedEnode(says(body)).client().devices(DeviceKind.VEHICLE)

    assert (page.items, page.unusable) == ((), 1)


@pytest.mark.parametrize(
    "reply",
    [
        says(b"not json"),
        says([]),
        says({"data": []}),
        says({"data": {}, "pagination": {"after": None}}),
        says({"data": [], "pagination": None}),
        says({"data": [], "pagination": {"after": 7}}),
        says(status=204),
        refuses(404, ROUTE_NOT_FOUND),
        refuses(404),
        refuses(403, "Forbidden"),
    ],
    ids=lambda reply: f"{reply.status_code} {reply.content.decode()[:50]}",
)
def test_a_list_that_is_none_is_no_empty_list(reply: Reply) -> None:
    """Who took it for one would find that every device is gone."""
    with pytest.raises(EnodeUnavailable):
        ScriptedEnode(reply).client().devices(DeviceKind.VEHICLE)


def test_a_cursor_that_enode_does_not_know_can_be_told_by_its_status() -> None:
    """A saved one may be too old; the walk then begins again."""
    with pytest.raises(EnodeUnavailable, match='"Bad Request"') as raised:
        ScriptedEnode(refuses(400, "Bad Request")).client().devices(DeviceKind.VEHICLE, after="old")

    assert raised.value.status == 400


def test_a_page_that_leads_to_itself_ends_the_walk() -> None:
    """Nobody walks in a circle for ever."""
    with pytest.raises(EnodeUnavailable, match="does not move on"):
        ScriptedEnode(lists(after="same")).client().devices(DeviceKind.VEHICLE, after="same")


@pytest.mark.parametrize("pagination", [{}, {"after": None}, {"after": ""}])
def test_the_last_page_has_no_cursor(pagination: dict[str, str | None]) -> None:
    """However that is written."""
    reply = says({"data": [], "pagination": pagination})

    assert ScriptedEnode(reply).client().devices(DeviceKind.VEHICLE).after is None


def test_a_user_whom_enode_does_not_have_has_no_devices() -> None:
    """A deleted user must not stop a sweep; that the devices are gone is asked device by device."""
    page = ScriptedEnode(refuses(404)).client().devices(DeviceKind.VEHICLE, user_id="left")

    assert (page.items, page.after, page.at) == ((), None, NOON)


@pytest.mark.parametrize(
    "reply", [refuses(403, "Forbidden"), refuses(404, ROUTE_NOT_FOUND), says(status=404)]
)
def test_a_client_without_hem_systems_has_none(reply: Reply) -> None:
    """They are a beta that Enode switches on by client; without it the rest of the fleet is walked all the same."""
    assert ScriptedEnode(reply).client().devices(DeviceKind.HEM_SYSTEM).items == ()


@pytest.mark.parametrize("reply", [refuses(403, "Forbidden"), refuses(404, ROUTE_NOT_FOUND)])
def test_a_hem_system_is_not_gone_because_the_beta_ended(reply: Reply) -> None:
    """The list may be empty then, but the get does not say no."""
    with pytest.raises(EnodeUnavailable):
        ScriptedEnode(reply).client().device(DeviceId(DeviceKind.HEM_SYSTEM, "home"))


def test_users_are_listed_with_what_enode_says_of_them() -> None:
    """Untouched, the milliseconds of `createdAt` and all; those that cannot be kept are left out and counted."""
    ada = {"id": "ada", "createdAt": "2026-03-01T12:00:00.070Z", "scopes": ["all"]}
    elements = [ada, {"id": ".."}, {"id": "bo", "nickname": "x" * LARGEST_DOCUMENT}, {}, 7]
    enode = ScriptedEnode(lists(*elements, after="more"))

    page = enode.client().users()

    assert page.items == (ListedUser("ada", document.encode(ada), NOON),)
    assert (page.after, page.unusable, page.at) == ("more", 4, NOON)
    assert enode.paths == ["GET /users?pageSize=50"]


def test_users_that_lead_to_themselves_end_the_walk() -> None:
    """As with devices."""
    with pytest.raises(EnodeUnavailable, match="does not move on"):
        ScriptedEnode(lists(after="same")).client().users(after="same")


def test_a_users_vendors_say_whether_their_credentials_live() -> None:
    """What cannot be read is left out and counted; whatever is no plain yes or no would be read as dead, or alive."""
    linked = [
        {"vendor": "TESLA", "vendorType": "vehicle", "isValid": True, "isNew": 1},
        {"vendor": "ADAX", "vendorType": "hvac", "isValid": False},
        {"vendor": "NIBE"},
        *({"vendor": "BMW", "vendorType": "vehicle", "isValid": odd} for odd in (0, 1, "false", "no", None)),
    ]
    client = ScriptedEnode(says({"id": "ada", "linkedVendors": linked})).client()

    vendors = client.linked_vendors("ada")

    assert vendors == (LinkedVendor("TESLA", "vehicle", True), LinkedVendor("ADAX", "hvac", False))
    assert client.stats.unusable == 1 + 5


def test_a_user_whom_enode_does_not_have_is_none() -> None:
    """As with devices, on Enode's own word only."""
    assert ScriptedEnode(refuses(404)).client().linked_vendors("left") is None
    with pytest.raises(EnodeUnavailable):
        ScriptedEnode(refuses(404, ROUTE_NOT_FOUND)).client().linked_vendors("left")
    with pytest.raises(EnodeUnavailable):
        ScriptedEnode(says({"id": "ada"})).client().linked_vendors("ada")


def test_a_hint_is_registered() -> None:
    """204, and nothing else is said."""
    enode = ScriptedEnode(says(status=204))

    assert enode.client().hint(CAR) is True
    assert enode.paths == [f"POST /vehicles/{CAR.id}/refresh-hint"]


def test_a_hint_for_a_device_that_enode_does_not_have_is_false() -> None:
    """The sweep then asks whether it is gone."""
    assert ScriptedEnode(refuses(404)).client().hint(CAR) is False


def test_a_hem_system_is_never_hinted() -> None:
    """Enode has no such call."""
    enode = ScriptedEnode()

    assert enode.client().hint(DeviceId(DeviceKind.HEM_SYSTEM, "home")) is False
    assert enode.asked == []


def test_a_hint_is_repeated_once_at_most() -> None:
    """It does no harm, but it is a favour."""
    enode = ScriptedEnode(says(status=503), says(status=503))

    with pytest.raises(EnodeUnavailable):
        enode.client().hint(CAR)

    assert len(enode.asked) == 2


@pytest.mark.parametrize("reply", [refuses(400, "Bad Request"), refuses(404, ROUTE_NOT_FOUND)])
def test_a_hint_that_was_not_taken_is_an_error(reply: Reply) -> None:
    """It does not count as sent."""
    with pytest.raises(EnodeUnavailable):
        ScriptedEnode(reply).client().hint(CAR)


def test_each_run_counts_for_itself_on_the_same_connections() -> None:
    """A warm function makes many runs with one client."""
    client = ScriptedEnode(lists(), lists(), lists()).client()
    first, second = client.within(), client.within()

    first.users()
    second.users()
    second.users()

    assert (first.stats.requests, second.stats.requests, client.stats.requests) == (2, 2, 0)
    assert (first.stats.tokens, second.stats.tokens) == (1, 0)
    assert first.session.transport.http is second.session.transport.http


def test_a_deadline_holds_for_everything_asked_within_it() -> None:
    """The time for a token is part of it."""
    enode = ScriptedEnode()
    hasty = enode.client().within(Deadline(0, enode.time.clock))

    with pytest.raises(EnodeUnavailable, match="no time is left"):
        hasty.device(CAR)

    assert enode.asked_for_tokens == []
