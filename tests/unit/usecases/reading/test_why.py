"""Proves `usecases/reading/why.py`, `domain/why.py`, `api/why_view.py`:
which entry set a value, worked out the short way, is what a plain fold of everything that was said tells.
"""

import json
import random
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any

import pytest

from lastseen.api import why_view
from lastseen.api.cursor import Cursors
from lastseen.domain import instant
from lastseen.domain.answer import Why
from lastseen.domain.caller import Caller
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.pagination import PageRequest
from lastseen.domain.property_path import step
from lastseen.domain.retention import Retention
from lastseen.errors import BadRequest, NotCovered, UnknownDevice, UnknownField
from lastseen.usecases.coverage import Covered
from lastseen.usecases.reading.past import HistoryReader
from lastseen.usecases.reading.why import explain
from tests.support.builders import NOON, Json, a_vehicle, an_action, an_event, just_found
from tests.support.fakes import FakeDevices, FakeHistory
from tests.support.read_requests import CURSOR_KEY, Kept
from tests.support.reference import Belief, Word, leaves, words

FLEET = Caller("backend", sees_all=True)
CAR = "car-1"
MINUTE = timedelta(minutes=1)
BEGAN = NOON - timedelta(hours=60)
LEVEL = "chargeState.batteryLevel"
FIRST_PAGE = PageRequest(50)


def _reader(kept: Kept, *, most_read: int = 2000, now: datetime = NOON) -> HistoryReader:
    return HistoryReader(FLEET, FakeDevices(kept.states), FakeHistory(kept.log), now, most_read=most_read)


def _car(**changes: Any) -> Json:
    return a_vehicle() | {"id": CAR, "userId": "anna"} | changes


def _said(at: datetime, verb: str = "updated", **changes: Any) -> Json:
    car = _car(lastSeen=instant.fixed(at - MINUTE), **changes)
    return an_event(
        f"user:vehicle:{verb}",
        at=at,
        user_id="anna",
        vehicle=just_found(car) if verb == "discovered" else car,
    )


def _level(percent: int | None) -> Json:
    return {**a_vehicle()["chargeState"], "batteryLevel": percent}


# ------------------------------------------------------------------------------------------ the plain fold


class _Plain:
    """What set a value: everything that was said, one after the other, without a line of the product."""

    def __init__(self, said: Sequence[Word], path: str, at: str) -> None:
        self.setter: Word | None = None
        self.is_first = False
        self.before: Any = None
        self.value: Any = None
        belief, last, shown_by = Belief(), dict[str, Json](), None
        is_own = path != "$exists" and not path.startswith("vendorActions.")
        for word in said:
            if word.at > at:
                break
            if word.root and path.startswith(f"{word.root}."):
                self._compare(word, last.get(word.root), word.document, path.removeprefix(f"{word.root}."))
                last[word.root] = word.document
                self.value = _dig(word.document, path.removeprefix(f"{word.root}."))
            elif not word.root and path == "$exists":
                was_heard_of = belief.was_heard_of
                change = belief.hear(word).get("$exists")
                if change is not None or not was_heard_of:
                    self.setter, self.is_first = word, change is None
                    self.before = None if change is None else change[0]
                self.value = belief.document is not None
            elif not word.root and is_own:
                known = belief.last_known
                belief.hear(word)
                shown_by = word if belief.document is word.document else shown_by
                if belief.last_known is not known and belief.last_known is not None:
                    self._compare(word, known, belief.last_known, path)
                self.value = None if belief.document is None else _dig(belief.document, path)
        if belief.document is not None and belief.document is not belief.last_known and path != "$exists":
            self.setter, self.is_first, self.before = shown_by, False, None

    def _compare(self, word: Word, before: Json | None, after: Json, path: str) -> None:
        if before is None:
            self.setter, self.is_first, self.before = word, True, None
        elif _known(_dig(before, path)) != _known(_dig(after, path)):
            self.setter, self.is_first, self.before = word, False, _dig(before, path)


