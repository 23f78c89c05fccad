"""Proves `functions/ingest/app.py`: every body and every signature gets the answer it should."""

import base64
import hashlib
import hmac
import json
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any, cast

import pytest

from functions.ingest import app
from lastseen.domain import lag
from lastseen.domain.deadline import Deadline
from lastseen.domain.event import Joined
from lastseen.errors import Misconfigured, StoreUnavailable
from lastseen.store.secrets import WebhookSecrets
from tests.support.builders import (
    EVENTS,
    SECRET,
    USER,
    Json,
    a_delivery,
    a_fleets_delivery,
    a_vehicle,
    an_event,
    posted,
    signature_of,
    signed,
)
from tests.support.fakes import FakeLog, FakeQuarantine, FakeStates
from tests.unit.functions.conftest import Door, Told

BODY = b'[{"event":"system:heartbeat","createdAt":"2026-03-01T12:00:00Z"}]'
GOOD = signature_of(BODY)
HEX = GOOD.removeprefix("sha1=")
NAME = "x-enode-signature"


def _now() -> datetime:
    return datetime.now(UTC)  # the door has the real clock: it refuses what is far from now


@pytest.mark.parametrize("encoded", [False, True], ids=["plain", "base64"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {NAME: ""},
        {NAME: f"{GOOD},{GOOD}"},
        {NAME: f"{GOOD}, {GOOD}"},
        {NAME: GOOD, "X-Enode-Signature": GOOD},
        {NAME: HEX},
        {NAME: f"SHA1={HEX}"},
        {NAME: f"sha1={HEX.upper()}"},
        {NAME: "sha256=" + hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()},
        {NAME: f" {GOOD}"},
        {NAME: f"{GOOD}\n"},
        {NAME: f"sha1={'é' * 40}"},
        {NAME: f"sha1={chr(0x660) * 40}"},
        {NAME: signature_of(BODY, "another-secret-of-32-characters!")},
        {NAME: signature_of(BODY, "")},
        {NAME: signature_of(BODY + b" ")},
        {NAME: "sha1=" + "0" * 40},
        {"x-signature": GOOD},
        {"authorization": GOOD},
    ],
    ids=lambda headers: repr(headers)[:60],
)
def test_what_enode_did_not_sign_is_refused_and_nothing_is_stored(
    headers: dict[str, str], encoded: bool, door: Door
) -> None:
    """One answer, in problem+json, for every way a signature can be wrong."""
    response = door.post(posted(BODY, headers, encoded=encoded))

    assert response["statusCode"] == 401
    assert response["headers"]["content-type"] == "application/problem+json"
    assert json.loads(response["body"])["title"] == "Unauthorized"
    assert door.has_kept_nothing


@pytest.mark.parametrize(
    "changes",
    [
        {"headers": None},
        {"body": None},
        {"body": ""},
        {"isBase64Encoded": True},
        {"isBase64Encoded": True, "body": "not base64!"},
        {"isBase64Encoded": True, "body": "é"},
        {"isBase64Encoded": True, "body": base64.b64encode(BODY).decode()[:-1]},
        {"isBase64Encoded": True, "body": base64.b64encode(BODY).decode() + "\n"},
        {"body": base64.b64encode(BODY).decode()},
        {"body": BODY.decode() + "\ud800"},
    ],
    ids=repr,
)
def test_a_request_that_lost_its_body_or_headers_is_refused_too(changes: Json, door: Door) -> None:
    """Whatever HTTP API hands us, there is an answer and no traceback."""
    response = door.post(signed(BODY) | changes)

    assert response["statusCode"] == 401
    assert door.has_kept_nothing


