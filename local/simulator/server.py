"""The simulator in real time: one event loop that does what is due and answers HTTP."""

from __future__ import annotations

import asyncio
import contextlib
import signal
from collections.abc import Coroutine
from typing import Any

import uvicorn

from local.simulator.app import build
from local.simulator.clock import WallClock
from local.simulator.fleet import Fleet
from local.simulator.simulator import Options, Simulator
from local.simulator.transport import HttpTransport

LONGEST_NAP = 1.0
AT_ONCE = 200  # appointments in a row before the loop looks after its sockets again
HANG_SECONDS = 120


class LiveSimulator:
    """A simulator and the loop that lets real time drive it."""

    def __init__(self, fleet: Fleet, *, seed: int, options: Options) -> None:
        """Make it; `run` starts it."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._transport = HttpTransport()
        self._woken = asyncio.Event()
        self.simulator = Simulator(
            fleet,
            seed=seed,
            options=options,
            clock=WallClock(),
            transport=self._transport,
            spawn=self._spawn,
            hang=lambda: asyncio.sleep(HANG_SECONDS),
        )
        for scheduler in (self.simulator.world_scheduler, self.simulator.delivery_scheduler):
            scheduler.on_earlier = self._woken.set

    async def run(self) -> None:
        """Do what is due, as it falls due, until cancelled."""
        simulator = self.simulator
        try:
            while True:
                self._woken.clear()
                for _ in range(AT_ONCE):
                    due_at = simulator.next_due_at
                    if due_at is None or due_at > simulator.clock.now():
                        break
                    simulator.run_next()
                await self._nap()
        finally:
            for task in self._tasks:
                task.cancel()
            await self._transport.close()

    async def _nap(self) -> None:
        due_at = self.simulator.next_due_at
        rest = LONGEST_NAP if due_at is None else (due_at - self.simulator.clock.now()).total_seconds()
        if rest <= 0:
            await asyncio.sleep(0)
            return
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(self._woken.wait(), min(rest, LONGEST_NAP))

    def _spawn(self, coroutine: Coroutine[Any, Any, None]) -> None:
        task = asyncio.get_running_loop().create_task(coroutine)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)


class _Server(uvicorn.Server):
    """uvicorn, but a signal ends it quietly instead of being raised again after the shutdown."""

    @contextlib.contextmanager
    def capture_signals(self) -> Any:
        """Take SIGINT and SIGTERM as the wish to stop."""
        loop = asyncio.get_running_loop()
        for name in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(name, self.handle_exit, name, None)
        yield


async def serve(fleet: Fleet, *, seed: int, options: Options, host: str, port: int) -> bool:
    """Serve a live simulator until SIGTERM or SIGINT.

    Returns:
        Whether the port could be had.
    """
    live = LiveSimulator(fleet, seed=seed, options=options)
    live.simulator.issuer.keys()  # make the signing key now, not within somebody's request
    config = uvicorn.Config(
        build(live.simulator),
        host=host,
        port=port,
        log_level="warning",
        access_log=False,
        lifespan="off",
        date_header=False,
        server_header=False,
        timeout_graceful_shutdown=2,
    )
    server = _Server(config)
    heart = asyncio.create_task(live.run())
    heart.add_done_callback(lambda done: _stop_if_broken(server, done))
    try:
        await server.serve()
    except SystemExit:
        return False
    finally:
        heart.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await heart
    return server.started


def _stop_if_broken(server: uvicorn.Server, heart: asyncio.Task[None]) -> None:
    """Rather no simulator than one whose world stands still unnoticed."""
    if not heart.cancelled() and heart.exception() is not None:
        server.should_exit = True
