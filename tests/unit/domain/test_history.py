"""Proves `domain/history.py`:
what history tells: each change once, at its place, whatever was said and in whatever order it arrived.
"""

import json
from collections.abc import Iterable
from datetime import timedelta
from functools import reduce
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain import document
from lastseen.domain.event import Entry, Event
from lastseen.domain.event_catalog import Family
from lastseen.domain.history import EXISTENCE, Change, Fold, Stream, observation, stream_of
from lastseen.domain.merge import merge
from lastseen.domain.snapshot import EMPTY_SNAPSHOT
from lastseen.enode import delivery as enode_delivery
from tests.support.builders import (
    NOON,
    Json,
    a_charger,
    a_delivery,
    a_schedule,
    a_schedule_status,
    a_smart_charging_status,
    a_vehicle,
    an_action,
    an_event,
    an_inverters_statistics,
    just_found,
)

UPDATED = "user:vehicle:updated"
DISCOVERED = "user:vehicle:discovered"
DELETED = "user:vehicle:deleted"


def _entry(event: Json) -> Entry:
    read: Event = enode_delivery.read(a_delivery([event]), now=NOON).events[0]
    assert read.entry is not None
    return read.entry


def _said(name: str, minute: float = 0, **changes: Any) -> Entry:
    """An event so many minutes before noon, read as the door reads it."""
    return _entry(an_event(name, at=NOON + timedelta(minutes=minute - 60), **changes))


def _car(minute: float, **changes: Any) -> Entry:
    return _said(UPDATED, minute, vehicle=a_vehicle(**changes))


def _told(entries: Iterable[Entry], fold: Fold | None = None) -> list[Change]:
    fold = fold or Fold()
    return [change for entry in sorted(entries, key=lambda one: one.ord) for change in fold.take(entry)]


def _short(changes: Iterable[Change]) -> list[tuple[str, object, object]]:
    return [(change.path, change.before, change.after) for change in changes]


# -------------------------------------------------------------------------------------- a device's own document


def test_the_first_word_is_where_coverage_begins_and_no_change() -> None:
    """What was before is not known, so nothing can be said to have changed."""
    assert _told([_car(0)]) == []


def test_each_transition_is_told_with_when_and_by_what() -> None:
    """Also those that came in one delivery and never stood in the state."""
    levels = [_car(0, battery_percent=20), _car(1, battery_percent=21), _car(2, battery_percent=20)]

    changes = _told(levels)

    assert _short(changes) == [("chargeState.batteryLevel", 20, 21), ("chargeState.batteryLevel", 21, 20)]
    assert [change.at for change in changes] == [NOON + timedelta(minutes=minute - 60) for minute in (1, 2)]
    assert {(change.event, change.source) for change in changes} == {(UPDATED, "webhook")}
    assert [(change.ord, change.index) for change in changes] == [(levels[1].ord, 0), (levels[2].ord, 0)]


def test_a_contact_alone_is_no_change() -> None:
    """`lastSeen` moves on every look."""
    assert _told([_car(0), _car(1, lastSeen="2026-03-01T11:59:59Z")]) == []


def test_a_late_event_is_told_at_its_place() -> None:
    """As if it had come in time: the changes around it are others than without it."""
    in_time = [_car(0, battery_percent=20), _car(2, battery_percent=40)]
    late = _car(1, battery_percent=30)

    assert _short(_told(in_time)) == [("chargeState.batteryLevel", 20, 40)]
    assert _short(_told([*in_time, late])) == [
        ("chargeState.batteryLevel", 20, 30),
        ("chargeState.batteryLevel", 30, 40),
    ]


def test_discovery_is_the_beginning_and_an_update_fills_its_gaps() -> None:
    """From nothing to existence; then each leaf from null."""
    found = _said(DISCOVERED, 0, vehicle=just_found(a_vehicle(battery_percent=66)))

    changes = _told([found, _car(1)])

    assert _short(changes)[0] == (EXISTENCE, False, True)
    assert ("chargeState.batteryLevel", None, 66) in _short(changes)
    assert not [change for change in changes if change.path.startswith("information")]
    assert not [change for change in changes if change.after is None]


def test_discovered_never_blanks_what_is_known() -> None:
    """A device that is discovered again, mostly nulls, keeps what was seen, and history tells of no loss."""
    again = _said(DISCOVERED, 1, vehicle=just_found(a_vehicle()))

    assert _told([_car(0), again]) == []
    assert _short(_told([_car(0), again, _car(2, battery_percent=67)])) == [
        ("chargeState.batteryLevel", 66, 67)
    ]