@pytest.mark.parametrize("encoded", [False, True], ids=["plain", "base64"])
@pytest.mark.parametrize("name", [NAME, "X-Enode-Signature", "X-ENODE-SIGNATURE"])
def test_what_enode_signed_is_taken_in_every_encoding_and_header_case(
    name: str, encoded: bool, door: Door
) -> None:
    """The signature covers the bytes, so they must come through exactly, umlauts included."""
    body = a_delivery([an_event(at=_now(), vehicle=a_vehicle(nickname="Blåbær 🚗"))])

    response = door.post(posted(body, {name: signature_of(body)}, encoded=encoded))

    assert response["statusCode"] == 200
    assert response["headers"]["content-type"] == "application/json"
    assert json.loads(response["body"]) == {"received": 1, "stored": 1, "quarantined": 0}
    assert len(door.log.kept) == len(door.states.devices) == 1


def test_every_event_enode_has_is_taken(door: Door) -> None:
    """One delivery with all of them, and one that is not known yet."""
    body = a_delivery([an_event(name, at=_now()) for name in (*EVENTS, "user:of:tomorrow")])

    response = door.post(signed(body))

    assert json.loads(response["body"]) == {"received": 30, "stored": 30, "quarantined": 0}
    assert not door.quarantine.kept


def test_an_empty_delivery_is_simply_received(door: Door) -> None:
    """Nothing came."""
    response = door.post(signed(b"[]"))

    assert (response["statusCode"], json.loads(response["body"])["received"]) == (200, 0)
    assert door.has_kept_nothing


@pytest.mark.parametrize(
    "body",
    [
        b"hello",
        b"{}",
        b'"a string"',
        b"NaN",
        b"[NaN]",
        b"[1e400]",
        b"[" + b"7" * 5_000 + b"]",
        rb'["\ud800"]',
        b"\xef\xbb\xbf[]",
        b"[" * 1_500 + b"]" * 1_500,
        b"[" * 100_000 + b"]" * 100_000,
        b'[{"a":1,"a":2}]',
        b"[" + b" " * 6_000_000 + b"]",
        b"[}",
        b"\x00",
    ],
    ids=lambda body: repr(body[:20]),
)
def test_signed_bytes_that_say_nothing_are_answered_200_and_kept(body: bytes, door: Door) -> None:
    """A refusal would be repeated for a day, and then everything queued behind it would be dropped."""
    response = door.post(signed(body, encoded=True))

    assert response["statusCode"] == 200
    assert json.loads(response["body"]) == {"received": 1, "stored": 0, "quarantined": 1}
    assert [piece.raw for piece in door.quarantine.kept] in ([body], [body[1:-1]])


@pytest.mark.parametrize("place", [0, 50, 99])
@pytest.mark.parametrize(
    "broken",
    [
        b"NaN",
        b'{"event":"user:vehicle:updated"}',
        {"vehicle": a_vehicle(id="")},
        {"vehicle": a_vehicle(id="..")},
        {"vehicle": a_vehicle(id="\x00" * 301)},
        {"vehicle": a_vehicle(id="x" * 2048)},
        {"user": None},
        {"createdAt": None},
        {"createdAt": "9999-12-31T23:59:59Z"},
        {"createdAt": "1970-01-01T00:00:00Z"},
    ],
    ids=lambda broken: repr(broken)[:40],
)
def test_one_broken_element_goes_to_quarantine_and_its_neighbours_are_stored(
    broken: bytes | Json, place: int, door: Door
) -> None:
    """Ninety-nine stored, one set aside, wherever it stands."""
    raw = broken if isinstance(broken, bytes) else a_delivery([an_event(at=_now()) | broken])[1:-1]
    told: list[object] = [*a_fleets_delivery(99, at=_now())]
    told.insert(place, raw)

    response = door.post(signed(a_delivery(told)))

    assert json.loads(response["body"]) == {"received": 100, "stored": 99, "quarantined": 1}
    assert len(door.states.devices) == 99
    assert {piece.raw for piece in door.quarantine.kept} == {raw}


class DeadLog(FakeLog):
    """A log that cannot be reached."""

    def append(self, *_: Any, **__: Any) -> None:
        """Fail."""
        raise StoreUnavailable("2 of 4 batches were not answered in time")