def _dig(document: Any, path: str) -> Any:
    for name in path.split("."):
        document = document.get(name) if isinstance(document, dict) else None
    return document


def _known(value: Any) -> Any:
    """A value as history compares it: null, nothing and an object of nulls are one."""
    if isinstance(value, dict):
        return {path: _known(leaf) for path, leaf in leaves(value).items()} or None
    return ("yes or no", value) if isinstance(value, bool) else value  # in Python, True is 1


def _life(random_: random.Random) -> list[Json]:
    """Some forty events of one car: updates, discoveries, deletions, and what belongs to it."""
    told: list[Json] = []
    at = BEGAN
    state: Json = {"batteryLevel": 66, "isCharging": True, "powerDeliveryState": "PLUGGED_IN:CHARGING"}
    extra: Json = {}
    for number in range(30):
        at += timedelta(minutes=random_.randrange(1, 60))
        if random_.random() < 0.7:
            name = random_.choice(list(state))
            state = state | {name: random_.choice([None, 1, 1.0, True, "x", {"a": 1}, [1, 2]])}
        if random_.random() < 0.2:
            extra = random_.choice(
                [{}, {"more": None}, {"more": {"deep": random_.randrange(3)}}, {"more": 7}]
            )
        verb = random_.choices(("updated", "discovered", "deleted"), (12, 2, 2))[0]
        car = {"id": CAR, "userId": "anna", "vendor": "TESLA", "lastSeen": instant.fixed(at - MINUTE)}
        document = car | ({"chargeState": None} if verb == "discovered" else {"chargeState": state, **extra})
        told.append(an_event(f"user:vehicle:{verb}", at=at, user_id="anna", vehicle=document))
        if random_.random() < 0.4:
            at += MINUTE
            action = an_action(
                id=f"a{number % 3}", targetId=CAR, targetType="vehicle", state=random_.choice("XYZ")
            )
            told.append(an_event("user:vendor-action:updated", at=at, user_id="anna", vendorAction=action))
    return told


def _fields(document: Json, prefix: str = "") -> Iterator[str]:
    for name, value in document.items():
        yield f"{prefix}{step(name)}"
        if isinstance(value, dict):
            yield from _fields(value, f"{prefix}{step(name)}.")


@pytest.mark.parametrize("seed", range(20))
def test_why_of_every_field_at_random_moments_is_what_a_plain_fold_tells(seed: int) -> None:
    """Whatever order it all came in, through deletions, relinks and discoveries; a thousand moments in all."""
    random_ = random.Random(seed)
    told = _life(random_)
    said = words(told)[CAR]
    kept = Kept()
    for event in random_.sample(told, len(told)):
        kept.deliver(event)
    reader = _reader(kept)
    span = (NOON - BEGAN) / MINUTE
    asked = 0
    for moment in [None, *(BEGAN + random_.random() * span * MINUTE for _ in range(50))]:
        at = instant.fixed(NOON if moment is None else moment)
        belief = Belief()
        for word in said:
            if not word.root and word.at <= at:
                belief.hear(word)
        if not belief.was_heard_of:
            continue
        paths = ["$exists"] if belief.document is None else ["$exists", *_fields(belief.document)]
        last = {word.root: word.document for word in said if word.root and word.at <= at}
        paths += [f"{root}.{name}" for root, document in last.items() for name in document]
        # Of all of them, some at each moment: a thousand moments meet each field hundreds of times.
        for path in random_.sample(paths, min(len(paths), 6)):
            plain = _Plain(said, path, at)
            found = explain(reader, CAR, path, FIRST_PAGE, at=moment)

            assert found.after is None
            assert found.setter is not None
            assert plain.setter is not None
            assert (instant.fixed(found.setter.at), found.setter.event) == (
                plain.setter.at,
                plain.setter.event,
            ), path
            assert (found.value, found.before) == (plain.value, plain.before), path
            assert (found.since_at_or_before is not None) is plain.is_first, path
            asked += 1
    assert asked > 100


# ------------------------------------------------------------------------------------------ pages


