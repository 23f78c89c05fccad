"""`make deploy` from question to change set: the parameters that CloudFormation would get.

The real program, the real SAM CLI, and a stand-in for AWS: a new stack with its questions answered at a terminal, the
same again, with a line less in its settings, after a creation that failed; and another stack beside it.
"""

import os
import pty
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from rehearsal.formation import NEVER_MADE, Formation, Stack, defaults_of
from rehearsal.outcome import Finding, NotRehearsedError, Outcome
from rehearsal.processed import ROOT, SAM_PYTHON, Processed
from rehearsal.releases import DIGEST
from rehearsal.standin import StandIn, standing_in

ISSUER, OTHER_ISSUER = "https://login.example.com/", "https://other.example.com/"
REGION = "eu-central-1"
ARCH = "arm64"
PATIENCE = 60
_QUESTIONS = 20
"""More than are asked: an Enter too many is not read."""


@dataclass(frozen=True)
class Run:
    """One run of the deployment.

    Attributes:
        status: How it ended.
        said: What it printed.
    """

    status: int
    said: str


@dataclass(frozen=True)
class Place:
    """A working folder as a person has it, and an account that is not AWS's."""

    folder: Path
    account: Formation
    aws: StandIn

    def deploy(self, stack: str, answers: Sequence[str] | None = None) -> Run:
        """Deploy a stack; with answers at a terminal, without them where there is none."""
        command = [sys.executable, "-m", "deploy", "stack", stack, "--unchecked"]
        keys = {"AWS_ACCESS_KEY_ID": "rehearsal", "AWS_SECRET_ACCESS_KEY": "rehearsal"}
        kept = {
            name: text for name, text in os.environ.items() if not name.startswith(("AWS_", "SAM_", "PYTHON"))
        }
        environment = kept | keys | {
            "AWS_ENDPOINT_URL": self.aws.url,
            "AWS_EC2_METADATA_DISABLED": "true",
            "AWS_CONFIG_FILE": os.devnull,
            "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
            "SAM_CLI_TELEMETRY": "0",
            "SAM_CLI_POLL_DELAY": "0.1",
            "PYTHONPATH": str(ROOT),
        }  # fmt: skip
        with _terminal(answers) as keyboard:
            done = subprocess.run(
                command, cwd=self.folder, env=environment, stdin=keyboard, stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT, text=True, check=False, timeout=PATIENCE,
            )  # fmt: skip
        return Run(done.returncode, done.stdout)

    def settings(self, stack: str) -> Path:
        """Where the settings of a stack lie."""
        return self.folder / f"stacks/{stack}.toml"


def rehearse(processed: Processed) -> Outcome:
    """Deploy in every way in which people do."""
    if not SAM_PYTHON.exists():
        raise NotRehearsedError("the SAM CLI is missing: `make rehearse` installs it")
    with at_work(processed.template["Parameters"]) as place, ThreadPoolExecutor() as pool:
        both = pool.map(lambda walk: walk(place), (one_stack, another))
        findings = [result for found in both for result in found]
        findings += [Finding("CloudFormation", f"would refuse: {one}") for one in place.account.refused]
        many = sum(call.operation == "ExecuteChangeSet" for call in place.aws.calls)
    return Outcome(
        f"new, again, a line less, after {NEVER_MADE}, another: {many} changes carried out", findings
    )


def one_stack(place: Place) -> list[Finding]:
    """Deploy one stack in every way."""
    new = list(_new(place))
    if new:  # what follows would only say it again
        return new
    return [*_again(place), *_a_line_less(place), *_after_a_failure(place)]


def _new(place: Place) -> Iterator[Finding]:
    run = place.deploy("first", [REGION, ISSUER])
    yield from _failed("new", run)
    stack = place.account.stacks.get("first", Stack("none"))
    protection = [one.get("DeletionProtection") for one in stack.deployed]
    if protection != ["false", "true"]:
        yield Finding("new", f"a creation must be unprotected and protected then, it was {protection}")
    yield from _differences("new", stack.parameters, _usual(place, ISSUER))
    if "put-secret-value" not in run.said:
        yield Finding("new", "nobody is told how Enode's client gets into its secret")
    if not place.settings("first").exists():
        yield Finding("new", "what was answered is not kept")