class DeadStates(FakeStates):
    """A state that cannot be reached."""

    def merge(self, *_: Any) -> Joined:
        """Fail."""
        raise StoreUnavailable("25 of 25 statements were not taken after 3 attempts")


class DeadQuarantine(FakeQuarantine):
    """A bucket that cannot be reached."""

    def keep(self, *_: Any, **__: Any) -> None:
        """Fail."""
        raise StoreUnavailable("the quarantine did not answer")


def _kill_log(door: Door) -> None:
    door.log = DeadLog()


def _kill_states(door: Door) -> None:
    door.states = DeadStates()


def _kill_quarantine(door: Door) -> None:
    door.quarantine = DeadQuarantine()


def _kill_vault(door: Door) -> None:
    door.vault.is_down = True


KILLERS: Sequence[Callable[[Door], None]] = (_kill_log, _kill_states, _kill_quarantine, _kill_vault)


@pytest.mark.parametrize("kill", KILLERS)
def test_when_a_store_is_away_enode_is_asked_to_come_again(kill: Callable[[Door], None], door: Door) -> None:
    """503 with a time to wait, and nothing acknowledged."""
    kill(door)

    response = door.post(signed(a_delivery([an_event(at=_now()), b"NaN"])))

    assert response["statusCode"] == 503
    assert response["headers"]["content-type"] == "application/problem+json"
    assert int(response["headers"]["retry-after"]) > 0
    assert json.loads(response["body"])["title"] == "Service Unavailable"
    assert "stored" not in json.loads(response["body"])


def test_a_bug_is_not_answered_but_fails_the_invocation(door: Door) -> None:
    """The alarm rings; nobody is told 200, and nobody 401."""

    class BuggyLog(FakeLog):
        def append(self, *_: Any, **__: Any) -> None:
            raise RuntimeError("DynamoDB refuses a statement of ours")

    door.log = BuggyLog()

    with pytest.raises(RuntimeError):
        door.post(signed(a_delivery([an_event(at=_now())])))


@pytest.mark.parametrize(
    "text",
    [
        '{"current": "example-secret"}',
        '{"current": ""}',
        '{"current": null}',
        "{}",
        "[]",
        "not JSON",
        json.dumps({"current": SECRET, "previous": "hunter2"}),
    ],
)
def test_without_a_proper_secret_the_function_does_not_work_at_all(text: str, door: Door) -> None:
    """Neither the published example secret nor an empty one may ever let a delivery in."""
    door.vault.text = text

    for secret in (SECRET, "example-secret", ""):
        with pytest.raises(Misconfigured):
            door.post(signed(BODY, secret))
    assert door.has_kept_nothing


OLD, NEW = "the-old-secret-of-32-characters!", "the-new-secret-of-32-characters!"


def test_while_rotating_both_secrets_are_live(door: Door) -> None:
    """Enode has no overlap of its own: it signs with the old one until the moment it is told the new one."""
    door.vault.text = json.dumps({"current": NEW, "previous": OLD})

    answers = [door.post(signed(BODY, secret))["statusCode"] for secret in (OLD, NEW, SECRET)]

    assert answers == [200, 200, 401]
    assert door.vault.asked == 1


def test_a_secret_newer_than_the_cache_is_found_by_one_reread(door: Door) -> None:
    """A warm container must not refuse Enode until its cache runs out."""
    door.vault.text = json.dumps({"current": OLD})
    assert door.post(signed(BODY, OLD))["statusCode"] == 200
    door.vault.text = json.dumps({"current": NEW, "previous": OLD})
    door.seconds = 60

    answers = [door.post(signed(BODY, secret))["statusCode"] for secret in (NEW, NEW, OLD)]

    assert answers == [200, 200, 200]
    assert door.vault.asked == 2


def test_a_rotation_to_a_short_secret_stops_the_function(door: Door) -> None:
    """A reread is no way around the check."""
    door.post(signed(BODY))
    door.vault.text, door.seconds = '{"current": "example-secret"}', 60

    with pytest.raises(Misconfigured):
        door.post(signed(BODY, "example-secret"))


