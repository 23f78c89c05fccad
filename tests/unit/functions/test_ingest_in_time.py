"""Proves that the ingest door answers in time, whatever hangs behind it, and asks nobody in vain twice in a row."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from functions.ingest import app
from lastseen.domain.deadline import Deadline
from lastseen.store.quarantine import S3Quarantine
from lastseen.store.secrets import CACHED, LONGEST_PAUSE, SOONEST_REREAD
from tests.support.builders import SECRET, Json, a_delivery, an_event, signed
from tests.support.fakes import FakeLog
from tests.unit.functions.conftest import Door, Told, Vault

NEW = "the-new-secret-of-32-characters!"
SHORT = timedelta(seconds=0.3)
AT_ONCE = 2.0
"""Seconds; generous, because others work on this machine too."""


def _body(*more: object) -> bytes:
    return a_delivery([an_event(at=datetime.now(UTC)), *more])


class HangingVault(Vault):
    """Secrets Manager that does not answer, once it hangs."""

    def __init__(self) -> None:
        super().__init__()
        self.over = threading.Event()
        self.hangs = False

    def get_secret_value(self, **which: Any) -> dict[str, str]:
        """Say it, or nothing."""
        said = super().get_secret_value(**which)
        if self.hangs:
            self.over.wait(30)
        return said


@pytest.fixture
def hanging(door: Door) -> Iterator[HangingVault]:
    """The door's vault, which can hang."""
    vault = HangingVault()
    door.secrets.client = cast("Any", vault)
    yield vault
    vault.over.set()


def _timed(post: Callable[[], Json]) -> tuple[int, float]:
    begun = time.monotonic()
    status = post()["statusCode"]
    return status, time.monotonic() - begun


def test_while_secrets_manager_is_down_what_enode_signed_is_taken(
    door: Door, told: Callable[[], Told]
) -> None:
    """The secret is in memory. Five minutes of an outage there must not become a day's loss here."""
    door.post(signed(_body()))
    told()
    door.vault.is_down, asked = True, door.vault.asked

    statuses = []
    for _ in range(600):
        door.seconds += 1
        statuses.append(door.post(signed(_body()))["statusCode"])

    assert statuses == [200] * 600
    stale = int(600 - CACHED.total_seconds())
    assert told().text.count('"SecretStale":[1.0]') == stale
    assert 2 < door.vault.asked - asked < 6 + stale / LONGEST_PAUSE.total_seconds()


def test_once_secrets_manager_answers_again_it_is_believed_again(door: Door) -> None:
    """A rotation during the outage is heard of as soon as it is over."""
    door.post(signed(_body()))
    door.vault.is_down, door.seconds = True, 1_000
    assert door.post(signed(_body()))["statusCode"] == 200
    door.vault.is_down, door.vault.text = False, json.dumps({"current": NEW})

    door.seconds += LONGEST_PAUSE.total_seconds()

    assert door.post(signed(_body(), NEW))["statusCode"] == 200
    assert door.post(signed(_body(), SECRET))["statusCode"] == 401


def test_a_cold_start_without_secrets_manager_asks_enode_to_come_again(door: Door) -> None:
    """Nothing can be told from nothing; and nobody hammers at a closed door."""
    door.vault.is_down = True

    statuses = []
    for _ in range(100):
        statuses.append(door.post(signed(_body()))["statusCode"])
        door.seconds += 0.1
    door.vault.is_down = False
    door.seconds += LONGEST_PAUSE.total_seconds()

    assert statuses == [503] * 100
    assert door.vault.asked <= 5
    assert door.post(signed(_body()))["statusCode"] == 200


def test_wrong_signatures_do_not_wait_for_secrets_manager_one_by_one(
    door: Door, hanging: HangingVault
) -> None:
    """A stranger would hold the function for six seconds with each of them, and pay nothing."""
    door.post(signed(_body()))
    hanging.hangs, door.seconds, asked = True, SOONEST_REREAD.total_seconds() + 1, hanging.asked

    status, lasted = _timed(lambda: door.post(signed(_body(), NEW)))
    again = [_timed(lambda: door.post(signed(_body(), NEW))) for _ in range(50)]

    assert status == 503  # nobody knows whether there is a newer secret
    assert lasted < 1 + AT_ONCE
    assert {status for status, _ in again} == {503}
    assert sum(lasted for _, lasted in again) < AT_ONCE
    assert hanging.asked - asked == 1


def test_a_secret_that_hangs_costs_what_enode_signed_a_second_at_most(
    door: Door, hanging: HangingVault
) -> None:
    """And only once in a while."""
    door.post(signed(_body()))
    hanging.hangs, door.seconds = True, CACHED.total_seconds() + 1

    first = _timed(lambda: door.post(signed(_body())))
    others = [_timed(lambda: door.post(signed(_body()))) for _ in range(20)]

    assert first[0] == 200
    assert first[1] < 1 + AT_ONCE
    assert {status for status, _ in others} == {200}
    assert sum(lasted for _, lasted in others) < AT_ONCE


