"""Proves `functions/sweep/app.py`:
the door of the three schedules: one task an invocation, one line, the metrics that alarms are made of.
"""

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import pytest
import yaml
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.sweep import app
from lastseen import observability
from lastseen.config import SweepSettings
from lastseen.domain.deadline import Deadline
from lastseen.enode.client import EnodeClient
from lastseen.enode.token import Tokens
from lastseen.errors import (
    EnodeUnavailable,
    Misconfigured,
    NoEnodeClient,
    StoreUnavailable,
)
from lastseen.store import call_deadline
from lastseen.usecases.maintenance import sweep
from lastseen.usecases.maintenance.context import Clocks, RunContext
from lastseen.usecases.maintenance.rate_limiter import RateLimiter
from local.simulator.fleet import Fleet
from tests.support.builders import TWIN_KEY
from tests.support.scripted_enode import Pocket
from tests.support.world import HERE, MINUTE, SECRET, World

ROOT = Path(__file__).parents[3]
EVENTS = ROOT / "events/sweep"
EVERY_TASK = ("look-after-stale-devices", "reconcile-if-due", "keep-the-webhook")


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


_CONTEXT = cast("LambdaContext", Context())


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

    def context(enode: EnodeClient, way: RateLimiter, deadline: Deadline, run: str) -> RunContext:
        kept = world.store
        return RunContext(
            kept.checks, kept.log, kept.states, kept.devices, kept.records,
            enode, way, Clocks(world.now), deadline, run,
        )  # fmt: skip

    settings = SweepSettings.from_env(_environment())
    secrets: Any = _Secrets()
    own = app.SweepCollaborators(settings, world.enode.session, secrets, lambda: TWIN_KEY, context, None)
    monkeypatch.setattr(app, "build", lambda: own)
    monkeypatch.setattr("time.sleep", lambda _seconds: None)
    return world


def _invoke(name: str) -> dict[str, Any]:
    told: dict[str, Any] = app.handler(json.loads((EVENTS / f"{name}.json").read_text()), _CONTEXT)
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
    verdicts = world.store.records.read("CENSUS").content["verdicts"]
    assert sum(verdicts.values()) == len(world.ids())
    assert set(observability.RECONCILE_METRICS.values()) <= published
    assert {"WebhookInactive", "EnodeRequests", "ReconcileRepairs", "ReconcileStopped"} <= published


def test_the_first_backfill_is_no_repair(world: World, capsys: pytest.CaptureFixture[str]) -> None:
    """What was never known was not lost: the alarm on repairs is for the days after."""
    _invoke("keep-the-webhook")
    world.is_up = False
    world.simulator.advance(5 * MINUTE)
    _invoke("reconcile-now")
    first = _published(capsys)[-1]
    world.simulator.advance(60 * MINUTE)
    _invoke("reconcile-now")
    second = _published(capsys)[-1]

    assert (first["FirstBackfill"], first["ReconcileRepairs"]) == (1, 0)
    assert first["RepairsFound"] == len(world.ids()) > 0
    assert second["FirstBackfill"] == 0
    assert second["ReconcileRepairs"] > 0


def test_an_enode_that_is_down_ends_a_task_in_words(world: World) -> None:
    """It is not our failure: the next round tries again, and the metrics tell."""
    world.simulator.faults.set({"api_500": 1.0})

    told = _invoke("keep-the-webhook")

    assert told["stopped"]


@pytest.mark.parametrize("fault", ["api_500", "token_401"])
def test_an_enode_that_gives_the_guard_no_answer_is_told_and_so_is_its_silence(
    world: World, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Runs stop after their first questions, so no number of faults adds up; a heartbeat ages all the same."""
    _invoke("keep-the-webhook")
    world.simulator.advance(5 * MINUTE)
    usual = _published(capsys)[0]
    if fault == "api_500":
        world.simulator.faults.set({"api_500": 1.0})
    else:
        refused = EnodeUnavailable("the client is refused", status=401, is_general=True)
        monkeypatch.setattr(Tokens, "current", lambda _self, _transport: _fail(refused))
    world.is_up = False
    world.simulator.advance(90 * MINUTE)

    told = [_invoke(name) for name in EVERY_TASK]
    published = _published(capsys)

    assert usual["GuardUnanswered"] == 0
    assert told[-1]["stopped"]
    assert published[-1]["GuardUnanswered"] == 1
    assert published[-1]["GuardRuns"] == 1
    assert published[-1]["HeartbeatAge"] >= 85 * 60
    assert [one.get("GuardUnanswered") for one in published[:-1]] == [None, None]


def test_without_a_client_each_task_says_so_and_the_guard_rings(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A stack that was just made has none yet. It is no failure, it must not be silence, and Enode is not asked."""
    with monkeypatch.context() as patched:
        patched.setattr(Pocket, "live", lambda _self: _fail(NoEnodeClient("no Enode client yet: write it")))
        told = [_invoke(name) for name in EVERY_TASK]
    without = _published(capsys)
    assert _invoke("keep-the-webhook")["is_active"]

    assert [one["stopped"] for one in told] == ["no Enode client yet: write it"] * 3
    assert [one.get("EnodeClientMissing") for one in without] == [None, None, 1]
    assert [one["EnodeRequests"] for one in without] == [0, 0, 0]
    assert [
        one[f"{name}Runs"] for one, name in zip(without, ("Sweep", "Reconcile", "Guard"), strict=True)
    ] == [1, 1, 1]
    assert [one["EnodeClientMissing"] for one in _published(capsys)] == [0]


def _published(capsys: pytest.CaptureFixture[str]) -> list[dict[str, float]]:
    """The metrics of each run since this was last asked."""
    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{")]
    return [
        {name: value[0] for name, value in line.items() if isinstance(value, list)}
        for line in lines
        if "_aws" in line
    ]


def _overlapped(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], meanwhile: str
) -> tuple[dict[str, Any], dict[str, float]]:
    """Sweep; in the midst of it another run begins. Gives what that one said, and its metrics."""
    real, said = sweep.run, []

    def run(*given: Any) -> Any:
        said.append(_invoke(meanwhile))
        return real(*given)

    with monkeypatch.context() as patched:
        patched.setattr(sweep, "run", run)
        _invoke("look-after-stale-devices")
    return said[0], _published(capsys)[0]  # the inner run ends first


@pytest.mark.parametrize("other", ["look-after-stale-devices", "reconcile-now", "reconcile-if-due"])
def test_of_two_overlapping_runs_only_one_asks_enode(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], other: str
) -> None:
    """Whoever finds the lease held gives up its turn, in words, and is not counted as a run."""
    _invoke("keep-the-webhook")
    world.simulator.advance(60 * MINUTE)
    capsys.readouterr()

    told, metrics = _overlapped(monkeypatch, capsys, other)

    assert told["stopped"] == "another run is asking Enode"
    assert metrics["EnodeRequests"] == 0
    assert metrics["SweepRuns" if other.startswith("look") else "ReconcileRuns"] == 0