def test_wrong_signatures_do_not_make_us_ask_for_the_secret_every_time(door: Door) -> None:
    """Else anybody could have Secrets Manager throttle us."""
    answers = [door.post(signed(BODY, NEW))["statusCode"] for _ in range(50)]

    assert answers == [401] * 50
    assert door.vault.asked == 1


def test_a_reread_that_fails_asks_enode_to_come_again(door: Door) -> None:
    """It cannot be known whether the signature is right, so it must not be refused for good."""
    door.post(signed(BODY))
    door.seconds, door.vault.is_down = 60, True

    response = door.post(signed(BODY, NEW))

    assert response["statusCode"] == 503


def test_the_deadline_is_shorter_than_enodes_patience(door: Door) -> None:
    """Enode hangs up after five seconds; an answer after that is lost, and counts as a failure."""
    left: list[float] = []

    class WatchedLog(FakeLog):
        def append(self, *arguments: Any, deadline: Deadline, **more: Any) -> None:
            left.append(deadline.left)
            super().append(*arguments, deadline=deadline, **more)

    door.log = WatchedLog()
    door.post(signed(a_delivery([an_event(at=_now())])))

    assert 0 < left[0] <= 4


def test_the_delivery_id_is_kept_for_tracing(door: Door) -> None:
    """It is not signed, so it proves nothing, and a long one is cut."""
    for delivery_id in ("delivery-7", "", "x" * 5_000):
        body = a_delivery([an_event(at=_now(), user_id=f"user-of-{delivery_id[:10]}")])
        door.post(signed(body, delivery_id=delivery_id))

    assert [kept.delivery_id for kept in door.log.kept.values()] == ["delivery-7", "", "x" * 128]


def test_an_invocation_writes_one_line_of_counts(door: Door, told: Callable[[], Told]) -> None:
    """What became of the delivery, in words of the glossary, and nothing else."""
    events = [an_event(at=_now()), an_event("user:of:tomorrow", at=_now()), b"NaN"]

    door.post(signed(a_delivery(events)))

    (line,) = told().log
    assert line["message"] == "delivery kept"
    assert {
        "delivery_id": "delivery-1",
        "received": 3,
        "stored": 2,
        "quarantined": 1,
        "devices": 1,
        "superseded": 0,
        "unknown": ["user:of:tomorrow"],
        "flaws": ["not JSON"],
    }.items() <= line.items()


def test_a_nickname_cut_in_half_is_kept_and_counted(door: Door, told: Callable[[], Told]) -> None:
    """The signature is of the bytes, the document of the text that can be kept; the car is there."""
    car = a_vehicle(information={"displayName": "x\ud83d"})
    body = json.dumps([an_event(at=_now(), vehicle=car), an_event("system:heartbeat", at=_now())]).encode()

    response = door.post(signed(body))

    assert json.loads(response["body"]) == {"received": 2, "stored": 2, "quarantined": 0}
    (snapshot,) = door.states.devices.values()
    assert '"displayName":"x\ufffd"' in (snapshot.current.document or b"").decode()
    said = told()
    assert said.metrics["TextReplaced"] == 1
    assert said.log[0]["replaced"] == 1


def test_every_outcome_has_a_metric(door: Door, told: Callable[[], Told]) -> None:
    """Kept, superseded, unknown, quarantined, refused and unavailable are what operators ask about."""
    at = _now()
    mixed = a_delivery([an_event(at=at), an_event("user:of:tomorrow", at=at), b"NaN"])

    door.post(signed(mixed))
    kept = told().metrics
    door.post(signed(mixed))
    again = told().metrics
    door.post(signed(mixed, NEW))
    refused = told().metrics
    door.log = DeadLog()
    door.post(signed(mixed))
    unavailable = told().metrics

    for lags in (kept, again):
        assert min(lags.pop("EnodeLag"), lags.pop("StoreLag")) >= 0
    assert kept == {"Deliveries": 1, "Events": 2, "Quarantined": 1, "UnknownEvents": 1, "Superseded": 0}
    assert again == kept | {"Superseded": 1}
    assert refused == {"Deliveries": 1, "BadSignatures": 1}
    assert unavailable == {"Deliveries": 1, "Unavailable": 1}


