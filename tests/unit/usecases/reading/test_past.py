"""Proves `usecases/reading/past.py`, `usecases/reading/device_log.py`:
the past is told whole: any page, order, span and filter is a part of the one fold of the whole log.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import reduce
from itertools import chain, pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lastseen.domain import instant
from lastseen.domain.caller import Caller
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceLog, Entry
from lastseen.domain.event_catalog import Family
from lastseen.domain.history import Change, Fold, observation
from lastseen.domain.merge import merge
from lastseen.domain.pagination import END, PageRequest
from lastseen.domain.snapshot import EMPTY_SNAPSHOT, Life
from lastseen.errors import BadRequest, NotCovered, UnknownDevice
from lastseen.usecases.reading.changes import MOST_READ
from lastseen.usecases.reading.device_log import Span
from lastseen.usecases.reading.past import HistoryReader
from lastseen.usecases.reading.present import find
from tests.support.builders import (
    NOON,
    Json,
    a_schedule,
    a_schedule_status,
    a_smart_charging_status,
    a_vehicle,
    an_action,
    an_event,
    just_found,
)
from tests.support.examples import examples
from tests.support.fakes import CountedHistory, FakeDevices, FakeHistory
from tests.support.read_requests import Kept

CAR = DeviceId(DeviceKind.VEHICLE, "car")
ANNA, BEN, FLEET = Caller("anna"), Caller("ben"), Caller("app", sees_all=True)
START = NOON - timedelta(hours=1)


def _at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def _said(what: str, minute: float, variant: int = 0, user_id: str = "anna") -> Json:
    """Something said of the car."""
    car = a_vehicle(id="car", userId=user_id, battery_percent=variant, is_charging=variant % 2 == 0)
    bodies: dict[str, tuple[str, Json]] = {
        "updated": ("user:vehicle:updated", {"vehicle": car}),
        "discovered": ("user:vehicle:discovered", {"vehicle": just_found(car)}),
        "deleted": ("user:vehicle:deleted", {"vehicle": car}),
        "smart": (
            "user:vehicle:smart-charging-status-updated",
            {"smartChargingStatus": a_smart_charging_status(vehicleId="car", state=f"STATE:{variant}")},
        ),
        "schedule": (
            "user:schedule:execution-updated",
            {
                "status": a_schedule_status(scheduleId=f"s{variant % 2}", state=f"STATE:{variant}"),
                "schedule": a_schedule(targetId="car"),
            },
        ),
        "action": (
            "user:vendor-action:updated",
            {
                "vendorAction": an_action(
                    id=f"a{variant % 2}", targetId="car", targetType="vehicle", state=f"S{variant}"
                )
            },
        ),
    }
    name, body = bodies[what]
    return an_event(name, at=_at(minute), user_id=user_id, **body)


def _kept(events: Iterable[Json]) -> Kept:
    kept = Kept()
    for event in events:
        kept.deliver(event)
    return kept


def _history_reader(kept: Kept, caller: Caller = ANNA) -> HistoryReader:
    return HistoryReader(caller, FakeDevices(kept.states), FakeHistory(kept.log), NOON)


def _entries(kept: Kept, user_id: str, *families: Family) -> list[Entry]:
    """What was said of the car while it was this user's, in order; of all families unless said otherwise."""
    log = FakeHistory(kept.log)
    entries = (log.entries(DeviceLog(CAR, user_id, family)) for family in families or Family)
    return sorted(chain(*entries), key=lambda entry: entry.ord)


def _owner(kept: Kept, caller: Caller) -> str:
    """Whose past the caller is told, where a question about now is answered for that one of several."""
    return find("car", None, caller, FakeDevices(kept.states)).user_id


@dataclass(frozen=True)
class _Asked:
    """A way to ask for a history."""

    span: Span
    size: int
    field: str | None


_whats = st.sampled_from(
    ["updated", "updated", "updated", "discovered", "deleted", "smart", "schedule", "action"]
)
_events = st.lists(
    st.builds(_said, _whats, st.integers(0, 8), st.integers(0, 3), st.sampled_from(["anna", "anna", "ben"])),
    min_size=3,
    max_size=14,
)
_minutes = st.none() | st.integers(-1, 9).map(_at)
_asked = st.builds(
    _Asked,
    st.builds(Span, _minutes, _minutes, st.booleans()),
    st.integers(1, 9),
    st.sampled_from(
        [None, None, "chargeState", "$exists", "vendorActions.a1", "smartChargingStatus", "charge"]
    ),
)


