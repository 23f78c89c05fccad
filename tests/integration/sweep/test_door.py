"""The door of the three schedules: one task an invocation, one line, the metrics that alarms are made of."""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from functions.sweep import app
from lastseen import observability
from lastseen.config import SweepSettings
from lastseen.domain.deadline import Deadline
from lastseen.enode.client import EnodeClient
from lastseen.errors import Misconfigured
from lastseen.usecases.gate import Gate
from lastseen.usecases.tools import Clocks, Tools
from local.simulator.fleet import Fleet
from tests.integration.sweep.world import HERE, MINUTE, SECRET, World

ROOT = Path(__file__).parents[3]
EVENTS = ROOT / "events/sweep"


@dataclass
class Context:
    """What Lambda tells of an invocation."""

    aws_request_id: str = "request-1"
    function_name: str = "sweep"
    memory_limit_in_mb: int = 1024
    invoked_function_arn: str = "arn:aws:lambda:eu-central-1:000000000000:function:sweep"

    def get_remaining_time_in_millis(self) -> int:
        """As at the beginning."""
        return 120_000


class _Secrets:
    def live(self) -> tuple[bytes, ...]:
        return (SECRET.encode(),)


def _environment() -> dict[str, str]:
    """What the template tells the function, with its own defaults for every parameter."""

    class _Loader(yaml.SafeLoader):
        pass

    _Loader.add_multi_constructor("!", lambda _loader, tag, node: (tag, getattr(node, "value", "")))
    template = yaml.load((ROOT / "template.yaml").read_text(), _Loader)  # noqa: S506 - a SafeLoader with tags
    given = template["Resources"]["SweepFunction"]["Properties"]["Environment"]["Variables"]
    common = template["Globals"]["Function"]["Environment"]["Variables"]
    defaults = {name: str(one.get("Default", "")) for name, one in template["Parameters"].items()}
    environment = {}
    for name, value in (common | given).items():
        is_parameter = isinstance(value, tuple) and value[0] == "Ref" and value[1] in defaults
        environment[name] = defaults[value[1]] if is_parameter else "https://made.at/deployment"
    return environment | {"WEBHOOK_URL": HERE}


@pytest.fixture
def world(monkeypatch: pytest.MonkeyPatch) -> World:
    """A small world, and the door in it. The door keeps its own clock for its deadline and its pace."""
    world = World(Fleet.default(1))

    def tools(enode: EnodeClient, way: Gate, deadline: Deadline, run: str) -> Tools:
        kept = world.store
        return Tools(
            kept.ward, kept.log, kept.states, kept.devices, kept.records,
            enode, way, Clocks(world.now), deadline, run,
        )  # fmt: skip

    settings = SweepSettings.from_env(_environment())
    own = app.Collaborators(settings, world.enode.session, _Secrets(), tools, None)  # type: ignore[arg-type]
    monkeypatch.setattr(app, "build", lambda: own)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return world


def _invoke(name: str) -> dict[str, Any]:
    told: dict[str, Any] = app.handler(json.loads((EVENTS / f"{name}.json").read_text()), Context())
    return told


def test_the_three_tasks_do_their_work(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """From nothing: subscribe, learn everything, look after what is silent."""
    guarded = _invoke("keep-the-webhook")
    world.simulator.advance(5 * MINUTE)
    reconciled = _invoke("reconcile-if-due")
    idle = _invoke("reconcile-if-due")
    world.simulator.advance(60 * MINUTE)
    swept = _invoke("look-after-stale-devices")
    again = _invoke("reconcile-now")

    assert (guarded["step"], guarded["is_active"]) == ("create", True)
    assert reconciled["listed"] == len(world.ids())
    assert idle["stage"] == "not due"
    assert swept["due"] == swept["verified"] == swept["current"]
    assert again["stage"] == "done"
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    published = {name for line in lines if "_aws" in line for name in line}
    assert set(observability.SWEEP_METRICS.values()) <= published
    assert set(observability.CENSUS_METRICS.values()) <= published
    verdicts = world.store.records.read("CENSUS").said["verdicts"]
    assert sum(verdicts.values()) == len(world.ids())
    assert set(observability.RECONCILE_METRICS.values()) <= published
    assert {"WebhookInactive", "EnodeRequests", "ReconcileRepairs", "ReconcileStopped"} <= published


def test_an_enode_that_is_down_ends_a_task_in_words(world: World) -> None:
    """It is not our failure: the next round tries again, and the metrics tell."""
    world.simulator.faults.set({"api_500": 1.0})

    told = _invoke("keep-the-webhook")

    assert told["stopped"]


def test_an_unknown_task_is_a_mistake_of_the_schedule(world: World) -> None:
    """Loud: it is a mistake of ours."""
    with pytest.raises(Misconfigured, match="guard, reconcile, sweep"):
        app.handler({"task": "dance"}, Context())


def test_every_alarm_and_graph_of_the_sweep_names_a_metric_that_is_published() -> None:
    """A name that nobody publishes would stay silent for ever."""
    template = (ROOT / "template.yaml").read_text()
    of_sweep = re.findall(
        r"MetricName: (\w+)\n      Dimensions: \[\{ Name: service, Value: sweep \}\]", template
    )
    published = {
        *observability.SWEEP_METRICS.values(),
        *observability.RECONCILE_METRICS.values(),
        *observability.ENODE_METRICS.values(),
        *observability.CENSUS_METRICS.values(),
        *(
            "ReconcileRepairs",
            "ReconcileStopped",
            "HeartbeatAge",
            "PendingEvents",
            "WebhookInactive",
            "OutageSeconds",
        ),
    }
    graphs = template[template.index("DashboardBody") :]
    shown = set(re.findall(r'\["(?:Lastseen|\.)", "(\w+)"', graphs))
    of_others = {
        "Deliveries",
        "Events",
        "Quarantined",
        "Superseded",
        "BadSignatures",
        "Unavailable",
        "Errors",
    }

    assert len(of_sweep) >= 9
    assert set(of_sweep) <= published
    assert shown <= published | of_others
