"""What the costliest deliveries take: every shape that is known to be hard on a reader, up to the largest body."""

import gc
import json
import time
from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any, cast
from unittest.mock import patch

from bench.canned import Answer, Canned, account, always, wire
from bench.ingest import SECRETS, TOLD
from bench.measure import silently, table
from functions.ingest import app
from lastseen.domain import instant
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceUpdate
from lastseen.domain.snapshot import Snapshot
from lastseen.enode.delivery import LARGEST_BODY, MOST_ELEMENTS
from lastseen.enode.delivery import read as read_delivery
from lastseen.observability import logger
from lastseen.store.attributes import NEWEST
from lastseen.store.device_statements import DeviceStatements
from tests.support.builders import SECRET, a_delivery, a_fleets_delivery, an_event, signed
from tests.support.read_requests import Context

OK = 200

MOST_CPU = 1.0
"""Seconds. Enode waits five; a function of one gigabyte has half the processor of this machine."""

_LARGEST_ELEMENT = 127 * 1024
_HALF = rb"\ud83d"


def unknown(inside: bytes, at: datetime, name: str = "user:of:tomorrow") -> bytes:
    """An event that is kept whole, with something inside."""
    return json.dumps(an_event(name, at=at)).encode()[:-1] + b', "x": ' + inside + b"}"


def keys(count: int) -> bytes:
    """An object of so many properties."""
    return b"{" + b",".join(b'"k%d":1' % number for number in range(count)) + b"}"


