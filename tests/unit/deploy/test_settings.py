"""One file a stack, every parameter passed each time, and few questions for a stack that has no file."""

from pathlib import Path

import pytest

from deploy import parameters, questions, settings
from deploy.__main__ import main
from deploy.parameters import CannotDeployError
from deploy.settings import Settings

ISSUER = "https://issuer.example/"


def test_a_new_stack_is_asked_for_seven_things_and_only_one_must_be_typed(template: Path) -> None:
    """Sandbox, no CORS, no topic: Enter takes the default. No secret is asked for."""
    typed, shown = ["", ISSUER, "", "", "", "", ""], list[str]()
    known = parameters.read(template)

    asked = questions.ask(
        "lastseen", known, region="eu-central-1", read=lambda _: typed.pop(0), say=shown.append
    )

    assert not typed
    assert asked.region == "eu-central-1"
    assert asked.parameters == {
        "OidcIssuer": ISSUER,
        "OidcAudience": "lastseen",
        "UserIdClaim": "sub",
        "EnodeEnvironment": "sandbox",
        "CorsOrigins": "",
        "AlarmTopicArn": "",
        "DeletionProtection": "true",
    }


def test_an_answer_that_cloudformation_would_refuse_is_asked_for_again(template: Path) -> None:
    """At once, not after minutes."""
    typed = ["", "eu-west-1", "http://issuer.example", "", ISSUER, "", "", "live", "production", "", ""]
    shown: list[str] = []
    known = parameters.read(template)

    asked = questions.ask("x", known, region=None, read=lambda _: typed.pop(0), say=shown.append)

    assert (asked.region, asked.parameters["EnodeEnvironment"]) == ("eu-west-1", "production")
    assert any("https" in line for line in shown if line.startswith("OidcIssuer"))


def test_what_was_asked_is_kept_and_read_again(folder: Path) -> None:
    """In a file of the stack's own, which a person can edit."""
    own = Settings("lastseen-prod", "eu-central-1", {"OidcIssuer": ISSUER, "CorsOrigins": ""})

    where = settings.write(own)

    assert where == Path("stacks/lastseen-prod.toml")
    assert settings.read("lastseen-prod") == own
    assert settings.read("lastseen") is None


def test_every_parameter_of_the_template_gets_a_value_each_time(template: Path) -> None:
    """CloudFormation keeps what it was told before: a line taken out of the file must mean the default again."""
    known = parameters.read(template)

    values = Settings("x", "eu-central-1", {"OidcIssuer": ISSUER, "HistoryDays": "0"}).values(known)

    assert set(values) == set(known)
    assert (values["HistoryDays"], values["CorsOrigins"]) == ("0", "")
    assert values["SweepRate"] == "cron(0/5 * * * ? *)"


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        ({}, "OidcIssuer is missing"),
        ({"OidcIssuer": "http://issuer.example"}, "https"),
        ({"OidcIssuer": ISSUER, "HistoryDay": "3"}, "no parameter HistoryDay; is it HistoryDays?"),
        ({"OidcIssuer": ISSUER, "HistoryDays": "many"}, "whole number"),
        ({"OidcIssuer": ISSUER, "HistoryDays": "3651"}, "3650 or less"),
        ({"OidcIssuer": ISSUER, "CacheSeconds": "-1"}, "0 or more"),
        ({"OidcIssuer": ISSUER, "EnodeEnvironment": "prod"}, "sandbox, production"),
        ({"OidcIssuer": ISSUER, "OidcAudience": ""}, "cannot be empty"),
        ({"OidcIssuer": ISSUER, "OidcAudience": 'a"b'}, "quotes"),
        ({"OidcIssuer": ISSUER, "EnodeClientSecret": "hush"}, "no parameter EnodeClientSecret"),
    ],
)
def test_what_cannot_be_deployed_is_said_before_anything_is_done(
    template: Path, said: dict[str, str], complaint: str
) -> None:
    """With the name of the file and of the line."""
    with pytest.raises(CannotDeployError, match=r"stacks/x\.toml") as raised:
        Settings("x", "eu-central-1", said).values(parameters.read(template))

    assert complaint in str(raised.value)


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("region = ", "cannot be read"),
        ("[parameters]\n", 'region = "eu-central-1"'),
        ('region = "eu-west-1"\n[default]\n', "default"),
    ],
)
def test_a_file_that_cannot_be_understood_is_named(folder: Path, text: str, complaint: str) -> None:
    """And what it lacks."""
    (folder / "stacks").mkdir()
    (folder / "stacks/x.toml").write_text(text)

    with pytest.raises(CannotDeployError, match=complaint):
        settings.read("x")


def test_numbers_and_booleans_of_the_file_are_written_as_cloudformation_does(
    folder: Path, template: Path
) -> None:
    """A person writes them without quotes."""
    (folder / "stacks").mkdir()
    (folder / "stacks/x.toml").write_text(
        'region = "eu-west-1"\n[parameters]\n'
        f'OidcIssuer = "{ISSUER}"\nHistoryDays = 30\nDeletionProtection = true\n'
    )

    found = settings.read("x")

    assert found is not None
    values = found.values(parameters.read(template))
    assert (values["HistoryDays"], values["DeletionProtection"]) == ("30", "true")


@pytest.mark.parametrize(
    "text",
    [
        b'region = "a"\nparameters = "x"\n',
        b'region = "a"\ntags = ["x"]\n',
        b'region = "\xff"\n',
        b"region = \n",
    ],
)
def test_a_file_that_is_no_table_or_no_text_is_told_in_words(folder: Path, text: bytes) -> None:
    """Never a traceback, whatever an editor made of it."""
    (folder / "stacks").mkdir()
    (folder / "stacks/staging.toml").write_bytes(text)

    with pytest.raises(CannotDeployError, match=r"stacks/staging\.toml"):
        settings.read("staging")


@pytest.mark.parametrize("stop", [KeyboardInterrupt, EOFError])
def test_who_breaks_off_is_not_told_that_nothing_was_changed(
    monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    """CloudFormation goes on with what was begun; and the end of the input is no traceback."""

    def broken(*_: object, **__: object) -> None:
        raise stop

    monkeypatch.setattr("sys.argv", ["deploy", "stack", "staging"])
    monkeypatch.setattr("deploy.__main__.Deployment.deploy", broken)

    with pytest.raises(SystemExit, match="goes on by itself"):
        main()
