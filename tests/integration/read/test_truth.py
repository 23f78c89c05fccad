"""Proves state, history and every moment of the past against what Enode said, however it arrived."""

import json
import random
from collections.abc import Iterable
from datetime import datetime, timedelta
from itertools import groupby

import pytest
from pytest_socket import enable_socket

from functions.read import app as read_app
from lastseen.domain import instant
from tests.integration.read.conftest import TWO_DAYS, Life, Past
from tests.support import reference
from tests.support.builders import Json
from tests.support.read_requests import FLEET, ReadDoor, of
from tests.support.reference import Changes

type Told = list[tuple[str, str, Changes]]
"""When, by which event, and what."""


def _told(pages: Iterable[Json]) -> Told:
    """The API's changes by the event that told them; a path told twice by one event is told once too often."""
    found = []
    changes = [change for page in pages for change in page["data"]]
    for (at, event), group in groupby(changes, key=lambda change: (change["at"], change["event"])):
        told: Changes = {}
        for change in group:
            assert change["path"] not in told, change
            told[change["path"]] = (change["before"], change["after"])
        found.append((at, event, told))
    return found


def _history(door: ReadDoor, device_id: str, **query: str) -> Told:
    pages = door.pages(f"/devices/{device_id}/history", {"pageSize": "100", **query})
    return _told(page.json for page in pages)


def _by_time(told: Told) -> Told:
    """Events of one millisecond about different things have no order of their own."""
    return sorted(told, key=lambda one: (one[0], one[1], sorted(one[2])))


def _moments(past: Past) -> Iterable[tuple[str, str]]:
    """Random devices at random instants; every third time just when something was said, or just beside it."""
    chance = random.Random(2)
    for number in range(past.instants):
        device_id = chance.choice(sorted(past.words))
        words = past.words[device_id]
        moment = datetime.fromisoformat(words[0].at) + chance.uniform(-0.01, 1) * TWO_DAYS
        if number % 3 == 0:
            beside = timedelta(milliseconds=chance.choice([-1, 0, 0, 1]))
            moment = datetime.fromisoformat(chance.choice(words).at) + beside
        yield device_id, instant.fixed(moment)


