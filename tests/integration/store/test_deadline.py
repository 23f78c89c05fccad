"""Proves `store/batches.py`:
A store that hangs costs a delivery its time and nothing else; a reader is told that the store does not answer.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ReadTimeoutError

from lastseen.domain.account import Account
from lastseen.domain.deadline import Deadline
from lastseen.errors import StoreUnavailable
from lastseen.store.batches import Statement
from tests.contracts.store import CAR, CARS_LOG
from tests.integration.engines import Engine
from tests.integration.tables import Tables, connect
from tests.support.arrivals import NO_HURRY, take, told
from tests.support.dynamodb_faults import EXECUTE, PUT, Fault, injected

_EVENTS = [told("updated", f"car-{number}") for number in range(60)]
_SHORT = timedelta(seconds=0.4)
_AT_ONCE = 1.5  # seconds; generous, because others work on this machine too


@contextmanager
def _hanging(tables: Tables, engine: Engine, operation: str, calls: int) -> Iterator[Tables]:
    """Tables whose first so many calls of a kind are answered only when the test is over."""
    slow = Tables(connect(engine), tables.devices, tables.history, tables.pool)
    over = threading.Event()
    left = iter(range(calls))

    def hang(**_: Any) -> None:
        if next(left, None) is not None:
            over.wait(30)

    slow.client.meta.events.register(f"before-send.dynamodb.{operation}", hang)
    try:
        yield slow
    finally:
        over.set()


@pytest.mark.parametrize("calls", [1, 3], ids=["one call", "all calls"])
@pytest.mark.parametrize("operation", [PUT, EXECUTE])
def test_a_store_that_hangs_is_given_up_at_the_deadline(
    fresh_tables: Tables, engine: Engine, operation: str, calls: int
) -> None:
    """Enode waits five seconds: whoever is still waiting at ours says 503, and the redelivery completes it."""
    take(_EVENTS, fresh_tables.log(), fresh_tables.states())
    clean = fresh_tables.contents()
    fresh_tables.restore({})

    with _hanging(fresh_tables, engine, operation, calls) as slow:
        started = time.monotonic()
        deadline = Deadline.after(_SHORT, time.monotonic)
        with pytest.raises(StoreUnavailable):
            take(_EVENTS, slow.log(), slow.states(), deadline=deadline)
        lasted = time.monotonic() - started
    take(_EVENTS, fresh_tables.log(), fresh_tables.states())

    assert lasted < _SHORT.total_seconds() + _AT_ONCE
    assert fresh_tables.contents() == clean


def test_nothing_is_sent_when_the_time_is_up_already(fresh_tables: Tables, engine: Engine) -> None:
    """An answer that comes too late is no answer."""
    watched = Tables(connect(engine), fresh_tables.devices, fresh_tables.history, fresh_tables.pool)
    no_time = Deadline(ends=0.0, clock=lambda: 1.0)

    with injected(watched.client) as faults, pytest.raises(StoreUnavailable):
        take(_EVENTS, watched.log(), watched.states(), deadline=no_time)

    assert faults.calls == []


def test_a_store_that_throttles_throughout_is_given_up_after_two_retries(
    fresh_tables: Tables, engine: Engine
) -> None:
    """More attempts would not fit the time; Enode tries again for a day."""
    watched = Tables(connect(engine), fresh_tables.devices, fresh_tables.history, fresh_tables.pool)
    throttled = dict.fromkeys(range(100), Fault.THROTTLED)

    with injected(watched.client, throttled) as faults, pytest.raises(StoreUnavailable):
        take(_EVENTS[:1], watched.log(), watched.states())

    assert faults.calls == [PUT] * 3


@pytest.mark.parametrize(
    "ask",
    [
        lambda tables: list(tables.reader().walk_user("anna")),
        lambda tables: tables.reader().one("anna", CAR),
        lambda tables: tables.reader().owners(CAR.id),
        lambda tables: tables.reader().invalid_among([Account("anna", CAR.kind, "TESLA")]),
        lambda tables: list(tables.past().entries(CARS_LOG)),
    ],
    ids=["walk_user", "one", "owners", "invalid_among", "entries"],
)
@pytest.mark.parametrize("table_is_there", [True, False], ids=["no answer", "refused"])
def test_a_reader_is_told_when_the_store_does_not_answer(
    fresh_tables: Tables, engine: Engine, ask: Callable[[Tables], object], table_is_there: bool
) -> None:
    """Reading needs no retry of ours: the caller can ask again."""
    names = (fresh_tables.devices, fresh_tables.history) if table_is_there else ("missing", "missing")
    tables = Tables(connect(engine), *names, fresh_tables.pool)

    def lose(**_: Any) -> None:
        raise ReadTimeoutError(endpoint_url="http://dynamodb")

    if table_is_there:
        tables.client.meta.events.register("before-send.dynamodb", lose)

    with pytest.raises(StoreUnavailable):
        ask(tables)


@pytest.mark.parametrize(
    "text", ['UPDATE "{table}" SET "a"', 'UPDATE "missing-table" SET "a"=1 WHERE "pk"=\'a\' AND "sk"=\'b\'']
)
def test_a_statement_that_dynamodb_does_not_take_is_a_bug_and_no_outage(
    fresh_tables: Tables, text: str
) -> None:
    """A 503 for what never can succeed would have Enode deliver for a day and then drop everything."""
    statement = Statement(text.format(table=fresh_tables.devices), [])

    with pytest.raises(RuntimeError, match="refuses a statement of ours"):
        fresh_tables.batches.execute([statement], NO_HURRY)
