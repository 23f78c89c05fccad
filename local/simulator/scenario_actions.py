"""Actions on a device, a user or a vendor: each misfortune by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from local.simulator.cloud import Cached
from local.simulator.failures import Failure, What
from local.simulator.outages import Mode, Outage
from local.simulator.simulator import Simulator

type ActionRequest = dict[str, Any]


def run_action(simulator: Simulator, request: Any) -> ActionRequest:
    """Do one action, as `{"action": name, ...}`.

    Returns:
        The action, as it was understood.

    Raises:
        ValueError: No such action, or it lacks what it needs.
    """
    action = ACTIONS.get(str(request.get("action"))) if isinstance(request, dict) else None
    if action is None:
        raise ValueError(f"'action' must be one of {', '.join(sorted(ACTIONS))}")
    action(simulator, request)
    return dict(request)


def _deauthorise(simulator: Simulator, request: ActionRequest) -> None:
    simulator.cloud.deauthorise(_user(simulator, request))


def _delete(simulator: Simulator, request: ActionRequest) -> None:
    simulator.cloud.delete(_device(simulator, request), silently=bool(request.get("silent", False)))


def _relink(simulator: Simulator, request: ActionRequest) -> None:
    """Link a device again, or everything a user ever had."""
    if "deviceId" in request:
        simulator.cloud.relink(_device(simulator, request))
        return
    user_id = _user(simulator, request)
    for cached in list(simulator.cloud.devices.values()):
        if cached.user_id == user_id:
            simulator.cloud.relink(cached)


def _link_anew(simulator: Simulator, request: ActionRequest) -> None:
    """Link a device under a new id: again by its user, or by another beside or instead of them."""
    cached = _device(simulator, request)
    user_id = _user(simulator, request) if "userId" in request else cached.user_id
    simulator.cloud.link_anew(cached, user_id)


def _move(simulator: Simulator, request: ActionRequest) -> None:
    silently = bool(request.get("silent", False))
    simulator.cloud.move(_device(simulator, request), _user(simulator, request), silently=silently)


def _invalidate(simulator: Simulator, request: ActionRequest) -> None:
    simulator.cloud.invalidate(_user(simulator, request), _text(request, "vendor"))


def _restore(simulator: Simulator, request: ActionRequest) -> None:
    simulator.cloud.restore(_user(simulator, request), _text(request, "vendor"))


def _outage(simulator: Simulator, request: ActionRequest) -> None:
    """Cut a vendor off, for `seconds` of the world or until it recovers."""
    vendor, outage = _text(request, "vendor"), _outage_of(request, Mode.UNREACHABLE)
    simulator.cloud.outages.of_vendor[vendor] = outage
    _end_later(simulator, request, simulator.cloud.outages.of_vendor, vendor, outage)


def _out_of_reach(simulator: Simulator, request: ActionRequest) -> None:
    """Take a device off the net. Of chargers and HVACs Enode says so; of others the vendor repeats what it knew."""
    cached = _device(simulator, request)
    usual = Mode.UNREACHABLE if cached.kind in {"charger", "hvac"} else Mode.FROZEN
    outage = _outage_of(request, usual)
    simulator.cloud.outages.of_device[cached.id] = outage
    _end_later(simulator, request, simulator.cloud.outages.of_device, cached.id, outage)


def _stall(simulator: Simulator, request: ActionRequest) -> None:
    """Let Enode lose sight of a device without noticing; with `endsOnHint`, a hint helps."""
    _out_of_reach(simulator, {"mode": Mode.STALL, **request})


def _fail(simulator: Simulator, request: ActionRequest) -> None:
    """Let one thing alone not be read: `what` is device, hint, user or list, `name` its id or collection."""
    failures, name = simulator.cloud.failures, _text(request, "name")
    try:
        what, mode = What(request.get("what", What.DEVICE)), Failure(request.get("mode", Failure.ERROR))
    except ValueError as error:
        raise ValueError(f"'what' is one of {', '.join(What)}, 'mode' one of {', '.join(Failure)}") from error
    failures.of[what, name] = mode
    if request.get("behindFirstPage"):
        failures.behind_first_page.add(name)


def _hide(simulator: Simulator, request: ActionRequest) -> None:
    """Leave a device out of every list, though it can be asked for."""
    simulator.cloud.failures.hidden.add(_device(simulator, request).id)


def _recover(simulator: Simulator, request: ActionRequest) -> None:
    """End the outage of a vendor, of a device, or all outages; with these, everything can be read again."""
    outages = simulator.cloud.outages
    if "vendor" in request:
        outages.of_vendor.pop(_text(request, "vendor"), None)
    elif "deviceId" in request:
        outages.of_device.pop(_device(simulator, request).id, None)
    else:
        outages.of_vendor.clear()
        outages.of_device.clear()
        simulator.cloud.failures.clear()


def _expire_tokens(simulator: Simulator, request: ActionRequest) -> None:  # noqa: ARG001 - an action
    simulator.tokens.expire()


def _unknown_event(simulator: Simulator, request: ActionRequest) -> None:
    """Say something with a name that is in no document of Enode."""
    simulator.say_unknown(request.get("userId"))


ACTIONS: dict[str, Callable[[Simulator, ActionRequest], None]] = {
    "deauthorise": _deauthorise,
    "delete": _delete,
    "relink": _relink,
    "link-anew": _link_anew,
    "move": _move,
    "invalidate": _invalidate,
    "restore": _restore,
    "outage": _outage,
    "out_of_reach": _out_of_reach,
    "stall": _stall,
    "recover": _recover,
    "expire_tokens": _expire_tokens,
    "fail": _fail,
    "hide": _hide,
    "unknown_event": _unknown_event,
}


def _text(request: ActionRequest, name: str) -> str:
    value = request.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{request['action']} needs '{name}'")  # noqa: TRY004 - one kind of refusal
    return value


def _device(simulator: Simulator, request: ActionRequest) -> Cached:
    cached = simulator.cloud.devices.get(_text(request, "deviceId"))
    if cached is None:
        raise ValueError(f"no device has the id {request['deviceId']}")
    return cached


def _user(simulator: Simulator, request: ActionRequest) -> str:
    user_id = _text(request, "userId")
    if user_id not in simulator.cloud.users:
        raise ValueError(f"no user has the id {user_id}")
    return user_id


def _outage_of(request: ActionRequest, usual: Mode) -> Outage:
    try:
        mode = Mode(request.get("mode", usual))
    except ValueError as error:
        raise ValueError(f"'mode' must be one of {', '.join(Mode)}") from error
    return Outage(mode, ends_on_hint=bool(request.get("endsOnHint", False)))


def _end_later(
    simulator: Simulator, request: ActionRequest, outages: dict[str, Outage], name: str, outage: Outage
) -> None:
    seconds = request.get("seconds")
    if seconds is None:
        return

    def end() -> None:
        if outages.get(name) is outage:
            del outages[name]

    due_at = simulator.world.wall_now() + simulator.world.real(timedelta(seconds=float(seconds)))
    simulator.world_scheduler.at(due_at, end)
