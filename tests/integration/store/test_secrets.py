"""Proves `store/secrets.py`:
the webhook secrets: which are live, how long they are believed, and when they are read anew.
"""

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import pytest

from lastseen.errors import Misconfigured, StoreUnavailable
from lastseen.store import client
from lastseen.store.secrets import CACHED, SOONEST_REREAD, WebhookSecrets

if TYPE_CHECKING:
    from mypy_boto3_secretsmanager import SecretsManagerClient

_OLD, _NEW = "old-secret-of-32-characters-long", "new-secret-of-32-characters-long"


@dataclass
class Clock:
    """Time that passes when it is told to."""

    now: float = 1000.0

    def __call__(self) -> float:
        """The present moment, in seconds."""
        return self.now


@dataclass
class Vault:
    """A secret in Secrets Manager, and what was asked of it."""

    client: "SecretsManagerClient"
    arn: str
    clock: Clock = field(default_factory=Clock)

    def secrets(self) -> WebhookSecrets:
        """A reader of the secret."""
        return WebhookSecrets(self.arn, self.client, self.clock)

    def put(self, text: str) -> None:
        """Change the secret."""
        self.client.put_secret_value(SecretId=self.arn, SecretString=text)


@pytest.fixture
def vault(aws: None) -> Vault:
    """Secrets Manager with the old secret in it."""
    made = client.secrets_manager()
    answer = made.create_secret(Name="webhook", SecretString=json.dumps({"current": _OLD}))
    return Vault(made, answer["ARN"])


def test_the_current_secret_is_live(vault: Vault) -> None:
    """Most of the time there is one."""
    assert vault.secrets().live() == (_OLD.encode(),)


def test_while_rotating_the_previous_secret_is_live_too_and_comes_second(vault: Vault) -> None:
    """What Enode signed before it learnt of the new one must still be taken."""
    vault.put(json.dumps({"current": _NEW, "previous": _OLD}))

    assert vault.secrets().live() == (_NEW.encode(), _OLD.encode())


@pytest.mark.parametrize("previous", [None, ""])
def test_an_empty_previous_secret_is_none(vault: Vault, previous: str | None) -> None:
    """An empty secret would let anybody sign."""
    vault.put(json.dumps({"current": _NEW, "previous": previous}))

    assert vault.secrets().live() == (_NEW.encode(),)


def test_a_secret_is_believed_for_five_minutes_and_then_read_again(vault: Vault) -> None:
    """A read for every delivery would cost more than everything else together."""
    secrets = vault.secrets()
    secrets.live()
    vault.put(json.dumps({"current": _NEW}))

    vault.clock.now += CACHED.total_seconds()
    believed = secrets.live()
    vault.clock.now += 1
    read_again = secrets.live()

    assert (believed, read_again) == ((_OLD.encode(),), (_NEW.encode(),))


def test_a_signature_that_fits_none_has_the_secret_read_again_but_not_more_than_twice_a_minute(
    vault: Vault,
) -> None:
    """A rotation may be newer than the cache; a stranger with wrong signatures must not run up the bill."""
    secrets = vault.secrets()
    secrets.live()
    vault.put(json.dumps({"current": _NEW}))

    too_soon = secrets.reread()
    vault.clock.now += SOONEST_REREAD.total_seconds()
    newer = secrets.reread()
    again_too_soon = secrets.reread()
    vault.clock.now += SOONEST_REREAD.total_seconds()
    unchanged = secrets.reread()

    assert (too_soon, newer) == (None, (_NEW.encode(),))
    assert (again_too_soon, unchanged) == (None, None)
    assert secrets.live() == (_NEW.encode(),)


def test_a_secret_of_bytes_is_a_setting_to_mend(vault: Vault) -> None:
    """Secrets Manager keeps text or bytes. Ours are text: bytes are no reason for a traceback of another kind."""
    vault.client.put_secret_value(SecretId=vault.arn, SecretBinary=_OLD.encode())

    with pytest.raises(Misconfigured, match="webhook secret must be text"):
        vault.secrets().live()


@pytest.mark.parametrize(
    "text",
    [
        "just-a-string-that-is-no-json",
        "[]",
        "null",
        '"text"',
        "{}",
        '{"previous": "an-old-secret-of-some-length"}',
        '{"current": null}',
        '{"current": 5}',
        '{"current": "a-secret-of-some-length", "previous": 5}',
    ],
)
def test_a_malformed_secret_is_a_setting_to_mend(vault: Vault, text: str) -> None:
    """The function must not start: it could not tell Enode from anybody else."""
    vault.put(text)

    with pytest.raises(Misconfigured) as refusal:
        vault.secrets().live()

    assert text not in str(refusal.value)


def test_secrets_manager_without_an_answer_is_a_store_that_is_not_available(vault: Vault) -> None:
    """Enode delivers again; by then it may answer."""
    missing = WebhookSecrets(vault.arn + "x", vault.client, vault.clock)

    with pytest.raises(StoreUnavailable):
        missing.live()
