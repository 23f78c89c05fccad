"""Proves `enode/events.py`, `enode/client.py`: both entrances name twins alike."""

from dataclasses import replace
from typing import Any

import pytest

from lastseen.domain.device import DeviceKind
from lastseen.domain.event import DeviceUpdate, Source
from lastseen.domain.order import instant_in
from lastseen.domain.snapshot import NO_IDENTITY
from lastseen.domain.twin import TwinKey
from lastseen.enode import events
from tests.support.builders import NOON, an_event
from tests.support.device_documents import USER, a_vehicle
from tests.support.scripted_enode import ScriptedEnode, lists, says

KEY = TwinKey(b"k" * 32)


def _update(verb: str, vehicle: dict[str, Any], twins: TwinKey | None = KEY) -> DeviceUpdate:
    event = events.read(an_event(f"user:vehicle:{verb}", vehicle=vehicle), now=NOON, twins=twins)
    update = event.effects[0]
    assert isinstance(update, DeviceUpdate)
    return update


@pytest.mark.parametrize("verb", ["discovered", "updated", "deleted"])
def test_whatever_tells_a_strong_identity_names_the_twin(verb: str) -> None:
    """A deletion too: it carries the last whole device."""
    update = _update(verb, a_vehicle())

    told = update.snapshot.identity
    assert told.name == KEY.named_in(USER, DeviceKind.VEHICLE, a_vehicle())
    assert told.ord == instant_in(update.snapshot.newest)


@pytest.mark.parametrize("verb", ["discovered", "updated", "deleted"])
@pytest.mark.parametrize("vin", [None, "UNKNOWN", "XXXXXXXXXXXXXXXXX"])
def test_what_tells_none_says_nothing_of_the_twin(verb: str, vin: str | None) -> None:
    """Nulls and placeholders do not take away what was told before."""
    vehicle = a_vehicle(information={**a_vehicle()["information"], "vin": vin})

    assert _update(verb, vehicle).snapshot.identity == NO_IDENTITY


def test_without_the_key_nothing_is_named() -> None:
    """Who parses for another purpose needs no key."""
    assert _update("updated", a_vehicle(), twins=None).snapshot.identity == NO_IDENTITY


@pytest.mark.parametrize("is_listed", [True, False])
def test_a_read_names_the_twin_that_its_document_tells(is_listed: bool) -> None:
    """As an event of the same document does, got one by one or listed."""
    update = _update("updated", a_vehicle())
    enode = replace(
        ScriptedEnode(lists(a_vehicle()) if is_listed else says(a_vehicle())).client(), twins=lambda: KEY
    )

    reading = enode.devices(DeviceKind.VEHICLE).items[0] if is_listed else enode.device(update.device)

    assert reading is not None
    _, read = reading.observed(Source.SWEEP)
    assert read.snapshot.identity.name == update.snapshot.identity.name
    assert read.snapshot.identity.ord == instant_in(read.snapshot.seen.ord)
