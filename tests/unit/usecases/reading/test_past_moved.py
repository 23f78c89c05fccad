"""Proves that a device that moved was, at any moment, the one user's whose it was then, whoever asks."""

from datetime import datetime, timedelta
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.domain.caller import Caller
from lastseen.domain.freshness import Limits
from lastseen.domain.pagination import Page, PageRequest
from lastseen.errors import BadRequest, NotCovered, UnknownDevice
from lastseen.usecases.reading.device_log import Span
from lastseen.usecases.reading.past import HistoryReader
from lastseen.usecases.reading.present import Reader
from tests.support.builders import NOON, Json, a_vehicle, an_event
from tests.support.fakes import FakeDevices, FakeHistory
from tests.support.read_requests import Kept

FLEET = Caller("app", sees_all=True)
START = NOON - timedelta(hours=1)


def _at(minute: float) -> datetime:
    return START + timedelta(minutes=minute)


def _said(verb: str, minute: float, user_id: str, id_: str = "car") -> Json:
    car = a_vehicle(id=id_, userId=user_id)
    return an_event(f"user:vehicle:{verb}", at=_at(minute), user_id=user_id, vehicle=car)


@pytest.fixture
def kept() -> Kept:
    """A car that was Anna's for ten minutes, and is Ben's now, who has had another one all along."""
    kept = Kept()
    kept.deliver(
        _said("updated", 0, "anna"),
        _said("deleted", 10, "anna"),
        _said("updated", 10.001, "ben"),
        _said("updated", 0, "ben", "bens-own"),
    )
    return kept


def _listed(kept: Kept, caller: Caller, user_id: str, minute: float) -> list[str]:
    devices = FakeDevices(kept.states)
    page = Page(tuple(one.known for one in devices.walk_user(user_id)))
    then = HistoryReader(caller, devices, FakeHistory(kept.log), NOON).all_as_of(page, _at(minute))
    assert {one.known.user_id for one in then.items} <= {user_id}
    return [one.known.device.id for one in then.items]


def test_a_list_of_the_past_has_what_was_that_users_then(kept: Kept) -> None:
    """For the fleet as for the user: the car is on one list at a time."""
    for anna, ben in ((FLEET, FLEET), (Caller("anna"), Caller("ben"))):
        assert (_listed(kept, anna, "anna", 5), _listed(kept, ben, "ben", 5)) == (["car"], ["bens-own"])
        assert (_listed(kept, anna, "anna", 15), _listed(kept, ben, "ben", 15)) == ([], ["bens-own", "car"])


def test_a_device_of_the_past_is_told_as_its_owners_of_then(kept: Kept) -> None:
    """To the fleet: what stands around a document and what stands in it say the same."""
    history_reader = HistoryReader(FLEET, FakeDevices(kept.states), FakeHistory(kept.log), NOON)

    assert history_reader.as_of("car", _at(5)).known.user_id == "anna"
    assert history_reader.as_of("car", _at(15)).known.user_id == "ben"


def test_a_list_from_before_all_coverage_is_not_covered(kept: Kept) -> None:
    """It does not say that there was nothing; a user without devices has an empty past as well."""
    with pytest.raises(NotCovered, match="these devices begins at"):
        _listed(kept, FLEET, "ben", -1)
    assert _listed(kept, FLEET, "nobody", -1) == []


@pytest.mark.parametrize("user_id", ["ben", "nobody"])
def test_a_list_of_a_moment_to_come_is_a_bad_request(kept: Kept, user_id: str) -> None:
    """Whether there is anything on it or not."""
    with pytest.raises(BadRequest, match="future"):
        _listed(kept, FLEET, user_id, 61)


def test_one_owners_deletion_does_not_end_the_others_device() -> None:
    """Enode may say of a move first that it is there, and then that it is not: now, as-of now, differences and history
    of the one who has it agree, for the fleet as for that user, and name whose they are."""
    kept = Kept()
    kept.deliver(
        _said("updated", 0, "anna"),
        _said("updated", 10, "ben"),
        _said("deleted", 10 + 1 / 60, "anna"),
        _said("updated", 20, "ben"),
    )
    devices, log = FakeDevices(kept.states), FakeHistory(kept.log)

    for caller in (FLEET, Caller("ben")):
        history_reader = HistoryReader(caller, devices, log, NOON)
        now = Reader(caller, devices, Limits(), NOON).device("car").known
        then = history_reader.as_of("car", NOON).known
        before, after, found = history_reader.difference("car", _at(15), NOON)
        history = history_reader.changes("car", Span(), PageRequest(99))
        whole = history_reader.snapshots("car", Span(), PageRequest(99))

        assert then.snapshot.current.document == now.snapshot.current.document
        assert found == []
        assert [change.path for change in history.changes.items] == []
        assert [entry.at for entry in whole.entries.items] == [_at(10), _at(20)]
        owners = {one.user_id for one in (now, then, before.known, after.known, history.known, whole.known)}
        assert owners == {"ben"}
    annas = (
        HistoryReader(Caller("anna"), devices, log, NOON)
        .changes("car", Span(), PageRequest(99))
        .changes.items
    )
    assert [(change.path, change.after) for change in annas] == [("$exists", False)]


def test_a_discovery_of_a_device_known_already_counts_for_whose_it_is_then_as_now() -> None:
    """Its document blanks nothing; that Anna's car was found later than Ben's was told of is known all the same."""
    kept = Kept()
    kept.deliver(_said("updated", 0, "anna"), _said("updated", 10, "ben"), _said("discovered", 20, "anna"))
    devices, log = FakeDevices(kept.states), FakeHistory(kept.log)

    now = Reader(FLEET, devices, Limits(), NOON).device("car").known
    then = HistoryReader(FLEET, devices, log, NOON).as_of("car", NOON).known

    assert (now.user_id, then.user_id) == ("anna", "anna")
    assert then.snapshot.current.document == now.snapshot.current.document


_words = st.lists(
    st.tuples(
        st.sampled_from(["updated", "updated", "deleted", "discovered"]),
        st.integers(0, 20),
        st.sampled_from("abc"),
    ),
    min_size=1,
    max_size=12,
    unique_by=lambda word: word[1:],
)


@given(_words, st.randoms(use_true_random=False))
def test_now_and_the_past_agree_on_whose_it_is_and_owners_never_mix(
    words: list[tuple[str, int, str]], chance: Random
) -> None:
    """In whatever order the words of three owners come; each owner's past is what was said under their name."""
    kept = Kept()
    arriving = [_said(verb, minute, owner) for verb, minute, owner in words]
    chance.shuffle(arriving)
    for event in arriving:
        kept.deliver(event)
    devices, log = FakeDevices(kept.states), FakeHistory(kept.log)
    fleet = HistoryReader(FLEET, devices, log, NOON)

    try:
        now = Reader(FLEET, devices, Limits(), NOON).device("car").known
    except UnknownDevice:
        with pytest.raises(UnknownDevice):
            fleet.as_of("car", NOON)
    else:
        then = fleet.as_of("car", NOON).known
        assert (then.user_id, then.snapshot.current.document) == (
            now.user_id,
            now.snapshot.current.document,
        )
    for owner in {owner for _, _, owner in words}:
        own = (
            HistoryReader(Caller(owner), devices, log, NOON)
            .snapshots("car", Span(), PageRequest(99))
            .entries.items
        )
        assert {entry.user_id for entry in own} == {owner}
        assert [entry.at for entry in own] == sorted(_at(minute) for _, minute, who in words if who == owner)
