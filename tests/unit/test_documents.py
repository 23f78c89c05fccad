"""Proves the documents: a file, module, class, test or command that one of them names is there."""

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

from lastseen.routes.router import ROUTES

ROOT = Path(__file__).parents[2]
PRODUCT = ROOT / "layers/core/python/lastseen"
ROOMS = (ROOT, PRODUCT, PRODUCT.parent, ROOT / "local", ROOT / "tests")
DOCUMENTS = sorted(
    [
        *ROOT.glob("*.md"),
        *(ROOT / "docs").rglob("*.md"),
        *(ROOT / ".github").rglob("*.md"),
    ]
)
WRITTEN_BY_OTHERS = {
    "samconfig.toml",
    "stacks/lastseen.toml",
    "stacks/first.toml",
    ".local/stack.json",
    "enode-client.json",
}
QUOTED = re.compile(r"```.*?```|`([^`\n]+)`", re.DOTALL)


def named_in(document: Path) -> list[str]:
    """What stands between single backticks, code blocks left out."""
    return [name for name in QUOTED.findall(document.read_text("utf-8")) if name]


AWS_CALLS_IT = {"DisableExecuteApiEndpoint", "DescribeResourcePolicies", "PutResourcePolicy"}
"""Names of AWS's that documents tell of because this project does without them."""


@cache
def tracked() -> tuple[str, ...]:
    """Every file of the repository."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],  # noqa: S607 - whichever git there is
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return tuple(listed.stdout.splitlines())


@cache
def spelled() -> frozenset[str]:
    """Every word of every file that is no document: what code, template and settings call things."""
    words: set[str] = set()
    for name in tracked():
        path = ROOT / name
        if (
            path.suffix in {".py", ".yaml", ".yml", ".toml", ".json", ".ts", ".tsx", ".mk", ""}
            and path.is_file()
        ):
            words.update(re.findall(r"[A-Za-z_][A-Za-z0-9_]*", path.read_text("utf-8", errors="ignore")))
    return frozenset(words)


@cache
def verbs() -> frozenset[str]:
    """The targets of the Makefile."""
    return frozenset(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text("utf-8"), re.MULTILINE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_file_that_a_document_names_is_there(document: Path) -> None:
    """By its path from the root, or from inside the product, `local` or `tests`."""
    named = {name for name in named_in(document) if re.fullmatch(r"[\w./-]*\w\.(py|md|ya?ml|toml)", name)}

    missing = {
        name
        for name in named - WRITTEN_BY_OTHERS
        if not any((room / name).exists() for room in (*ROOMS, document.parent))
    }

    assert not missing, f"{document.relative_to(ROOT)} names what is not there: {sorted(missing)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_name_in_a_document_is_spelled_so_in_the_code(document: Path) -> None:
    """Classes, parameters, metrics, functions and tests: who searches for one finds it."""
    named = {
        name.rstrip("()")
        for name in named_in(document)
        if re.fullmatch(r"(?:[A-Z][a-z0-9]+){2,}|[a-z0-9]+(?:_[a-z0-9]+)+(?:\(\))?", name)
    }

    missing = named - spelled() - AWS_CALLS_IT

    assert not missing, f"{document.relative_to(ROOT)} names what nothing is called: {sorted(missing)}"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_command_in_a_document_is_a_verb_of_make_or_a_module(document: Path) -> None:
    """In code blocks as in sentences."""
    text = document.read_text("utf-8")
    makes = set(re.findall(r"(?:^|`)make ([a-z]+)", text, re.MULTILINE))
    modules = set(re.findall(r"python3? -m ([a-z_.]+)", text)) - {"venv", "pip", "pytest", "json"}

    assert makes <= verbs()
    for module in modules:
        path = ROOT / module.replace(".", "/")
        assert path.with_suffix(".py").exists() or (path / "__main__.py").exists(), module


def test_the_code_map_names_every_module_of_the_product() -> None:
    """Who looks for where something is done finds every module, with one line on it."""
    text = (ROOT / "docs/architecture.md").read_text("utf-8")
    modules = {
        path.relative_to(PRODUCT).as_posix() for path in PRODUCT.rglob("*.py") if path.name != "__init__.py"
    }

    assert {name for name in modules if f"`{name}`" not in text} == set()


def test_every_link_between_documents_leads_somewhere() -> None:
    """Relative links only; others are not ours to hold."""
    broken = [
        f"{document.relative_to(ROOT)}: {target}"
        for document in DOCUMENTS
        for target in re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", document.read_text("utf-8"))
        if not (document.parent / target).exists()
    ]

    assert broken == []


def test_every_test_named_in_a_document_is_a_test() -> None:
    """An invariant is held by a test that exists."""
    there = {
        node.name
        for name in tracked()
        if name.startswith("tests/") and name.endswith(".py") and (ROOT / name).exists()
        for node in ast.walk(ast.parse((ROOT / name).read_text("utf-8")))
        if isinstance(node, ast.FunctionDef)
    }
    named = {
        name
        for document in DOCUMENTS
        for name in named_in(document)
        if re.fullmatch(r"test_[a-z0-9_]+", name)
    }

    assert named <= there, sorted(named - there)


def test_the_page_of_the_read_api_tells_of_every_route() -> None:
    """Each word of a path, such as `history`, stands in its table."""
    page = (ROOT / "docs/api.md").read_text("utf-8")
    told = set(re.findall(r"[\w.-]+", " ".join(re.findall(r"^\| (.+?) \|", page, re.MULTILINE))))
    words = {word for key in ROUTES for word in key.partition(" ")[2].split("/") if word and word[0] != "{"}

    assert words - told == set(), "docs/api.md does not tell of these"
