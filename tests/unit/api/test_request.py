"""Proves `api/request.py`:
what a caller asks for is read as it was meant, or refused; nothing passes that was not bounded.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.api import request
from lastseen.domain.device import DeviceKind
from lastseen.domain.freshness import Verdict
from lastseen.errors import BadRequest, NotServed, Rejected, UnknownDevice, UnknownUser
from tests.support.builders import ODD_IDS, Json
from tests.support.read_requests import FLEET, asked, of

AWKWARD = [
    "",
    " ",
    ".",
    "..",
    "a/b",
    "a\\b",
    "a#b",
    "a%2Fb",
    "a b",
    "a\0",
    "a\n",
    "\n",
    "é",
    "\ud800",
    "a" * 257,
    "a" * 2048,
    "{id}",
    "$",
    "*",
    "'",
    '"',
    "<script>",
    "car-1\r\nset-cookie: x=y",
]
"""Texts that a careless reader would stumble over."""

NO_IDS = ["", ".", "..", "a" * 257, "a" * 2048, "\0" * 257, "\U0001f697" * 226, "\ud800", "a\udc00"]
"""Texts that may not be ids."""


def _queried(**query: str) -> Json:
    return asked("/vehicles", query)


# ----------------------------------------------------------------------------------------------- the caller


def test_a_caller_is_the_user_of_the_claim() -> None:
    """The claim's name is the deployment's to say."""
    caller = request.caller(asked("/vehicles", claims={"sub": "x", "user": "anna"}), user_id_claim="user")

    assert (caller.user_id, caller.sees_all) == ("anna", False)


@pytest.mark.parametrize(
    "scope", ["", "openid", "fleet:reader", "xfleet:read", "fleet:read,other", "FLEET:READ"]
)
def test_only_the_very_scope_sees_all(scope: str) -> None:
    """Scopes are words between spaces; a longer word is another scope."""
    event = asked("/vehicles", claims={"sub": "anna", "scope": scope})

    assert request.caller(event, user_id_claim="sub").sees_all is False
    assert request.caller(asked("/vehicles", claims=FLEET), user_id_claim="sub").sees_all is True


@pytest.mark.parametrize("claims", [{}, {"sub": ""}, {"sub": ".."}, {"sub": "a" * 257}, {"sub": "\ud83d"}])
def test_a_token_without_a_usable_user_sees_nobody(claims: dict[str, str]) -> None:
    """A claim that could not be a key of ours is nobody, not an error."""
    caller = request.caller(asked("/vehicles", claims=claims), user_id_claim="sub")

    assert (caller.user_id, caller.sees_all, caller.may_see("anna")) == (None, False, False)


@pytest.mark.parametrize("context", [None, {}, {"authorizer": None}, {"authorizer": {"jwt": None}}], ids=repr)
def test_without_an_authorizer_nobody_asks(context: Json | None) -> None:
    """If a route ever lost its authorizer, it would show nothing, instead of everything."""
    event = asked("/vehicles") | {"requestContext": context}

    assert request.caller(event, user_id_claim="sub").user_id is None


# ------------------------------------------------------------------------------------------------- the path


@pytest.mark.parametrize("text", NO_IDS)
def test_what_cannot_be_an_id_is_an_unknown_user_or_device(text: str) -> None:
    """Before any store is asked; the refusal does not repeat it."""
    event: Json = {"pathParameters": {"userId": text, "deviceId": text}}

    with pytest.raises(UnknownUser) as no_user:
        request.user_id(event)
    with pytest.raises(UnknownDevice) as no_device:
        request.device_id(event)

    assert len(str(no_user.value)) < 60
    assert len(str(no_device.value)) < 60


def test_ids_pass_as_they_are() -> None:
    """Those of identity providers too."""
    for id_ in ("05ee9df5-d072-4ee8-b773-399dec8f5693", "auth0|42", "anna@example.com", *ODD_IDS):
        assert request.user_id({"pathParameters": {"userId": id_}}) == id_
        assert request.device_id({"pathParameters": {"deviceId": id_}}) == id_


@pytest.mark.parametrize("id_", ODD_IDS, ids=lambda id_: ascii(id_)[:30])
def test_an_id_may_stand_in_the_query_where_the_path_has_a_dash(id_: str) -> None:
    """API Gateway decodes paths before it routes; in a query `/`, `?` and `%` arrive."""
    user = {"pathParameters": {"userId": "-"}, "queryStringParameters": {"userId": id_, "deviceId": "x"}}
    device = {"pathParameters": {"deviceId": "-"}, "queryStringParameters": {"deviceId": id_}}

    assert (request.user_id(user), request.device_id(device)) == (id_, id_)


def test_an_id_in_the_query_counts_only_in_place_of_a_dash() -> None:
    """Without one, a dash is an id itself; and what is no id is none there either."""
    other = {"pathParameters": {"userId": "anna"}, "queryStringParameters": {"userId": "ben"}}

    assert request.user_id(other) == "anna"
    assert request.user_id({"pathParameters": {"userId": "-"}}) == "-"
    with pytest.raises(UnknownUser):
        request.user_id({"pathParameters": {"userId": "-"}, "queryStringParameters": {"userId": ".."}})


@pytest.mark.parametrize("id_", ODD_IDS, ids=lambda id_: ascii(id_)[:30])
def test_the_claim_of_a_caller_may_be_any_id(id_: str) -> None:
    """What the identity provider calls a user is what Enode was told."""
    assert request.caller(asked("/vehicles", claims=of(id_)), user_id_claim="sub").user_id == id_


@pytest.mark.parametrize("text", NO_IDS)
def test_a_claim_that_is_no_id_is_nobodys(text: str) -> None:
    """The caller sees nothing."""
    assert request.caller(asked("/vehicles", claims=of(text)), user_id_claim="sub").user_id is None


def test_a_vendor_is_given_in_the_form_by_which_they_are_compared() -> None:
    """Whatever its case."""
    for text in ("ALFA ROMEO", "Alfa Romeo", "alfa romeo"):
        assert request.vendor(asked("/users/a/devices", {"vendor": text})) == "ALFA ROMEO"


def test_a_missing_path_parameter_is_an_unknown_id() -> None:
    """Not a KeyError."""
    with pytest.raises(UnknownUser):
        request.user_id({})
    with pytest.raises(NotServed):
        request.collection({"pathParameters": None})


@pytest.mark.parametrize("kind", DeviceKind)
def test_each_kind_has_its_collection(kind: DeviceKind) -> None:
    """As Enode's paths have them."""
    assert request.collection({"pathParameters": {"collection": kind.collection}}) is kind


