"""Proves `config.py`, `domain/backoff.py`: what is not set, or not a number, is named before any work is done."""

from datetime import timedelta

import pytest

from lastseen.config import EnodeSettings, IngestSettings, ReadSettings, StoreSettings, SweepSettings
from lastseen.domain.freshness import Limits
from lastseen.errors import Misconfigured
from tests.integration import template
from tests.support.read_requests import ENVIRONMENT

INGEST = {
    "DEVICES_TABLE": "devices",
    "HISTORY_TABLE": "history",
    "QUARANTINE_BUCKET": "quarantine",
    "WEBHOOK_SECRET_ARN": "arn:secret",
    "TWIN_KEY_ARN": "arn:twins",
    "HISTORY_DAYS": "90",
}
READ = {
    "DEVICES_TABLE": "devices",
    "HISTORY_TABLE": "history",
    "USER_ID_CLAIM": "sub",
    "OPERATOR_CLAIM": "scope",
    "OPERATOR_VALUE": "fleet:read",
    "FRESH_ACTIVE_SECONDS": "300",
    "FRESH_REGULAR_SECONDS": "900",
    "FRESH_HVAC_SECONDS": "120",
    "FRESH_CEILING_SECONDS": "3600",
    "ENODE_API_URL": "https://enode.example",
    "ENODE_TOKEN_URL": "https://oauth.example/oauth2/token",
    "ENODE_CLIENT_SECRET_ARN": "arn:client",
    "CURSOR_SECRET_ARN": "arn:cursor",
    "TWIN_KEY_ARN": "arn:twins",
    "CACHE_SECONDS": "0",
    "CHECK_BACKOFF_MAX_SECONDS": "21600",
    "HINT_BACKOFF_FIRST_SECONDS": "900",
    "HINT_BACKOFF_MAX_SECONDS": "86400",
    "HINT_SETTLE_SECONDS": "120",
    "HISTORY_DAYS": "90",
}

SWEEP = {
    **{
        name: READ[name]
        for name in READ
        if name
        not in ("USER_ID_CLAIM", "OPERATOR_CLAIM", "OPERATOR_VALUE", "CURSOR_SECRET_ARN", "CACHE_SECONDS")
    },
    "WEBHOOK_SECRET_ARN": "arn:webhook",
    "WEBHOOK_URL": "https://lastseen.example/webhooks/enode",
    "WEBHOOK_KEPT_SECONDS": "86400",
    "CHECK_BACKOFF_MAX_SECONDS": "21600",
    "HINT_BACKOFF_FIRST_SECONDS": "900",
    "HINT_BACKOFF_MAX_SECONDS": "86400",
    "HINT_SETTLE_SECONDS": "120",
    "HINTS_PER_VENDOR": "0",
    "HINTS_OVERALL": "600",
    "HINT_WINDOW_SECONDS": "3600",
    "RECONCILE_EVERY_SECONDS": "86400",
    "MAX_DELETION_PERCENT": "20",
    "CENSUS_SECONDS": "3600",
}


def test_ingest_is_told_where_to_write_and_for_how_long() -> None:
    """The days of history become a span."""
    settings = IngestSettings.from_env(INGEST | {"SOMETHING": "else"})

    assert settings == IngestSettings(
        "devices", "history", "quarantine", "arn:secret", "arn:twins", timedelta(days=90)
    )


def test_zero_days_of_history_mean_for_ever() -> None:
    """There is then no expiry at all."""
    assert IngestSettings.from_env(INGEST | {"HISTORY_DAYS": "0"}).history_kept is None


def test_read_is_told_when_a_contact_is_old() -> None:
    """Seconds become spans."""
    settings = ReadSettings.from_env(READ)

    assert settings.limits == Limits(
        timedelta(minutes=5), timedelta(minutes=15), timedelta(minutes=2), ceiling=timedelta(hours=1)
    )
    assert settings.cache_seconds == 0


@pytest.mark.parametrize("settings", [ReadSettings.from_env(READ), SweepSettings.from_env(SWEEP)])
def test_who_asks_enode_is_told_where_that_is_and_where_to_keep_the_answers(
    settings: ReadSettings | SweepSettings,
) -> None:
    """The same two parts for whoever needs them."""
    env = SWEEP if isinstance(settings, SweepSettings) else READ
    enode = (env["ENODE_API_URL"], env["ENODE_TOKEN_URL"], env["ENODE_CLIENT_SECRET_ARN"])
    days = timedelta(days=int(env["HISTORY_DAYS"]))

    assert settings.enode == EnodeSettings(*enode)
    assert settings.store == StoreSettings(env["DEVICES_TABLE"], env["HISTORY_TABLE"], days)


@pytest.mark.parametrize("value", [None, ""])
@pytest.mark.parametrize("name", INGEST)
def test_ingest_names_the_variable_that_is_missing(name: str, value: str | None) -> None:
    """The deployer reads it in the failed invocation."""
    env = {
        key: text for key, text in (INGEST | {name: value or ""}).items() if key != name or value is not None
    }

    with pytest.raises(Misconfigured, match=name):
        IngestSettings.from_env(env)


@pytest.mark.parametrize("name", READ)
def test_read_names_the_variable_that_is_missing(name: str) -> None:
    """As above."""
    env = {key: text for key, text in READ.items() if key != name}

    with pytest.raises(Misconfigured, match=name):
        ReadSettings.from_env(env)


@pytest.mark.parametrize(
    ("function", "needed"), [("IngestFunction", INGEST), ("ReadFunction", READ), ("SweepFunction", SWEEP)]
)
def test_the_template_sets_every_variable_that_a_function_needs(
    function: str, needed: dict[str, str]
) -> None:
    """One that is forgotten would be found by the first request after a deployment."""
    assert set(needed) - template.variables(function) == set(), f"template.yaml: variables of {function}"


def test_the_tests_of_reads_set_every_variable_that_reads_need() -> None:
    """And no other, so that they run as the template lets them."""
    assert set(ENVIRONMENT) == set(READ), "ENVIRONMENT of tests/support/read_requests.py"


@pytest.mark.parametrize("value", ["-1", "1.5", "ninety", " 90", "9e1", "\u00b2"])
def test_a_number_must_be_a_whole_one(value: str) -> None:
    """A wrong one would keep history for a wrong time; better not to start."""
    with pytest.raises(Misconfigured, match="HISTORY_DAYS"):
        IngestSettings.from_env(INGEST | {"HISTORY_DAYS": value})


def test_the_sweep_is_told_how_patient_to_be() -> None:
    """Seconds become spans, percent a share; no hints at all is a choice."""
    settings = SweepSettings.from_env(SWEEP)

    assert settings.backoff.first_hint == timedelta(minutes=15)
    assert settings.max_deletion_share == 0.2
    assert settings.hints_a_vendor == 0


@pytest.mark.parametrize("name", SWEEP)
def test_the_sweep_names_the_variable_that_is_missing(name: str) -> None:
    """The deployer reads it in the failed invocation."""
    with pytest.raises(Misconfigured, match=name):
        SweepSettings.from_env({key: text for key, text in SWEEP.items() if key != name})


def test_a_span_of_nothing_is_a_mistake() -> None:
    """A window of no length would divide by nothing."""
    with pytest.raises(Misconfigured, match="HINT_WINDOW_SECONDS"):
        SweepSettings.from_env(SWEEP | {"HINT_WINDOW_SECONDS": "0"})
