"""Proves `api/cursor.py`:
a cursor opens for the caller and the question it was made for, and that anything else is BadCursor.
"""

import base64
import json
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.api import request
from lastseen.api.cursor import KEPT, Cursors
from lastseen.domain.pagination import Position
from lastseen.errors import BadCursor
from tests.support.builders import NOON, Json
from tests.support.read_requests import CURSOR_KEY, FLEET, Claims, asked, of

PLACE = ("anna", "vehicle", "car-1")

_places = st.lists(st.text(max_size=20), max_size=4).map(tuple)


def _cursors(question: str = "a question", *, key: bytes = CURSOR_KEY, **later: float) -> Cursors:
    return Cursors(lambda: key, question, NOON + timedelta(**later))


def _sealed(place: Position = PLACE, cursors: Cursors | None = None) -> str:
    sealed = (cursors or _cursors()).seal(place)
    assert sealed is not None
    return sealed


def _question(event: Json) -> str:
    return request.question(event, request.caller(event, user_id_claim="sub"))


@given(_places)
def test_a_cursor_opens_as_the_place_it_was_made_of(place: Position) -> None:
    """Whatever characters the keys of a place have."""
    assert _cursors().open(_sealed(place)) == place


def test_no_place_has_no_cursor_and_no_cursor_is_no_place() -> None:
    """The first page is asked for without one, the last gives none; neither needs the key."""

    def no_key() -> bytes:
        raise AssertionError("nobody needs the key")

    cursors = Cursors(no_key, "a question", NOON)

    assert cursors.seal(None) is None
    assert cursors.open(None) is None


@given(_places)
def test_a_cursor_can_stand_in_a_url_as_it_is(place: Position) -> None:
    """No padding, no plus, no slash: nothing that a client could forget to encode."""
    assert set(_sealed(place)) <= set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")


def test_a_cursor_of_a_page_is_the_same_all_day() -> None:
    """Cursors are part of the body, and with it of the ETag: a page that did not change must not look changed."""
    assert _sealed(cursors=_cursors()) == _sealed(cursors=_cursors(hours=11))


@pytest.mark.parametrize("hours", [0, 23.99, 24])
def test_a_cursor_is_good_for_at_least_a_day(hours: float) -> None:
    """Whoever pages slowly must not have to begin again."""
    for made_at in range(0, 24, 5):
        cursor = _sealed(cursors=_cursors(hours=made_at))

        assert _cursors(hours=made_at + hours).open(cursor) == PLACE


def test_a_cursor_does_not_live_longer_than_two_days() -> None:
    """What leaked into a log or a bookmark does not open for ever."""
    for made_at in range(0, 24, 5):
        cursor = _sealed(cursors=_cursors(hours=made_at))

        with pytest.raises(BadCursor, match="too old"):
            (_cursors(hours=made_at + KEPT / timedelta(hours=1))).open(cursor)


@pytest.mark.parametrize(
    ("claims", "path", "query"),
    [
        (of("ben"), "/users/anna/devices", {"kind": "vehicle"}),
        (FLEET, "/users/anna/devices", {"kind": "vehicle"}),
        ({"sub": "anna", "scope": "fleet:read"}, "/users/anna/devices", {"kind": "vehicle"}),
        (of("anna"), "/users/ben/devices", {"kind": "vehicle"}),
        (of("anna"), "/users/anna/vehicles", {"kind": "vehicle"}),
        (of("anna"), "/users/anna/devices", {"kind": "charger"}),
        (of("anna"), "/users/anna/devices", {"kind": "vehicle", "vendor": "TESLA"}),
        (of("anna"), "/users/anna/devices", {}),
        (of("anna"), "/users/anna/devices", {"kind": "vehicle", "at": "2026-03-01T12:00:00Z"}),
        (of("anna"), "/devices/anna/history", {"kind": "vehicle"}),
    ],
)
def test_a_cursor_is_of_no_use_to_another_caller_or_for_another_question(
    claims: Claims, path: str, query: dict[str, str]
) -> None:
    """Bound to who asks, which route, which path and every filter."""
    own = asked("/users/anna/devices", {"kind": "vehicle"}, claims=of("anna"))
    cursor = _sealed(cursors=_cursors(_question(own)))

    with pytest.raises(BadCursor, match="another"):
        _cursors(_question(asked(path, query, claims=claims))).open(cursor)


def test_a_cursor_may_be_used_with_another_page_size() -> None:
    """A client may ask for a smaller page when it is slow; that is the same question."""
    first = asked("/vehicles", {"pageSize": "100"})
    second = asked("/vehicles", {"pageSize": "2", "after": "…"})

    assert _question(first) == _question(second)


