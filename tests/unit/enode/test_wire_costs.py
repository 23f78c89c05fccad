"""Proves that `enode/delivery.py` does work in proportion to a body, whatever its shape, counted in steps and
not in time.

What that comes to in processor time `python -m bench.hostile` measures, through the whole function.
"""

import sys
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from types import FrameType
from typing import Any

import pytest

from bench import hostile
from lastseen.domain.delivery import Flaw
from lastseen.domain.event import target_of
from lastseen.enode import delivery as enode_delivery
from lastseen.enode import events
from tests.support.builders import NOON, a_delivery, an_event

SHAPES = tuple(hostile.shapes(NOON, 4096))
SMALL = 40_000


def _steps(do: Callable[[], object]) -> int:
    """How many lines of Python are run, and how many functions called."""
    count = 0

    def step(_frame: FrameType, _event: str, _: object) -> Any:
        nonlocal count
        count += 1
        return step

    before = sys.gettrace()
    sys.settrace(step)
    try:
        do()
    finally:
        sys.settrace(before)
    return count


@pytest.mark.parametrize("shape", SHAPES)
def test_twice_the_bytes_take_twice_the_steps(shape: str) -> None:
    """No shape makes a loop of ours run within another."""
    bodies = [hostile.shapes(NOON, size)[shape] for size in (SMALL, 2 * SMALL)]

    once, twice = (_steps(partial(enode_delivery.read, body, now=NOON)) for body in bodies)

    assert twice <= 2.2 * once + 1_000
    assert twice <= 8 * 2 * SMALL  # the worst of all is looked at bracket by bracket


def test_the_shapes_are_as_large_as_they_say() -> None:
    """Else nothing would be measured: each fills what it may, or a thousand elements."""
    for name, body in hostile.shapes(NOON).items():
        assert len(body) <= enode_delivery.LARGEST_BODY, name
        assert len(body) > 0.8 * enode_delivery.LARGEST_BODY or body.count(b'"event"') in (
            0,
            enode_delivery.MOST_ELEMENTS,
        ), name


class Name(str):
    """A property name that counts how often it is compared."""

    __slots__ = ()
    compared = 0

    __hash__ = str.__hash__

    def __eq__(self, other: object) -> bool:
        Name.compared += 1
        return str.__eq__(self, other)


@pytest.mark.parametrize("name", ["system:heartbeat", "enode:webhook:test", "user:of:tomorrow"])
def test_the_properties_of_an_event_that_is_kept_whole_are_not_compared_with_each_other(name: str) -> None:
    """30,000 of them, each looked for among all of them, took the function its time, delivery after delivery."""
    element = an_event(name) | {Name(f"k{number}"): number for number in range(3_000)}
    Name.compared = 0

    event = events.read(element, now=NOON)

    assert event.name == name
    assert Name.compared < 10 * 3_000  # to sort them


def _invalid(count: int) -> bytes:
    return a_delivery(
        [an_event("user:credentials:invalidated", user_id=f"user-{number}") for number in range(count)]
    )


def test_a_delivery_asks_for_no_more_writes_than_can_be_done_in_time() -> None:
    """A thousand invalid credentials would be 7,000 statements. Those over the bound are set aside, each alone."""
    delivery = enode_delivery.read(_invalid(1_000), now=NOON)

    writes = sum(len(event.effects) for event in delivery.events)
    assert enode_delivery.MOST_WRITES - 7 < writes <= enode_delivery.MOST_WRITES
    assert len(delivery.events) + len(delivery.set_aside) == 1_000
    assert {piece.flaw for piece in delivery.set_aside} == {Flaw.TOO_MANY_WRITES}
    assert [piece.index for piece in delivery.set_aside] == list(range(len(delivery.events), 1_000))


def test_many_words_on_the_same_things_are_as_many_writes_as_there_are_things() -> None:
    """Of each the newest is written: a vendor's accounts of a user that are told to be invalid again and again fit."""
    users = [f"user-{number}" for number in range(100)]
    again = [
        an_event("user:credentials:invalidated", at=NOON - timedelta(seconds=number // 100), user_id=user_id)
        for number, user_id in enumerate(users * 9)
    ]
    cars = [an_event(at=NOON - timedelta(seconds=number)) for number in range(100)]

    delivery = enode_delivery.read(a_delivery(again + cars), now=NOON)

    assert (len(delivery.events), delivery.set_aside) == (1_000, ())
    assert len({target_of(effect) for event in delivery.events for effect in event.effects}) == 701


def test_behind_what_asks_for_too_much_there_is_room_for_what_asks_for_little() -> None:
    """Set aside is what does not fit, not what comes behind it."""
    cars = [an_event(at=NOON - timedelta(seconds=number)) for number in range(3)]
    many = [an_event("user:credentials:invalidated", user_id=f"user-{number}") for number in range(900)]

    delivery = enode_delivery.read(a_delivery([*many, *cars]), now=NOON)

    assert [event.name for event in delivery.events][-3:] == ["user:vehicle:updated"] * 3


def test_the_largest_delivery_that_enode_describes_is_taken_whole() -> None:
    """A hundred events, each of the sort that asks for most."""
    delivery = enode_delivery.read(_invalid(100), now=NOON)

    assert (len(delivery.events), delivery.set_aside) == (100, ())
