"""Proves `store/secrets.py`:
the Enode client's credentials: cached, read again when refused, and what an unfilled secret says.
"""

import json
from typing import TYPE_CHECKING

import pytest
from botocore.exceptions import EndpointConnectionError

from lastseen.domain.client_credentials import ClientCredentials
from lastseen.errors import Misconfigured, NoEnodeClient, StoreUnavailable
from lastseen.store import client
from lastseen.store.secrets import EnodeCredentials

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

FILLED = json.dumps({"clientId": "id", "clientSecret": "hush"})


class Vault:
    """One secret in Secrets Manager, and a clock that stands still."""

    def __init__(self, client: "SecretsManagerClient") -> None:
        self.client = client
        self.arn = client.create_secret(Name="enode", SecretString=FILLED)["ARN"]
        self.time = 1000.0

    def holds(self, text: str) -> None:
        self.client.put_secret_value(SecretId=self.arn, SecretString=text)

    def clock(self) -> float:
        return self.time

    def credentials(self) -> EnodeCredentials:
        return EnodeCredentials(self.arn, self.client, self.clock)


@pytest.fixture
def vault(aws: None) -> Vault:
    """A fresh one."""
    return Vault(client.secrets_manager())


def test_credentials_are_read_without_the_blanks_around_them(vault: Vault) -> None:
    """A pasted secret often ends in a line feed."""
    vault.holds(json.dumps({"clientId": " id", "clientSecret": "hush\n"}))

    assert vault.credentials().live() == ClientCredentials("id", "hush")


def test_credentials_are_cached_for_five_minutes(vault: Vault) -> None:
    """Secrets Manager is paid by the call."""
    credentials = vault.credentials()
    credentials.live()
    vault.holds(json.dumps({"clientId": "id", "clientSecret": "newer"}))

    vault.time += 299
    assert credentials.live().client_secret == "hush"
    vault.time += 2
    assert credentials.live().client_secret == "newer"


def test_refused_credentials_are_read_again(vault: Vault) -> None:
    """A new client secret ends the old one at once; but nobody asks more often than every half minute."""
    credentials = vault.credentials()
    credentials.live()
    vault.holds(json.dumps({"clientId": "id", "clientSecret": "newer"}))

    assert credentials.reread() is None
    vault.time += 31
    assert credentials.reread() == ClientCredentials("id", "newer")
    vault.time += 31
    assert credentials.reread() is None


@pytest.mark.parametrize("missing", [{"clientId": ""}, {"clientSecret": " "}])
def test_an_empty_secret_says_what_to_fill_in(vault: Vault, missing: dict[str, str]) -> None:
    """Somebody wrote half of it."""
    vault.holds(json.dumps({"clientId": "id", "clientSecret": "hush"} | missing))

    with pytest.raises(NoEnodeClient, match="EnodeClientArn") as raised:
        vault.credentials().live()

    assert "hush" not in str(raised.value)


def test_a_secret_that_nobody_has_written_is_no_client_yet(vault: Vault) -> None:
    """The template makes it without a value; once it is written, the next question finds it."""
    vault.arn = vault.client.create_secret(Name="made-by-the-template")["ARN"]
    credentials = vault.credentials()

    with pytest.raises(NoEnodeClient, match="put-secret-value"):
        credentials.live()
    vault.holds(FILLED)

    assert credentials.live() == ClientCredentials("id", "hush")


@pytest.mark.parametrize(
    "text", ["hush", "[]", "{}", '"hush"', '{"clientId": 1, "clientSecret": "hush"}', "null"]
)
def test_a_secret_of_another_form_says_which_it_should_have(vault: Vault, text: str) -> None:
    """Without a word of what it holds."""
    vault.holds(text)

    with pytest.raises(Misconfigured, match="must be JSON like") as raised:
        vault.credentials().live()

    assert "hush" not in f"{raised.value!r} {raised.value.__cause__!r}"


def test_a_secret_that_cannot_be_read_may_be_read_later(vault: Vault) -> None:
    """Secrets Manager being away is not a wrong setting."""

    def away(**_: object) -> None:
        raise EndpointConnectionError(endpoint_url="https://secretsmanager.example")

    vault.client.meta.events.register("before-call.secrets-manager.GetSecretValue", away)

    with pytest.raises(StoreUnavailable, match="secret of the Enode client"):
        vault.credentials().live()


def test_nothing_secret_is_shown(vault: Vault) -> None:
    """Not even by a careless print."""
    credentials = vault.credentials()

    credentials.live()

    assert "hush" not in f"{credentials!r} {credentials.live()!r}"