@pytest.mark.parametrize("text", ["vehicle", "Vehicles", "vehicles ", "devices", *AWKWARD])
def test_any_other_collection_is_not_served(text: str) -> None:
    """The refusal says which there are."""
    with pytest.raises(NotServed, match="hem-systems"):
        request.collection({"pathParameters": {"collection": text}})


# ------------------------------------------------------------------------------------------------ the query


@pytest.mark.parametrize(
    ("text", "size"), [("1", 1), ("100", 100), ("007", 7), ("101", 100), ("1000", 100), ("9" * 5000, 100)]
)
def test_page_sizes_from_1_on_are_taken_and_those_above_100_are_100(text: str, size: int) -> None:
    """Enode has no maximum that it tells; a client that pages on gets everything with ours."""
    assert request.page_size(_queried(pageSize=text)) == size
    assert request.page_size(asked("/vehicles")) == 50


@pytest.mark.parametrize(
    "text",
    ["", "0", "000", "-1", "1.0", "1e1", " 1", "1\n", "\u00b2", "\u0661", "fifty", "1,2"],
)
def test_any_other_page_size_is_a_bad_request(text: str) -> None:
    """Digits of other scripts are digits to Python."""
    with pytest.raises(BadRequest):
        request.page_size(_queried(pageSize=text))


def test_after_and_before_exclude_each_other() -> None:
    """There is no page that is behind one place and in front of another."""
    assert request.cursors(_queried(after="a")) == ("a", None)
    assert request.cursors(_queried(before="b")) == (None, "b")
    with pytest.raises(BadRequest):
        request.cursors(_queried(after="a", before="b"))


def test_an_empty_cursor_is_none() -> None:
    """A client that fills a template in for the first page sends one."""
    assert request.cursors(_queried(after="")) == (None, None)
    assert request.cursors(_queried(before="", after="a")) == ("a", None)
    assert request.cursors(_queried(before="b", after="")) == (None, "b")


@pytest.mark.parametrize(
    "text",
    [
        "2026-03-01T12:00:00Z",
        "2026-03-01T12:00:00.000Z",
        "2026-03-01T13:00:00+01:00",
        "2026-03-01T13:00:00 01:00",
    ],
)
def test_moments_in_any_zone(text: str) -> None:
    """A plus sign that was not encoded arrives as a space."""
    assert request.moment(_queried(at=text), "at") == datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert request.moment(asked("/vehicles"), "at") is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "now",
        "2026-03-01",
        "1772366400",
        "2026-02-30T12:00:00Z",
        "2026-03-01T25:00:00Z",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+23:00",
        "9999-12-31T23:59:59-23:00",
        "2026-03-01T12:00:00+99:99",
        "2026-03-01T12:00:00Z\n",
        "\uff12\uff10\uff12\uff16-03-01T12:00:00Z",
        "2026-03-01T12:00:00Z'--",
        "9" * 5000,
    ],
)
def test_any_other_moment_is_a_bad_request(text: str) -> None:
    """Not an overflow, not a crash; the refusal says how a moment looks."""
    with pytest.raises(BadRequest, match="2026-03-01T12:00:00Z"):
        request.moment(_queried(at=text), "at")
    with pytest.raises(BadRequest, match="'at' is missing"):
        request.needed_moment(asked("/vehicles"), "at")


