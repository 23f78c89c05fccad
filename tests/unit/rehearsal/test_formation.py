"""Proves `rehearsal/formation.py`: it takes and refuses change sets as CloudFormation does."""

from typing import Any

from rehearsal.formation import NEVER_MADE, Formation, Stack
from rehearsal.model import complaints
from rehearsal.standin import Answer, Call, Refusal, Reply


def asked(account: Formation, operation: str, **given: str) -> Reply:
    """Ask CloudFormation about the stack `it`."""
    return account.script(
        Call("cloudformation", operation, {"StackName": "it", **given}, is_kept=False, nth=0)
    )


def ask_for(account: Formation, kind: str, **values: str | None) -> Reply:
    """Ask for a change set; None keeps a value."""
    given: dict[str, str] = {"ChangeSetType": kind}
    for at, (name, value) in enumerate(values.items(), 1):
        given[f"Parameters.member.{at}.ParameterKey"] = name
        if value is None:
            given[f"Parameters.member.{at}.UsePreviousValue"] = "true"
        else:
            given[f"Parameters.member.{at}.ParameterValue"] = value
    return asked(account, "CreateChangeSet", **given)


def an_account() -> Formation:
    """An empty account; the template has a parameter with and one without a default."""
    return Formation({"Issuer": None, "Days": "90"})


def test_a_new_stack_gets_what_it_is_told_and_the_defaults() -> None:
    """And is there only when the change set was carried out."""
    account = an_account()
    assert isinstance(asked(account, "DescribeStacks"), Refusal)

    ask_for(account, "CREATE", Issuer="x")
    asked(account, "ExecuteChangeSet")

    assert account.stacks["it"] == Stack(
        "CREATE_COMPLETE", {"Issuer": "x", "Days": "90"}, [{"Issuer": "x", "Days": "90"}]
    )


def test_a_parameter_without_a_value_and_without_a_default_is_refused() -> None:
    """There is nothing to keep in a new stack."""
    account = an_account()

    assert isinstance(ask_for(account, "CREATE"), Refusal)
    assert isinstance(ask_for(account, "CREATE", Issuer=None), Refusal)
    assert account.refused == ["Parameters: [Issuer] must have values"] * 2


def test_an_update_keeps_what_it_is_told_to_keep_and_defaults_the_rest() -> None:
    """As CloudFormation: what is not named falls back to its default."""
    account = an_account()
    account.stacks["it"] = Stack("CREATE_COMPLETE", {"Issuer": "x", "Days": "7"})

    ask_for(account, "UPDATE", Issuer=None)
    asked(account, "ExecuteChangeSet")

    assert account.stacks["it"].parameters == {"Issuer": "x", "Days": "90"}


def test_a_change_set_without_changes_fails_and_a_stack_that_was_never_made_takes_none() -> None:
    """It can only be deleted."""
    account = an_account()
    account.stacks["it"] = Stack("CREATE_COMPLETE", {"Issuer": "x", "Days": "90"})
    ask_for(account, "UPDATE", Issuer="x")
    described = asked(account, "DescribeChangeSet")
    assert isinstance(described, Answer)
    assert described.output["Status"] == "FAILED"

    account.stacks["it"] = Stack(NEVER_MADE)
    assert isinstance(ask_for(account, "UPDATE", Issuer="x"), Refusal)
    asked(account, "DeleteStack")
    assert isinstance(ask_for(account, "CREATE", Issuer="x"), Answer)


def test_its_answers_are_answers_of_aws() -> None:
    """By AWS's own model."""
    account = an_account()
    ask_for(account, "CREATE", Issuer="x")
    for operation in (
        "DescribeChangeSet",
        "DescribeStackEvents",
        "GetTemplateSummary",
        "ExecuteChangeSet",
        "DescribeStacks",
    ):
        reply: Any = asked(account, operation)
        assert complaints("cloudformation", operation, reply.output) == []