@pytest.fixture
def long_log() -> Kept:
    """A car whose level was set once, an hour after the first word, and of which much else was said since."""
    kept = Kept()
    kept.deliver(_said(BEGAN, chargeState=_level(50)))
    for number in range(1, 400):
        kept.deliver(_said(BEGAN + number * 5 * MINUTE, chargeState={**_level(60), "range": number}))
    return kept


@pytest.mark.parametrize("most_read", [133, 200, 400, 2000])
def test_a_search_that_takes_long_says_since_when_at_least_and_goes_on(
    long_log: Kept, most_read: int
) -> None:
    """No page reads more than it may, each comes further, and the last one has the entry."""
    reader = _reader(long_log, most_read=most_read)
    read: list[int] = []
    _count(reader.log, read)
    since: list[datetime] = []
    page = FIRST_PAGE
    while True:
        read.clear()
        found = explain(reader, CAR, LEVEL, page)
        assert len(read) <= most_read
        assert found.value == 60
        if found.after is None:
            break
        assert found.setter is None
        assert found.since_at_or_before is not None
        since.append(found.since_at_or_before)
        page = PageRequest(50, after=found.after)

    assert since == sorted(since, reverse=True)
    assert len(set(since)) == len(since)
    assert found.setter is not None
    assert found.setter.at == BEGAN + 5 * MINUTE
    assert (found.before, found.since_at_or_before) == (50, None)
    assert (most_read == 2000) is (not since)


def test_what_comes_between_two_pages_changes_no_answer(long_log: Kept) -> None:
    """The search goes on about the value that it began with."""
    reader = _reader(long_log, most_read=50)
    first = explain(reader, CAR, LEVEL, FIRST_PAGE)
    long_log.deliver(_said(NOON - MINUTE, chargeState=_level(99)))

    second = explain(reader, CAR, LEVEL, PageRequest(50, after=first.after))

    assert (first.value, second.value) == (60, 60)
    assert second.setter is None


def test_a_rare_action_among_many_is_looked_for_page_by_page() -> None:
    """As long as there is more to look at, nobody says that there is no such thing; then a 404 does."""
    kept = Kept()
    kept.deliver(_said(BEGAN))
    rare = an_action(id="rare", targetId=CAR, targetType="vehicle")
    kept.deliver(an_event("user:vendor-action:updated", at=BEGAN, user_id="anna", vendorAction=rare))
    for number in range(200):
        action = an_action(id=f"a{number}", targetId=CAR, targetType="vehicle")
        at = BEGAN + (number + 1) * MINUTE
        kept.deliver(an_event("user:vendor-action:updated", at=at, user_id="anna", vendorAction=action))
    reader = _reader(kept, most_read=60)

    def looked_for(path: str) -> list[Why]:
        pages = [explain(reader, CAR, path, FIRST_PAGE)]
        while pages[-1].after is not None:
            pages.append(explain(reader, CAR, path, PageRequest(50, after=pages[-1].after)))
        return pages

    *before, found = looked_for("vendorActions.rare.state")

    assert before
    assert all((one.value, one.setter, one.since_at_or_before) == (None, None, None) for one in before)
    assert found.value == rare["state"]
    assert found.since_at_or_before == BEGAN
    with pytest.raises(UnknownField):
        looked_for("vendorActions.none.state")


def _count(log: Any, read: list[int]) -> None:
    entries = log.entries

    def counted(*args: Any, **kwargs: Any) -> Iterator[Any]:
        for entry in entries(*args, **kwargs):
            read.append(1)
            yield entry

    object.__setattr__(log, "entries", counted)