def _again(place: Place) -> Iterator[Finding]:
    stack = place.account.stacks["first"]
    before, many = dict(stack.parameters), len(stack.deployed)
    yield from _failed("again", place.deploy("first"))
    if len(stack.deployed) != many:
        yield Finding("again", "changed the stack, though nothing had changed")
    if not before.get(DIGEST):
        yield Finding("again", f"{DIGEST} is empty: no version would be published")
    yield from _differences("again", stack.parameters, before)


def _a_line_less(place: Place) -> Iterator[Finding]:
    """What an earlier deployment was told, and the settings do not say any more, must not go on holding."""
    stack = place.account.stacks["first"]
    wanted = dict(stack.parameters)
    stack.parameters |= {"HistoryDays": "7"}
    yield from _failed("a line less", place.deploy("first"))
    yield from _differences("a line less", stack.parameters, wanted)


def _after_a_failure(place: Place) -> Iterator[Finding]:
    where = f"after {NEVER_MADE}"
    file = place.settings("first")
    file.write_text(file.read_text(encoding="utf-8").replace('"true"', '"false"'), encoding="utf-8")
    wanted = place.account.stacks["first"].parameters | {"DeletionProtection": "false"}
    place.account.stacks["first"] = Stack(NEVER_MADE)
    yield from _failed(where, place.deploy("first"))
    if "first" not in place.account.deleted:
        yield Finding(where, "the stack that was never made is still there")
    yield from _differences(where, place.account.stacks.get("first", Stack("none")).parameters, wanted)


def another(place: Place) -> list[Finding]:
    """Deploy a second stack, first with nobody to ask, then with answers of its own."""
    return list(_another(place))


def _another(place: Place) -> Iterator[Finding]:
    run = place.deploy("second")
    if run.status == 0 or "second" in place.account.stacks:
        yield Finding("another", "was deployed without settings of its own, and nobody was asked")
    yield from _failed("another", place.deploy("second", [REGION, OTHER_ISSUER]))
    found = place.account.stacks.get("second", Stack("none")).parameters
    yield from _differences("another", found, _usual(place, OTHER_ISSUER))


def _failed(where: str, run: Run) -> Iterator[Finding]:
    if run.status:
        yield Finding(where, f"ended with {run.status}: {' | '.join(run.said.strip().splitlines()[-4:])}")


def _differences(where: str, found: Mapping[str, str], wanted: Mapping[str, str | None]) -> Iterator[Finding]:
    for name, value in wanted.items():
        if name != DIGEST and found.get(name) != value:
            yield Finding(where, f"{name} would be {found.get(name)!r}, not {value!r}")


def _usual(place: Place, issuer: str) -> Mapping[str, str | None]:
    """What a stack gets whose questions were answered with an issuer and Enter."""
    defaults = {name: value for name, value in place.account.defaults.items() if value is not None}
    return {**defaults, "OidcIssuer": issuer, "Arch": ARCH, "DeletionProtection": "true"}


@contextmanager
def at_work(parameters: Mapping[str, object]) -> Iterator[Place]:
    """Lay out a working folder with a built template, and an empty account, until the block ends."""
    account = Formation(defaults_of(parameters) | {"Arch": ARCH})
    with tempfile.TemporaryDirectory() as name, standing_in(account.script) as aws:
        folder = Path(name)
        build = folder / ".aws-sam/build"
        build.mkdir(parents=True)
        shutil.copy(ROOT / "template.yaml", build)
        subprocess.run(
            [sys.executable, str(ROOT / "deploy/processor.py"), str(build / "template.yaml"), ARCH],
            check=True,
        )
        for part in ("functions", "layers"):
            (build / part).symlink_to(ROOT / part)
        (folder / ".venv-sam").symlink_to(ROOT / ".venv-sam")
        yield Place(folder, account, aws)


@contextmanager
def _terminal(answers: Sequence[str] | None) -> Iterator[int]:
    """Type answers at a terminal, and Enter to whatever else is asked; or have no terminal."""
    if answers is None:
        with Path(os.devnull).open() as nothing:
            yield nothing.fileno()
        return
    ours, theirs = pty.openpty()
    try:
        os.write(ours, "".join(f"{one}\n" for one in [*answers, *[""] * _QUESTIONS]).encode())
        yield theirs
    finally:
        os.close(theirs)
        os.close(ours)
