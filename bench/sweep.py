"""Benchmark of a sweep: read units, calls, CPU and wall time on a large table of which little is stale.

`python -m bench.sweep` makes tables of 10,000 and 100,000 devices on DynamoDB Local (in memory), with none, 100 and
1,000 devices that are old in the cache, and sweeps each once, with an Enode in the process that answers at once. A
million is calculated from the read units an item costs, and marked so.
"""

import argparse
import os
import resource
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import batched
from typing import Any
from unittest.mock import patch

from lastseen.domain import document
from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.budget import Quota
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.domain.event import DeviceUpdate
from lastseen.domain.freshness import Limits
from lastseen.domain.observation import ListPage, Observation
from lastseen.domain.order import order_key
from lastseen.domain.snapshot import Register, Snapshot
from lastseen.store import client
from lastseen.store.check_store import DynamoCheckStore
from lastseen.store.device_statements import DeviceStatements
from lastseen.store.log_writer import DynamoLog
from lastseen.store.records import DynamoRecords
from lastseen.store.state_writer import DynamoStates
from lastseen.usecases.maintenance import sweep
from lastseen.usecases.maintenance.context import Clocks, RunContext
from lastseen.usecases.maintenance.hints import Budgets
from lastseen.usecases.maintenance.rate_limiter import RateLimiter
from tests.integration import engines, tables
from tests.integration.tables import Tables
from tests.support.device_documents import a_vehicle

A_USER_HAS = 4
NOW = datetime.now(UTC).replace(microsecond=0)
LIMITS = Limits()

SAID_AT = NOW - timedelta(minutes=2)
"""When the devices were last told of: no earlier than a contact may be that is believed."""


@dataclass(frozen=True)
class Line:
    """One measurement."""

    devices: int
    stale: int
    read_units: float
    dynamodb_calls: int
    enode_calls: int
    cpu_ms: float
    wall_ms: float


class CurrentEnode:
    """Answers at once, and always that the device was seen a minute ago: what is measured is ours."""

    def device(self, device: DeviceId) -> Observation | None:
        """Give one device."""
        return Observation(device, _owner(device), _car(device.id, NOW - timedelta(minutes=1)), NOW)

    def devices(
        self,
        kind: DeviceKind,
        *,
        user_id: str | None = None,
        after: str | None = None,  # noqa: ARG002 - one page holds them all
    ) -> ListPage[Observation]:
        """Give a user's devices."""
        number = int((user_id or "user-0").removeprefix("user-"))
        ids = range(number * A_USER_HAS, (number + 1) * A_USER_HAS)
        found = [self.device(DeviceId(kind, f"car-{one:07}")) for one in ids]
        return ListPage(tuple(one for one in found if one is not None), None, NOW)


def _owner(device: DeviceId) -> str:
    return f"user-{int(device.id.removeprefix('car-')) // A_USER_HAS}"


def _car(id_: str, seen: datetime) -> dict[str, Any]:
    number = int(id_.removeprefix("car-"))
    vin = {
        "displayName": f"Car {number}",
        "vin": f"2HGFB2F5{number:09}",
        "brand": "Tesla",
        "model": "Model Y",
    }
    return a_vehicle(
        id=id_,
        userId=f"user-{number // A_USER_HAS}",
        is_charging=False,
        battery_percent=number % 101,
        information={**vin, "year": 2024},
        lastSeen=seen.strftime("%Y-%m-%dT%H:%M:%S.000Z"),
    )


def fill(kept: Tables, devices: int) -> None:
    """Write so many devices that are fresh."""
    statements = DeviceStatements(kept.devices, None)
    numbers = range(devices)

    def write(chunk: tuple[int, ...]) -> None:
        kept.client.batch_execute_statement(
            Statements=[
                {"Statement": one.text, "Parameters": one.values}
                for one in (statements.insert(_update(number, NOW)) for number in chunk)
            ]
        )

    list(kept.pool.map(write, batched(numbers, 25, strict=False)))


def age(kept: Tables, devices: int, stale: int, offset: int) -> None:
    """Let so many of them be last in contact an hour ago, spread over all; other ones with each offset."""
    step = devices // stale
    updates = [_update(number * step + offset, NOW - timedelta(hours=1)) for number in range(stale)]
    later = [replace(one, snapshot=Snapshot(seen=_later(one.snapshot.seen))) for one in updates]
    kept.states().merge(later, Deadline.after(timedelta(minutes=5), time.monotonic))


