"""What CloudFormation has under a stack's name, and what the stack made."""

from collections.abc import Mapping
from typing import Any

from botocore.exceptions import ClientError

from deploy.parameters import CannotDeployError

type Client = Any
"""A boto3 client; of CloudFormation unless something else is said."""

NEVER_MADE = frozenset({"ROLLBACK_COMPLETE", "ROLLBACK_FAILED", "CREATE_FAILED", "REVIEW_IN_PROGRESS"})
"""States of a stack whose creation failed, or never began. It holds nothing, and can only be deleted."""


def status(formation: Client, stack: str) -> str | None:
    """Give a stack's status; None if there is none of this name."""
    try:
        return str(formation.describe_stacks(StackName=stack)["Stacks"][0]["StackStatus"])
    except ClientError as error:
        if "does not exist" in error.response["Error"]["Message"]:
            return None
        raise


def clear(formation: Client, stack: str) -> bool:
    """Make way for a stack: delete what a creation that failed has left.

    Returns:
        Whether the stack is new: nothing is there, or is any more.

    Raises:
        CannotDeployError: Somebody else is at work on it, or it cannot be updated.
    """
    found = status(formation, stack)
    if found is None:
        return True
    if found in NEVER_MADE:
        formation.delete_stack(StackName=stack)
        formation.get_waiter("stack_delete_complete").wait(StackName=stack)
        return True
    if found.endswith("IN_PROGRESS"):
        raise CannotDeployError(f"the stack {stack} is {found}; wait until that has ended")
    if found in ("DELETE_FAILED", "UPDATE_ROLLBACK_FAILED"):
        raise CannotDeployError(
            f"the stack {stack} is {found}: look at its events on the console, and delete it or continue its roll-back"
        )
    return False


def outputs(formation: Client, stack: str) -> Mapping[str, str]:
    """Give a stack's outputs."""
    found = formation.describe_stacks(StackName=stack)["Stacks"][0].get("Outputs", [])
    return {one["OutputKey"]: one["OutputValue"] for one in found}


def has_value(secrets: Client, arn: str) -> bool:
    """Say whether anything was ever written into a secret, by a client of Secrets Manager."""
    return bool(secrets.describe_secret(SecretId=arn).get("VersionIdsToStages"))
