"""Proves `api/views.py`:
how devices, changes and freshness look from outside, byte for byte where it is Enode's own.
"""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.api import views
from lastseen.api.cursor import Cursors
from lastseen.domain import document, freshness, instant
from lastseen.domain.answer import AsOf, DeviceWithFreshness, HistoryPage, SnapshotPage
from lastseen.domain.device import ID_PATTERN, DeviceId, DeviceKind, is_id
from lastseen.domain.diff import Difference
from lastseen.domain.document import Facts
from lastseen.domain.event import DeviceLog, Entry, Source
from lastseen.domain.freshness import Freshness, Limits, Verdict
from lastseen.domain.history import Change
from lastseen.domain.identity import Identity
from lastseen.domain.observation import LinkedVendor, ListedUser
from lastseen.domain.pagination import Page
from lastseen.domain.snapshot import IdentityRegister, Register, Snapshot, StoredDevice
from tests.support.builders import NOON, TWIN_KEY, Json, a_vehicle
from tests.support.read_requests import CURSOR_KEY
from tests.unit.api import fields

CAR = DeviceId(DeviceKind.VEHICLE, "car-1")
ORD = f"{instant.fixed(NOON)}#0123456789abcdef"
LIMIT = timedelta(minutes=15)
CURSORS = Cursors(lambda: CURSOR_KEY, "a question", NOON)
EMPTY: Page[Any] = Page(())

_moments = st.none() | st.datetimes().map(lambda moment: moment.replace(tzinfo=NOON.tzinfo))


def _known(resource: Json | None = None) -> StoredDevice:
    text = document.encode(a_vehicle() if resource is None else resource)
    return StoredDevice(CAR, "anna", Snapshot(seen=Register(ORD, text, Facts("TESLA", NOON, True))))


def _judged(resource: Json | None = None, verdict: Verdict = Verdict.FRESH) -> DeviceWithFreshness:
    return DeviceWithFreshness(
        _known(resource), Freshness(verdict, NOON, LIMIT, NOON - timedelta(seconds=90))
    )


# ------------------------------------------------------------------------------------------ Enode's own form


@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8")),
        st.text(st.characters(codec="utf-8")) | st.floats(allow_nan=False, allow_infinity=False),
    )
)
def test_a_document_of_enodes_passes_through_untouched(resource: Json) -> None:
    """Whatever Enode adds to it tomorrow."""
    text = document.encode(resource).decode()

    assert views.document(_known(resource)) == text
    assert (
        views.documents([_known(resource)], EMPTY, CURSORS)
        == f'{{"data":[{text}],"pagination":{{"after":null,"before":null}}}}'
    )


def test_a_list_has_exactly_what_enodes_has() -> None:
    """`data` and `pagination` with two cursors, null where there is no such page."""
    page: Page[DeviceWithFreshness] = Page((_judged(),), after=("a",), before=None)

    listed = json.loads(views.documents((one.known for one in page.items), page, CURSORS))

    assert listed == {
        "data": [a_vehicle()],
        "pagination": {"after": CURSORS.seal(("a",)), "before": None},
    }


def test_users_look_as_enodes() -> None:
    """Enode's own entry; before its list was read, nobody told when a user was made, and the property is there."""
    entry = {"id": "ben", "createdAt": "2026-02-01T08:00:00.070Z", "scopes": ["all"], "isNew": True}
    users = (ListedUser("anna"), ListedUser("ben", document.encode(entry), NOON))

    listed = json.loads(views.users(Page(users), CURSORS))

    assert listed["data"] == [{"id": "anna", "createdAt": None, "scopes": []}, entry]
    assert json.loads(views.user("anna", [LinkedVendor("TESLA", "vehicle", False)])) == {
        "id": "anna",
        "linkedVendors": [{"vendor": "TESLA", "vendorType": "vehicle", "isValid": False}],
    }


# ------------------------------------------------------------------------------------------------ freshness


@given(
    st.sampled_from(DeviceKind),
    st.builds(Facts, last_seen_at=_moments, is_reachable=st.none() | st.booleans(), is_active=st.booleans()),
    st.builds(
        Limits,
        *[st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=9)) for _ in range(3)],
    ),
    st.booleans(),
    st.tuples(_moments, _moments),
)
def test_the_freshness_header_is_a_structured_field_whatever_the_verdict(
    kind: DeviceKind, facts: Facts, limits: Limits, is_gone: bool, moments: Any
) -> None:
    """An Item: the verdict as a token; reason a string without anything to escape; age in whole seconds from 0."""
    invalid_since, checked_at = moments
    judged = freshness.judge(
        kind,
        facts,
        now=NOON,
        limits=limits,
        is_gone=is_gone,
        credentials_invalid_since=invalid_since,
        checked_at=checked_at,
    )

    value, parameters = fields.item(views.freshness_header(judged)["lastseen-freshness"])

    assert value == judged.verdict
    assert parameters["reason"] == judged.reason
    assert judged.reason.isascii()
    assert not set(judged.reason) & {'"', "\\"}
    assert ("age" in parameters) is (facts.last_seen_at is not None)
    assert int(parameters.get("age", 0)) >= 0
    assert ("checked" in parameters) is (checked_at is not None)
    assert list(parameters)[:1] == ["reason"]


