"""Proves `domain/class_cadence.py`: who is a probe, when the next round is, and what is kept of a class."""

import json
from datetime import timedelta
from typing import Any

import pytest

from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.cadence import CadenceClass, ContactGap
from lastseen.domain.class_cadence import MEMBERS, ClassCadence, Rounds, in_short
from lastseen.domain.device import DeviceId, DeviceKind
from tests.support.builders import NOON

HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
ROUNDS = Rounds.of(BackoffPolicy())
CARS = CadenceClass("TESLA", DeviceKind.VEHICLE, is_active=False)


def _car(number: int) -> tuple[str, DeviceId]:
    return f"user-{number}", DeviceId(DeviceKind.VEHICLE, f"car-{number}")


def _gap(hours: float, minutes: float) -> ContactGap:
    return ContactGap(NOON + hours * HOUR, 60 * minutes, 60 * minutes)


def test_the_rounds_are_of_six_and_two_hours_and_gaps_count_for_a_day_and_a_half() -> None:
    """By the back-off's defaults; a faster world shortens all three."""
    assert (ROUNDS.usual, ROUNDS.unlearned, ROUNDS.oldest) == (6 * HOUR, 2 * HOUR, 36 * HOUR)
    assert Rounds.of(BackoffPolicy(longest_quiet=6 * MINUTE)).unlearned == 2 * MINUTE


def test_a_round_has_two_probes_and_the_next_comes_in_its_time() -> None:
    """Every six hours, every two while nothing is learned, and not while one is still watched."""
    cars = ClassCadence(CARS)
    chosen = [cars.choose(_car(number), NOON, ROUNDS, has_moved=False) for number in range(3)]

    assert chosen == [True, True, False]
    assert not cars.is_round_due(NOON + 3 * HOUR, ROUNDS)
    cars.probes.clear()
    assert cars.is_round_due(NOON + 2 * HOUR, ROUNDS)
    cars.note_gap(_gap(1, 7), NOON + HOUR, ROUNDS)
    assert not cars.is_round_due(NOON + 3 * HOUR, ROUNDS)
    assert cars.is_round_due(NOON + 6 * HOUR, ROUNDS)


def test_devices_that_stand_still_keep_nobody_out_that_moves_while_nothing_is_learned() -> None:
    """They may be stuck: two that move are taken beside them."""
    cars = ClassCadence(CARS)
    chosen = [cars.choose(_car(number), NOON, ROUNDS, has_moved=number > 1) for number in range(5)]

    assert chosen == [True, True, True, True, False]


def test_a_probe_has_told_enough_after_two_gaps() -> None:
    """And one that tells nothing is let go at the ceiling."""
    cars = ClassCadence(CARS)
    for number in range(2):
        cars.choose(_car(number), NOON, ROUNDS, has_moved=True)
    cars.probe_told("car-0", _gap(0, 7), NOON, ROUNDS)
    cars.probe_told("car-0", _gap(0.2, 7), NOON, ROUNDS)

    assert list(cars.probes) == ["car-1"]
    assert cars.learned(NOON, ROUNDS) == 420
    cars.drop_probes(NOON + 3 * HOUR, 2 * HOUR)
    assert cars.probes == {}


@pytest.mark.parametrize(
    ("hours", "minutes", "is_even"),
    [(1.0, [7] * 8, True), (0.1, [7] * 8, False), (1.0, [7] * 7, False), (1.0, [7] * 7 + [28], False)],
)
def test_a_class_is_even_if_eight_gaps_of_several_rounds_are_alike(
    hours: float, minutes: list[float], is_even: bool
) -> None:
    """Only then is a device that was never measured judged as its class."""
    cars = ClassCadence(CARS)
    for number, one in enumerate(minutes):
        cars.note_gap(_gap(number * hours, one), NOON + number * hours * HOUR, ROUNDS)

    assert cars.is_even(NOON + 8 * HOUR, ROUNDS) is is_even


def test_what_is_remembered_comes_back_as_it_was() -> None:
    """Through JSON; members are few, however many devices there are."""
    cars = ClassCadence(
        CARS, size=500, silent_share=0.9, silent_since=NOON, silent_until=NOON, hinted_at=NOON
    )
    for number in range(2 * MEMBERS):
        cars.note_member(_car(number))
    cars.choose(_car(1), NOON, ROUNDS, has_moved=True)
    cars.note_gap(_gap(0, 7), NOON, ROUNDS)
    cars.sample, cars.doubts = [_car(2)], 1

    again = ClassCadence.read(CARS, json.loads(json.dumps(cars.said())))

    assert again == cars
    assert len(again.members) == MEMBERS


@pytest.mark.parametrize(
    "said", [{}, {"gaps": 7}, {"gaps": [[1]]}, {"probes": {"a": 1}}, {"members": [["a"]]}]
)
def test_a_record_of_another_form_is_as_if_it_never_had_been(said: dict[str, Any]) -> None:
    """By another release, or by hand."""
    assert ClassCadence.read(CARS, said) == ClassCadence(CARS)
    assert in_short({"classes": 7}) == in_short({}) == {}