@pytest.fixture
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    """The door with less time, so that nobody has to wait for these tests."""
    monkeypatch.setattr(app, "TIME_TO_ANSWER", SHORT)


@pytest.mark.usefixtures("hurried")
def test_a_cold_start_ends_in_time_though_secrets_manager_hangs(
    door: Door, hanging: HangingVault, told: Callable[[], Told]
) -> None:
    """503 and a line, where it was killed without one."""
    hanging.hangs = True

    status, lasted = _timed(lambda: door.post(signed(_body())))

    assert status == 503
    assert lasted < SHORT.total_seconds() + AT_ONCE
    (line,) = told().log
    assert (line["message"], line["error"]) == ("delivery refused", "StoreUnavailable")


class HangingS3:
    """S3 that takes nothing."""

    def __init__(self) -> None:
        self.over = threading.Event()

    def put_object(self, **_: Any) -> dict[str, Any]:
        """Wait."""
        self.over.wait(30)
        return {}


class BrokenS3:
    """S3 that cannot be reached."""

    def put_object(self, **_: Any) -> dict[str, Any]:
        """Fail."""
        raise EndpointConnectionError(endpoint_url="https://s3.invalid")


@pytest.mark.usefixtures("hurried")
def test_a_quarantine_that_hangs_is_given_up_in_time(door: Door, told: Callable[[], Told]) -> None:
    """What was understood is stored; the whole comes again, and a line says why."""
    s3 = HangingS3()
    door.quarantine = cast("Any", S3Quarantine("quarantine", cast("Any", s3)))

    status, lasted = _timed(lambda: door.post(signed(_body(b"NaN"))))
    s3.over.set()

    assert status == 503
    assert lasted < SHORT.total_seconds() + AT_ONCE
    (line,) = told().log
    assert line["reason"] == "the quarantine did not answer"
    assert len(door.states.devices) == 1


def test_a_quarantine_that_cannot_be_reached_has_enode_come_again(door: Door) -> None:
    """Nothing acknowledged is lost."""
    door.quarantine = cast("Any", S3Quarantine("quarantine", cast("Any", BrokenS3())))

    assert door.post(signed(_body(b"NaN")))["statusCode"] == 503
    assert door.post(signed(_body()))["statusCode"] == 200


class WatchedLog(FakeLog):
    """A log that notes how much time it was given."""

    def __init__(self) -> None:
        super().__init__()
        self.left: list[float] = []

    def append(self, *arguments: Any, deadline: Deadline, **more: Any) -> None:
        """Note, and keep."""
        self.left.append(deadline.left)
        super().append(*arguments, deadline=deadline, **more)


def _asked_ago(seconds: float) -> float:
    return (datetime.now(UTC).timestamp() - seconds) * 1000


@pytest.mark.parametrize(
    ("epoch", "left"),
    [
        (_asked_ago, 4.0),
        (lambda seconds: int(_asked_ago(seconds + 1.5)), 2.5),
        (lambda seconds: int(_asked_ago(seconds + 3.5)), 0.5),
        (lambda seconds: int(_asked_ago(seconds + 29)), 0.0),
        (lambda seconds: int(_asked_ago(seconds - 3_600)), 4.0),
        (lambda seconds: int(_asked_ago(seconds + 31)), 4.0),
        (lambda _: 1772366400000, 4.0),
        (lambda _: 0, 4.0),
        (lambda _: -1, 4.0),
        (lambda _: True, 4.0),
        (lambda _: None, 4.0),
        (lambda _: "now", 4.0),
        (lambda _: 10**400, 4.0),
        (lambda _: float("nan"), 4.0),
        (lambda _: float("inf"), 4.0),
    ],
    ids=[
        "just now",
        "1.5 s ago",
        "3.5 s ago",
        "29 s ago",
        "in an hour",
        "31 s ago",
        "last March",
        "1970",
        "before 1970",
        "true",
        "null",
        "a text",
        "400 digits",
        "NaN",
        "infinity",
    ],
)
def test_time_is_counted_since_api_gateway_took_the_delivery(
    epoch: Callable[[float], object], left: float, door: Door
) -> None:
    """Enode has waited through the cold start too. What cannot be is not believed."""
    door.post(signed(b"[]"))  # the secret is known
    door.log = WatchedLog()
    event = signed(_body()) | {"requestContext": {"timeEpoch": epoch(0)}}

    door.post(event)

    (given,) = door.log.left
    assert left - 1 <= given <= left + 0.05


@pytest.mark.parametrize("context", [{}, {"requestContext": None}, {"requestContext": {}}])
def test_a_request_that_does_not_say_when_it_came_came_now(context: Json, door: Door) -> None:
    """Whatever calls the function."""
    door.log = WatchedLog()

    assert door.post(signed(_body()) | context)["statusCode"] == 200
    (given,) = door.log.left
    assert 3 <= given <= 4
