"""What can be done to a device, a user or a vendor: each misfortune by its name."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from local.simulator.cloud import Cached
from local.simulator.failures import Failure, What
from local.simulator.simulator import Simulator
from local.simulator.troubles import Mode, Trouble

type Deed = dict[str, Any]


def act(simulator: Simulator, deed: Any) -> Deed:
    """Do one deed, as `{"action": name, ...}`.

    Returns:
        The deed, as it was understood.

    Raises:
        ValueError: No such action, or it lacks what it needs.
    """
    action = ACTIONS.get(str(deed.get("action"))) if isinstance(deed, dict) else None
    if action is None:
        raise ValueError(f"'action' must be one of {', '.join(sorted(ACTIONS))}")
    action(simulator, deed)
    return dict(deed)


def _deauthorise(simulator: Simulator, deed: Deed) -> None:
    simulator.cloud.deauthorise(_user(simulator, deed))


def _delete(simulator: Simulator, deed: Deed) -> None:
    simulator.cloud.delete(_device(simulator, deed), silently=bool(deed.get("silent", False)))


def _relink(simulator: Simulator, deed: Deed) -> None:
    """Link a device again, or everything a user ever had."""
    if "deviceId" in deed:
        simulator.cloud.relink(_device(simulator, deed))
        return
    user_id = _user(simulator, deed)
    for cached in list(simulator.cloud.devices.values()):
        if cached.user_id == user_id:
            simulator.cloud.relink(cached)


def _move(simulator: Simulator, deed: Deed) -> None:
    silently = bool(deed.get("silent", False))
    simulator.cloud.move(_device(simulator, deed), _user(simulator, deed), silently=silently)


def _invalidate(simulator: Simulator, deed: Deed) -> None:
    simulator.cloud.invalidate(_user(simulator, deed), _text(deed, "vendor"))


def _restore(simulator: Simulator, deed: Deed) -> None:
    simulator.cloud.restore(_user(simulator, deed), _text(deed, "vendor"))


def _outage(simulator: Simulator, deed: Deed) -> None:
    """Cut a vendor off, for `seconds` of the world or until it recovers."""
    vendor, trouble = _text(deed, "vendor"), _trouble(deed, Mode.UNREACHABLE)
    simulator.cloud.troubles.of_vendor[vendor] = trouble
    _end_later(simulator, deed, simulator.cloud.troubles.of_vendor, vendor, trouble)


def _out_of_reach(simulator: Simulator, deed: Deed) -> None:
    """Take a device off the net. Of chargers and HVACs Enode says so; of others the vendor repeats what it knew."""
    cached = _device(simulator, deed)
    usual = Mode.UNREACHABLE if cached.kind in {"charger", "hvac"} else Mode.FROZEN
    trouble = _trouble(deed, usual)
    simulator.cloud.troubles.of_device[cached.id] = trouble
    _end_later(simulator, deed, simulator.cloud.troubles.of_device, cached.id, trouble)


def _stall(simulator: Simulator, deed: Deed) -> None:
    """Let Enode lose sight of a device without noticing; with `endsOnHint`, a hint helps."""
    _out_of_reach(simulator, {"mode": Mode.STALL, **deed})


def _fail(simulator: Simulator, deed: Deed) -> None:
    """Let one thing alone not be read: `what` is device, hint, user or list, `name` its id or collection."""
    failures, name = simulator.cloud.failures, _text(deed, "name")
    try:
        what, mode = What(deed.get("what", What.DEVICE)), Failure(deed.get("mode", Failure.ERROR))
    except ValueError as error:
        raise ValueError(f"'what' is one of {', '.join(What)}, 'mode' one of {', '.join(Failure)}") from error
    failures.of[what, name] = mode
    if deed.get("behindFirstPage"):
        failures.behind_first_page.add(name)


def _hide(simulator: Simulator, deed: Deed) -> None:
    """Leave a device out of every list, though it can be asked for."""
    simulator.cloud.failures.hidden.add(_device(simulator, deed).id)


def _recover(simulator: Simulator, deed: Deed) -> None:
    """End the trouble of a vendor, of a device, or all troubles; with these, everything can be read again."""
    troubles = simulator.cloud.troubles
    if "vendor" in deed:
        troubles.of_vendor.pop(_text(deed, "vendor"), None)
    elif "deviceId" in deed:
        troubles.of_device.pop(_device(simulator, deed).id, None)
    else:
        troubles.of_vendor.clear()
        troubles.of_device.clear()
        simulator.cloud.failures.clear()


def _expire_tokens(simulator: Simulator, deed: Deed) -> None:  # noqa: ARG001 - an action
    simulator.tokens.expire()


def _unknown_event(simulator: Simulator, deed: Deed) -> None:
    """Say something with a name that is in no document of Enode."""
    simulator.say_unknown(deed.get("userId"))


ACTIONS: dict[str, Callable[[Simulator, Deed], None]] = {
    "deauthorise": _deauthorise,
    "delete": _delete,
    "relink": _relink,
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


def _text(deed: Deed, name: str) -> str:
    value = deed.get(name)
    if not isinstance(value, str):
        raise ValueError(f"{deed['action']} needs '{name}'")  # noqa: TRY004 - one kind of refusal
    return value


def _device(simulator: Simulator, deed: Deed) -> Cached:
    cached = simulator.cloud.devices.get(_text(deed, "deviceId"))
    if cached is None:
        raise ValueError(f"no device has the id {deed['deviceId']}")
    return cached


def _user(simulator: Simulator, deed: Deed) -> str:
    user_id = _text(deed, "userId")
    if user_id not in simulator.cloud.users:
        raise ValueError(f"no user has the id {user_id}")
    return user_id


def _trouble(deed: Deed, usual: Mode) -> Trouble:
    try:
        mode = Mode(deed.get("mode", usual))
    except ValueError as error:
        raise ValueError(f"'mode' must be one of {', '.join(Mode)}") from error
    return Trouble(mode, ends_on_hint=bool(deed.get("endsOnHint", False)))


def _end_later(
    simulator: Simulator, deed: Deed, troubles: dict[str, Trouble], name: str, trouble: Trouble
) -> None:
    seconds = deed.get("seconds")
    if seconds is None:
        return

    def end() -> None:
        if troubles.get(name) is trouble:
            del troubles[name]

    due_at = simulator.world.wall_now() + simulator.world.real(timedelta(seconds=float(seconds)))
    simulator.world_agenda.at(due_at, end)
