"""Proves `store/twin_keys.py`, `store/secret_batch.py`: the key of twins is fetched with the other secret, once, and
is the one that the table was written with.
"""

import json
from dataclasses import dataclass, field
from typing import Any, cast

import pytest
from botocore.exceptions import EndpointConnectionError

from lastseen.domain.twin import TwinKey
from lastseen.errors import Misconfigured, StoreUnavailable
from lastseen.store.batches import Batches
from lastseen.store.secret_batch import FirstTogether
from lastseen.store.secrets import TwinKeySecret, WebhookSecrets
from lastseen.store.twin_keys import TwinKeys, soon_checked
from tests.integration.tables import Tables

KEY, OTHER = "k" * 64, "o" * 64


@dataclass
class Vault:
    """Secrets Manager with two secrets in it, and what was asked of it."""

    texts: dict[str, str] = field(
        default_factory=lambda: {"arn:webhook": json.dumps({"current": "s" * 32}), "arn:twins": KEY}
    )
    asked: list[str] = field(default_factory=list)
    is_down: bool = False

    def batch_get_secret_value(self, *, SecretIdList: list[str]) -> Any:  # noqa: N803 - as the API has it
        """Say those that are there."""
        self._take("both")
        return {
            "SecretValues": [
                {"ARN": arn, "SecretString": self.texts[arn]} for arn in SecretIdList if arn in self.texts
            ]
        }

    def get_secret_value(self, *, SecretId: str) -> Any:  # noqa: N803 - as the API has it
        """Say one."""
        self._take(SecretId)
        return {"ARN": SecretId, "SecretString": self.texts[SecretId]}

    def _take(self, what: str) -> None:
        self.asked.append(what)
        if self.is_down:
            raise EndpointConnectionError(endpoint_url="https://secretsmanager.invalid")

    @property
    def together(self) -> Any:
        """A client that asks for both at first."""
        return FirstTogether(cast("Any", self), ("arn:webhook", "arn:twins"))


def _twins(tables: Tables, vault: Vault) -> TwinKeys:
    return TwinKeys(tables.devices, tables.batches, TwinKeySecret("arn:twins", vault.together), soon_checked)


def test_both_secrets_come_with_one_call_and_are_then_read_one_by_one(fresh_tables: Tables) -> None:
    """A cold start pays for one call, whichever is wanted first; only the webhook's is ever read again."""
    vault, clock = Vault(), [0.0]
    together = vault.together
    secrets = WebhookSecrets("arn:webhook", together, lambda: clock[0])
    key = TwinKeySecret("arn:twins", together, lambda: clock[0])

    secrets.live()
    key.live()
    clock[0] += 10_000
    secrets.live()
    key.live()

    assert vault.asked == ["both", "arn:webhook"]


def test_a_secret_that_did_not_come_along_is_asked_for_by_itself(fresh_tables: Tables) -> None:
    """So that the error is its own, and the other one is not held up by it."""
    vault = Vault()
    del vault.texts["arn:twins"]
    together = vault.together

    WebhookSecrets("arn:webhook", together).live()
    with pytest.raises(KeyError):
        together.get_secret_value(SecretId="arn:twins")

    assert vault.asked == ["both", "arn:twins"]


def test_nothing_is_taken_for_asked_while_secrets_manager_is_down(fresh_tables: Tables) -> None:
    """The next cold start's call brings both."""
    vault, clock = Vault(is_down=True), [0.0]
    secrets = WebhookSecrets("arn:webhook", vault.together, lambda: clock[0])
    with pytest.raises(StoreUnavailable):
        secrets.live()

    vault.is_down = False
    clock[0] += 60

    assert secrets.live() == (b"s" * 32,)
    assert vault.asked == ["both", "both"]


def test_the_first_key_counts_and_every_other_one_stops_the_function(fresh_tables: Tables) -> None:
    """A stack that was rebuilt beside its retained tables would rename every device."""
    first = _twins(fresh_tables, Vault()).live()
    again = _twins(fresh_tables, Vault()).live()
    rebuilt = _twins(fresh_tables, Vault({"arn:webhook": "{}", "arn:twins": OTHER}))

    assert first == again == TwinKey(KEY.encode())
    for _again in range(2):
        with pytest.raises(Misconfigured, match="TwinKeyArn"):
            rebuilt.live()


def test_once_checked_nothing_is_asked_any_more(fresh_tables: Tables) -> None:
    """A warm container pays nothing for it."""
    vault = Vault()
    twins = _twins(fresh_tables, vault)
    twins.live()
    twins.batches = cast("Any", None)

    assert twins.live() == TwinKey(KEY.encode())
    assert vault.asked == ["both"]


def test_of_two_that_begin_at_once_one_is_first_and_both_agree_on_its_key(fresh_tables: Tables) -> None:
    """The second finds the first's check value, whatever its own insertion came to."""

    class Late(Batches):
        def execute(self, statements: Any, deadline: Any) -> Any:
            if statements[0].text.startswith("INSERT"):
                _twins(fresh_tables, Vault()).live()
            return super().execute(statements, deadline)

    late = _twins(fresh_tables, Vault({"arn:webhook": "{}", "arn:twins": OTHER}))
    late.batches = Late(fresh_tables.client, fresh_tables.pool)

    with pytest.raises(Misconfigured):
        late.live()


def test_a_key_that_is_too_short_is_a_setting_to_mend(fresh_tables: Tables) -> None:
    """Somebody has put something else there."""
    with pytest.raises(Misconfigured, match="16 bytes"):
        _twins(fresh_tables, Vault({"arn:webhook": "{}", "arn:twins": "short"})).live()
