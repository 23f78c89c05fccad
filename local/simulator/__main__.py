"""`python -m local.simulator`: a simulated Enode in real time over HTTP."""

from __future__ import annotations

import argparse
import asyncio
import sys

from local.simulator.faults import CHANCES
from local.simulator.fleet import Fleet
from local.simulator.server import serve
from local.simulator.simulator import Options


def main(arguments: list[str] | None = None) -> int:
    """Run the simulator until SIGTERM or SIGINT.

    Returns:
        The exit status: 1 if the port could not be had.
    """
    args = _parser().parse_args(arguments)
    base = args.issuer or f"http://{args.host}:{args.port}"
    hour = args.world_hour if args.world_hour is not None else (None if args.speed == 1 else 7.0)
    options = Options(
        speed=args.speed,
        world_hour=hour,
        linking=args.linking,
        client_id=args.client_id,
        client_secret=args.client_secret,
        issuer=base.rstrip("/"),
        faults=dict(args.fault),
    )
    fleet = Fleet.parked(args.parked) if args.parked else Fleet.default(args.users)
    print(
        f"simulated Enode: {len(fleet)} devices of {len(fleet.homes)} users, seed {args.seed}, speed {args.speed:g}, "
        f"http://{args.host}:{args.port}",
        flush=True,
    )
    return (
        0 if asyncio.run(serve(fleet, seed=args.seed, options=options, host=args.host, port=args.port)) else 1
    )


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m local.simulator",
        description="A simulated Enode: a fleet that moves by itself, Enode's API, and signed webhook deliveries.",
        epilog="While it runs: GET /_sim/status, /_sim/truth, /_sim/events, /_sim/deliveries, /_sim/tokens; "
        "POST /_sim/pause, /_sim/resume, /_sim/faults.",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8700, help="port to listen on")
    parser.add_argument("--seed", type=int, default=1, help="the same seed makes the same fleet")
    parser.add_argument(
        "--speed",
        type=_positive,
        default=1.0,
        help="world seconds per second; shortens cadences, retries and heartbeats, timestamps stay real",
    )
    parser.add_argument("--users", type=int, default=6, help="users of the default fleet; six own 35 devices")
    parser.add_argument("--parked", type=int, metavar="CARS", help="instead: so many cars that never move")
    parser.add_argument(
        "--world-hour",
        type=float,
        metavar="HOUR",
        help="hour of day the world begins with; unset: the clock's at speed 1, else 7",
    )
    parser.add_argument(
        "--linking",
        choices=("start", "listening"),
        default="listening",
        help="when users link their devices: at the start, or as soon as a webhook is created",
    )
    parser.add_argument(
        "--fault",
        type=_fault,
        action="append",
        default=[],
        metavar="NAME=CHANCE",
        help=f"misbehave with a chance from 0 to 1; may be repeated; NAME is one of {', '.join(CHANCES)}",
    )
    parser.add_argument("--issuer", help="issuer of the read API's tokens; unset: this server's address")
    parser.add_argument("--client-id", default="simulated-client", help="Enode client id")
    parser.add_argument("--client-secret", default="simulated-secret-of-no-value", help="Enode client secret")
    return parser


def _positive(text: str) -> float:
    value = float(text)
    if value <= 0:
        raise argparse.ArgumentTypeError("must be above zero")
    return value


def _fault(text: str) -> tuple[str, float]:
    name, _, chance = text.partition("=")
    if name not in CHANCES:
        raise argparse.ArgumentTypeError(f"no fault is called {name!r}")
    try:
        value = float(chance or 1)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{chance!r} is no number") from error
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError("a chance lies between 0 and 1")
    return name, value


if __name__ == "__main__":
    sys.exit(main())