@given(st.lists(st.tuples(st.sampled_from(Verdict), st.none() | st.integers(0, 10**7))))
def test_the_summary_of_a_list_is_a_structured_field_that_adds_up(
    found: list[tuple[Verdict, int | None]],
) -> None:
    """A List with a member for each verdict there is, how many have it, and the greatest age among them."""
    page = [
        DeviceWithFreshness(
            _known({}),
            Freshness(verdict, NOON, LIMIT, None if age is None else NOON - timedelta(seconds=age)),
        )
        for verdict, age in found
    ]

    said = views.freshness_summary(page)

    if not found:
        assert said == {}
        return
    members = dict(fields.members(said["lastseen-freshness"]))
    assert {verdict: told["count"] for verdict, told in members.items()} == {
        verdict: sum(one is verdict for one, _ in found) for verdict in {verdict for verdict, _ in found}
    }
    for verdict, told in members.items():
        ages = [age for one, age in found if one == verdict and age is not None]
        assert told.get("oldest") == max(ages, default=None)


def test_headers_of_the_past_are_structured_fields() -> None:
    """The moment as a string, with from when on the log knows."""
    then = AsOf(_known(), NOON, NOON - timedelta(days=1))

    assert fields.item(views.as_of_header(then)["lastseen-as-of"]) == (
        "2026-03-01T12:00:00.000Z",
        {"coverage": "2026-02-28T12:00:00.000Z"},
    )
    assert fields.item(views.as_of_summary(NOON, None)["lastseen-as-of"]) == ("2026-03-01T12:00:00.000Z", {})
    assert views.as_of_summary(NOON, then.coverage_from) == views.as_of_header(then)


def test_a_device_of_ours_holds_its_freshness_but_no_age() -> None:
    """An age grows while nothing changes, and every answer would be a new one."""
    told = json.loads(views.device(_judged()))

    assert told == {
        "id": "car-1",
        "twinId": "car-1",
        "kind": "vehicle",
        "userId": "anna",
        "freshness": {
            "verdict": "fresh",
            "reason": "Enode was in contact within the last 15 minutes.",
            "lastSeenAt": "2026-03-01T11:58:30.000Z",
            "freshUntil": "2026-03-01T12:13:30.000Z",
            "limitSeconds": 900,
            "expectedEverySeconds": None,
            "checkedAt": None,
            "nextCheckAt": None,
        },
        "document": a_vehicle(),
    }


_ids = st.from_regex(f"(?:{ID_PATTERN})", fullmatch=True).filter(is_id)


@given(
    _ids, _ids, st.sampled_from(DeviceKind), st.sampled_from(Verdict), st.tuples(_moments, _moments, _moments)
)
def test_what_is_put_between_quotation_marks_by_hand_needs_no_escaping(
    device_id: str, user_id: str, kind: DeviceKind, verdict: Verdict, moments: Any
) -> None:
    """Whatever may be an id, and whatever the verdict: the same as an encoder of JSON would write."""
    judged = DeviceWithFreshness(
        replace(_known({}), device=DeviceId(kind, device_id), user_id=user_id),
        Freshness(verdict, NOON, LIMIT, *moments),
    )
    then = AsOf(judged.known, NOON, NOON)

    now, past = views.device(judged), views.device_as_of(then)

    for text in (now, past):
        assert json.dumps(json.loads(text), ensure_ascii=False, separators=(",", ":")) == text
        told = json.loads(text)
        assert (told["id"], told["kind"], told["userId"]) == (device_id, kind, user_id)
    assert json.loads(now)["freshness"]["reason"] == judged.freshness.reason


# ----------------------------------------------------------------------------------------------- projection


@pytest.mark.parametrize(
    ("wanted", "given_"),
    [
        (["a"], {"a": {"b": 1, "c": {"d": None}}}),
        (["a.b"], {"a": {"b": 1}}),
        (["a.c.d"], {"a": {"c": {"d": None}}}),
        (["a.b", "e"], {"a": {"b": 1}, "e": [1, {"b": 2}]}),
        (["a.b", "a.c"], {"a": {"b": 1, "c": {"d": None}}}),
        (["a", "a.b"], {"a": {"b": 1, "c": {"d": None}}}),
        (["a.b", "a"], {"a": {"b": 1, "c": {"d": None}}}),
        (["e.b", "e.0", "a.b.c", "x", "x.y", "f.g"], {}),
        (["f"], {"f": None}),
        ([], {}),
    ],
)
def test_a_projection_is_the_named_paths_with_what_is_around_them(wanted: list[str], given_: Json) -> None:
    """In any order, overlapping or not; a path that leads nowhere, or into a list, gives nothing."""
    whole = {"a": {"b": 1, "c": {"d": None}}, "e": [1, {"b": 2}], "f": None}

    told = json.loads(views.device(_judged(whole), wanted))

    assert told["document"] == given_