def test_a_delivery_of_a_whole_day_out_of_order_ends_in_the_newest_state(door: Door) -> None:
    """The door from end to end: bytes in, newest state and every event in the log."""
    now = _now()
    hours = [
        an_event(at=now - timedelta(hours=hour), vehicle=a_vehicle(battery_percent=90 - hour))
        for hour in (3, 0, 2, 1)
    ]

    door.post(signed(a_delivery(hours[:2])))
    door.post(signed(a_delivery(hours[2:])))

    ((owner, _), snapshot), *_ = door.states.devices.items()
    assert owner == USER
    assert b'"batteryLevel":90' in (snapshot.current.document or b"")
    assert len(door.log.kept) == 4


def test_a_flood_of_wrong_signatures_writes_few_lines_and_counts_each(
    door: Door, told: Callable[[], Told]
) -> None:
    """Anybody can send them, and lines cost money; the metric counts them all. An hour later there are lines again."""
    junk = posted(BODY, {NAME: "sha1=" + "0" * 40})

    counts = []
    lines = 0
    for _ in range(200):
        assert door.post(junk)["statusCode"] == 401
        said = told()
        counts.append(said.metrics["BadSignatures"])
        lines += len(said.log)
    door.vault.is_down = True
    door.secrets = WebhookSecrets("arn:secret", cast("Any", door.vault), clock=lambda: door.seconds)
    assert door.post(junk)["statusCode"] == 503
    fault = told()
    door.vault.is_down = False
    door.seconds += 3600
    door.post(junk)

    assert sum(counts) == 200
    assert lines == app.MOST_LOGGED
    assert [line["error"] for line in fault.log] == ["StoreUnavailable"]
    assert [line["error"] for line in told().log] == ["BadSignature"]


def test_how_late_a_delivery_came_and_how_long_it_took_is_told_in_one_line(
    door: Door, told: Callable[[], Told]
) -> None:
    """Of each event from when it was made until API Gateway had it, of the whole from there; no second line."""
    now = _now()
    many = [an_event(at=now - timedelta(seconds=number)) for number in range(1, 100)]
    posted_ = signed(a_delivery([*many, an_event(at=now - timedelta(hours=9))]))
    posted_["requestContext"] = {"timeEpoch": now.timestamp() * 1000}

    door.post(posted_)

    lines = [json.loads(line) for line in told().text.splitlines()]
    (values,) = [line for line in lines if "_aws" in line]
    assert len(lines) == 2
    assert len(values["EnodeLag"]) == lag.MOST_TOLD
    assert min(values["EnodeLag"]) == pytest.approx(1000, abs=2)
    assert max(values["EnodeLag"]) == pytest.approx(9 * 3_600_000, abs=2)
    assert len(values["StoreLag"]) == 1
    assert 0 <= values["StoreLag"][0] < 60_000
    units = {metric["Name"]: metric["Unit"] for metric in values["_aws"]["CloudWatchMetrics"][0]["Metrics"]}
    assert (units["EnodeLag"], units["StoreLag"]) == ("Milliseconds", "Milliseconds")


def test_a_delivery_that_was_not_kept_has_no_lag(door: Door, told: Callable[[], Told]) -> None:
    """It comes again, and counts then; a sign of life has no lag of Enode's, but one of ours."""
    door.post(posted(BODY, {NAME: "sha1=" + "0" * 40}))
    refused = told().metrics
    door.post(signed(a_delivery([an_event("system:heartbeat", at=_now())])))
    alive = told().metrics

    assert not {"EnodeLag", "StoreLag"} & refused.keys()
    assert {"EnodeLag", "StoreLag"} & alive.keys() == {"StoreLag"}
