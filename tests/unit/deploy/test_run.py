"""Which parameters CloudFormation gets: for a new stack, again, after a creation that failed, for another stack."""

import re
from collections.abc import Callable, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from deploy import parameters, settings
from deploy.parameters import CannotDeployError
from deploy.run import CLIENT_MISSING, Deployment
from deploy.settings import Settings
from tests.unit.deploy.conftest import ROOT, Aws

ISSUER = "https://issuer.example/"
OVERRIDE = re.compile(r'(\w+)="(.*)"')


class Sam:
    """In place of `sam`: remembers how it was called, and what that does to the stack."""

    def __init__(self, aws: Aws) -> None:
        self.aws = aws
        self.calls: list[Sequence[str]] = []
        self.fails = False

    def __call__(self, command: Sequence[str], *, check: bool) -> Any:
        self.calls.append(command)
        if not self.fails:
            self.aws.status = "CREATE_COMPLETE" if self.aws.status is None else "UPDATE_COMPLETE"
        return SimpleNamespace(returncode=int(self.fails))

    @property
    def told(self) -> list[dict[str, str]]:
        """The parameters of each call."""
        return [
            {found[1]: found[2] for one in call if (found := OVERRIDE.fullmatch(one))} for call in self.calls
        ]

    def option(self, name: str) -> str:
        """The value of an option of the first call."""
        return self.calls[0][self.calls[0].index(name) + 1]


@pytest.fixture
def sam(aws: Aws) -> Sam:
    """As it behaves when all goes well."""
    return Sam(aws)


@pytest.fixture
def deploy(aws: Aws, sam: Sam, template: Path) -> Callable[[str], None]:
    """Deploys a stack, unchecked: the checks have tests of their own."""

    def run(name: str) -> None:
        Deployment(name, built(template), aws, sam).deploy(is_checked=False)

    return run


def built(template: Path) -> Path:
    """A build: the template as it is, beside a function and a layer."""
    build = Path("build").absolute()
    for name in ("ReadFunction/app.py", "CoreLayer/python/lastseen/__init__.py", "template.yaml"):
        path = build / name
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(template.read_text() if name == "template.yaml" else "VERSION = 1\n")
    return build / "template.yaml"


@pytest.fixture
def staging(folder: Path) -> Settings:
    """The settings of one stack."""
    own = Settings("staging", "eu-central-1", {"OidcIssuer": ISSUER, "DeletionProtection": "true"})
    settings.write(own)
    return own


def test_a_new_stack_is_made_unprotected_and_then_protected(
    deploy: Callable[[str], None], sam: Sam, staging: Settings
) -> None:
    """DynamoDB deletes no protected table, so a creation that fails could not be rolled back."""
    deploy("staging")

    assert [told["DeletionProtection"] for told in sam.told] == ["false", "true"]
    assert [told["OidcIssuer"] for told in sam.told] == [ISSUER, ISSUER]


def test_both_steps_of_a_new_stack_are_one_release(
    deploy: Callable[[str], None], sam: Sam, staging: Settings
) -> None:
    """Else the second would publish versions that differ in nothing, which Lambda refuses."""
    deploy("staging")

    assert len({told["Release"] for told in sam.told}) == 1
    assert sam.told[0]["Release"]


def test_a_parameter_makes_another_release_and_so_does_code(
    deploy: Callable[[str], None], aws: Aws, sam: Sam, folder: Path
) -> None:
    """SAM looks at neither the values of parameters nor at layers; an alias must not stand still."""
    aws.status = "CREATE_COMPLETE"
    settings.write(Settings("staging", "eu-central-1", {"OidcIssuer": ISSUER}))
    deploy("staging")
    deploy("staging")
    settings.write(Settings("staging", "eu-central-1", {"OidcIssuer": ISSUER, "HistoryDays": "30"}))
    deploy("staging")
    (folder / "build/CoreLayer/python/lastseen/__init__.py").write_text("VERSION = 2\n")
    deploy("staging")

    first, same, told, coded = (one["Release"] for one in sam.told)

    assert first == same
    assert len({first, told, coded}) == 3


def test_a_new_stack_whose_tables_shall_not_be_protected_is_deployed_once(
    deploy: Callable[[str], None], sam: Sam, folder: Path
) -> None:
    """There is nothing to switch on."""
    settings.write(Settings("trial", "eu-central-1", {"OidcIssuer": ISSUER}))

    deploy("trial")

    assert [told["DeletionProtection"] for told in sam.told] == ["false"]


def test_an_update_passes_everything_and_never_takes_the_protection_away(
    deploy: Callable[[str], None], aws: Aws, sam: Sam, staging: Settings, template: Path
) -> None:
    """Not for a moment."""
    aws.status = "UPDATE_COMPLETE"

    deploy("staging")

    assert [told["DeletionProtection"] for told in sam.told] == ["true"]
    assert set(sam.told[0]) == set(parameters.read(template))
    assert "delete_stack" not in aws.called


