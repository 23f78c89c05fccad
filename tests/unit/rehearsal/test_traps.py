"""Proves `rehearsal/traps.py`: what a new account refuses, and what a failed creation leaves, is found."""

from typing import Any

import pytest

from rehearsal import traps
from rehearsal.processed import Json
from tests.unit.rehearsal.stacks import function, processed, ref

PARAMETERS: Json = {
    "Issuer": {"Type": "String"},
    "Protection": {"Default": "false"},
    "Places": {"Default": ""},
}


def a_stack() -> Json:
    """Can be made in a new account, and unmade."""
    return {
        "Sweep": function(ReservedConcurrentExecutions=ref("AWS::NoValue")),
        "Table": {
            "Type": "AWS::DynamoDB::Table",
            "DeletionPolicy": "RetainExceptOnCreate",
            "UpdateReplacePolicy": "Retain",
            "Properties": {"DeletionProtectionEnabled": ref("Protection")},
        },
    }


def found_in(stack: Json, parameters: Json = PARAMETERS, **answers: str) -> list[str]:
    """What the check says."""
    return [
        f"{one.where}: {one.what}" for one in traps.rehearse(processed(stack, parameters, **answers)).findings
    ]


def test_a_stack_for_a_new_account_has_no_findings() -> None:
    """Nothing reserved, nothing left behind, one question."""
    assert found_in(a_stack()) == []


@pytest.mark.parametrize(
    ("logical_id", "section", "name", "value", "said"),
    [
        ("Sweep", "Properties", "ReservedConcurrentExecutions", 1, "reserves 1 executions by default"),
        ("Table", None, "DeletionPolicy", "Retain", "stays behind when the stack cannot be created"),
        ("Table", None, "UpdateReplacePolicy", "Delete", "not when it is replaced"),
        ("Table", "Properties", "DeletionProtectionEnabled", True, "is protected from its creation on"),
    ],
)
def test_what_a_first_deployment_trips_over_is_found(
    logical_id: str, section: str | None, name: str, value: Any, said: str
) -> None:
    """Each by itself."""
    stack = a_stack()
    (stack[logical_id][section] if section else stack[logical_id])[name] = value

    (found,) = found_in(stack)

    assert said in found


def test_protection_by_the_default_of_a_parameter_is_found() -> None:
    """What counts is what a first deployment gets."""
    (found,) = found_in(a_stack(), PARAMETERS | {"Protection": {"Default": "true"}})

    assert "cannot be rolled back" in found


def test_questions_that_cannot_be_answered_or_kept_are_found() -> None:
    """Without a default one must answer; a value that SAM forgets is empty the second time."""
    parameters = {**PARAMETERS, "Audience": {}, "Secret": {"Default": "", "NoEcho": True}}

    questions, secret = found_in(a_stack(), parameters)

    assert "Audience, Issuer" in questions
    assert "Parameters, Secret: is NoEcho" in secret
