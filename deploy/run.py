"""The order of a deployment: settings, checks, room for the stack, `sam deploy`, protected tables, what is next."""

import hashlib
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3

from deploy import parameters, preflight, questions, settings, stack
from deploy.parameters import CannotDeployError, Parameter
from deploy.settings import Settings

TEMPLATE = Path(".aws-sam/build/template.yaml")
SAM = Path(".venv-sam/bin/sam")

UNSEEN = frozenset({"DeletionProtection", "Release"})
"""Parameters that no function is told of; the first changes between the two steps of a new stack."""

CLIENT_MISSING = """
Enode's client is not known yet. Put the id and secret from Enode's developer console into a file like

  {{"clientId": "…", "clientSecret": "…"}}

and hand it over; within five minutes the guard registers the webhook and the first backfill begins:

  aws secretsmanager put-secret-value --region {region} --secret-id {arn} \\
    --secret-string file://enode-client.json
"""


@dataclass
class Deployment:
    """Deploys one stack.

    Attributes:
        name: The stack's.
        template: The built template.
        session: Of AWS; None makes one for the stack's region.
        run: Runs a command; replaced by tests.
    """

    name: str
    template: Path = TEMPLATE
    session: Any = None
    run: Any = subprocess.run
    _clients: dict[str, Any] = field(default_factory=dict)

    def deploy(self, *, is_checked: bool = True) -> None:
        """Create the stack, or update it.

        Args:
            is_checked: Whether to look for what would make it fail first.

        Raises:
            CannotDeployError: It was not done, and the text says why.
        """
        template = parameters.read(self.template)
        own = self.settled(template)
        values = own.values(template)
        values["Release"] = values["Release"] or release(self.template.parent, values)
        formation = self.client(own, "cloudformation")
        is_new = stack.status(formation, own.stack) in {None, *stack.NEVER_MADE}
        if is_checked:
            self.check(own, values, is_new=is_new)
        if stack.clear(formation, own.stack):
            # DynamoDB deletes no protected table, so a creation that fails could not be rolled back.
            self._sam(own, values | {"DeletionProtection": "false"})
        if not is_new or values["DeletionProtection"] != "false":
            self._sam(own, values)
        self._say_what_is_next(own, stack.outputs(formation, own.stack))

    def check(self, own: Settings, values: Mapping[str, str], *, is_new: bool) -> None:
        """Check, and show what was found.

        Raises:
            CannotDeployError: The deployment would fail.
        """
        client = None if self.session is None else self.session.client
        show(preflight.check(own, values, is_new=is_new, client=client))

    def settled(self, template: Mapping[str, Parameter]) -> Settings:
        """Read the stack's settings, or ask for them and keep them."""
        wrong = [one.text for one in preflight.stack_name(self.name) if one.is_fatal]
        if wrong:  # the file is named after it, and nobody should answer questions in vain
            raise CannotDeployError(f"STACK={self.name}: {wrong[0]}")
        found = settings.read(self.name)
        if found is not None:
            return found
        if not sys.stdin.isatty():
            raise CannotDeployError(
                f"{settings.path(self.name)} is not there, and nobody to ask. Run this in a terminal, or write it "
                'like: region = "eu-central-1", then [parameters], then OidcIssuer = "https://…"'
            )
        asked = questions.ask(self.name, template, region=boto3.Session().region_name)
        print(f"\nKept in {settings.write(asked)}; edit it to change anything, and deploy again.\n")
        return asked

    def _sam(self, own: Settings, values: Mapping[str, str]) -> None:
        done = self.run(command(own, values, self.template), check=False)
        if done.returncode:
            raise CannotDeployError(
                f"sam deploy failed; its last lines say why. A stack that could not be created is deleted again, so "
                f"mend it and run: make deploy STACK={own.stack}"
            )

    def _say_what_is_next(self, own: Settings, told: Mapping[str, str]) -> None:
        arn = told["EnodeClientArn"]
        if not stack.has_value(self.client(own, "secretsmanager"), arn):
            print(CLIENT_MISSING.format(region=own.region, arn=arn))

    def client(self, own: Settings, service: str) -> Any:
        if service not in self._clients:
            session: Any = self.session or boto3.Session(region_name=own.region)
            self._clients[service] = session.client(service)
        return self._clients[service]


def release(build: Path, values: Mapping[str, str]) -> str:
    """Work out what a function's version stands for: the built code and every parameter but what protects the tables.

    SAM publishes a version when the code changes, but not when a parameter does: the alias would go on leading to
    functions that were told otherwise.
    """
    digest = hashlib.sha256()
    for path in sorted(build.rglob("*")):
        if path.is_file():
            digest.update(f"{path.relative_to(build)}\n{path.stat().st_size}\n".encode())
            digest.update(path.read_bytes())
    told = sorted((name, value) for name, value in values.items() if name not in UNSEEN)
    digest.update(repr(told).encode())
    return digest.hexdigest()[:16]


def command(own: Settings, values: Mapping[str, str], template: Path) -> list[str]:
    """Put together the call of SAM: every parameter named, nothing read from a samconfig.toml that may lie about."""
    overrides = [f'{name}="{value}"' for name, value in values.items()]
    tags = [f'{name}="{value}"' for name, value in own.tags.items()]
    return [
        *(
            str(SAM),
            "deploy",
            "--template-file",
            str(template),
            "--stack-name",
            own.stack,
            "--region",
            own.region,
        ),
        *("--config-env", "settings-are-in-stacks", "--resolve-s3", "--capabilities", "CAPABILITY_IAM"),
        *("--no-confirm-changeset", "--no-fail-on-empty-changeset", "--on-failure", "DELETE"),
        *("--parameter-overrides", *overrides),
        *(("--tags", *tags) if tags else ()),
    ]


def show(findings: Any) -> None:
    """Show what was found, line by line.

    Raises:
        CannotDeployError: Something of it is fatal.
    """
    fatal = 0
    for result in findings:
        fatal += result.is_fatal
        print(f"  {'✓' if result.is_fine else '✗' if result.is_fatal else '!'} {result.text}")
    if fatal:
        raise CannotDeployError(
            "What is marked ✗ would make the deployment fail, or be of no use. Nothing was changed."
        )
