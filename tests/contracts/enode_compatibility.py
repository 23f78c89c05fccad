"""The promise of a base-URL swap, as tests: a client generated for Enode's API sees no difference.

The package `enode` is generated from Enode's own description; nobody here wrote it. Driven by the same code, once
against Enode and once against Lastseen, with nothing changed but its server URL, token URL and credentials, it must
give equal objects and equal errors. Who takes this contract provides the two sides.

Of HEM systems the package reads nothing (its list gives no objects), so theirs are compared as JSON.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from enode import Enode, errors, models

type Json = dict[str, Any]

PROBLEMS = "https://developers.enode.com/api/problems/"
UNKNOWN = "00000000-0000-4000-8000-000000000000"


@dataclass(frozen=True)
class Side:
    """One of the two.

    Attributes:
        sdk: The generated client.
        raw: A client with a token of the same caller, for what the generated one cannot read.
    """

    sdk: Enode
    raw: httpx.Client


@dataclass(frozen=True)
class Sides:
    """Enode, and Lastseen in its place.

    Attributes:
        enode: The one.
        lastseen: The other.
        is_exact: Whether Lastseen has been told of Enode's very last contact with each device. Enode looks at devices
            without saying so while nothing changes, so otherwise its `lastSeen` may be the later one.
    """

    enode: Side
    lastseen: Side
    is_exact: bool

    def settled(self, seen: Json, by: Side) -> Json:
        """Take the moment of the last contact out of a device where it need not be the same."""
        if self.is_exact:
            return seen
        if "lastSeen" in (seen.get("status") or {}):
            return seen | {"status": seen["status"] | {"lastSeen": None}}
        return seen | {"last_seen": None}


@dataclass(frozen=True)
class Family:
    """How the generated client calls what it does with one kind of devices; no two kinds are called alike."""

    collection: str
    every: Callable[..., Any]
    of_user: Callable[..., Any]
    get: Callable[..., Any]
    hint: Callable[..., Any]


def families(sdk: Enode) -> Mapping[str, Family]:
    """Every kind that the generated client knows."""
    s = sdk
    found = [
        Family(
            "vehicles", s.vehicles.list, s.vehicles.list_for_user, s.vehicles.get, s.vehicles.refresh_hint
        ),
        Family(
            "chargers", s.chargers.list, s.chargers.list_for_user, s.chargers.get, s.chargers.refresh_data
        ),
        Family(
            "batteries",
            s.batteries.list,
            s.batteries.list_user_batteries,
            s.batteries.get,
            s.batteries.refresh_data,
        ),
        Family("hvacs", s.hvac.list, s.hvac.list_user_hva_cs, s.hvacs.get, s.hvacs.refresh_hint),
        Family(
            "inverters",
            s.solar_inverters.list_inverters,
            s.solar_inverters.list_user_inverters,
            s.solar_inverters.get_inverter,
            s.solar_inverters.refresh_hint,
        ),
        Family("meters", s.meters.list, s.meters.get_by_user, s.meters.get_meter, s.meters.refresh_hint),
    ]
    return {family.collection: family for family in found}


COLLECTIONS = ("vehicles", "chargers", "batteries", "hvacs", "inverters", "meters")
IDS = {
    "vehicles": "vehicle_id",
    "chargers": "charger_id",
    "batteries": "battery_id",
    "hvacs": "hvac_id",
    "inverters": "inverter_id",
    "meters": "meter_id",
}


def open_side(
    client: httpx.Client, *, server_url: str, token_url: str, client_id: str, client_secret: str
) -> Side:
    """Open a side: the same code for both, and these four are all that differs."""
    security = models.Security(client_id=client_id, client_secret=client_secret, token_url=token_url)
    sdk = Enode(security=security, server_url=server_url, client=client, timeout_ms=20_000)
    granted = client.post(
        token_url, auth=(client_id, client_secret), data={"grant_type": "client_credentials"}
    )
    client.base_url = httpx.URL(server_url)
    client.headers["authorization"] = f"Bearer {granted.raise_for_status().json()['access_token']}"
    return Side(sdk, client)


def walk(call: Callable[..., Any], size: int, **asked: Any) -> list[list[Any]]:
    """Give every page of a list, forward."""
    pages: list[list[Any]] = []
    after: str | None = None
    while True:
        page = call(page_size=size, after=after, **asked)
        pages.append([item.model_dump() for item in page.data])
        after = page.pagination.after
        if not after:
            return pages


def complaint(call: Callable[[], Any]) -> tuple[str, int, str | None]:
    """Give the error that a call ends in: its class, its status, and the type of the problem."""
    with pytest.raises(errors.EnodeError) as caught:
        call()
    error = caught.value
    type_ = error.raw_response.json().get("type") if error.status_code < 500 else None
    return type(error).__name__, error.status_code, type_


def by_id(items: Iterable[Json]) -> dict[str, Json]:
    """Items by id, each once."""
    listed = list(items)
    found = {item["id"]: item for item in listed}
    assert len(found) == len(listed), "something stands twice in a list"
    return found


class SwapContract:
    """What must be equal."""

    @pytest.mark.parametrize("collection", COLLECTIONS)
    @pytest.mark.parametrize("size", [1, 2, 50, 500])
    def test_every_device_is_listed_once_and_equal(self, sides: Sides, collection: str, size: int) -> None:
        """Whatever the size of pages; the order of a list is each server's own."""
        theirs, ours = (
            {
                id_: sides.settled(item, side)
                for id_, item in by_id(
                    item for page in walk(families(side.sdk)[collection].every, size) for item in page
                ).items()
            }
            for side in (sides.enode, sides.lastseen)
        )

        assert theirs
        assert ours == theirs

    @pytest.mark.parametrize("collection", COLLECTIONS)
    def test_pages_are_full_and_lead_back(self, sides: Sides, collection: str) -> None:
        """A walk has as many pages on either side, and `before` leads to where one came from."""
        shapes = []
        for side in (sides.enode, sides.lastseen):
            family = families(side.sdk)[collection]
            first = family.every(page_size=1)
            second = family.every(page_size=1, after=first.pagination.after)
            back = family.every(page_size=1, before=second.pagination.before)
            assert [one.id for one in back.data] == [one.id for one in first.data]
            assert first.pagination.before is None
            shapes.append([len(page) for page in walk(family.every, 2)])

        assert shapes[0] == shapes[1]

    @pytest.mark.parametrize("collection", COLLECTIONS)
    def test_each_users_devices_are_equal_listed_and_one_by_one(self, sides: Sides, collection: str) -> None:
        """Per-user lists and gets tell the same, for every user and device."""
        users = [user["id"] for user in sides.enode.raw.get("/users").json()["data"]]
        theirs, ours = (
            {
                user: {
                    id_: (sides.settled(item, side), sides.settled(self._got(side, collection, id_), side))
                    for id_, item in by_id(
                        item
                        for page in walk(families(side.sdk)[collection].of_user, 50, user_id=user)
                        for item in page
                    ).items()
                }
                for user in users
            }
            for side in (sides.enode, sides.lastseen)
        )

        assert any(theirs.values())
        assert ours == theirs

    def test_hem_systems_are_equal(self, sides: Sides) -> None:
        """As JSON: the generated client reads nothing of them."""
        theirs, ours = (
            {
                id_: sides.settled(item, side)
                for id_, item in by_id(side.raw.get("/hem-systems").json()["data"]).items()
            }
            for side in (sides.enode, sides.lastseen)
        )

        assert theirs
        assert ours == theirs

    def test_smart_charging_of_every_vehicle_is_equal(self, sides: Sides) -> None:
        """Whether an event has told of it or not; asked twice, it is the same."""
        vehicles = [one.id for one in sides.enode.sdk.vehicles.list().data]
        theirs, ours, again = (
            {
                id_: side.sdk.vehicles.get_smart_charging_status(vehicle_id=id_).model_dump()
                for id_ in vehicles
            }
            for side in (sides.enode, sides.lastseen, sides.lastseen)
        )

        assert theirs
        assert ours == theirs
        assert again == theirs

    def test_last_contact_is_never_told_later_than_enode_does(self, sides: Sides) -> None:
        """It moves at Enode without an event; what Lastseen has may be older, not newer, and says so."""
        for collection in COLLECTIONS:
            theirs, ours = (
                {one.id: one.last_seen for one in families(side.sdk)[collection].every().data}
                for side in (sides.enode, sides.lastseen)
            )
            assert all(ours[id_] <= theirs[id_] for id_ in theirs)

    def test_linked_vendors_are_equal_for_accounts_with_devices(self, sides: Sides) -> None:
        """Of every user. That an account stays linked when its last device leaves, no event tells."""
        users = [user["id"] for user in sides.enode.raw.get("/users").json()["data"]]
        theirs, ours = (
            {
                (user, one.vendor.value, one.vendor_type.value, one.is_valid)
                for user in users
                for one in side.sdk.user_management.get(user_id=user).linked_vendors
            }
            for side in (sides.enode, sides.lastseen)
        )
        owned = {
            (one.user_id, one.vendor.value)
            for family in families(sides.enode.sdk).values()
            for one in family.every().data
        }

        assert theirs
        assert ours == {account for account in theirs if account[:2] in owned}

    @pytest.mark.parametrize("size", [1, 2, 50, 500])
    def test_every_user_is_listed_once_and_equal(self, sides: Sides, size: int) -> None:
        """Read by the generated client, which refuses a whole page for one null; and to the letter."""
        theirs, ours = (
            by_id(user for page in walk(side.sdk.user_management.list, size) for user in page)
            for side in (sides.enode, sides.lastseen)
        )
        their_words, our_words = (
            by_id(side.raw.get("/users").json()["data"]) for side in (sides.enode, sides.lastseen)
        )

        assert theirs
        assert ours == theirs
        assert our_words == their_words

    @pytest.mark.parametrize("collection", COLLECTIONS)
    def test_an_unknown_device_is_the_same_error(self, sides: Sides, collection: str) -> None:
        """For a get, and for a refresh."""
        asked = {IDS[collection]: UNKNOWN}
        for name in ("get", "hint"):
            theirs, ours = (
                complaint(lambda side=side, name=name: getattr(families(side.sdk)[collection], name)(**asked))  # type: ignore[misc]
                for side in (sides.enode, sides.lastseen)
            )
            assert ours == theirs
            assert theirs[1] == 404

    def test_smart_charging_of_an_unknown_vehicle_is_the_same_error(self, sides: Sides) -> None:
        """As of any device."""
        theirs, ours = (
            complaint(lambda side=side: side.sdk.vehicles.get_smart_charging_status(vehicle_id=UNKNOWN))  # type: ignore[misc]
            for side in (sides.enode, sides.lastseen)
        )
        assert ours == theirs
        assert theirs[1] == 404

    @pytest.mark.parametrize(
        "asked", [{"page_size": 0}, {"page_size": -1}, {"after": "nonsense"}, {"after": "a", "before": "b"}]
    )
    def test_a_bad_question_is_the_same_error(self, sides: Sides, asked: dict[str, Any]) -> None:
        """Sizes and cursors that are none."""
        for collection in COLLECTIONS:
            theirs, ours = (
                complaint(lambda side=side, one=collection: families(side.sdk)[one].every(**asked))  # type: ignore[misc]
                for side in (sides.enode, sides.lastseen)
            )
            assert ours == theirs
            assert theirs[1] == 400

    def test_readiness_is_the_same_and_told_to_anyone(self, sides: Sides) -> None:
        """204 without a token."""
        for side in (sides.enode, sides.lastseen):
            question = side.raw.build_request("GET", "/health/ready")
            del question.headers["authorization"]
            answer = side.raw.send(question)
            assert (answer.status_code, answer.content) == (204, b"")

    @pytest.mark.parametrize("path", ["/vehicles", "/users", "/vehicles/nobodys", "/chargers?pageSize=1"])
    def test_head_is_the_same_as_get_without_a_body(self, sides: Sides, path: str) -> None:
        """With the status that GET has."""
        get, head = sides.lastseen.raw.get(path), sides.lastseen.raw.head(path)
        assert (head.status_code, head.content) == (get.status_code, b"")

    def test_an_unknown_user_is_the_same_error(self, sides: Sides) -> None:
        """For their vendors, and for each of their lists."""
        for side in (sides.enode, sides.lastseen):
            calls = [side.sdk.user_management.get, *(one.of_user for one in families(side.sdk).values())]
            complaints = {complaint(lambda call=call: call(user_id="nobody")) for call in calls}  # type: ignore[misc]
            assert {one[1:] for one in complaints} == {(404, f"{PROBLEMS}not-found")}

    def _got(self, side: Side, collection: str, id_: str) -> Json:
        found: Json = families(side.sdk)[collection].get(**{IDS[collection]: id_}).model_dump()
        return found
