"""Build the template for this machine, only when something changed."""

import hashlib
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from local.stack import aws
from local.stack.errors import UserError
from local.stack.processes import last_words
from local.stack.settings import REPOSITORY, Settings

SAM = REPOSITORY / ".venv-sam/bin/sam"
# A samconfig.toml that somebody keeps here is for their deployments, not for this one.
NO_CONFIG = ["--config-env", "local-stack"]


def template(settings: Settings) -> Path:
    """Where the built template lies."""
    return settings.folder / "build" / "template.yaml"


def is_current(settings: Settings) -> bool:
    """Tell whether the last build was made from what now lies in the repository."""
    mark = _mark(settings)
    return template(settings).exists() and mark.exists() and mark.read_text() == fingerprint(settings)


def build(settings: Settings) -> None:
    """Run `sam build` for this machine's processor.

    Raises:
        UserError: It failed; its last words are in the text.
    """
    print_of_sources = fingerprint(settings)
    python = Path(getattr(sys, "_base_executable", sys.executable))
    sam(
        settings,
        "build",
        ["--template-file", str(REPOSITORY / "template.yaml"), "--build-dir", str(template(settings).parent)],
        # The layers' makefiles and SAM itself look for Python 3.13: this one is.
        {"PYTHON": str(python), "PATH_FIRST": str(python.parent)},
    )
    _mark(settings).write_text(print_of_sources)


def sam(settings: Settings, verb: str, arguments: list[str], more: dict[str, str] | None = None) -> None:
    """Run one of SAM's verbs with the stack's parameters, against the emulated AWS.

    Raises:
        UserError: It failed; its last words are in the text.
    """
    more = dict(more or {})
    first = [SAM.parent, *(Path(folder) for folder in [more.pop("PATH_FIRST", "")] if folder)]
    # SAM splits at spaces unless the value stands in quotes of its own.
    overrides = [
        f'{name}="{value}"' if " " in value else f"{name}={value}"
        for name, value in settings.parameters.items()
    ]
    log = settings.logs / f"{verb}.log"
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as output:
        done = subprocess.run(
            [str(SAM), verb, *NO_CONFIG, *arguments, "--parameter-overrides", *overrides],
            env=aws.environment(settings.aws_url, *first) | more,
            cwd=REPOSITORY,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            check=False,
        )
    if done.returncode:
        raise UserError(f"`sam {verb}` failed.\n{last_words(log)}")


def fingerprint(settings: Settings) -> str:
    """Sum up everything that a build depends on."""
    digest = hashlib.sha256(f"{settings.parameters['Arch']} {sys.version}".encode())
    for path in sources():
        digest.update(str(path.relative_to(REPOSITORY)).encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()


def sources() -> Iterator[Path]:
    """List the files that end up in the deployment, or decide how it is made."""
    yield REPOSITORY / "template.yaml"
    for folder in ("functions", "layers"):
        for path in sorted((REPOSITORY / folder).rglob("*")):
            if path.is_file() and "__pycache__" not in path.parts:
                yield path


def _mark(settings: Settings) -> Path:
    return settings.folder / "build.fingerprint"
