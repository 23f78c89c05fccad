"""Whatever fails, at whatever call: nothing acknowledged is lost, and the redelivery completes the rest."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from lastseen.domain.device import DeviceKind
from lastseen.errors import StoreUnavailable
from lastseen.store.batches import Batches
from tests.integration import tables
from tests.integration.engines import MINISTACK, Engine
from tests.integration.tables import Contents, Tables
from tests.support.arrivals import reported, take, told
from tests.support.dynamodb_faults import CrashError, Fault, Faults, injected

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient

_FEW = 5
"""Items a call, so that a short delivery needs as many calls as a long one."""

_CHARGER = DeviceKind.CHARGER
_BEFORE = [
    told("updated", "known"),
    told("updated", "ahead", at=900),
    told("deleted", "deleted", at=50, kind=_CHARGER),
    told("updated", "deleted", at=10, kind=_CHARGER),
    reported("user:schedule:execution-updated", at=900),
    reported("user:vehicle:smart-charging-status-updated"),
]
_DELIVERY = [
    told("updated", "known", at=100, variant=1),  # the usual: one write
    told("updated", "ahead", at=100, variant=1),  # late: refused, and no news
    told("discovered", "ahead", at=950),  # late in part: refused, joined, replaced
    told("discovered", "deleted", at=100, kind=_CHARGER),  # linked again: the same
    told("updated", "new", at=100),  # first sight: refused, inserted
    told("deleted", "new", at=110),
    reported("user:schedule:execution-updated", at=100),  # late
    reported("user:vehicle:smart-charging-status-updated", at=100),
    reported("user:vendor-action:updated", at=100),  # first heard of
]
_MOST_DELIVERIES = 4
_ALL = tuple(Fault)

_DIFFERENT = (
    Fault.THROTTLED,
    Fault.THROTTLED_IN_PART,
    Fault.ANSWER_LOST,
    Fault.OUTAGE,
    Fault.CRASH_BEFORE,
    Fault.CRASH_AFTER,
)
"""For pairs: faults that differ in what is applied, in what we are told, or in how often. The others differ in name."""

_EVERY_ON_THE_REFERENCE = 9
"""DynamoDB Local is four times as slow, and the faults are ours: one pair in nine will do there."""


@dataclass(frozen=True)
class Trial:
    """A delivery on its way to tables that are put back after each time.

    Attributes:
        tables: Looked at with a client of their own.
        client: The one that fails.
        pool: One thread, so that the n-th call is the same each time.
        before: What stands before the delivery.
        after: What must stand after it.
    """

    tables: Tables
    client: "DynamoDBClient"
    pool: ThreadPoolExecutor
    before: Contents
    after: Contents

    def run(self, plan: dict[int, Fault], pool: ThreadPoolExecutor | None = None) -> tuple[Faults, str]:
        """Deliver until it is taken.

        Args:
            plan: Which call fails how, counted over all deliveries.
            pool: Carries the calls instead of the one thread.

        Returns:
            The calls that were made, and what is wrong then; nothing, if all is well.
        """
        self.tables.restore(self.before)
        with injected(self.client, plan) as faults:
            batches = Batches(self.client, pool or self.pool, pause=lambda _: None, largest=_FEW)
            for number in range(_MOST_DELIVERIES):
                faults.revive()
                try:
                    take(_DELIVERY, self.tables.log(batches), self.tables.states(batches), number=number)
                except (StoreUnavailable, CrashError):
                    continue
                # Taken is taken: nobody will deliver it again.
                return faults, "" if self.tables.contents() == self.after else "the tables differ"
        return faults, f"not taken after {_MOST_DELIVERIES} deliveries"


@pytest.fixture(scope="module")
def trial(engine: Engine, dynamodb: "DynamoDBClient") -> Iterator[Trial]:
    """Tables that know some of what is delivered, and know what a delivery without faults leaves."""
    with tables.created(dynamodb) as created, ThreadPoolExecutor(max_workers=1) as pool:
        take(_BEFORE, created.log(), created.states())
        before = created.contents(without=())
        take(_DELIVERY, created.log(), created.states())
        yield Trial(created, tables.connect(engine), pool, before, created.contents())


def test_the_delivery_takes_every_way_through_the_store(trial: Trial) -> None:
    """The trials below prove what the delivery makes happen: two calls, two more, and a third trip."""
    faults, wrong = trial.run({})

    assert not wrong
    assert faults.calls == ["BatchWriteItem"] * 2 + ["BatchExecuteStatement"] * 2 + ["BatchExecuteStatement"]


def test_every_single_fault_is_outlived(trial: Trial) -> None:
    """Success, or StoreUnavailable and a redelivery: the tables equal those of a clean run."""
    faults, _ = trial.run({})
    plans = [{call: fault} for call in range(len(faults.calls)) for fault in Fault]

    outcomes = [(plan, trial.run(plan)[1]) for plan in plans]

    assert [(plan, wrong) for plan, wrong in outcomes if wrong] == []


@pytest.mark.parametrize("first", _DIFFERENT, ids=lambda fault: fault.name.lower())
def test_every_pair_of_faults_is_outlived(trial: Trial, engine: Engine, first: Fault) -> None:
    """A second fault may strike the retry, another part of the same delivery, or the redelivery."""
    faults, _ = trial.run({})
    every = 1 if engine.name == MINISTACK else _EVERY_ON_THE_REFERENCE
    pairs = [pair for call in range(len(faults.calls)) for pair in _pairs({call: first}, trial)][::every]

    outcomes = [(pair, trial.run(pair)[1]) for pair in pairs]

    assert pairs
    assert [(pair, wrong) for pair, wrong in outcomes if wrong] == []


def test_several_faults_among_parallel_calls_are_outlived(trial: Trial) -> None:
    """With four calls under way at once, as in the function: which of them is struck differs from run to run."""
    choose = random.Random(7)
    plans = [{call: choose.choice(_ALL) for call in choose.sample(range(12), 3)} for _ in range(40)]

    with ThreadPoolExecutor(max_workers=4) as pool:
        outcomes = [(plan, trial.run(plan, pool)[1]) for plan in plans]

    assert [(plan, wrong) for plan, wrong in outcomes if wrong] == []


def _pairs(single: dict[int, Fault], trial: Trial) -> list[dict[int, Fault]]:
    """One fault and each that can follow it, at each call that is made after it."""
    ((first, _),) = single.items()
    faults, _ = trial.run(single)
    return [
        single | {second: fault} for second in range(first + 1, len(faults.calls)) for fault in _DIFFERENT
    ]
