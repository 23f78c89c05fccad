"""Every import contract bites: one line in the wrong room, and `make lint` fails and names the contract."""

import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
ROOMS = ("api", "domain", "enode", "routes", "store", "usecases")
MODULES = (
    *("lastseen", "lastseen.cold_start", "lastseen.composition", "lastseen.config", "lastseen.errors"),
    "lastseen.observability",
    *(f"lastseen.{room}" for room in ROOMS),
    *(f"lastseen.{room}.one" for room in ROOMS),
    *("local", "local.one", "openapi", "openapi.one", "rehearsal", "rehearsal.one"),
)
"""A house with every room of ours and nothing in it."""

INWARD, ROUTES = "doors open inward", "routes answer through ports"
APART, PURE, REHEARSAL = (
    "the simulated Enode shares no line with the product",
    "decisions touch nothing outside",
    "nobody builds on the rehearsal",
)
FOR_TYPES = "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    "
VIOLATIONS = [
    ("lastseen.domain.one", "from lastseen.usecases import one", INWARD),
    ("lastseen.usecases.one", "import lastseen.store.one", INWARD),
    ("lastseen.store.one", "from lastseen.enode.one import x", INWARD),
    ("lastseen.errors", "import lastseen.domain", INWARD),
    ("lastseen.cold_start", "import lastseen.errors", INWARD),
    ("lastseen.routes.one", "def lazily():\n    from lastseen import composition", INWARD),
    ("lastseen.routes.one", "from lastseen.store import one", ROUTES),
    ("lastseen.routes.one", "def lazily():\n    import lastseen.enode.one", ROUTES),
    ("lastseen.routes.one", f"{FOR_TYPES}import lastseen.store.one", ROUTES),
    ("local.one", "from lastseen.domain import one", APART),
    ("local.one", "def lazily():\n    from lastseen import errors", APART),
    ("lastseen.domain.one", "import local.one", APART),
    ("lastseen.domain.one", "import boto3", PURE),
    ("lastseen.usecases.one", "from os import environ", PURE),
    ("lastseen.store.one", "import rehearsal.one", REHEARSAL),
    ("local.one", "from rehearsal import one", REHEARSAL),
]  # fmt: skip


def _lint(tree: Path) -> tuple[int, str]:
    done = subprocess.run(  # noqa: S603 - our own words
        [Path(sys.executable).with_name("lint-imports"), "--no-logo", "--no-cache"],
        capture_output=True,
        text=True,
        check=False,
        cwd=tree,
        env={"PYTHONPATH": str(tree)},
    )
    return done.returncode, done.stdout + done.stderr


@pytest.fixture
def house(tmp_path: Path) -> Path:
    """Our rooms, empty, under our own contracts."""
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    packages = {name for name in MODULES if any(other.startswith(f"{name}.") for other in MODULES)}
    for name in MODULES:
        path = tmp_path / name.replace(".", "/")
        path = path / "__init__.py" if name in packages else path.with_suffix(".py")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return tmp_path


def test_an_empty_house_keeps_every_contract(house: Path) -> None:
    """Or what follows would prove nothing."""
    status, said = _lint(house)

    assert status == 0, said


@pytest.mark.parametrize(("module", "line", "contract"), VIOLATIONS)
def test_one_line_in_the_wrong_room_breaks_its_contract(
    house: Path, module: str, line: str, contract: str
) -> None:
    """Also where it is imported late, or for the type checker alone."""
    (house / module.replace(".", "/")).with_suffix(".py").write_text(f"{line}\n")

    status, said = _lint(house)

    assert status == 1
    assert f"{contract} BROKEN" in said


def test_every_contract_is_tried() -> None:
    """A new one gets a violation here."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"][
        "contracts"
    ]

    assert {one["name"] for one in contracts} == {contract for _, _, contract in VIOLATIONS}
