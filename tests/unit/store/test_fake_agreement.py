"""Proves `usecases/store_readings.py`, `usecases/join_state.py`, `domain/unlogged.py`:
state, as-of now and history agree after every step, in every order.
"""

import json
from datetime import timedelta
from itertools import permutations

import pytest
from hypothesis import example, given, settings

from lastseen.domain import order
from lastseen.domain.event import Source
from lastseen.domain.event_catalog import READ
from lastseen.domain.history import Change, Fold
from lastseen.domain.snapshot import Snapshot
from lastseen.errors import StoreUnavailable
from tests.integration.store.agreement import (
    CAR,
    LOG,
    USER,
    Deletion,
    Failing,
    Look,
    Step,
    Stores,
    Word,
    disagreement,
    document,
    event,
    live,
    lives,
    look,
    write_tombstones,
)
from tests.support.arrivals import take
from tests.support.builders import NOON
from tests.support.examples import examples
from tests.support.fakes import FakeDevices, FakeHistory, FakeLog, FakeStates


def _stores() -> Stores:
    log, states = FakeLog(), FakeStates()
    return Stores(log, states, FakeDevices(states), FakeHistory(log))


BEGIN = (Word(20, "discovered", 0, (20,)), Word(40, "updated", 0, (40,)))


@settings(max_examples=examples(300))
@example([*BEGIN, Word(60, "updated", 1, (90,)), Word(64, "updated", 0, ()), Look(73, 73, Source.REFRESH)])
@example([*BEGIN, Look(73, 73, Source.SWEEP), Look(83, 83, Source.SWEEP), Word(60, "deleted", 0, (90,))])
@example([*BEGIN, Look(73, 95, Source.SWEEP), Word(80, "updated", 1, (80,))])
@example([*BEGIN, Look(73, 73, Source.RECONCILE), Deletion(57, 80)])
@example([*BEGIN, Look(43, 120, Source.SWEEP), Look(73, 73, Source.SWEEP), Word(60, "updated", 1, (100,))])
@given(steps=lives())
def test_state_and_log_agree_after_every_step(steps: list[Step]) -> None:
    """Events late, twice or lost, reads with news and without, compared early, written late, deletions: any order."""
    stores = _stores()

    for done in live(steps, stores):
        assert disagreement(stores) == "", done


def test_a_late_event_behind_a_read_without_news_takes_it_back_into_the_log() -> None:
    """Read at six, no news; then the news of five comes: history tells both, and the next event adds nothing."""
    stores = _stores()
    first, late, newer = Word(40, "updated", 0, ()), Word(60, "updated", 1, ()), Word(90, "updated", 0, ())
    take([event(first)], stores.log, stores.states)
    look(stores, Look(73, 73, Source.REFRESH), document(73, 0), _standing(stores))

    take([event(late)], stores.log, stores.states)
    take([event(newer)], stores.log, stores.states)

    told = [
        (change.after, change.source, change.at - NOON)
        for change in _changes(stores)
        if change.path == "isReachable"
    ]
    assert told == [
        (False, Source.WEBHOOK, timedelta(milliseconds=60)),
        (True, Source.REFRESH, timedelta(milliseconds=73)),
    ]


def test_a_read_without_news_alone_is_no_entry() -> None:
    """Nearly all reads are: a log that held each of them would tell nothing more."""
    stores = _stores()
    take([event(BEGIN[1])], stores.log, stores.states)
    for at in (53, 73, 93):
        look(stores, Look(at, at, Source.SWEEP), document(at, 0), _standing(stores))

    assert len(list(stores.history.entries(LOG))) == 1
    known = stores.devices.one(USER, CAR)
    assert known is not None
    assert json.loads(known.snapshot.current.document or b"")["lastSeen"] == document(93, 0)["lastSeen"]


