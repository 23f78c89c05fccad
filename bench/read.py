"""CPU of a read of 4 and of 50 devices, beside the usual stack over the same devices."""

import json
from typing import Any

from bench import fleet
from bench import usual_read as usual
from bench.canned import Canned, account, always
from bench.measure import cpu_ms, silently, table
from functions.read import app as ours
from lastseen.observability import logger
from tests.read_door import ENVIRONMENT, Context, asked, of

GOALS = {4: 2, 50: 10}


def main() -> None:
    """Measure and print."""
    rows = [row for count in GOALS for row in _rows(count)]
    table(
        "CPU of a read, median, ms",
        ["devices", "question", "usual stack", "Lastseen", "ahead", "goal"],
        rows,
    )
    print(
        "  usual stack: powertools resolver with validation and pydantic response models, Table.query of native maps"
    )


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
    enode_list = asked(f"/users/{fleet.USER}/vehicles", claims=of(fleet.USER))
    our_list = asked(f"/users/{fleet.USER}/devices", claims=of(fleet.USER))

    def measure() -> list[float]:
        _check(usual.handler(enode_list, context), devices)
        _check(ours.handler(enode_list, context), devices)
        return cpu_ms(
            lambda: usual.handler(enode_list, context),
            lambda: ours.handler(enode_list, context),
            lambda: ours.handler(our_list, context),
        )

    peer, enode_shaped, of_ours = silently([usual.logger, logger], measure)
    goal = f">= {GOALS[count]}x"
    return [
        [
            str(count),
            "GET /users/{id}/vehicles",
            f"{peer:.2f}",
            f"{enode_shaped:.2f}",
            f"{peer / enode_shaped:.1f}x",
            goal,
        ],
        [
            str(count),
            "GET /users/{id}/devices",
            f"{peer:.2f}",
            f"{of_ours:.2f}",
            f"{peer / of_ours:.1f}x",
            goal,
        ],
    ]


def _check(response: dict[str, Any], devices: list[Any]) -> None:
    if response["statusCode"] != 200 or json.loads(response["body"])["data"] != devices:
        raise RuntimeError(f"that is not the answer: {response['statusCode']} {response['body'][:300]}")


if __name__ == "__main__":
    main()