_most_read = st.sampled_from([MOST_READ, 9, 12, 30])


def _whole(entries: Iterable[Entry], asked: _Asked) -> list[Change]:
    """The one fold of the whole log, and then the part of it that is asked for."""
    fold, span = Fold(), asked.span
    changes = [change for entry in entries for change in fold.take(entry)]
    found = [
        change
        for change in changes
        if (span.since is None or change.at >= span.since)
        and (span.until is None or change.at < span.until)
        and (asked.field is None or change.path == asked.field or change.path.startswith(f"{asked.field}."))
    ]
    return found[::-1] if span.newest_first else found


def _knows(kept: Kept, caller: Caller) -> bool:
    return caller.sees_all or any(user_id == caller.user_id for user_id, _ in kept.states.devices)


@settings(max_examples=examples(200))
@given(_events, _asked, st.sampled_from([ANNA, FLEET]), _most_read)
def test_pages_forwards_are_the_whole_history_cut_in_pieces(
    events: list[Json], asked: _Asked, caller: Caller, most_read: int
) -> None:
    """In both orders, with any span, field and page size; each change once; for a user only what was theirs.

    However few entries a page may read: it is short then, or empty, and there is a place to go on from.
    """
    kept = _kept(events)
    if not _knows(kept, caller) or not kept.states.devices:
        return
    log = CountedHistory(FakeHistory(kept.log))
    history_reader = HistoryReader(caller, FakeDevices(kept.states), log, NOON, most_read=most_read)
    expected = _whole(_entries(kept, _owner(kept, caller)), asked)

    told: list[Change] = []
    page_request = PageRequest(asked.size)
    for _ in range(200):
        log.read = 0
        page = history_reader.changes("car", asked.span, page_request, field=asked.field).changes
        assert log.read <= most_read
        told += page.items
        if page.after is None:
            break
        assert len(page.items) == asked.size or most_read < MOST_READ
        assert page.after != page_request.after
        page_request = PageRequest(asked.size, after=page.after)

    assert told == expected


@settings(max_examples=examples(200))
@given(_events, _asked, _most_read)
def test_pages_backwards_are_the_same_pieces(events: list[Json], asked: _Asked, most_read: int) -> None:
    """From the last page back to the first, on each page in the order that was asked for."""
    kept = _kept(events)
    if not kept.states.devices:
        return
    history_reader = _history_reader(kept, FLEET)
    pages = [history_reader.changes("car", asked.span, PageRequest(asked.size), field=asked.field).changes]
    while pages[-1].after is not None:
        page_request = PageRequest(asked.size, after=pages[-1].after)
        pages.append(history_reader.changes("car", asked.span, page_request, field=asked.field).changes)

    for one, other in pairwise(pages):
        page_request = PageRequest(asked.size, before=other.before)
        assert (
            history_reader.changes("car", asked.span, page_request, field=asked.field).changes.items
            == one.items
        )

    few = replace(history_reader, most_read=most_read)
    told: list[Change] = []
    page_request = PageRequest(asked.size, before=END)
    for _ in range(200):
        page = few.changes("car", asked.span, page_request, field=asked.field).changes
        told[:0] = page.items
        if page.before is None:
            break
        assert page.before != page_request.before
        page_request = PageRequest(asked.size, before=page.before)
    assert told == [change for page in pages for change in page.items]


@given(_events, _asked, _most_read)
def test_the_way_back_from_any_page_leads_to_what_stands_in_front(
    events: list[Json], asked: _Asked, most_read: int
) -> None:
    """From an empty one too, which was broken off before it found anything."""
    kept = _kept(events)
    if not kept.states.devices:
        return
    few = replace(_history_reader(kept, FLEET), most_read=most_read)
    before, page_request = list[Change](), PageRequest(asked.size)
    for _ in range(200):
        page = few.changes("car", asked.span, page_request, field=asked.field).changes
        if page.before is not None:
            told, back = list[Change](), PageRequest(asked.size, before=page.before)
            for _ in range(200):
                in_front = few.changes("car", asked.span, back, field=asked.field).changes
                told[:0] = in_front.items
                if in_front.before is None:
                    break
                back = PageRequest(asked.size, before=in_front.before)
            assert told == before
        before += page.items
        if page.after is None:
            break
        page_request = PageRequest(asked.size, after=page.after)


