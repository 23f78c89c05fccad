"""Lambda's queue of asynchronous invocations over a day of schedules: who waits, who gives up a turn, what is dropped.

Source: "How Lambda handles errors and retries with asynchronous invocation": an event that finds no place is tried
again after one second, then two, four … up to five minutes apart, until it is older than the function allows.
"""

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

from rehearsal.outcome import Finding, Outcome
from rehearsal.processed import Processed
from rehearsal.schedules import starts, task_of

DAY = 86400
LONGEST = 90
"""Seconds of a run; the sweep function ends itself then."""

SHORT = 5
EXCLUSIVE = frozenset({"sweep", "reconcile"})
"""Tasks that hold a lease while they ask Enode: of two that overlap the later one gives up its turn."""

IMPRECISE = 60
"""Seconds within which the scheduler starts what falls due; that is all it promises."""

MOST_GIVEN_UP = 0.3
"""Share of a task's turns, when every run is as long as a run can be: its next turn is five minutes away."""

MOST_WAITED = 120
"""Seconds that a guard may start late: with its five minutes, and Enode's sandbox gives a webhook up after five."""

type Full = Callable[[float], bool]
"""Whether every place of the account is taken at a second of the day."""


@dataclass
class Day:
    """How the runs of a day went.

    Attributes:
        started: Seconds of the day at which a task's runs started.
        waited: Seconds that each of them had waited.
        gave_up: Runs that found the lease held.
        dropped: Events that grew too old.
    """

    started: dict[str, list[float]] = field(default_factory=dict)
    waited: dict[str, list[float]] = field(default_factory=dict)
    gave_up: dict[str, int] = field(default_factory=dict)
    dropped: dict[str, int] = field(default_factory=dict)


def rehearse(processed: Processed) -> Outcome:
    """Let two days pass: a busy one, and one in which deliveries and reads take every place for an hour at noon."""
    plan = {
        task_of(one): starts(one["ScheduleExpression"]) or frozenset(range(0, 60, 5))
        for _, one in processed.of_type("AWS::Scheduler::Schedule")
    }
    age, places = _limits(processed)
    busy = simulate(plan, oldest=age, places=places)
    findings = list(_of_a_busy_day(busy))
    noon = simulate(plan, oldest=age, places=places, full=lambda second: DAY / 2 <= second < DAY / 2 + 3600)
    if not sum(noon.dropped.values()):
        findings.append(
            Finding("the queue", "dropped nothing while there was no place for an hour: it is no model")
        )
    elif not _is_heard(processed):
        findings.append(
            Finding("SweepFunction", "drops events of its schedules and nothing keeps or tells them")
        )
    runs = sum(map(len, busy.started.values()))
    late = max((max(waits) for waits in noon.waited.values() if waits), default=0)
    return Outcome(f"{runs} runs of a busy day; an hour without a place: {late:.0f} s late at most", findings)


def simulate(
    plan: Mapping[str, frozenset[int]], *, oldest: int, places: int | None, full: Full = lambda _second: False
) -> Day:
    """Let a day of long runs pass.

    Args:
        plan: In which minutes of an hour each task starts.
        oldest: How old an event may grow, in seconds.
        places: How many runs there may be at once; None for as many as come.
        full: When there is no place, whatever `places` says.
    """
    chance = random.Random(1)
    waiting = sorted(_events(plan, chance))
    day = Day(
        {task: [] for task in plan},
        {task: [] for task in plan},
        dict.fromkeys(plan, 0),
        dict.fromkeys(plan, 0),
    )
    running: list[float] = []
    lease_until = 0.0
    while waiting:
        at, tried, born, task = waiting.pop(0)
        running = [end for end in running if end > at]
        if full(at) or (places is not None and len(running) >= places):
            again = at + min(2.0**tried, 300.0)
            if again - born > oldest:
                day.dropped[task] += 1
            else:
                waiting.append((again, tried + 1, born, task))
                waiting.sort()
            continue
        day.started[task].append(at)
        day.waited[task].append(at - born)
        lasts = chance.uniform(LONGEST / 2, LONGEST) if task in EXCLUSIVE else SHORT
        if task in EXCLUSIVE and at < lease_until:
            day.gave_up[task] += 1
            lasts = 1
        elif task in EXCLUSIVE:
            lease_until = at + lasts
        running.append(at + lasts)
    return day


def _events(
    plan: Mapping[str, frozenset[int]], chance: random.Random
) -> Iterator[tuple[float, int, float, str]]:
    for task, minutes in plan.items():
        for hour in range(24):
            for minute in minutes:
                at = hour * 3600 + minute * 60 + chance.uniform(0, IMPRECISE)
                yield at, 0, at, task


def _of_a_busy_day(day: Day) -> Iterator[Finding]:
    for task, many in day.gave_up.items():
        if many > MOST_GIVEN_UP * len(day.started[task]):
            yield Finding(
                task, f"gave up {many} of {len(day.started[task])} turns, though every run kept its time"
            )
    for task, many in day.dropped.items():
        if many:
            yield Finding(task, f"{many} of its events grew too old in the queue")
    late = max(day.waited.get("guard", []), default=0)
    if late > MOST_WAITED:
        yield Finding(
            "guard", f"started {late:.0f} s late: Enode gives a sandbox's webhook up after five minutes"
        )


def _limits(processed: Processed) -> tuple[int, int | None]:
    for _, config in processed.of_type("AWS::Lambda::EventInvokeConfig"):
        function = processed.resources[processed.function_of(config["FunctionName"])]["Properties"]
        reserved = function.get("ReservedConcurrentExecutions")
        return int(config.get("MaximumEventAgeInSeconds", 21600)), None if reserved is None else int(reserved)
    return 21600, None


def _is_heard(processed: Processed) -> bool:
    """Whether what is dropped goes somewhere, and an alarm looks there."""
    queues = {
        config.get("DestinationConfig", {}).get("OnFailure", {}).get("Destination", "").removesuffix(".Arn")
        for _, config in processed.of_type("AWS::Lambda::EventInvokeConfig")
    }
    return any(
        alarm.get("Namespace") == "AWS/SQS"
        and any(one["Value"].partition(".")[0] in queues for one in alarm.get("Dimensions", []))
        for _, alarm in processed.of_type("AWS::CloudWatch::Alarm")
    )