def test_what_held_when_the_window_begins_is_told_as_the_first_word() -> None:
    """Whether the table has deleted yet what is older than the word that held then changes no answer."""
    kept = Kept()
    said = [
        _said(BEGAN, chargeState=_level(10)),
        _said(BEGAN + MINUTE, chargeState=_level(20)),
        _said(BEGAN + 30 * 60 * MINUTE, chargeState={**_level(20), "range": 7}),
    ]
    kept.deliver(*said)
    reader = replace(_reader(kept), covered=Covered(Retention(timedelta(hours=48))))
    before = [explain(reader, CAR, path, FIRST_PAGE) for path in (LEVEL, "chargeState.range", "$exists")]
    oldest = min(kept.log.kept, key=lambda place: place[1])
    del kept.log.kept[oldest]

    after = [explain(reader, CAR, path, FIRST_PAGE) for path in (LEVEL, "chargeState.range", "$exists")]

    assert [replace(one, coverage_from=None) for one in before] == [
        replace(one, coverage_from=None) for one in after
    ]
    level, range_, exists = after
    assert level.setter is not None
    assert range_.setter is not None
    assert (level.setter.at, level.since_at_or_before) == (BEGAN + MINUTE, BEGAN + MINUTE)
    assert (range_.setter.at, range_.since_at_or_before) == (BEGAN + 30 * 60 * MINUTE, None)
    assert exists.since_at_or_before == BEGAN + MINUTE


# ------------------------------------------------------------------------------------------ what is asked for


def test_an_unknown_path_is_refused_with_the_nearest() -> None:
    """Of the device itself, or of what was asked for beside it."""
    kept = Kept()
    kept.deliver(_said(BEGAN))
    action = an_action(id="a1", targetId=CAR, targetType="vehicle")
    kept.deliver(an_event("user:vendor-action:updated", at=BEGAN, user_id="anna", vendorAction=action))

    def nearest_to(path: str) -> tuple[str, ...]:
        with pytest.raises(UnknownField) as refused:
            explain(_reader(kept), CAR, path, FIRST_PAGE)
        assert ", ".join(refused.value.nearest) in str(refused.value)
        return refused.value.nearest

    assert nearest_to("batteryLevel")[0] == LEVEL
    assert nearest_to("chargeState.batterylevel")[0] == LEVEL
    assert nearest_to("$exist")[0] == "$exists"
    assert nearest_to("vendorActions")[0].startswith("vendorActions.a1")
    assert nearest_to("vendorActions.a1.states")[0] == "vendorActions.a1.state"
    assert nearest_to("statistics.day")  # an inverter's
    assert 0 < len(nearest_to("schedules.x") or ("none yet",)) <= 5


def test_a_documented_field_that_a_document_lacks_is_known_and_null() -> None:
    """Enode leaves it out where there is no pairing."""
    kept = Kept()
    charge = {name: value for name, value in _level(66).items() if name != "pluggedInChargerId"}
    kept.deliver(_said(BEGAN, chargeState=charge))

    found = explain(_reader(kept), CAR, "chargeState.pluggedInChargerId", FIRST_PAGE)

    assert found.value is None
    assert found.since_at_or_before == BEGAN


def test_a_field_that_was_taken_away_says_by_what() -> None:
    """It is null now, and that has a beginning."""
    kept = Kept()
    kept.deliver(_said(BEGAN, novelty={"a": 1}))
    kept.deliver(_said(BEGAN + MINUTE))

    found = explain(_reader(kept), CAR, "novelty.a", FIRST_PAGE)

    assert found.setter is not None
    assert (found.value, found.before, found.setter.at) == (None, 1, BEGAN + MINUTE)


def test_a_deleted_device_explains_its_deletion_and_nothing_else() -> None:
    """What a deletion has ended is never shown again."""
    kept = Kept()
    kept.deliver(_said(BEGAN), _said(BEGAN + MINUTE, "deleted"))

    gone = explain(_reader(kept), CAR, "$exists", FIRST_PAGE)

    assert gone.setter is not None
    assert (gone.value, gone.before, gone.setter.event) == (False, True, "user:vehicle:deleted")
    assert (gone.contact_at, gone.checked_at) == (None, None)
    with pytest.raises(UnknownDevice, match=r"\$exists"):
        explain(_reader(kept), CAR, LEVEL, FIRST_PAGE)


