"""Proves `rehearsal/commands.py`: commands that AWS or make would refuse, or that would run twice, are found."""

from pathlib import Path

import pytest

from rehearsal import commands

TIMEOUTS = {"SweepFunction": 120, "IngestFunction": 6}


def said_of(text: str) -> list[str]:
    """What the check says of one command."""
    return list(commands.mistakes(text, TIMEOUTS))


@pytest.mark.parametrize(
    "text",
    [
        "aws secretsmanager put-secret-value --secret-id <EnodeClientArn> --secret-string file://client.json",
        "aws lambda invoke --function-name <SweepFunctionName> --invocation-type Event --payload '{}' answer.json",
        "aws lambda invoke --function-name <SweepFunctionName> --cli-read-timeout 150 answer.json",
        "aws lambda invoke --function-name <IngestFunctionName> answer.json",
        "aws cloudformation describe-stacks --stack-name lastseen --query 'Stacks[0].Outputs' --output table",
        "aws cloudformation wait stack-delete-complete --stack-name lastseen",
        "aws logs tail <log group> --follow --since 1h",
        "aws s3 cp s3://<bucket>/elements . --recursive | jq .  # any pipe",
        "aws dynamodb update-table --table-name $(cat name) --no-deletion-protection-enabled",
        "aws s3api list-buckets --query 'Buckets[].Name'",
        "aws apigatewayv2 import-api --fail-on-warnings --body file://body.json",
        "make run",
    ],
)
def test_a_command_that_aws_knows_has_no_mistakes(text: str) -> None:
    """Places to fill in, pipes, switches, and what the CLI adds of its own."""
    assert said_of(text) == []


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("aws lamda invoke --function-name x y", "AWS has no service lamda"),
        ("aws secretsmanager put-value --secret-id x", "secretsmanager has no operation put-value"),
        ("aws secretsmanager put-secret-value --secret x", "put-secret-value has no option --secret"),
        ("aws secretsmanager put-secret-value --secret-string x", "put-secret-value needs --secret-id"),
        ("aws cloudformation wait stack-gone --stack-name x", "cloudformation has no waiter stack-gone"),
        ("aws logs tail x --forever", "`aws logs tail` has no option --forever"),
        ("aws --version", "names no service and operation"),
        (
            "aws lambda invoke --function-name <SweepFunctionName> a.json",
            "waits 60 s for a function that may take 120",
        ),
        ("aws lambda invoke --function-name <any> a.json", "waits 60 s for a function that may take 120"),
        ("aws lambda invoke --function-name Sweep --cli-read-timeout 100 a.json", "waits 100 s"),
        ("aws lambda invoke --function-name Ingest /dev/stdout", "Windows"),
    ],
)
def test_a_command_that_would_not_do_is_found(text: str, said: str) -> None:
    """Misspelt, without what it needs, or shorter of breath than the function it calls."""
    assert any(said in one for one in said_of(text)), said_of(text)


def test_commands_are_found_in_blocks_and_between_backquotes(tmp_path: Path) -> None:
    """A line that goes on is one command; prose about aws is none."""
    (tmp_path / "docs").mkdir()
    (tmp_path / "README.md").write_text(
        "Say `make run`, or aws would.\n\n```\n$ ls\naws s3 ls \\\n  --recursive\n```\n"
    )
    (tmp_path / "docs/deploy.md").write_text("`aws sso login`\n")

    assert [(one.where, one.text) for one in commands.in_pages(tmp_path)] == [
        ("README.md, block at line 4", "aws s3 ls  --recursive"),
        ("README.md:1", "make run"),
        ("docs/deploy.md:1", "aws sso login"),
    ]


def test_a_verb_that_make_does_not_have_is_found() -> None:
    """Alone, after others, and with options."""
    verbs = frozenset({"up", "deploy"})

    assert list(commands.unknown_verbs("make up && make deploy STACK=x", verbs)) == []
    assert list(commands.unknown_verbs("make up; make bake STACK=x", verbs)) == ["make has no verb bake"]