@pytest.mark.parametrize(
    ("path", "query", "other"),
    [
        ("/vehicles", {"_": "1"}, {"_": "2"}),
        ("/vehicles", {}, {"kind": "charger", "vendor": "BMW", "at": "", "order": "desc", "userId": "ben"}),
        ("/users", {"order": "asc"}, {"verdict": "fresh"}),
        ("/users/anna/devices", {"fields": "id"}, {"fields": "vendor", "order": "desc", "field": "a"}),
        ("/users/anna/devices", {"vendor": "Tesla"}, {"vendor": "TESLA"}),
        ("/users/anna/vehicles", {}, {"kind": "vehicle", "verdict": "stale"}),
        ("/users/anna/vehicles", {"at": "2026-03-01T12:00:00Z"}, {"at": "2026-03-01T13:00:00.000 01:00"}),
        ("/devices/car/history", {"from": "2026-03-01t12:00:00z"}, {"from": "2026-03-01T12:00:00+00:00"}),
        ("/devices/car/snapshots", {"to": "2026-03-01T12:00:60Z"}, {"to": "2026-03-01T12:01:00.0Z"}),
        ("/devices/car/history", {"field": "a.b\\ c"}, {"field": "\\a.\\b\\ \\c"}),
        ("/devices/car/history", {"order": "asc"}, {"kind": "vehicle", "at": "x"}),
        ("/devices/car/snapshots", {"field": "a"}, {"field": "b"}),
    ],
)
def test_a_cursor_is_bound_to_nothing_that_does_not_choose_what_is_listed(
    path: str, query: dict[str, str], other: dict[str, str]
) -> None:
    """Parameters that the route does not know, the form of what is shown, another way to say the same."""
    assert _question(asked(path, query)) == _question(asked(path, other))


@pytest.mark.parametrize(
    ("path", "names"),
    [
        ("/users/anna/devices", ["kind", "vendor", "verdict", "at"]),
        ("/users/anna/vehicles", ["at"]),
        ("/devices/car/history", ["from", "to", "order", "field"]),
        ("/devices/car/snapshots", ["from", "to", "order"]),
    ],
)
def test_a_cursor_is_bound_to_every_parameter_that_chooses(path: str, names: list[str]) -> None:
    """The same place on another list is another place."""
    questions = {_question(asked(path, {name: "desc"})) for name in names} | {_question(asked(path))}

    assert len(questions) == len(names) + 1


def test_an_id_in_the_query_is_part_of_the_question() -> None:
    """And the very same as in the path."""
    by_path = _question(asked("/users/a%20b/devices"))

    assert _question(asked("/users/-/devices", {"userId": "a b"})) == by_path
    assert _question(asked("/users/-/devices", {"userId": "a c"})) != by_path


def test_a_cursor_signed_with_another_key_is_forged() -> None:
    """Nobody who knows the form can make one."""
    with pytest.raises(BadCursor):
        _cursors().open(_sealed(cursors=_cursors(key=b"another key of thirty-two letters")))


def test_a_forged_place_or_date_does_not_open() -> None:
    """Neither the place nor the day can be changed, and an unsigned one is none."""
    raw = base64.urlsafe_b64decode(_sealed() + "==")
    signature, said = raw[:16], json.loads(raw[16:])

    forgeries: list[object] = [[said[0], "ben", *said[2:]], [said[0] + 9, *said[1:]], said[:1], [], {}]
    for forged in forgeries:
        text = json.dumps(forged, separators=(",", ":")).encode()
        for stolen in (signature, b"", bytes(16)):
            with pytest.raises(BadCursor):
                _cursors().open(base64.urlsafe_b64encode(stolen + text).decode())


def test_no_part_of_a_cursor_opens() -> None:
    """Cut anywhere, from either end."""
    cursor = _sealed()

    for cut in range(len(cursor)):
        for part in (cursor[:cut], cursor[cut + 1 :]):
            with pytest.raises(BadCursor):
                _cursors().open(part)


def test_every_single_changed_letter_is_noticed_or_changes_nothing() -> None:
    """The last letter of base64 has bits that say nothing; any other change is a forgery."""
    cursor = _sealed()

    for index, letter in enumerate(cursor):
        changed = cursor[:index] + ("A" if letter != "A" else "B") + cursor[index + 1 :]
        try:
            assert _cursors().open(changed) == PLACE
            assert index == len(cursor) - 1
        except BadCursor:
            pass


@given(st.one_of(st.text(), st.text(alphabet="ABab01-_=+/.\0é\ud800", max_size=60), st.just("A" * 100_000)))
def test_any_text_is_a_cursor_or_a_bad_cursor(text: str) -> None:
    """Not base64, not ASCII, far too long, with NULs or half characters: one answer, and never another error."""
    with pytest.raises(BadCursor):
        _cursors().open(text)


@given(st.binary(max_size=3000))
def test_any_bytes_in_base64_are_a_bad_cursor(raw: bytes) -> None:
    """The right form with the wrong content."""
    with pytest.raises(BadCursor):
        _cursors().open(base64.urlsafe_b64encode(raw).rstrip(b"=").decode())


def test_a_cursor_of_a_clock_that_was_far_ahead_is_refused() -> None:
    """It would outlive every other one; a day more than usual may be midnight, seen by two machines."""
    kept_days = KEPT // timedelta(days=1)

    assert _cursors().open(_sealed(cursors=_cursors(days=1))) == PLACE
    for days in (kept_days, 30, 3650):
        with pytest.raises(BadCursor, match="begin again"):
            _cursors().open(_sealed(cursors=_cursors(days=days)))