def test_a_read_that_is_older_than_what_stands_and_says_the_same_is_not_kept() -> None:
    """Enode's date has whole seconds, so a read just after an event is dated before it: the event told it first."""
    stores = _stores()
    take([event(BEGIN[1])], stores.log, stores.states)

    look(stores, Look(33, 50, Source.SWEEP), document(40, 0), _standing(stores))

    assert [entry.name for entry in stores.history.entries(LOG)] == ["user:vehicle:updated"]


WRITES = ("event", "deletion", "read", "tombstone")


@pytest.mark.parametrize("source", [Source.SWEEP, Source.RECONCILE, Source.REFRESH])
@pytest.mark.parametrize("what", WRITES)
def test_whoever_writes_something_older_logs_the_marked_read(what: str, source: Source) -> None:
    """Event, deletion, read or tombstone, behind a read of any source; under the read's own key, before all is said."""
    stores = _stores()
    take([event(BEGIN[1])], stores.log, stores.states)
    compared = _standing(stores)
    look(stores, Look(73, 73, source), document(73, 0), compared)
    marked = _standing(stores).seen.ord
    match what:
        case "event":
            take([event(Word(60, "updated", 1, ()))], stores.log, stores.states)
        case "deletion":
            take([event(Word(60, "deleted", 0, ()))], stores.log, stores.states)
        case "read":
            look(stores, Look(60, 80, Source.SWEEP), document(60, 1), compared)
        case _:
            write_tombstones(stores, Deletion(60, 80))

    *_, last = stores.history.entries(LOG)
    assert (last.ord, last.name, last.source) == (marked, READ, source)
    assert last.at == order.instant_of(marked)
    assert disagreement(stores) == ""


CROWD = (
    Word(60, "updated", 1, ()),
    Word(80, "deleted", 0, ()),
    Word(100, "discovered", 0, ()),
    Word(120, "updated", 0, ()),
)


@pytest.mark.parametrize("order_of_arrival", range(24))
@pytest.mark.parametrize("read_at", [53, 73, 93, 113, 133])
def test_in_every_order_of_arrival_a_read_between_them_leaves_one_story(
    read_at: int, order_of_arrival: int
) -> None:
    """A whole life, and a read without news before, between or behind its words, whichever of them have come."""
    words = list(permutations(CROWD))[order_of_arrival]
    for already_there in range(5):
        stores = _stores()
        take([event(BEGIN[1])], stores.log, stores.states)
        for word in words[:already_there]:
            take([event(word)], stores.log, stores.states)
        believed = stores.devices.one(USER, CAR)
        assert believed is not None
        look(stores, Look(read_at, 0, Source.SWEEP), document(read_at, 0), believed.snapshot)
        for word in words[already_there:]:
            take([event(word)], stores.log, stores.states)
            assert disagreement(stores) == "", (already_there, word)


@pytest.mark.parametrize("is_done", [False, True])
@pytest.mark.parametrize("call", range(4))
def test_a_delivery_that_fails_and_comes_again_leaves_state_and_log_agreed(call: int, is_done: bool) -> None:
    """Whichever call fails, before or after it was done: the marked read is logged by the redelivery at the latest."""
    for what in ("log", "states"):
        stores = _stores()
        take([event(BEGIN[1])], stores.log, stores.states)
        compared = _standing(stores)
        look(stores, Look(73, 73, Source.SWEEP), document(73, 0), compared)
        late = [event(Word(60, "updated", 1, ()))]
        log = Failing(stores.log, call if what == "log" else -1, is_done)
        states = Failing(stores.states, call if what == "states" else -1, is_done)
        try:
            take(late, log, states)
        except StoreUnavailable:
            take(late, stores.log, stores.states)

        assert disagreement(stores) == ""


def _changes(stores: Stores) -> list[Change]:
    fold = Fold()
    return [change for entry in stores.history.entries(LOG) for change in fold.take(entry)]


def _standing(stores: Stores) -> Snapshot:
    known = stores.devices.one(USER, CAR)
    return Snapshot() if known is None else known.snapshot
