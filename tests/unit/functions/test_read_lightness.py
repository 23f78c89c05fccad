"""Proves `composition.py`, `domain/frozen.py`, `cold_start.py`:
a plain read loads no more than it needs, and no function looks for garbage while it loads: each cold start pays for it.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from bench import fleet
from bench.canned import wire
from tests.support.app import FLEET
from tests.support.read_requests import ENVIRONMENT, asked

ROOT = Path(__file__).parents[3]
HEAVY = [
    "pydantic",
    "pydantic_core",
    "httpx",
    "httpcore",
    "cryptography",
    "jinja2",
    "requests",
    "jwt",
    "aws_xray_sdk",
    "lastseen.api.block_view",
    "lastseen.domain.blocks",
    "lastseen.domain.check_schedule",
    "lastseen.domain.delivery",
    "lastseen.domain.maintenance",
    "lastseen.domain.observation",
    "lastseen.store.batches",
    "lastseen.store.check_statements",
    "lastseen.store.check_store",
    "lastseen.store.device_statements",
    "lastseen.store.log_writer",
    "lastseen.store.state_writer",
    "lastseen.usecases.enode_mode",
    "lastseen.usecases.maintenance",
    "lastseen.usecases.smart_charging",
    "lastseen.usecases.refresh",
]

# A fresh process that is a container: the function as the template composes it, AWS answering at botocore's last hook.
CONTAINER = """
import json, os, sys
told = json.loads(sys.stdin.read())
from bench.canned import Canned, account, always
one = {"devices": [told["item"]]} if "sk" in told["item"] else {}
no_account, several = always({"Responses": {}}), always({"Responses": one})
found, nothing = always({"Items": [told["item"]], "Count": 1}), always({"Items": [], "Count": 0})
answers = {
    "Query": lambda asked: nothing(asked) if b"history" in asked else found(asked),
    "GetItem": always({"Item": told["item"]}),
    "BatchGetItem": lambda asked: (no_account if b"#!" in asked else several)(asked),
}
with account(Canned(answers), told["environment"]):
    from functions.read import app
    app.build()
    context = type("Context", (), dict.fromkeys(
        ("function_name", "memory_limit_in_mb", "invoked_function_arn", "aws_request_id"), "read"))
    statuses = {name: app.handler(event, context)["statusCode"] for name, event in told["events"].items()}
sys.stderr.write(json.dumps({"statuses": statuses, "modules": sorted(sys.modules)}))
"""


@pytest.fixture(scope="module")
def container() -> dict[str, object]:
    """What a container says after some reads: how they were answered, and what is loaded."""
    names = ("vehicle", "list-vehicles", "list-devices", "history", "start-charging")
    return _container(
        {name: json.loads((ROOT / f"events/read/{name}.json").read_text("utf-8")) for name in names},
        wire(fleet.our_item({**fleet.vehicles(1)[0], "id": "05ee9df5-d072-4ee8-b773-399dec8f5693"})),
    )


def _container(events: dict[str, Any], item: Any) -> dict[str, object]:
    told = {"item": item, "environment": dict(ENVIRONMENT), "events": events}
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", CONTAINER],
        input=json.dumps(told),
        capture_output=True,
        text=True,
        check=False,
        cwd=ROOT,
        env={
            "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/core/python'}",
            "POWERTOOLS_SERVICE_NAME": "read",
            "POWERTOOLS_METRICS_NAMESPACE": "Lastseen",
        },
    )
    assert done.returncode == 0, done.stderr[-2000:]
    said: dict[str, object] = json.loads(done.stderr)
    return said


def test_reads_are_answered_there(container: dict[str, object]) -> None:
    """Or what is not loaded would prove nothing."""
    assert container["statuses"] == {
        "vehicle": 200,
        "list-vehicles": 200,
        "list-devices": 200,
        "history": 200,
        "start-charging": 501,
    }


@pytest.mark.parametrize("name", HEAVY)
def test_no_plain_read_loads_what_is_heavy(container: dict[str, object], name: str) -> None:
    """What refreshes and sweeps need is for them, models are for nobody here, the tracer is left out on purpose."""
    assert name not in str(container["modules"]).replace("'", "").strip("[]").split(", ")


def test_health_loads_nothing_of_maintenance() -> None:
    """It reads what that left behind: names and shapes are `domain/records.py`'s and `domain/record_shapes.py`'s."""
    content = json.dumps({"at": "2026-03-01T12:00:00.000Z", "verdicts": {"fresh": 5}})
    record = {"content": {"S": content}, "version": {"N": "1"}, "ord": {"S": ""}, "doc": {"B": "AXt9"}}

    said = _container({"health": asked("/health", {}, claims=FLEET)}, record)

    loaded = str(said["modules"]).replace("'", "").strip("[]").split(", ")
    assert said["statuses"] == {"health": 200}
    assert "lastseen.domain.record_shapes" in loaded
    of_maintenance = ("lastseen.usecases.maintenance", "lastseen.enode", "lastseen.domain.check_schedule")
    assert [name for name in loaded if name.startswith((*of_maintenance, "lastseen.domain.reconcile"))] == []


STARTED = """
import gc, json, sys
from importlib import import_module
import_module(sys.argv[1])
collections = [one["collections"] for one in gc.get_stats()]
print(json.dumps({"collections": collections, "is_on": gc.isenabled(), "frozen": gc.get_freeze_count()}))
"""


@pytest.mark.parametrize("name", ["ingest", "read", "sweep"])
def test_no_function_looks_for_garbage_while_it_loads(name: str) -> None:
    """All that is loaded is kept: to look through it takes a fourteenth of a cold start, and finds nothing."""
    done = subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-c", STARTED, f"functions.{name}.app"],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={
            "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/core/python'}",
            "POWERTOOLS_SERVICE_NAME": name,
            "POWERTOOLS_METRICS_NAMESPACE": "Lastseen",
        },
    )

    started = json.loads(done.stdout)

    assert started["collections"][-1] == 0
    assert started["is_on"]
    assert started["frozen"] > 50_000