def _update(number: int, seen: datetime) -> DeviceUpdate:
    device = DeviceId(DeviceKind.VEHICLE, f"car-{number:07}")
    car = _car(device.id, seen)
    text = document.encode(car)
    said = Register(
        order_key(SAID_AT, text),
        text,
        document.facts(device.kind, car, at=SAID_AT),
    )
    return DeviceUpdate(device, _owner(device), Snapshot(seen=said))


def _later(said: Register) -> Register:
    return Register(
        order_key(SAID_AT + timedelta(minutes=1), said.document or b""), said.document, said.facts
    )


@contextmanager
def counted(connection: Any) -> Iterator[list[str]]:
    """Count the calls that a client makes."""
    calls: list[str] = []

    def note(model: Any, **_: Any) -> None:
        calls.append(model.name)

    connection.meta.events.register("before-call.dynamodb", note)
    try:
        yield calls
    finally:
        connection.meta.events.unregister("before-call.dynamodb", note)


def measure(kept: Tables, devices: int, stale: int) -> Line:
    """Sweep once."""
    deadline = Deadline.after(timedelta(minutes=10), time.monotonic)
    limiter = RateLimiter(deadline, time.monotonic, lambda _seconds: None, a_second=1e9)
    context = RunContext(
        checks=DynamoCheckStore(kept.devices, kept.client, kept.batches, ThreadPoolExecutor(8)),
        log=DynamoLog(kept.history, kept.batches, None),
        states=DynamoStates(kept.devices, kept.batches, None),
        devices=kept.reader(),
        records=DynamoRecords(kept.devices, kept.client),
        enode=CurrentEnode(),  # type: ignore[arg-type] # neither users nor hints are asked for
        limiter=limiter,
        clocks=Clocks(lambda: NOW),
        deadline=deadline,
        run="bench",
    )
    quota = Quota(1000, timedelta(hours=1))
    plan = sweep.SweepPlan(LIMITS, BackoffPolicy(), Budgets(quota, quota))
    with counted(kept.client) as calls:
        cpu, wall = resource.getrusage(resource.RUSAGE_SELF), time.perf_counter()
        done = sweep.run(context, plan)
        wall, end = time.perf_counter() - wall, resource.getrusage(resource.RUSAGE_SELF)
    if done.counts.get("verified", 0) != stale:
        raise RuntimeError(f"{done.counts} instead of {stale} devices verified")
    cpu_ms = ((end.ru_utime - cpu.ru_utime) + (end.ru_stime - cpu.ru_stime)) * 1000
    return Line(devices, stale, done.read_units, len(calls), limiter.asked, cpu_ms, wall * 1000)


def main() -> int:
    """Measure and print a table."""
    parser = argparse.ArgumentParser(prog="python -m bench.sweep", description=__doc__)
    parser.add_argument("--devices", type=int, nargs="+", default=[10_000, 100_000])
    parser.add_argument("--stale", type=int, nargs="+", default=[0, 100, 1_000])
    parser.add_argument("--engine", choices=engines.KNOWN, default=engines.DYNAMODB_LOCAL)
    arguments = parser.parse_args()
    print("| devices | stale | read units | DynamoDB calls | Enode calls | CPU ms | wall ms |")
    print("|---|---|---|---|---|---|---|")
    lines: list[Line] = []
    with engines.running(arguments.engine) as engine:
        for devices in arguments.devices:
            with tables.created(_connect(engine)) as kept:
                fill(kept, devices)
                for offset, stale in enumerate(arguments.stale):
                    if stale:
                        age(kept, devices, stale, offset)
                    lines.append(measure(kept, devices, stale))
                    print(_row(lines[-1]), flush=True)
    for stale in arguments.stale:
        base = next(one for one in reversed(lines) if one.stale == stale)
        units = base.read_units * 1_000_000 / base.devices
        print(f"| 1,000,000 (calculated) | {stale:,} | {units:,.0f} | | {base.enode_calls:,} | | |")
    return 0


def _connect(engine: engines.Engine) -> Any:
    """A client with the time-outs of whoever looks through a whole table."""
    account = {
        "AWS_ENDPOINT_URL_DYNAMODB": engine.url,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_DEFAULT_REGION": "eu-central-1",
    }
    with patch.dict(os.environ, account):
        return client.patient_dynamodb()


def _row(line: Line) -> str:
    return (
        f"| {line.devices:,} | {line.stale:,} | {line.read_units:,.0f} | {line.dynamodb_calls:,} "
        f"| {line.enode_calls:,} | {line.cpu_ms:,.0f} | {line.wall_ms:,.0f} |"
    )


if __name__ == "__main__":
    sys.exit(main())
