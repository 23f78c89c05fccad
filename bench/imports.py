"""What it takes to import a function, beside boto3 and a DynamoDB client alone; and how large the layers are."""

import subprocess
import sys
from pathlib import Path

from bench import ROOT
from bench.measure import Turns, table

TIMES = 21
ALONE = "import boto3; boto3.client('dynamodb', region_name='eu-central-1')"
GOALS = {"ingest": "<= 1.5x", "read": "<= 1.2x", "sweep": ""}
CLOCK = (
    "import sys, time; begun = time.process_time(); exec(sys.argv[1]); "
    "print((time.process_time() - begun) * 1000, len(sys.modules))"
)
CLIENT = "; from lastseen.store import client; client.dynamodb()"


def main() -> None:
    """Measure and print."""
    things = {"boto3 and its client": ALONE} | {
        name: f"import functions.{name}.app{CLIENT}" for name in GOALS
    }
    figures: dict[str, list[tuple[float, int]]] = {name: [] for name in things}
    for _ in range(TIMES):  # in turns, so that a busy machine is busy for all of them
        for name, code in things.items():
            figures[name].append(_import(code))
    turns = Turns([[ms for ms, _ in measured] for measured in figures.values()])
    rows = [
        [
            name,
            f"{turns.median(thing):.0f}",
            f"{turns.times(thing, peer=0):.2f}x",
            str(figures[name][0][1]),
            GOALS.get(name, ""),
        ]
        for thing, name in enumerate(things)
    ]
    table(
        "Import of a function, its DynamoDB client made, CPU, median",
        ["", "ms", "to boto3", "modules", "goal"],
        rows,
    )
    built = ROOT / ".aws-sam/build"
    built = built if built.exists() else ROOT / ".local/build"
    for layer in ("CoreLayer", "DependenciesLayer"):
        if (built / layer).exists():
            print(f"  {layer}: {_megabytes(built / layer):.1f} MB unzipped")


def _import(code: str) -> tuple[float, int]:
    done = subprocess.run(
        [sys.executable, "-c", CLOCK, code],
        capture_output=True,
        text=True,
        check=True,
        cwd=ROOT,
        env={
            "PYTHONPATH": f"{ROOT}:{ROOT / 'layers/core/python'}",
            "AWS_DEFAULT_REGION": "eu-central-1",
            "POWERTOOLS_SERVICE_NAME": "bench",
            "POWERTOOLS_METRICS_NAMESPACE": "Lastseen",
        },
    )
    ms, modules = done.stdout.split()[-2:]
    return float(ms), int(modules)


def _megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) / 1e6


if __name__ == "__main__":
    main()