def test_gone_and_linked_again() -> None:
    """Both are told under `$exists`; deleted twice is deleted once; what differs from the last known word is told with
    the first full one of the new life."""
    entries = [
        _car(0, battery_percent=20),
        _said(DELETED, 1, vehicle=a_vehicle()),
        _said(DELETED, 2, vehicle=a_vehicle()),
        _said(DISCOVERED, 3, vehicle=just_found(a_vehicle())),
        _said(DISCOVERED, 3.5, vehicle=just_found(a_vehicle())),
        _car(4, battery_percent=70),
        _car(5, battery_percent=71),
    ]

    assert _short(_told(entries)) == [
        (EXISTENCE, True, False),
        (EXISTENCE, False, True),
        ("chargeState.batteryLevel", 20, 70),
        ("chargeState.batteryLevel", 70, 71),
    ]


def test_a_new_life_is_compared_with_the_last_discovery_where_there_was_no_full_word() -> None:
    """A discovery of the new life, mostly nulls, does not stand in for what one of the old life told."""
    first = just_found(a_vehicle()) | {"isReachable": False}
    again = just_found(a_vehicle()) | {"isReachable": None}
    entries = [
        _said(DISCOVERED, 0, vehicle=first),
        _said(DELETED, 1, vehicle=a_vehicle()),
        _said(DISCOVERED, 2, vehicle=again),
        _car(3, isReachable=True),
    ]

    changes = _short(_told(entries))

    assert changes[:3] == [(EXISTENCE, False, True), (EXISTENCE, True, False), (EXISTENCE, False, True)]
    assert ("isReachable", False, True) in changes


def test_an_update_alone_links_again_too() -> None:
    """`discovered` may be late or lost. Both that it is back and what is other than it was are told."""
    assert _short(
        _told(
            [
                _car(0, battery_percent=50),
                _said(DELETED, 1, vehicle=a_vehicle()),
                _car(2, battery_percent=80),
            ]
        )
    ) == [
        (EXISTENCE, True, False),
        (EXISTENCE, False, True),
        ("chargeState.batteryLevel", 50, 80),
    ]


def test_a_log_that_begins_with_a_deletion_says_so() -> None:
    """That it existed before is all that is known."""
    assert _short(_told([_said(DELETED, 0, vehicle=a_vehicle())])) == [(EXISTENCE, True, False)]


def test_an_update_from_before_a_deletion_does_not_raise_the_dead() -> None:
    """It is told before the deletion, where it belongs."""
    deleted, late = _said(DELETED, 1, vehicle=a_vehicle()), _car(0.5, battery_percent=67)

    assert _short(_told([_car(0), deleted, late])) == [
        ("chargeState.batteryLevel", 66, 67),
        (EXISTENCE, True, False),
    ]


# --------------------------------------------------------------------------------- what belongs to a device beside


def test_smart_charging_is_part_of_its_vehicles_history() -> None:
    """Whole at first, then path by path; having looked again is no change."""
    name = "user:vehicle:smart-charging-status-updated"
    first = a_smart_charging_status()
    entries = [
        _said(name, 0, smartChargingStatus=first),
        _said(name, 1, smartChargingStatus={**first, "updatedAt": "2026-03-01T11:59:00Z"}),
        _said(name, 2, smartChargingStatus={**first, "state": "PLAN:ENDED:FINISHED"}),
    ]

    assert _short(_told(entries)) == [
        ("smartChargingStatus", None, first),
        ("smartChargingStatus.state", "PLAN:EXECUTING:STARTING", "PLAN:ENDED:FINISHED"),
    ]


def test_schedules_and_actions_are_told_under_their_ids() -> None:
    """Several of them side by side do not mix."""
    schedule, action = "user:schedule:execution-updated", "user:vendor-action:updated"
    entries = [
        _said(schedule, 0, status=a_schedule_status(), schedule=a_schedule()),
        _said(schedule, 1, status=a_schedule_status(scheduleId="other"), schedule=a_schedule()),
        _said(action, 2, vendorAction=an_action(id="one", state="PENDING")),
        _said(action, 3, vendorAction=an_action(id="two", state="PENDING")),
        _said(schedule, 4, status=a_schedule_status(state="DEVIATING"), schedule=a_schedule()),
        _said(action, 5, vendorAction=an_action(id="one", state="CONFIRMED")),
    ]

    changes = _short(_told(entries))

    assert [path for path, _, _ in changes] == [
        f"schedules.{a_schedule_status()['scheduleId']}",
        "schedules.other",
        "vendorActions.one",
        "vendorActions.two",
        f"schedules.{a_schedule_status()['scheduleId']}.status.state",
        "vendorActions.one.state",
    ]
    assert changes[-1] == ("vendorActions.one.state", "PENDING", "CONFIRMED")


