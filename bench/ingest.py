"""What a delivery of 100 vehicle events for 100 known devices costs, beside the usual stack over the same delivery."""

import json
from datetime import UTC, datetime
from math import ceil
from typing import Any

from bench import usual_ingest as usual
from bench.canned import Canned, account, always
from bench.measure import Turns, cpu_ms, silently, table, wall_ms
from functions.ingest import app as ours
from lastseen.observability import logger
from tests.support.builders import SECRET, a_delivery, a_fleets_delivery, signed
from tests.support.read_requests import Context

EVENTS = 100
A_CALL = 0.008
"""Seconds that DynamoDB takes to answer, in the measurement of wall time."""

TOLD = {
    "DEVICES_TABLE": "devices",
    "HISTORY_TABLE": "history",
    "QUARANTINE_BUCKET": "quarantine",
    "WEBHOOK_SECRET_ARN": "arn:secret",
    "TWIN_KEY_ARN": "arn:twins",
    "HISTORY_DAYS": "90",
}
CAPACITY = 1024

SECRETS = [
    {"ARN": "arn:secret", "SecretString": json.dumps({"current": SECRET})},
    {"ARN": "arn:twins", "SecretString": "t" * 64},
]


def main() -> None:
    """Measure and print."""
    body = a_delivery(a_fleets_delivery(EVENTS, at=datetime.now(UTC)))
    delivery = signed(body, SECRET)
    context: Any = Context()
    our_aws = Canned(
        {
            "BatchWriteItem": always({"UnprocessedItems": {}}),
            "BatchExecuteStatement": lambda asked: json.dumps(
                {"Responses": [{} for _ in json.loads(asked)["Statements"]]}
            ).encode(),
            "BatchGetSecretValue": always({"SecretValues": SECRETS}),
        }
    )
    usual_aws = Canned({"PutItem": always({}), "UpdateItem": always({})})
    ours.build.cache_clear()
    with account(our_aws, TOLD):
        ours.build()
    with account(usual_aws, {}):
        usual.open_tables()
    asked = {
        **delivery,
        "requestContext": {"http": {"method": "POST", "path": "/webhooks/enode"}, "stage": "$default"},
    }
    asked["rawPath"] = "/webhooks/enode"

    def take_ours() -> None:
        _expect(ours.handler(delivery, context))

    def take_usual() -> None:
        _expect(usual.handler(asked, context))

    def measure() -> tuple[Turns, list[tuple[float, float]], list[tuple[int, int]]]:
        cpu = cpu_ms(take_usual, take_ours)
        usual_aws.seconds = our_aws.seconds = A_CALL
        counts = []
        for canned, take in ((usual_aws, take_usual), (our_aws, take_ours)):
            canned.forget()
            take()
            counts.append((len(canned.calls), canned.trips))
        return cpu, [wall_ms(take_usual, 3), wall_ms(take_ours, 100)], counts

    cpu, wall, counts = silently([usual.logger, logger], measure)
    units = silently([logger], lambda: _units(our_aws))
    rows = [
        ["CPU, ms an event", f"{cpu.median(0) / EVENTS:.2f}", f"{cpu.median(1) / EVENTS:.2f}", "<= 0.20"],
        ["DynamoDB calls", str(counts[0][0]), str(counts[1][0]), "<= 8"],
        ["trips, one after the other", str(counts[0][1]), str(counts[1][1]), "2"],
        ["write units an event", "4", str(units), "<= 2"],
        ["wall at 8 ms a call, p50, ms", f"{wall[0][0]:.0f}", f"{wall[1][0]:.0f}", ""],
        ["wall at 8 ms a call, p99, ms", f"{wall[0][1]:.0f}", f"{wall[1][1]:.0f}", "<= 100"],
    ]
    table(
        f"A delivery of {EVENTS} vehicle events for {EVENTS} known devices",
        ["", "usual stack", "Lastseen", "goal"],
        rows,
    )
    print(
        "  usual stack: resolver, pydantic, an idempotency record an event, Table.update_item and Table.put_item"
    )


def _units(aws: Canned) -> int:
    """Write units an event: the log's item as it was sent, and one for a device, which is far below a kilobyte."""
    aws.forget()
    aws.keeps_bodies = True
    body = a_delivery(a_fleets_delivery(EVENTS, at=datetime.now(UTC)))
    ours.handler(signed(body, SECRET), _context())
    aws.keeps_bodies = False
    items = [
        request["PutRequest"]["Item"]
        for operation, sent in aws.bodies
        if operation == "BatchWriteItem"
        for requests in json.loads(sent)["RequestItems"].values()
        for request in requests
    ]
    states = [
        statement["Parameters"]
        for operation, sent in aws.bodies
        if operation == "BatchExecuteStatement"
        for statement in json.loads(sent)["Statements"]
    ]
    # Bytes travel in base64, four for three: what is counted here is more than what is billed.
    log = sum(
        ceil(sum(len(name) + len(json.dumps(value)) for name, value in item.items()) / CAPACITY)
        for item in items
    )
    state = sum(ceil(sum(len(json.dumps(value)) for value in values) / CAPACITY) for values in states)
    return ceil((log + state) / EVENTS)


def _context() -> Any:
    return Context()


def _expect(response: dict[str, Any]) -> None:
    if response["statusCode"] != 200 or json.loads(response["body"])["received"] != EVENTS:
        raise RuntimeError(f"that is not the answer: {response['statusCode']} {response['body'][:300]}")


if __name__ == "__main__":
    main()