def test_a_reconcile_that_is_wanted_at_once_begins_with_the_next_run(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """It found a sweep at work; whoever asked for it need not ask again."""
    assert _invoke("reconcile-now")["stage"] == "done"
    world.simulator.advance(60 * MINUTE)
    assert _invoke("reconcile-if-due")["stage"] == "not due"

    _overlapped(monkeypatch, capsys, "reconcile-now")

    assert _invoke("reconcile-if-due")["stage"] == "done"
    assert _invoke("reconcile-if-due")["stage"] == "not due"


def test_the_guard_needs_no_turn(
    world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Enode's sandbox gives up on a webhook after five minutes; a few questions more do no harm."""
    told, metrics = _overlapped(monkeypatch, capsys, "keep-the-webhook")

    assert (told["step"], told["is_active"]) == ("create", True)
    assert metrics["GuardRuns"] == 1


def test_a_reconcile_with_nothing_to_do_keeps_nobody_away(world: World) -> None:
    """Schedules that stand in step, as on an emulator, then lose no sweep."""
    _invoke("reconcile-now")
    before = world.store.records.read("LEASE").version

    assert _invoke("reconcile-if-due")["stage"] == "not due"

    assert world.store.records.read("LEASE").version == before


def test_a_run_that_crashed_keeps_others_away_until_its_lease_expires(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its questions may still be on their way; after two minutes Lambda has ended it for certain."""
    with monkeypatch.context() as patched:
        patched.setattr(sweep, "run", lambda *_: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            _invoke("look-after-stale-devices")

    kept_away = _invoke("look-after-stale-devices")
    world.simulator.advance(2 * MINUTE)

    assert kept_away["stopped"] == "another run is asking Enode"
    assert _invoke("look-after-stale-devices")["stopped"] == ""


def test_a_run_that_the_store_failed_gives_its_turn_back(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing of it is on its way any more."""
    with monkeypatch.context() as patched:
        patched.setattr(sweep, "run", lambda *_: _fail(StoreUnavailable("no answer")))
        with pytest.raises(StoreUnavailable):
            _invoke("look-after-stale-devices")

    assert _invoke("look-after-stale-devices")["stopped"] == ""


def _fail(error: Exception) -> None:
    raise error


def test_no_function_reserves_concurrency_and_the_schedules_are_out_of_step() -> None:
    """A new account cannot reserve any; and runs that start together would take each other's turn."""
    template = (ROOT / "template.yaml").read_text()
    minutes = re.findall(r"Default: cron\((\d+)/5 \* \* \* \? \*\)", template)

    assert not re.search(r"ReservedConcurrentExecutions: *\d", template)
    assert sorted(minutes) == ["0", "2", "4"]


def test_an_unknown_task_is_a_mistake_of_the_schedule(world: World) -> None:
    """Loud: it is a mistake of ours."""
    with pytest.raises(Misconfigured, match="guard, reconcile, sweep"):
        app.handler({"task": "dance"}, _CONTEXT)


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
            "EnodeClientMissing",
            "GuardUnanswered",
            "CensusOverdue",
            "AnchorsOverdue",
            "FirstBackfill",
            *observability.RUN_METRICS.values(),
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
        *observability.INGEST_LAGS,
    }

    assert len(of_sweep) >= 9
    assert set(of_sweep) <= published
    assert shown <= published | of_others


def test_no_call_to_aws_is_begun_so_late_that_lambda_would_end_it(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is kept at the end of a run has its time too: a run ends itself half a minute before."""
    left: list[float] = []

    def task(_own: object, _context: RunContext, _event: object) -> dict[str, Any]:
        left.append(call_deadline.left())
        return {}

    monkeypatch.setitem(cast("dict[str, Any]", app.TASKS), "guard", task)

    app.handler({"task": "guard"}, _CONTEXT)

    assert left == [pytest.approx(120 - app.LAST_CALL.total_seconds(), abs=0.5)]
    assert call_deadline.left() == float("inf")