def test_statistics_tell_for_which_day_they_are() -> None:
    """Their rows are Enode's to keep."""
    name = "user:inverter:statistics-updated"

    changes = _told([_said(name, 0), _said(name, 1, statistics=an_inverters_statistics(day=1))])

    assert [change.path for change in changes] == ["statistics", "statistics.day"]


def test_what_is_beside_a_device_does_not_touch_its_document() -> None:
    """Streams of one log are folded apart."""
    action = _said("user:vendor-action:updated", 1, vendorAction=an_action())

    fold = Fold()
    _told([_car(0), action], fold)

    assert fold.snapshot == observation(_car(0))
    assert stream_of(action) == Stream(Family.ACTIONS, an_action()["id"])


# --------------------------------------------------------------------------------------------------- properties

_verbs = st.sampled_from([UPDATED, UPDATED, UPDATED, DISCOVERED, DELETED])


@st.composite
def _logs(draw: st.DrawFn) -> list[Entry]:
    entries = []
    for minute, verb, level, is_plugged in draw(
        st.lists(st.tuples(st.integers(0, 9), _verbs, st.integers(0, 2), st.booleans()), max_size=10)
    ):
        car = a_vehicle(battery_percent=level, is_charging=is_plugged)
        entries.append(_said(verb, minute, vehicle=just_found(car) if verb == DISCOVERED else car))
    return sorted({entry.ord: entry for entry in entries}.values(), key=lambda entry: entry.ord)


@given(_logs())
def test_history_and_state_believe_the_same(entries: list[Entry]) -> None:
    """The fold ends in the very snapshot that the store's merge has, whatever was said."""
    fold = Fold()

    _told(entries, fold)

    assert fold.snapshot == reduce(merge, map(observation, entries), EMPTY_SNAPSHOT)


@given(_logs(), st.integers(0, 10))
def test_a_fold_that_begins_in_the_middle_tells_the_same(entries: list[Entry], cut: int) -> None:
    """Given the last full word before, and what came after it: this is what paging rests on."""
    whole = _told(entries)
    full = [number for number, entry in enumerate(entries[:cut]) if entry.name == UPDATED]
    fold = Fold()
    _told(entries[full[-1] if full else 0 : cut], fold)

    rest = _told(entries[cut:], fold)

    assert rest == [change for change in whole if change.ord in {entry.ord for entry in entries[cut:]}]


@given(_logs())
def test_the_changes_lead_from_each_full_word_to_the_next(entries: list[Entry]) -> None:
    """Carried out one after the other they give the document that is shown, over deletions too; none is told twice."""
    fold, shown, exists = Fold(), dict[str, Any](), None
    for entry in entries:
        was_known = bool(fold.word.ord)
        changes = list(fold.take(entry))
        assert len({change.path for change in changes}) == len(changes)
        for change in changes:
            if change.path == EXISTENCE:
                assert exists in (None, change.before)
                exists = change.after
            else:
                assert shown.get(change.path) == change.before
                shown[change.path] = change.after
        if not was_known:
            shown = _leaves(fold.word.document)
        if entry.name == UPDATED:
            assert {path: value for path, value in shown.items() if value is not None} == _leaves(
                fold.snapshot.current.document
            )


def _leaves(said: bytes | None) -> Json:
    def flat(node: Json, prefix: str = "") -> Json:
        found: Json = {}
        for name, value in node.items():
            if isinstance(value, dict):
                found |= flat(value, f"{prefix}{name}.")
            elif value is not None and name != "lastSeen":
                found[f"{prefix}{name}"] = value
        return found

    return flat(json.loads(said or b"{}"))


def test_every_kind_tells_of_its_charge_in_the_same_way() -> None:
    """The fold knows nothing of kinds."""
    one = _said("user:charger:updated", 0, charger=a_charger())
    off = {**a_charger()["chargeState"], "isCharging": False}

    changes = _told([one, _said("user:charger:updated", 1, charger=a_charger(chargeState=off))])

    assert _short(changes) == [("chargeState.isCharging", True, False)]
    assert document.encode(a_charger()) == one.document
