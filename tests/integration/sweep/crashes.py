"""A process that dies at a call of our choosing: before it is sent, or when it has been done and nobody heard."""

from collections.abc import Callable
from dataclasses import dataclass, field, fields, replace
from typing import Any

from lastseen.usecases.maintenance.context import RunContext

PORTS = ("checks", "log", "states", "devices", "records", "enode")


class CrashError(BaseException):
    """The process died here; no `except` of ours may catch it."""


@dataclass
class Fate:
    """Counts the calls to everything outside, and ends it all at one of them.

    Attributes:
        at: At which call, counted from 0; None never.
        is_after: Whether the call was still done.
        calls: What was called so far.
        meanwhile: What happens at that call instead of a death, as by another process.
    """

    at: int | None = None
    is_after: bool = False
    calls: list[str] = field(default_factory=list)
    meanwhile: Callable[[], object] | None = None
    _is_dead: bool = False

    def context(self, context: RunContext) -> RunContext:
        """The same context, each of them mortal."""
        mortal: dict[str, Any] = {name: _Mortal(self, name, getattr(context, name)) for name in PORTS}
        return replace(context, **mortal)

    def call(self, name: str, method: Callable[..., Any], *args: Any, **kwargs: Any) -> Any:
        """Do a call, or die of it."""
        if self._is_dead:
            raise CrashError
        number = len(self.calls)
        self.calls.append(name)
        if number != self.at:
            return method(*args, **kwargs)
        if self.meanwhile is not None:
            self.meanwhile()
            return method(*args, **kwargs)
        self._is_dead = True
        if self.is_after:
            method(*args, **kwargs)
        raise CrashError


class _Mortal:
    """Hands every call on."""

    def __init__(self, fate: Fate, name: str, real: object) -> None:
        self._fate, self._name, self._real = fate, name, real

    def __getattr__(self, method: str) -> Any:
        real = getattr(self._real, method)
        return lambda *args, **kwargs: self._fate.call(f"{self._name}.{method}", real, *args, **kwargs)


assert set(PORTS) <= {one.name for one in fields(RunContext)}
