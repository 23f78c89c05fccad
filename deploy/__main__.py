"""`python -m deploy stack NAME` deploys a stack, `check NAME` only checks, `check --issuer URL` only an issuer."""

import argparse
import sys
from pathlib import Path

from botocore.exceptions import BotoCoreError, ClientError

from deploy import parameters, preflight, stack
from deploy.parameters import CannotDeployError
from deploy.run import Deployment, show


def main() -> None:
    """Do what the command line says; end with 1 and a sentence if it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m deploy", description=__doc__)
    verbs = parser.add_subparsers(dest="verb", required=True)
    deploying = verbs.add_parser("stack", help="create or update a stack")
    deploying.add_argument("name")
    deploying.add_argument("--unchecked", action="store_true", help="leave out the checks")
    checking = verbs.add_parser("check", help="look for what would make a deployment fail")
    checking.add_argument("name")
    checking.add_argument("--issuer", default="", help="look at this issuer only")
    given = parser.parse_args()
    try:
        if given.verb == "stack":
            Deployment(given.name).deploy(is_checked=not given.unchecked)
        elif given.issuer:
            show(preflight.issuer(given.issuer, preflight.fetch))
        else:
            check(Deployment(given.name, template=Path("template.yaml")))
    except (CannotDeployError, ClientError, BotoCoreError) as error:
        sys.exit(f"\n{error}")
    except (KeyboardInterrupt, EOFError):
        sys.exit(
            "\nBroken off. If CloudFormation had begun, it goes on by itself; run the same command again then."
        )


def check(deployment: Deployment) -> None:
    """Check a stack without building or deploying it."""
    template = parameters.read(deployment.template)
    own = deployment.settled(template)
    status = stack.status(deployment.client(own, "cloudformation"), own.stack)
    deployment.check(own, own.values(template), is_new=status in {None, *stack.NEVER_MADE})


if __name__ == "__main__":
    main()
