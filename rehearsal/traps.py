"""What makes a first deployment fail in a new account, or its failure leave things behind.

Lambda gives a new account ten concurrent executions, none of which can be reserved. A stack whose creation failed is
rolled back; what has `DeletionPolicy: Retain` then stays and costs. DynamoDB refuses to delete a protected table, so
protection is switched on when the stack stands. SAM never keeps a `NoEcho` value: a second deployment goes without.
"""

from collections.abc import Iterator

from rehearsal.outcome import Finding, Outcome
from rehearsal.processed import Json, Processed

QUESTIONS_AT_MOST = 1
"""Parameters without a default: what nobody else can know."""


def rehearse(processed: Processed) -> Outcome:
    """Look for what a new account refuses, and for what a failed creation leaves behind."""
    findings = [
        *_reserved(processed),
        *_orphans(processed),
        *_protected(processed),
        *_questions(processed.template.get("Parameters", {})),
    ]
    kept = sum("Retain" in str(one.get("DeletionPolicy")) for one in processed.resources.values())
    return Outcome(f"{len(processed.resources)} resources in a new account, {kept} of them kept", findings)


def _reserved(processed: Processed) -> Iterator[Finding]:
    for logical_id, properties in processed.of_type("AWS::Lambda::Function"):
        if "ReservedConcurrentExecutions" in properties:
            many = properties["ReservedConcurrentExecutions"]
            yield Finding(
                logical_id, f"reserves {many} executions by default: refused where the account has ten"
            )


def _orphans(processed: Processed) -> Iterator[Finding]:
    for logical_id, resource in processed.resources.items():
        if resource["Type"] == "AWS::Lambda::Version":
            continue  # goes with its function, whatever the policy says; kept beside it, to go back to
        if resource.get("DeletionPolicy") == "Retain":
            yield Finding(
                logical_id, "stays behind when the stack cannot be created: use RetainExceptOnCreate"
            )
        is_kept = resource.get("DeletionPolicy") == "RetainExceptOnCreate"
        if is_kept and resource.get("UpdateReplacePolicy") != "Retain":
            yield Finding(logical_id, "is kept when the stack goes, but not when it is replaced")


def _protected(processed: Processed) -> Iterator[Finding]:
    for logical_id, properties in processed.of_type("AWS::DynamoDB::Table"):
        if str(properties.get("DeletionProtectionEnabled", "false")).lower() == "true":
            yield Finding(
                logical_id, "is protected from its creation on: a creation that fails cannot be rolled back"
            )


def _questions(parameters: Json) -> Iterator[Finding]:
    asked = [name for name, given in parameters.items() if "Default" not in given]
    if len(asked) > QUESTIONS_AT_MOST:
        yield Finding("Parameters", f"ask for more than a person must know: {', '.join(sorted(asked))}")
    for name, given in parameters.items():
        if str(given.get("NoEcho", "")).lower() == "true":
            yield Finding(
                f"Parameters, {name}", "is NoEcho: SAM forgets it, and the next deployment goes without"
            )
