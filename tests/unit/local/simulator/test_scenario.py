from collections import defaultdict
from typing import Any

import pytest

from local.simulator.simulator import Simulator
from tests.unit.local.simulator.shapes import EVENTS, misfits


@pytest.fixture(scope="module")
def told(lived: Simulator) -> dict[str, list[dict[str, Any]]]:
    """Give the payloads of two days, by the name of the event; read only."""
    found = defaultdict(list)
    for event in lived.event_log.after(0):
        found[event.name].append(event.payload)
    return found


@pytest.mark.parametrize(
    "name",
    [
        "user:vehicle:smart-charging-status-updated",
        "user:schedule:execution-updated",
        "user:inverter:statistics-updated",
        "user:credentials:invalidated",
        "system:heartbeat",
    ],
)
def test_events_beside_the_devices_have_the_fields_of_enode(
    told: dict[str, list[dict[str, Any]]], name: str
) -> None:
    """Envelope and body, in every one of two days."""
    assert told[name]
    for payload in told[name]:
        assert misfits(payload, EVENTS[name]) == set()


def test_an_action_is_pending_and_then_done(told: dict[str, list[dict[str, Any]]]) -> None:
    """Each action is told twice; the second time it is confirmed, or failed with a reason."""
    by_id = defaultdict(list)
    for payload in told["user:vendor-action:updated"]:
        body = payload["vendorAction"]
        by_id[body["id"]].append(body)
        request = {"target", "kind"} & body.keys()
        assert len(request) == 1
        known = EVENTS["user:vendor-action:updated"] - {"vendorAction.kind"}
        without_request = {name: value for name, value in body.items() if name not in request}
        assert misfits({**payload, "vendorAction": without_request}, known) == set()

    assert len(by_id) > 5
    for pending, done in (pair for pair in by_id.values() if len(pair) == 2):
        assert (pending["state"], pending["completedAt"]) == ("PENDING", None)
        assert done["completedAt"] is not None
        assert (done["failureReason"] is not None) == (done["state"] == "FAILED")


def test_a_plan_runs_from_stopping_to_its_end(told: dict[str, list[dict[str, Any]]]) -> None:
    """Smart charging: plugged in, stopped, started in the cheap hours, ended."""
    states = [p["smartChargingStatus"]["state"] for p in told["user:vehicle:smart-charging-status-updated"]]

    assert {"CONSIDERING", "PLAN:EXECUTING:STOPPED", "PLAN:EXECUTING:STARTED"} <= set(states)
    assert any(state.startswith("PLAN:ENDED:") for state in states)
