"""`make rehearse`: every check, one line each, and below it what is wrong and where."""

import sys
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

from rehearsal import (
    artifact,
    commands,
    day,
    deployment,
    lint,
    names,
    policies,
    published,
    queued,
    releases,
    routes,
    schedules,
    traps,
)
from rehearsal.outcome import NotRehearsedError, Outcome
from rehearsal.processed import Processed, process


class Check(NamedTuple):
    """One check of the programme."""

    name: str
    rehearse: Callable[[Processed], Outcome]


PROGRAMME: Sequence[Check] = (
    Check("linter", lint.rehearse),
    Check("routes", routes.rehearse),
    Check("names", names.rehearse),
    Check("new account", traps.rehearse),
    Check("schedules", schedules.rehearse),
    Check("queue", queued.rehearse),
    Check("releases", releases.rehearse),
    Check("metrics", published.rehearse),
    Check("alarms", day.rehearse),
    Check("policies", policies.rehearse),
    Check("artifact", artifact.rehearse),
    Check("commands", commands.rehearse),
    Check("make deploy", deployment.rehearse),
)


def main() -> int:
    """Run the programme; the exit status says whether all of it was rehearsed and nothing is wrong."""
    started = time.monotonic()
    try:
        processed = process()
    except (NotRehearsedError, ValueError) as error:
        print(f"SAM does not transform the template: {error}")
        return 1
    wrong = missing = 0
    for check in PROGRAMME:
        try:
            outcome = check.rehearse(processed)
        except NotRehearsedError as error:
            missing += 1
            print(f"  ?  {check.name:<13} NOT REHEARSED: {error}")
            continue
        print(f"  {'x' if outcome.findings else 'ok':<2} {check.name:<13} {outcome.rehearsed}", flush=True)
        for result in outcome.findings:
            print(f"       {result.where}: {result.what}")
        wrong += len(outcome.findings)
    print(
        f"{len(PROGRAMME)} checks, {wrong} findings, {missing} not rehearsed, {time.monotonic() - started:.0f} s"
    )
    return 1 if wrong or missing else 0


if __name__ == "__main__":
    sys.exit(main())