@settings(max_examples=examples(200))
@given(_events, st.booleans(), st.integers(1, 5))
def test_snapshots_are_the_entries_of_the_device_itself(
    events: list[Json], newest_first: bool, size: int
) -> None:
    """Whole, one by one, page by page, in both orders."""
    kept = _kept(events)
    if not kept.states.devices:
        return
    history_reader, span = _history_reader(kept, FLEET), Span(newest_first=newest_first)
    expected = _entries(kept, _owner(kept, FLEET), Family.DEVICE)

    told: list[Entry] = []
    page_request = PageRequest(size)
    while len(told) <= len(expected):
        page = history_reader.snapshots("car", span, page_request).entries
        told += page.items
        if page.after is None:
            break
        page_request = PageRequest(size, after=page.after)

    assert told == (expected[::-1] if newest_first else expected)


@settings(max_examples=examples(200))
@given(_events, st.integers(-1, 9), st.sampled_from([ANNA, FLEET]))
def test_as_of_is_the_merge_of_all_that_had_been_said(
    events: list[Json], minute: int, caller: Caller
) -> None:
    """The moment itself included; nothing before coverage begins, nothing while the device did not exist."""
    kept = _kept(events)
    if not kept.states.devices or not _knows(kept, caller):
        return
    owners = ["anna", "ben"] if caller.sees_all else ["anna"]
    entries = [words for owner in owners if (words := _entries(kept, owner, Family.DEVICE))]
    by_then = [[word for word in words if word.at <= _at(minute)] for words in entries]
    believed = [reduce(merge, map(observation, words), EMPTY_SNAPSHOT) for words in by_then]
    living = [one for one in believed if one.life is Life.ALIVE]

    if not living:
        with pytest.raises(UnknownDevice if any(by_then) else NotCovered):
            _history_reader(kept, caller).as_of("car", _at(minute))
        return

    then = _history_reader(kept, caller).as_of("car", _at(minute))

    newest = max(living, key=lambda one: one.newest)
    assert then.known.snapshot.current.ord == newest.current.ord
    assert then.known.snapshot.current.document == newest.current.document
    assert (then.coverage_from, then.known.user_id) in {(words[0].at, words[0].user_id) for words in entries}


def test_a_discovery_blanks_nothing_of_the_past() -> None:
    """A device that is discovered again stays as it was seen, until it is seen anew; after its end it begins anew."""
    history_reader = _history_reader(
        _kept([_said("updated", 0, 1), _said("discovered", 1), _said("deleted", 2), _said("discovered", 3)])
    )

    def charge(minute: float) -> object:
        document = history_reader.as_of("car", _at(minute)).known.snapshot.current.document
        return json.loads(document or b"{}")["chargeState"]["batteryLevel"]

    assert [charge(0), charge(1), charge(3)] == [1, 1, None]


def test_a_moment_still_to_come_is_a_bad_request() -> None:
    """Never the latest state under a date of tomorrow."""
    history_reader = _history_reader(_kept([_said("updated", 0)]))

    with pytest.raises(BadRequest, match="future"):
        history_reader.as_of("car", NOON + timedelta(milliseconds=1))
    assert history_reader.as_of("car", NOON).at == NOON


def test_a_moment_before_coverage_is_not_covered() -> None:
    """Never the first known state under an earlier date; the refusal says from when on there is one."""
    history_reader = _history_reader(_kept([_said("updated", 0)]))

    with pytest.raises(NotCovered, match=instant.fixed(START)):
        history_reader.as_of("car", START - timedelta(milliseconds=1))
    assert history_reader.as_of("car", START).coverage_from == START


def test_what_differs_between_two_moments_is_not_what_happened_between_them() -> None:
    """Up and down again is no difference; the wrong way round is a bad request."""
    history_reader = _history_reader(
        _kept([_said("updated", 0, 1), _said("updated", 1, 3), _said("updated", 2, 1)])
    )

    assert history_reader.difference("car", _at(0), _at(2))[2] == []
    (charge,) = history_reader.difference("car", _at(0), _at(1))[2]
    assert (charge.path, charge.before, charge.after) == ("chargeState.batteryLevel", 1, 3)
    with pytest.raises(BadRequest):
        history_reader.difference("car", _at(2), _at(0))