class Truth:
    """The tests. A subclass has a fixture `past`."""

    def test_the_state_is_the_truth(self, past: Past, life: Life) -> None:
        """Every living device is what Enode last said of it, whoever asks; every other one is not there."""
        for device_id, words in past.words.items():
            cached = life.simulator.cloud.devices[device_id]
            for claims in (of(cached.user_id), FLEET):
                answer = past.door.get(f"/devices/{device_id}", claims=claims)
                if not cached.is_alive:
                    assert answer.status == 404
                    continue
                believed = reference.as_of(words, "9999")
                assert answer.json["document"] == believed
                assert believed in (cached.event_document, cached.discovered_document)

    def test_history_is_every_change_once_in_both_orders(self, past: Past) -> None:
        """Right order, right before and after, across pages, duplicates and late arrivals; nothing else."""
        count = 0
        for device_id in past.walked:
            expected = reference.history(past.words[device_id])
            oldest_first = _history(past.door, device_id)

            assert _by_time(oldest_first) == _by_time(expected), device_id
            assert [at for at, _, _ in oldest_first] == sorted(at for at, _, _ in oldest_first)
            if device_id in past.some:
                assert _history(past.door, device_id, order="desc") == oldest_first[::-1]
            count += sum(len(changes) for _, _, changes in expected)
        assert count > 10_000 * len(past.walked) / len(past.words) / 2

    @pytest.mark.parametrize(
        "field",
        ["chargeState", "isReachable", "$exists", "vendorActions", "temperatureState.currentTemperature"],
    )
    def test_a_field_is_its_part_of_history(self, past: Past, field: str) -> None:
        """A path, and what is inside it, in both orders."""
        found = 0
        for device_id in past.some:
            inside = [
                (
                    at,
                    event,
                    {path: both for path, both in changes.items() if f"{path}.".startswith(f"{field}.")},
                )
                for at, event, changes in reference.history(past.words[device_id])
            ]
            expected = [one for one in inside if one[2]]

            oldest_first = _history(past.door, device_id, field=field)

            assert _by_time(oldest_first) == _by_time(expected), device_id
            assert _history(past.door, device_id, field=field, order="desc")[::-1] == oldest_first
            found += len(expected)
        assert found > 0

    def test_a_span_is_its_part_of_history(self, past: Past) -> None:
        """From a moment on, itself included, up to another, itself left out; with the right befores at its edge."""
        chance = random.Random(1)
        for device_id in past.walked:
            words = past.words[device_id]
            expected = reference.history(words)
            since, until = sorted(chance.choice(words).at for _ in range(2))

            told = _history(past.door, device_id, **{"from": since, "to": until})

            assert _by_time(told) == _by_time([one for one in expected if since <= one[0] < until]), device_id

    def test_small_pages_there_and_back_are_the_same_history(self, past: Past) -> None:
        """With pages of seven, forwards with `after`, and back with `before`."""
        device_id = min(past.some, key=lambda one: len(past.words[one]))
        path, query = f"/devices/{device_id}/history", {"pageSize": "7"}
        forwards = list(past.door.pages(path, query))

        page, back = forwards[-1], [forwards[-1]]
        while page.before is not None:
            page = past.door.get(path, {**query, "before": page.before})
            back.append(page)

        assert [change for page in reversed(back) for change in page.data] == [
            change for page in forwards for change in page.data
        ]
        assert _by_time(_told(page.json for page in forwards)) == _by_time(
            reference.history(past.words[device_id])
        )

    def test_any_moment_is_as_it_was(self, past: Past) -> None:
        """A thousand of them: the newest full word at or before it, in this life of the device; else a 404."""
        found = 0
        for device_id, at in _moments(past):
            expected = reference.as_of(past.words[device_id], at)
            answer = past.door.get(f"/devices/{device_id}", {"at": at})

            if expected is None:
                assert answer.status == 404, (device_id, at)
                continue
            assert answer.status == 200, (device_id, at, answer.text)
            assert answer.json["document"] == expected, (device_id, at)
            assert answer.json["asOf"] == {"at": at, "coverageFrom": past.words[device_id][0].at}
            found += 1
        assert found > past.instants / 2

    def test_what_differs_between_any_two_moments(self, past: Past) -> None:
        """By the same reference."""
        chance, found = random.Random(3), 0
        for device_id, words in past.words.items():
            since, until = sorted(chance.choice(words).at for _ in range(2))
            before, after = reference.as_of(words, since), reference.as_of(words, until)
            answer = past.door.get(f"/devices/{device_id}/diff", {"from": since, "to": until})

            if before is None or after is None:
                assert answer.status == 404
                continue
            told = {one["path"]: (one["before"], one["after"]) for one in answer.data}
            assert told == reference.between(before, after)
            found += len(told)
        assert found > 0

    def test_a_list_as_of_a_moment_is_each_device_as_of_it(self, past: Past, life: Life) -> None:
        """In Enode's form and in ours."""
        middle = instant.fixed(life.simulator.clock.now() - timedelta(hours=20))
        for home in life.simulator.fleet.homes:
            listed = past.door.get(f"/users/{home.user_id}/devices", {"at": middle, "pageSize": "100"})
            for item in listed.data:
                assert item["document"] == reference.as_of(life.words[item["id"]], middle)
            vehicles = past.door.get(f"/users/{home.user_id}/vehicles", {"at": middle})
            assert [json.dumps(one) for one in vehicles.data] == [
                json.dumps(item["document"]) for item in listed.data if item["kind"] == "vehicle"
            ]


class TestInMemory(Truth):
    """Of every device, out of fakes."""

    @pytest.fixture
    def past(self, remembered: Past, monkeypatch: pytest.MonkeyPatch) -> Past:
        """What the fakes remember."""
        monkeypatch.setattr(read_app, "build", remembered.door.collaborators)
        return remembered


class TestOnTheEngine(Truth):
    """State and moments of every device, histories of a car, a charger and a thermostat, out of a real engine."""

    @pytest.fixture
    def past(self, lived_in: Past, monkeypatch: pytest.MonkeyPatch) -> Past:
        """What the engine holds."""
        enable_socket()
        monkeypatch.setattr(read_app, "build", lived_in.door.collaborators)
        return lived_in
