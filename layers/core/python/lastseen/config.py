"""Settings of each function, read once from its environment."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from lastseen.domain.backoff import BackoffPolicy
from lastseen.domain.freshness import Limits
from lastseen.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class StoreSettings:
    """Where devices and their history are kept.

    Attributes:
        devices_table: Name of the DevicesTable.
        history_table: Name of the HistoryTable.
        history_kept: How long the log is kept; None for ever.
    """

    devices_table: str
    history_table: str
    history_kept: timedelta | None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "StoreSettings":
        """Read them; raises Misconfigured naming the variable."""
        return cls(_text(env, "DEVICES_TABLE"), _text(env, "HISTORY_TABLE"), _history_kept(env))


@dataclass(frozen=True, slots=True)
class EnodeSettings:
    """Where Enode is, and who we are there.

    Attributes:
        url: Of Enode's own API.
        token_url: Where tokens for it are.
        client_arn: The secret with the client id and secret for it.
    """

    url: str
    token_url: str
    client_arn: str

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "EnodeSettings":
        """Read them; raises Misconfigured naming the variable."""
        return cls(
            _text(env, "ENODE_API_URL"), _text(env, "ENODE_TOKEN_URL"), _text(env, "ENODE_CLIENT_SECRET_ARN")
        )


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """What ingest needs.

    Attributes:
        devices_table: Name of the DevicesTable.
        history_table: Name of the HistoryTable.
        quarantine_bucket: Name of the bucket for what could not be understood.
        webhook_secret_arn: The secret that signs deliveries.
        twin_key_arn: The secret with the key of twin ids.
        history_kept: How long the log is kept; None for ever.
    """

    devices_table: str
    history_table: str
    quarantine_bucket: str
    webhook_secret_arn: str
    twin_key_arn: str
    history_kept: timedelta | None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "IngestSettings":
        """Read them; raises Misconfigured naming the variable."""
        return cls(
            devices_table=_text(env, "DEVICES_TABLE"),
            history_table=_text(env, "HISTORY_TABLE"),
            quarantine_bucket=_text(env, "QUARANTINE_BUCKET"),
            webhook_secret_arn=_text(env, "WEBHOOK_SECRET_ARN"),
            twin_key_arn=_text(env, "TWIN_KEY_ARN"),
            history_kept=_history_kept(env),
        )


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What the read API needs.

    Attributes:
        store: Where devices and their history are kept.
        enode: Where Enode is.
        user_id_claim: The claim of a caller's token that holds the user's id.
        operator_claim: The claim that tells operators, who see every user.
        operator_value: What it names then.
        limits: From which age on a device's last contact is old.
        cursor_secret_arn: The secret that signs cursors.
        twin_key_arn: The secret with the key of twin ids.
        cache_seconds: How long a browser may answer by itself; 0: it must ask each time.
        backoff: How patient to be with hints.
    """

    store: StoreSettings
    enode: EnodeSettings
    user_id_claim: str
    operator_claim: str
    operator_value: str
    limits: Limits
    cursor_secret_arn: str
    twin_key_arn: str
    cache_seconds: int
    backoff: BackoffPolicy

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "ReadSettings":
        """Read them; raises Misconfigured naming the variable."""
        return cls(
            store=StoreSettings.from_env(env),
            enode=EnodeSettings.from_env(env),
            user_id_claim=_text(env, "USER_ID_CLAIM"),
            operator_claim=_text(env, "OPERATOR_CLAIM"),
            operator_value=_text(env, "OPERATOR_VALUE"),
            limits=_limits(env),
            cursor_secret_arn=_text(env, "CURSOR_SECRET_ARN"),
            twin_key_arn=_text(env, "TWIN_KEY_ARN"),
            cache_seconds=_number(env, "CACHE_SECONDS"),
            backoff=_backoff(env),
        )


