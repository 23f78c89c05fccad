import asyncio

from local.simulator.fleet import Fleet
from local.simulator.server import LiveSimulator
from local.simulator.simulator import Options, Simulator


def test_real_time_drives_the_same_simulator() -> None:
    """Half a second at speed 3600 is half an hour of the fleet, with timestamps of now."""
    live = LiveSimulator(Fleet.default(2), seed=1, options=Options(speed=3600, world_hour=10))

    async def run() -> Simulator:
        heart = asyncio.create_task(live.run())
        await asyncio.sleep(0.5)
        heart.cancel()
        await asyncio.gather(heart, return_exceptions=True)
        return live.simulator

    simulator = asyncio.run(run())

    events = list(simulator.event_log.after(0))
    assert len(events) > 50
    assert (events[-1].created_at - events[0].created_at).total_seconds() < 5
