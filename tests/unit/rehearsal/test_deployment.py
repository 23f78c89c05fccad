"""Proves `rehearsal/deployment.py`: a deployment that forgets, inherits or leaves things behind is found."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, cast

import pytest

from rehearsal.deployment import ARCH, ISSUER, OTHER_ISSUER, Place, Run, another, one_stack
from rehearsal.formation import NEVER_MADE, Formation, Stack

DEFAULTS: dict[str, str | None] = {
    "OidcIssuer": None,
    "HistoryDays": "90",
    "DeletionProtection": "false",
    "Arch": ARCH,
}
FINE = Run(0, "aws secretsmanager put-secret-value …")


@dataclass(frozen=True)
class FakePlace(Place):
    """A working folder at which another program than ours deploys."""

    program: Callable[["FakePlace", str, Sequence[str] | None], Run] = field(default=lambda *_: FINE)

    def deploy(self, stack: str, answers: Sequence[str] | None = None) -> Run:
        """Let that program deploy."""
        return self.program(self, stack, answers)


def deployed(context: FakePlace, stack: str, answers: Sequence[str] | None) -> Run:
    """Deploy as it must be."""
    file = context.settings(stack)
    if not file.exists():
        if answers is None:
            return Run(1, "nobody to ask")
        file.parent.mkdir(exist_ok=True)
        file.write_text(f'OidcIssuer = "{answers[1]}"\nDeletionProtection = "true"\n')
    said = dict(line.replace('"', "").split(" = ") for line in file.read_text().splitlines())
    standing = context.account.stacks.get(stack)
    if standing is not None and standing.status == NEVER_MADE:
        del context.account.stacks[stack]
        context.account.deleted.append(stack)
        standing = None
    wanted = {name: value or "" for name, value in DEFAULTS.items()} | said | {"Release": "0123"}
    made = context.account.stacks.setdefault(stack, Stack("CREATE_COMPLETE"))
    if standing is None:
        change(made, wanted | {"DeletionProtection": "false"})
    if made.parameters != wanted:
        change(made, wanted)
    return FINE


def change(stack: Stack, wanted: dict[str, str]) -> None:
    """Carry a change out."""
    stack.parameters = wanted
    stack.deployed.append(wanted)


def context(folder: Path, program: Callable[[FakePlace, str, Sequence[str] | None], Run]) -> FakePlace:
    """A working folder with this program."""
    return FakePlace(folder, Formation(DEFAULTS), cast("Any", None), program)


def protected_at_once(context: FakePlace, stack: str, answers: Sequence[str] | None) -> Run:
    """Creates what could not be rolled back."""
    run = deployed(context, stack, answers)
    del context.account.stacks[stack].deployed[0]
    return run


def forgetful(context: FakePlace, stack: str, answers: Sequence[str] | None) -> Run:
    """Goes without what was typed, the second time."""
    run = deployed(context, stack, answers)
    if answers is None:
        change(context.account.stacks[stack], context.account.stacks[stack].parameters | {"OidcIssuer": ""})
    return run


def clinging(context: FakePlace, stack: str, answers: Sequence[str] | None) -> Run:
    """Keeps what an earlier deployment was told."""
    before = context.account.stacks.get(stack, Stack("none")).parameters.get("HistoryDays", "90")
    run = deployed(context, stack, answers)
    context.account.stacks[stack].parameters["HistoryDays"] = before
    return run


def unreleased(context: FakePlace, stack: str, answers: Sequence[str] | None) -> Run:
    """Passes no digest of what it deploys."""
    run = deployed(context, stack, answers)
    context.account.stacks[stack].parameters["Release"] = ""
    return run


def helpless(context: FakePlace, stack: str, answers: Sequence[str] | None) -> Run:
    """Cannot begin anew after a failure."""
    if context.account.stacks.get(stack, Stack("")).status == NEVER_MADE:
        return Run(1, f"{stack} is in {NEVER_MADE} state and can not be updated")
    return deployed(context, stack, answers)


def silent(context: FakePlace, stack: str, answers: Sequence[str] | None) -> Run:
    """Tells nobody what is missing."""
    return Run(deployed(context, stack, answers).status, "")


def test_a_deployment_as_it_must_be_has_no_findings(tmp_path: Path) -> None:
    """Every way of deploying, for both stacks."""
    good = context(tmp_path, deployed)

    assert one_stack(good) == []
    assert another(good) == []
    assert good.account.stacks["second"].parameters["OidcIssuer"] == OTHER_ISSUER


@pytest.mark.parametrize(
    ("program", "where", "said"),
    [
        (protected_at_once, "new", "a creation must be unprotected and protected then"),
        (silent, "new", "nobody is told how Enode's client gets into its secret"),
        (forgetful, "again", f"OidcIssuer would be '', not '{ISSUER}'"),
        (unreleased, "again", "no version would be published"),
        (clinging, "a line less", "HistoryDays would be '7', not '90'"),
        (helpless, f"after {NEVER_MADE}", "ended with 1"),
    ],
)
def test_what_goes_wrong_with_one_stack_is_found(
    tmp_path: Path, program: Callable[[FakePlace, str, Sequence[str] | None], Run], where: str, said: str
) -> None:
    """Each way by a program that errs in it."""
    found = one_stack(context(tmp_path, program))

    assert [one for one in found if one.where == where and said in one.what], found


def test_a_second_stack_that_inherits_is_found(tmp_path: Path) -> None:
    """One file for all stacks: nobody is asked, and the second has the first one's issuer."""

    def inheriting(at: FakePlace, stack: str, _answers: Sequence[str] | None) -> Run:
        at.settings(stack).parent.mkdir(exist_ok=True)
        at.settings(stack).write_text(f'OidcIssuer = "{ISSUER}"\nDeletionProtection = "true"\n')
        return deployed(at, stack, None)

    found = another(context(tmp_path, inheriting))

    assert [one.what for one in found] == [
        "was deployed without settings of its own, and nobody was asked",
        f"OidcIssuer would be '{ISSUER}', not '{OTHER_ISSUER}'",
    ]