@pytest.mark.parametrize(
    "left", ["ROLLBACK_COMPLETE", "REVIEW_IN_PROGRESS", "CREATE_FAILED", "ROLLBACK_FAILED"]
)
def test_after_a_creation_that_failed_the_same_command_makes_the_same_stack(
    deploy: Callable[[str], None], aws: Aws, sam: Sam, staging: Settings, left: str
) -> None:
    """What it left is deleted, nothing is asked, and no parameter is lost."""
    sam.fails = True
    with pytest.raises(CannotDeployError, match="make deploy STACK=staging"):
        deploy("staging")
    aws.status, sam.fails = left, False

    deploy("staging")

    assert "delete_stack" in aws.called
    assert sam.told[1] == sam.told[0]
    assert sam.told[2] == sam.told[0] | {"DeletionProtection": "true"}


def test_a_failed_creation_leaves_nothing_half_done(
    deploy: Callable[[str], None], sam: Sam, staging: Settings
) -> None:
    """SAM deletes the stack; the second step is not tried."""
    sam.fails = True

    with pytest.raises(CannotDeployError):
        deploy("staging")

    assert len(sam.calls) == 1
    assert sam.option("--on-failure") == "DELETE"


def test_another_stack_does_not_inherit_the_settings_of_the_first(
    deploy: Callable[[str], None], sam: Sam, staging: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It has none yet; where nobody can be asked, that is said, and nothing is deployed."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: False))

    with pytest.raises(CannotDeployError, match=r"stacks/production\.toml is not there"):
        deploy("production")

    assert not sam.calls


def test_deploying_again_without_a_change_is_no_failure(
    deploy: Callable[[str], None], aws: Aws, sam: Sam, staging: Settings
) -> None:
    """SAM ends with 1 otherwise; nor does it read a samconfig.toml that lies about, or ask anything."""
    aws.status = "UPDATE_COMPLETE"

    deploy("staging")

    assert {"--no-fail-on-empty-changeset", "--no-confirm-changeset"} <= set(sam.calls[0])
    assert sam.option("--config-env") != "default"


@pytest.mark.parametrize(
    "status", ["UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS", "DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"]
)
def test_a_stack_that_cannot_be_updated_now_is_left_alone(
    deploy: Callable[[str], None], aws: Aws, sam: Sam, staging: Settings, status: str
) -> None:
    """It is said why."""
    aws.status = status

    with pytest.raises(CannotDeployError, match=status):
        deploy("staging")

    assert not sam.calls
    assert "delete_stack" not in aws.called


@pytest.mark.parametrize("has_client", [False, True])
def test_the_command_that_hands_over_enodes_client_is_shown_until_it_was_used(
    deploy: Callable[[str], None],
    aws: Aws,
    staging: Settings,
    capsys: pytest.CaptureFixture[str],
    has_client: bool,
) -> None:
    """No parameter ever holds it."""
    aws.has_client = has_client
    command = "aws secretsmanager put-secret-value --region eu-central-1 --secret-id arn:enode-client"

    deploy("staging")

    assert (command in capsys.readouterr().out) is not has_client


@pytest.mark.parametrize("name", ["my_stack", "1st", "../staging", "s" * 55, "", "a b"])
def test_a_name_that_no_stack_can_have_is_refused_before_anything_is_asked(
    deploy: Callable[[str], None], sam: Sam, monkeypatch: pytest.MonkeyPatch, folder: Path, name: str
) -> None:
    """Nobody answers questions in vain, and no file is looked for or written elsewhere."""
    monkeypatch.setattr("sys.stdin", SimpleNamespace(isatty=lambda: True))
    monkeypatch.setattr("builtins.input", lambda _prompt: pytest.fail("it was asked"))

    with pytest.raises(CannotDeployError, match="STACK="):
        deploy(name)

    assert not sam.calls
    assert not (folder / "stacks").exists()


@pytest.mark.parametrize(
    ("value", "is_fine"), [("", True), ("1", True), ("90", True), ("0", False), ("00", False), ("-1", False)]
)
def test_deliveries_cannot_be_given_no_executions_at_all(template: Path, value: str, is_fine: bool) -> None:
    """Reserving none would turn every delivery away, and Enode gives the webhook up."""
    complaint = parameters.read(template)["IngestConcurrency"].complaint(value)

    assert (complaint is None) is is_fine


def test_the_file_that_the_client_is_handed_over_in_is_never_committed() -> None:
    """It holds a secret, and the command names it beside the sources."""
    (name,) = re.findall(r"file://(\S+)", CLIENT_MISSING)

    assert name in (ROOT / ".gitignore").read_text().splitlines()