def test_words_are_those_we_know() -> None:
    """Kind, verdict and order; without one, all and the oldest first."""
    assert request.kind(_queried(kind="hem-system")) is DeviceKind.HEM_SYSTEM
    assert request.verdict(_queried(verdict="gone")) is Verdict.GONE
    assert request.newest_first(_queried(order="desc")) is True
    assert request.newest_first(_queried(order="asc")) is False
    nothing = asked("/vehicles")
    assert (request.kind(nothing), request.verdict(nothing), request.newest_first(nothing)) == (
        None,
        None,
        False,
    )


@pytest.mark.parametrize(
    "read", [request.kind, request.verdict, request.newest_first], ids=lambda read: read.__name__
)
@pytest.mark.parametrize("text", ["", "vehicles", "Fresh", "asc,desc", "vehicle,charger", "\0", "a" * 2048])
def test_any_other_word_is_a_bad_request(read: Callable[[Json], Any], text: str) -> None:
    """A filter that is quietly passed over would answer another question."""
    with pytest.raises(BadRequest, match="must be one of"):
        read(_queried(kind=text, verdict=text, order=text))


def test_fields_are_paths_joined_by_commas() -> None:
    """At most fifty; without them, the whole."""
    assert request.fields(_queried(fields="lastSeen,chargeState.batteryLevel")) == [
        "lastSeen",
        "chargeState.batteryLevel",
    ]
    assert request.fields(asked("/vehicles")) is None
    assert len(request.fields(_queried(fields=",".join(["id"] * 50))) or ()) == 50


@pytest.mark.parametrize(
    "text",
    ["", ",", "id,", "a" * 129, ",".join(["id"] * 51), "a\\", "id,b\\"],
)
def test_what_are_no_paths_is_a_bad_request(text: str) -> None:
    """Bounded in form and number."""
    with pytest.raises(BadRequest, match="fields"):
        request.fields(_queried(fields=text))


@pytest.mark.parametrize(
    "path", ["$exists", "chargeState", "schedules.4eaeb363-296d-4ccc-a973-7805e6f400bd.status"]
)
def test_a_field_is_one_path(path: str) -> None:
    """Those that name schedules and actions by their ids too."""
    assert request.field(_queried(field=path)) == path


@pytest.mark.parametrize("name", ["a b", "a/b", "é", "2nd", "__a", "-", "\U0001f697", "a\nb"])
def test_a_name_is_asked_for_plainly_wherever_only_one_can_be_meant(name: str) -> None:
    """Nothing but a dot, a backslash and, among several, a comma parts or quotes anything."""
    assert request.field(_queried(field=name)) == name
    assert request.field(_queried(field=f"{name},x")) == f"{name},x"
    assert request.fields(_queried(fields=f"{name},chargeState.{name}")) == [name, f"chargeState.{name}"]


def test_a_field_may_hold_any_character_with_a_backslash_in_front() -> None:
    """It is asked for as histories write it."""
    assert request.field(_queried(field="\\schedules.a\\.b\\ c\\é")) == "\\schedules.a\\.b cé"
    assert request.fields(_queried(fields="a\\,b,c")) == ["a\\,b", "c"]


ASKING: list[Callable[[Json], object]] = [
    request.user_id,
    request.device_id,
    request.collection,
    request.page_size,
    request.cursors,
    lambda event: request.moment(event, "at"),
    request.newest_first,
    request.kind,
    request.verdict,
    request.vendor,
    request.field,
    request.fields,
    lambda event: request.caller(event, user_id_claim="sub"),
    lambda event: request.question(event, request.caller(event, user_id_claim="sub")),
]


@given(st.text())
def test_any_text_anywhere_is_understood_or_rejected(text: str) -> None:
    """Whatever stands in path, query and claims: a value, or an error that has a status; never another one."""
    names = ("pageSize", "after", "at", "order", "kind", "verdict", "vendor", "field", "fields")
    event = asked("/vehicles", dict.fromkeys(names, text), claims={"sub": text, "scope": text})
    event["pathParameters"] = dict.fromkeys(("userId", "deviceId", "collection"), text)

    for ask in ASKING:
        with suppress(Rejected):
            ask(event)


def test_the_question_of_a_user_is_told_apart_whatever_the_ids_hold() -> None:
    """No two questions may be written alike, or a cursor of one would open for the other."""
    one = request.question(
        asked("/users/a/devices", {"vendor": "b"}),
        request.caller(asked("/", claims=of("a")), user_id_claim="sub"),
    )
    other = request.question(
        asked("/users/a/devices", {"kind": "b"}),
        request.caller(asked("/", claims=of("a")), user_id_claim="sub"),
    )

    assert one != other