@dataclass(frozen=True, slots=True)
class SweepSettings:
    """What sweep, reconcile and guard need.

    Attributes:
        store: Where devices and their history are kept.
        enode: Where Enode is.
        webhook_secret_arn: The secret that signs deliveries.
        twin_key_arn: The secret with the key of twin ids.
        webhook_url: Where Enode must deliver.
        webhook_kept: How long Enode keeps what it cannot deliver.
        limits: Ages up to which a contact is fresh.
        backoff: How patient to be with a device.
        hints_a_vendor: Hints for devices of one vendor within a window.
        hints_overall: Hints for all devices within a window.
        hint_window: The window's length.
        reconcile_every: How long from one reconcile to the next.
        max_deletion_share: The share of all devices that one reconcile may delete.
        census_every: How long from one count of all devices by verdict to the next.
    """

    store: StoreSettings
    enode: EnodeSettings
    webhook_secret_arn: str
    twin_key_arn: str
    webhook_url: str
    webhook_kept: timedelta
    limits: Limits
    backoff: BackoffPolicy
    hints_a_vendor: int
    hints_overall: int
    hint_window: timedelta
    reconcile_every: timedelta
    max_deletion_share: float
    census_every: timedelta

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "SweepSettings":
        """Read them; raises Misconfigured naming the variable."""
        return cls(
            store=StoreSettings.from_env(env),
            enode=EnodeSettings.from_env(env),
            webhook_secret_arn=_text(env, "WEBHOOK_SECRET_ARN"),
            twin_key_arn=_text(env, "TWIN_KEY_ARN"),
            webhook_url=_text(env, "WEBHOOK_URL"),
            webhook_kept=_span(env, "WEBHOOK_KEPT_SECONDS"),
            limits=_limits(env),
            backoff=_backoff(env),
            hints_a_vendor=_number(env, "HINTS_PER_VENDOR"),
            hints_overall=_number(env, "HINTS_OVERALL"),
            hint_window=_span(env, "HINT_WINDOW_SECONDS"),
            reconcile_every=_span(env, "RECONCILE_EVERY_SECONDS"),
            max_deletion_share=_number(env, "MAX_DELETION_PERCENT") / 100,
            census_every=_span(env, "CENSUS_SECONDS"),
        )


def _limits(env: Mapping[str, str]) -> Limits:
    return Limits(
        active=_span(env, "FRESH_ACTIVE_SECONDS"),
        regular=_span(env, "FRESH_REGULAR_SECONDS"),
        hvac=_span(env, "FRESH_HVAC_SECONDS"),
        ceiling=_span(env, "FRESH_CEILING_SECONDS"),
    )


def _span(env: Mapping[str, str], name: str) -> timedelta:
    seconds = _number(env, name)
    if not seconds:
        raise Misconfigured(f"the environment variable {name} must be at least 1 second")
    return timedelta(seconds=seconds)


def _backoff(env: Mapping[str, str]) -> BackoffPolicy:
    return BackoffPolicy(
        longest_quiet=_span(env, "CHECK_BACKOFF_MAX_SECONDS"),
        first_hint=_span(env, "HINT_BACKOFF_FIRST_SECONDS"),
        longest_hint=_span(env, "HINT_BACKOFF_MAX_SECONDS"),
        settling=_span(env, "HINT_SETTLE_SECONDS"),
    )


def _history_kept(env: Mapping[str, str]) -> timedelta | None:
    days = _number(env, "HISTORY_DAYS")
    return timedelta(days=days) if days else None


def _text(env: Mapping[str, str], name: str) -> str:
    value = env.get(name, "")
    if not value:
        raise Misconfigured(f"the environment variable {name} is not set")
    return value


def _number(env: Mapping[str, str], name: str) -> int:
    value = _text(env, name)
    if not value.isdecimal():
        raise Misconfigured(
            f"the environment variable {name} must be a whole number from 0 on, not {value!r}"
        )
    return int(value)