def filled(piece: bytes, size: int, opening: bytes = b"[", closing: bytes = b"]") -> bytes:
    """A list of the same over and over, about so large."""
    return opening + b",".join([piece] * (size // (len(piece) + 1))) + closing


def shapes(at: datetime, size: int = LARGEST_BODY) -> Mapping[str, bytes]:
    """Give a body of every shape, none of them larger than that."""
    room = size - 1024
    most = min(_LARGEST_ELEMENT, room)
    chain = b"[" * 186 + b"]" * 186
    broken = b'{"a": 01, "b": [' + b"{}" * 500 + b"]}"

    def each(inside: bytes) -> bytes:
        event = unknown(inside, at)
        return filled(event, size - 2)

    def one(inside: bytes) -> bytes:
        return b"[" + unknown(inside, at) + b"]"

    def top(name: str, count: int) -> bytes:
        return b"[" + json.dumps(an_event(name, at=at)).encode()[:-1] + b"," + keys(count)[1:] + b"]"

    def thousand(event: Callable[[int], dict[str, Any]]) -> bytes:
        return a_delivery([event(number) for number in range(MOST_ELEMENTS)])[:size]

    return {
        "many properties in one event": top("user:of:tomorrow", room // 12),
        "many properties in a heartbeat": top("system:heartbeat", room // 12),
        "many properties in a test": top("enode:webhook:test", room // 12),
        "many properties in each event": each(keys(most // 12)),
        "one NaN beside much": b"[NaN,"
        + each(keys(most // 12))[1:][-room:].partition(b",{")[2].join([b"{", b""]),
        "a million brackets that are no JSON": one(filled(b"{}", room - 9)[:-1] + b" 01]"),
        "half a million brackets inside each other": b"[" * (room // 2) + b"]" * (room // 2),
        "brackets without an end": b"[" * size,
        "a quote without an end": b'["' + b'\\"' * (room // 2) + b"]",
        "half characters": each(b'"' + _HALF * (most // 9) + b'"'),
        "escapes around a half character": one(b'"' + rb"\n" * (room // 2 - 9) + _HALF + b'"'),
        "as deep as allowed, side by side": each(filled(chain, most - 400)),
        "too deep, side by side": each(filled(b"[" * 9 + chain + b"]" * 9, most - 400)),
        "integers of 308 digits": each(filled(b"7" * 308, most - 400)),
        "integers of 4,300 digits": each(filled(b"7" * 4300, most - 4400)),
        "one number of a million digits": one(b"7" * room),
        "floats": each(filled(b"1.5", most - 400)),
        "a property said twice": one(filled(b'"k":1', room, b"{", b"}")),
        "a thousand small events": thousand(
            lambda number: an_event("user:of:tomorrow", at=at, number=number)
        ),
        "a thousand invalid credentials": thousand(
            lambda number: an_event("user:credentials:invalidated", at=at, user_id=f"user-{number}")
        ),
        "a thousand heartbeats": thousand(lambda number: an_event("system:heartbeat", at=at, number=number)),
        "a thousand devices": thousand(lambda number: _small(number, at)),
        "a thousand that are broken": filled(broken, min(room, MOST_ELEMENTS * (len(broken) + 1))),
        "half a million elements": filled(b"1", room),
        "half a million that are broken": filled(b"NaN", room),
    }


def _small(number: int, at: datetime) -> dict[str, Any]:
    vehicle = {"id": f"vehicle-{number}", "userId": "anna", "vendor": "TESLA", "lastSeen": instant.fixed(at)}
    return an_event(at=at, user_id="anna", vehicle=vehicle | {"information": {"model": "x" * 500}})


def main() -> None:
    """Measure and print; every shape with a store to which all is news, and with one that knows better of all."""
    now = datetime.now(UTC)
    doors = {
        "news": _door(_taken),
        "first sights": _door(_first_sights()),
        "late": _door(_knows_better(now)),
    }
    rows = []
    for name, body in shapes(now).items():
        delivery = signed(body, SECRET)
        told: dict[str, Any] = {}
        row = [name, f"{len(body) / 1024:.0f}"]
        for door in doors.values():
            with patch.object(app, "build", lambda door=door: door):
                seconds, told = _cpu(partial(app.handler, delivery, cast("Any", Context())))
            row.append(f"{seconds * 1000:.0f}" if told["statusCode"] == OK else str(told["statusCode"]))
        counts = json.loads(told["body"])
        rows.append([*row, *(str(counts.get(count, "")) for count in ("received", "stored", "quarantined"))])
    table(
        f"CPU of one delivery, ms; none may take more than {MOST_CPU * 1000:.0f}",
        ["shape", "KB", *doors, "received", "stored", "set aside"],
        rows,
    )


def _door(execute: Answer) -> app.IngestCollaborators:
    app.build.cache_clear()
    with account(_aws(execute), TOLD):
        return app.build()


def _cpu(do: Callable[[], Any]) -> tuple[float, Any]:
    gc.collect()
    begun = time.process_time()
    told = silently([logger], do)
    return time.process_time() - begun, told


def _aws(execute: Answer) -> Canned:
    return Canned(
        {
            "BatchWriteItem": always({"UnprocessedItems": {}}),
            # What stands there is made up; the key of twins is the one it was written with.
            "BatchExecuteStatement": lambda asked: (
                _taken(asked) if b"check_value" in asked else execute(asked)
            ),
            "BatchGetSecretValue": always({"SecretValues": SECRETS}),
            "PutObject": lambda _: b"",
        }
    )


def _responses(each: Iterable[dict[str, Any]]) -> bytes:
    return json.dumps({"Responses": list(each)}).encode()


def _taken(asked: bytes) -> bytes:
    return _responses({} for _ in json.loads(asked)["Statements"])


def _first_sights() -> Answer:
    refused = {"Error": {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed"}}

    def answer(asked: bytes) -> bytes:
        statements = json.loads(asked)["Statements"]
        return _responses({} if one["Statement"].startswith("INSERT") else refused for one in statements)

    return answer


def _knows_better(now: datetime) -> Answer:
    """Something newer stands everywhere: a usual vehicle, and where a status is asked for, that of later."""
    (event,) = read_delivery(a_delivery(a_fleets_delivery(1, at=now + timedelta(minutes=9))), now=now).events
    (effect,) = event.effects
    if not isinstance(effect, DeviceUpdate):
        raise TypeError("a vehicle's event is about a device")
    update = DeviceUpdate(DeviceId(DeviceKind.VEHICLE, "any"), "any", Snapshot(seen=effect.snapshot.seen))
    insert = DeviceStatements("devices", None).insert(update)
    names = [part.split("'")[1] for part in insert.text.partition("{")[2].split(",")]
    item = dict(zip(names, insert.values, strict=True)) | {NEWEST: {"S": "9999"}}
    refused = {"Error": {"Code": "ConditionalCheckFailed", "Message": "no", "Item": wire(item)}}
    return lambda asked: _responses(refused for _ in json.loads(asked)["Statements"])


if __name__ == "__main__":
    main()
