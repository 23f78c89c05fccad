"""What a read costs: of 4 and of 50 devices, beside the usual stack over the same devices; and of the past."""

import json
from dataclasses import replace
from typing import Any
from unittest.mock import patch

from bench import fleet
from bench import usual_read as usual
from bench.canned import Canned, account, always
from bench.measure import Turns, cpu_ms, silently, table, wall_ms
from functions.read import app as ours
from lastseen.observability import logger
from lastseen.usecases.parallel_map import ParallelMap, one_by_one
from tests.support.read_requests import ENVIRONMENT, Context, asked, of

GOALS = {4: 2, 50: 10}
GOALS_WITH_BLOCKS = {4: 1.5, 50: 7}
MANY = 100


def main() -> None:
    """Measure and print."""
    rows = [row for count in GOALS for row in _rows(count)]
    table(
        "CPU of a read, median, ms",
        ["devices", "question", "usual stack", "Lastseen", "ahead", "goal"],
        rows,
    )
    print(
        "  usual stack: powertools resolver with validation and pydantic response models, Table.query of native maps;\n"
        "  it never compresses here"
    )
    table(
        f"A list of {MANY} devices as of a moment, DynamoDB answering in 8 ms; wall, median, ms",
        ["", "ms", "calls", "limit"],
        [_past("one after the other", one_by_one), _past("as it is", None)],
    )


def _past(name: str, parallel_map: ParallelMap | None) -> list[str]:
    """Measure a list as of a moment, asked of the log in this way, or in the function's own."""
    items = [fleet.our_item(device) for device in fleet.vehicles(MANY)]
    devices = always({"Items": items, "Count": MANY})
    said = always({"Items": [fleet.log_item(fleet.vehicles(1)[0])], "Count": 1})
    log = ENVIRONMENT["HISTORY_TABLE"].encode()
    answers = {
        "Query": lambda sent: said(sent) if log in sent else devices(sent),
        "GetItem": always({}),  # the record of what is covered: none yet
    }
    canned = Canned(answers, seconds=0.008)
    ours.build.cache_clear()
    with account(canned, ENVIRONMENT):
        composed = ours.build()
    question = asked(
        f"/users/{fleet.USER}/devices",
        {"at": "2026-03-01T12:00:00Z", "pageSize": "100"},
        claims=of(fleet.USER),
    )
    context: Any = Context()

    def measure() -> float:
        with patch.object(
            ours, "build", lambda: replace(composed, parallel_map=parallel_map) if parallel_map else composed
        ):
            if len(json.loads(ours.handler(question, context)["body"])["data"]) != MANY:
                raise RuntimeError("that is not the answer")
            canned.forget()
            return wall_ms(lambda: ours.handler(question, context), 5)[0]

    ms = silently([logger], measure)
    return [name, f"{ms:.0f}", str(len(canned.calls) // 5), "<= 1000"]


def _rows(count: int) -> list[list[str]]:
    devices = fleet.vehicles(count)
    ours.build.cache_clear()
    our_table = Canned(
        {"Query": always({"Items": [fleet.our_item(device) for device in devices], "Count": count})}
    )
    with account(our_table, ENVIRONMENT):
        ours.build()
    usual_table = Canned(
        {"Query": always({"Items": [fleet.usual_item(device) for device in devices], "Count": count})}
    )
    with account(usual_table, {}):
        usual.open_table()

    context: Any = Context()
    small = {"accept-encoding": "gzip"}
    enode_list = asked(f"/users/{fleet.USER}/vehicles", claims=of(fleet.USER))
    enode_list_small = asked(f"/users/{fleet.USER}/vehicles", claims=of(fleet.USER), headers=small)
    our_list = asked(f"/users/{fleet.USER}/devices", claims=of(fleet.USER))
    with_blocks = asked(f"/users/{fleet.USER}/devices", {"include": "blocks"}, claims=of(fleet.USER))

    def measure() -> Turns:
        _check(usual.handler(enode_list, context), devices)
        _check(ours.handler(enode_list, context), devices)
        return cpu_ms(
            lambda: usual.handler(enode_list, context),
            lambda: ours.handler(enode_list, context),
            lambda: ours.handler(enode_list_small, context),
            lambda: ours.handler(our_list, context),
            lambda: ours.handler(with_blocks, context),
        )

    cpu = silently([usual.logger, logger], measure)
    asked_for = {
        "GET /users/{id}/vehicles": GOALS,
        "the same, as gzip": GOALS,
        "GET /users/{id}/devices": GOALS,
        "the same, include=blocks": GOALS_WITH_BLOCKS,
    }
    return [
        [
            str(count),
            question,
            f"{cpu.median(0):.2f}",
            f"{cpu.median(thing):.2f}",
            f"{cpu.ahead(thing, peer=0):.1f}x",
            f">= {goals[count]}x",
        ]
        for thing, (question, goals) in enumerate(asked_for.items(), 1)
    ]


def _check(response: dict[str, Any], devices: list[Any]) -> None:
    if response["statusCode"] != 200 or json.loads(response["body"])["data"] != devices:
        raise RuntimeError(f"that is not the answer: {response['statusCode']} {response['body'][:300]}")


if __name__ == "__main__":
    main()
