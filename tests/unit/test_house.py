"""Proves how the product is written: names, first lines, and the test that proves each module."""

import ast
import re
from collections import defaultdict
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "layers/core/python/lastseen"
MODULES = sorted([*PRODUCT.rglob("*.py"), *(ROOT / "functions").rglob("*.py")])
WRITTEN = [
    path
    for room in ("bench", "deploy", "functions", "layers", "local", "openapi", "rehearsal", "tests")
    for path in sorted((ROOT / room).rglob("*.py"))
    if "node_modules" not in path.parts and not path.name.startswith(".")
]
"""Every module that somebody reads."""
PROVEN = [
    path.relative_to(PRODUCT).as_posix()
    for path in sorted(PRODUCT.rglob("*.py"))
    if path.name not in {"__init__.py", "errors.py", "observability.py"}  # a tree of names, two objects
] + [path.relative_to(ROOT).as_posix() for path in sorted((ROOT / "functions").rglob("app.py"))]


def first_line(path: Path) -> str:
    """The first line of a file's docstring."""
    return (ast.get_docstring(ast.parse(path.read_text("utf-8"))) or "").partition("\n")[0]


@pytest.fixture(scope="module")
def proofs() -> dict[str, list[str]]:
    """By module, the files whose docstring begins by saying that they prove it."""
    found: dict[str, list[str]] = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("*.py")):
        told = ast.get_docstring(ast.parse(path.read_text("utf-8"))) or ""
        if told.startswith("Proves `"):
            claim = told.partition(":")[0]
            for name in re.findall(r"`([^`]+)`", claim):
                found[name].append(path.relative_to(ROOT).as_posix())
    return found


def test_no_class_name_stands_twice_in_the_product() -> None:
    """Who searches for a class finds one."""
    where: dict[str, list[str]] = defaultdict(list)
    for path in MODULES:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.ClassDef):
                where[node.name].append(path.relative_to(ROOT).as_posix())

    assert {name: paths for name, paths in where.items() if len(paths) > 1} == {}


def test_a_module_opens_with_what_it_is_and_not_with_a_question() -> None:
    """A noun phrase or an imperative holds the word that one searches for; a question hides it."""
    lines = {path.relative_to(ROOT).as_posix(): first_line(path) for path in WRITTEN}

    assert {name: line for name, line in lines.items() if "?" in line.replace("?at=", "")} == {}
    assert [name for name in lines if not lines[name] and not name.startswith("tests/")] == []


def test_no_module_is_a_drawer() -> None:
    """Of more than 350 lines nobody knows what is in it."""
    modules = [*MODULES, *(ROOT / "local").rglob("*.py")]
    counts = {
        path.relative_to(ROOT).as_posix(): len(path.read_text("utf-8").splitlines()) for path in modules
    }

    assert {name: many for name, many in counts.items() if many > 350} == {}


@pytest.mark.parametrize("module", PROVEN)
def test_a_module_is_named_by_the_test_that_proves_it(module: str, proofs: dict[str, list[str]]) -> None:
    """A first line `Proves ...` names it, so that the proof of a rule is found by searching for its module."""
    assert proofs.get(module), f"no test begins with: Proves `{module}`: ..."


def test_what_is_said_to_be_proven_is_there(proofs: dict[str, list[str]]) -> None:
    """A proof of a module that was renamed or removed misleads."""
    rooms = (PRODUCT, ROOT, ROOT / "tests")

    assert {
        name: by for name, by in proofs.items() if not any((room / name).exists() for room in rooms)
    } == {}