def test_the_past_of_another_users_device_is_not_there() -> None:
    """In no question about the past."""
    history_reader = _history_reader(_kept([_said("updated", 0)]), BEN)

    for ask in (
        lambda: history_reader.changes("car", Span(), PageRequest(9)),
        lambda: history_reader.snapshots("car", Span(), PageRequest(9)),
        lambda: history_reader.as_of("car", NOON),
        lambda: history_reader.difference("car", _at(0), NOON),
    ):
        with pytest.raises(UnknownDevice):
            ask()


def test_a_user_is_told_only_what_happened_while_a_device_was_theirs() -> None:
    """A car that was sold takes its past with it to nobody."""
    kept = _kept(
        [
            _said("updated", 0, 1),
            _said("deleted", 1, 1),
            _said("discovered", 2, 2, "ben"),
            _said("updated", 3, 3, "ben"),
            _said("action", 4, 0, "ben"),
        ]
    )

    annas = _history_reader(kept, ANNA).changes("car", Span(), PageRequest(99))
    bens = _history_reader(kept, BEN).changes("car", Span(), PageRequest(99))

    assert {change.at for change in annas.changes.items} == {_at(1)}
    assert {change.at for change in bens.changes.items} == {_at(2), _at(3), _at(4)}
    assert bens.coverage_from == _at(2)
    with pytest.raises(NotCovered):
        _history_reader(kept, BEN).as_of("car", _at(0.5))
    with pytest.raises(UnknownDevice):
        _history_reader(kept, ANNA).as_of("car", _at(3))


def _within(micros: int, level: int, verb: str = "updated") -> Json:
    """What is said of the car so many microseconds after a moment."""
    at = f"2026-03-01T11:30:00.{123_000 + micros:06}Z"
    car = a_vehicle(id="car", userId="anna", battery_percent=level, lastSeen="2026-03-01T11:29:00Z")
    return an_event(
        f"user:vehicle:{verb}",
        at=at,
        user_id="anna",
        vehicle=just_found(car) if verb == "discovered" else car,
    )


def test_a_moment_is_a_whole_millisecond_and_the_later_of_two_in_it_wins() -> None:
    """As answers print it: `at` of a change includes it, `from` too, `to` leaves all of it out."""
    kept = _kept([_said("updated", 0, 1), *(_within(micros, micros) for micros in (90, 40, 10, 70))])
    history_reader = _history_reader(kept)
    moment = datetime.fromisoformat("2026-03-01T11:30:00.123Z")

    def levels(span: Span) -> list[object]:
        changes = history_reader.changes(
            "car", span, PageRequest(99), field="chargeState.batteryLevel"
        ).changes.items
        return [change.after for change in changes]

    then = history_reader.as_of("car", moment).known.snapshot
    assert json.loads(then.current.document or b"{}")["chargeState"]["batteryLevel"] == 90
    assert then.current.ord == kept.states.devices["anna", CAR].seen.ord
    assert (
        levels(Span(moment)) == levels(Span(moment, moment + timedelta(milliseconds=1))) == [10, 40, 70, 90]
    )
    assert levels(Span(None, moment)) == levels(Span(moment + timedelta(milliseconds=1))) == []
    assert (
        json.loads(
            history_reader.as_of("car", moment - timedelta(milliseconds=1)).known.snapshot.current.document
            or b"{}"
        )["chargeState"]["batteryLevel"]
        == 1
    )


def test_coverage_begins_with_the_millisecond_of_the_first_word() -> None:
    """The moment that an answer names as its begin is covered."""
    history_reader = _history_reader(_kept([_within(456, 1)]))
    begin = history_reader.changes("car", Span(), PageRequest(1)).coverage_from
    assert begin is not None

    printed = datetime.fromisoformat(instant.fixed(begin))

    assert history_reader.as_of("car", printed).known.snapshot.life is Life.ALIVE
    with pytest.raises(NotCovered):
        history_reader.as_of("car", printed - timedelta(milliseconds=1))


@pytest.mark.parametrize("level", range(20))
def test_deleted_and_linked_again_in_one_instant_lives(level: int) -> None:
    """Whatever the two say besides: chance must not end a device that nobody looks at when it is gone."""
    kept = _kept([_said("updated", 0, 1), _within(0, level, "discovered"), _within(0, level, "deleted")])

    assert kept.states.devices["anna", CAR].life is Life.ALIVE
    assert _history_reader(kept).as_of("car", NOON).known.snapshot.life is Life.ALIVE