def test_lists_project_too() -> None:
    """Now and then."""
    page = Page((_judged(),))
    then = [AsOf(_known(), NOON, NOON)]

    now = json.loads(views.device_list(page, CURSORS, ["lastSeen"]))
    past = json.loads(views.device_list_as_of(then, page, CURSORS, ["lastSeen"]))

    for listed in (now, past):
        assert [one["document"] for one in listed["data"]] == [{"lastSeen": a_vehicle()["lastSeen"]}]
    assert past["data"][0]["asOf"] == {
        "at": "2026-03-01T12:00:00.000Z",
        "coverageFrom": "2026-03-01T12:00:00.000Z",
    }


def test_every_answer_of_ours_names_the_twin() -> None:
    """Where it told a strong identity, by an id of ours; where an operator split it off, by Enode's again."""
    name = TWIN_KEY.name("anna", Identity(DeviceKind.VEHICLE, "", "5YJ3E1EA7KF317482"))
    snapshot = replace(_known().snapshot, identity=IdentityRegister.told(ORD, name))
    linked = replace(_known(), snapshot=snapshot)
    split = replace(linked, split_from=name.twin_id)

    def told(known: StoredDevice) -> set[str]:
        then = AsOf(known, NOON, NOON)
        return {
            json.loads(text)["twinId"]
            for text in (
                views.device(replace(_judged(), known=known)),
                views.device_as_of(then),
                views.history(HistoryPage(known, NOON, Page(())), CURSORS),
                views.snapshots(SnapshotPage(known, NOON, Page(())), CURSORS),
                views.difference(then, then, ()),
            )
        }

    assert (told(linked), told(split), told(_known())) == ({name.twin_id}, {"car-1"}, {"car-1"})


# ------------------------------------------------------------------------------------------------- the past


def test_a_change_says_what_when_and_who() -> None:
    """False, zero and null stay what they are."""
    late = NOON + timedelta(hours=3)
    change = Change("a.b", False, 0, NOON, "user:vehicle:updated", Source.WEBHOOK, ORD, 3, late)

    told = json.loads(views.history(HistoryPage(_known(), NOON, Page((change,))), CURSORS))

    assert told == {
        "deviceId": "car-1",
        "twinId": "car-1",
        "kind": "vehicle",
        "userId": "anna",
        "coverage": {"from": "2026-03-01T12:00:00.000Z", "gaps": []},
        "data": [
            {
                "path": "a.b",
                "before": False,
                "after": 0,
                "at": "2026-03-01T12:00:00.000Z",
                "event": "user:vehicle:updated",
                "source": "webhook",
                "receivedAt": "2026-03-01T15:00:00.000Z",
            }
        ],
        "pagination": {"after": None, "before": None},
    }


def test_a_history_without_entries_begins_nowhere() -> None:
    """The log may have expired while the state stands."""
    told = json.loads(views.history(HistoryPage(_known(), None, Page(())), CURSORS))

    assert (told["coverage"], told["data"]) == ({"from": None, "gaps": []}, [])


def test_snapshots_hold_whole_documents() -> None:
    """As they came."""
    entry = Entry(
        DeviceLog(CAR, "anna"),
        ORD,
        NOON,
        "user:vehicle:updated",
        Source.WEBHOOK,
        document.encode(a_vehicle()),
        b"{}",
        NOON + timedelta(hours=3),
    )

    told = json.loads(views.snapshots(SnapshotPage(_known(), NOON, Page((entry,), after=("x",))), CURSORS))

    assert told["data"] == [
        {
            "at": "2026-03-01T12:00:00.000Z",
            "event": "user:vehicle:updated",
            "source": "webhook",
            "receivedAt": "2026-03-01T15:00:00.000Z",
            "document": a_vehicle(),
        }
    ]
    assert told["deviceId"] == "car-1"
    assert told["pagination"]["after"] == CURSORS.seal(("x",))


def test_a_difference_names_both_moments() -> None:
    """And every path between them."""
    before, after = AsOf(_known(), NOON - timedelta(hours=1), NOON), AsOf(_known(), NOON, NOON)

    told = json.loads(views.difference(before, after, [Difference("a", None, [1])]))

    assert (told["from"], told["to"]) == ("2026-03-01T11:00:00.000Z", "2026-03-01T12:00:00.000Z")
    assert told["data"] == [{"path": "a", "before": None, "after": [1]}]