def test_a_question_that_has_no_answer_is_refused() -> None:
    """Of somebody else's device, of the time before the log, of tomorrow, or backwards."""
    kept = Kept()
    kept.deliver(_said(BEGAN))
    reader = _reader(kept)

    with pytest.raises(UnknownDevice):
        explain(replace(reader, caller=Caller("ben", sees_all=False)), CAR, LEVEL, FIRST_PAGE)
    with pytest.raises(NotCovered):
        explain(reader, CAR, LEVEL, FIRST_PAGE, at=BEGAN - MINUTE)
    with pytest.raises(BadRequest):
        explain(reader, CAR, LEVEL, FIRST_PAGE, at=NOON + MINUTE)
    with pytest.raises(BadRequest, match="'before'"):
        explain(reader, CAR, LEVEL, PageRequest(50, before=("x", "0")))


# ------------------------------------------------------------------------------------------ what confirms it


def test_a_later_contact_and_a_later_check_confirm_a_value() -> None:
    """Those since it was set, and no earlier ones."""
    kept = Kept()
    kept.deliver(_said(BEGAN), _said(BEGAN + 60 * MINUTE, odometer={"distance": 7, "lastUpdated": None}))
    devices = FakeDevices(kept.states)
    checked = BEGAN + 90 * MINUTE

    class Checked(FakeDevices):
        def one(self, user_id: str, device: DeviceId) -> Any:
            known = devices.one(user_id, device)
            return known and replace(known, checked_at=checked)

    reader = replace(_reader(kept), devices=Checked(kept.states))

    level, distance = (explain(reader, CAR, path, FIRST_PAGE) for path in (LEVEL, "odometer.distance"))

    assert (level.contact_at, level.checked_at) == (BEGAN + 59 * MINUTE, checked)
    assert (distance.contact_at, distance.checked_at) == (None, checked)


def test_a_read_without_news_is_what_set_the_last_contact() -> None:
    """It stands in the state alone: no entry, no delivery, and nobody invents one."""
    kept = Kept()
    kept.deliver(_said(BEGAN))
    owned = "anna", DeviceId(DeviceKind.VEHICLE, CAR)
    standing = kept.states.devices[owned]
    seen = json.loads(standing.seen.document or b"")
    later = seen | {"lastSeen": instant.fixed(BEGAN + 5 * MINUTE)}
    text = json.dumps(later, sort_keys=True, separators=(",", ":")).encode()
    ord_ = standing.seen.ord.replace(instant.fixed(BEGAN)[:16], instant.fixed(BEGAN + 6 * MINUTE)[:16])
    kept.states.devices[owned] = replace(standing, seen=replace(standing.seen, ord=ord_, document=text))

    contact, level = (explain(_reader(kept), CAR, path, FIRST_PAGE) for path in ("lastSeen", LEVEL))

    assert contact.value == later["lastSeen"]
    assert contact.setter is not None
    assert (contact.setter.event, contact.setter.source) == ("lastseen:read", None)
    assert contact.setter.at == BEGAN + 6 * MINUTE
    assert level.setter is not None
    assert level.setter.at == BEGAN


def test_the_answer_names_the_delivery_to_callers_of_the_fleet_only() -> None:
    """It is an operator's thread to pull, and nobody else's."""
    kept = Kept()
    kept.deliver(_said(BEGAN))
    found = explain(_reader(kept), CAR, LEVEL, FIRST_PAGE)
    cursors = Cursors(lambda: CURSOR_KEY, "a question", NOON)

    fleet = json.loads(why_view.why(found, cursors, tells_delivery=True))
    user = json.loads(why_view.why(found, cursors, tells_delivery=False))

    assert fleet["setBy"].pop("deliveryId") == "delivery-1"
    assert fleet == user
    assert user["setBy"] == {
        "at": instant.fixed(BEGAN),
        "event": "user:vehicle:updated",
        "source": "webhook",
        "receivedAt": instant.fixed(NOON),
        "before": None,
    }
    assert user["sinceAtOrBefore"] == instant.fixed(BEGAN)
    assert user["confirmed"] == {"lastContactAt": None, "lastCheckAt": None}
    assert user["pagination"] == {"after": None, "before": None}
