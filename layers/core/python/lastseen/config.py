"""What was this deployment told? Each function's settings, read once from its environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

from lastseen.domain.care import Pace
from lastseen.domain.freshness import Limits
from lastseen.errors import Misconfigured


@dataclass(frozen=True, slots=True)
class IngestSettings:
    """What ingest needs.

    Attributes:
        devices_table: Name of the DevicesTable.
        history_table: Name of the HistoryTable.
        quarantine_bucket: Name of the bucket for what could not be understood.
        webhook_secret_arn: The secret that signs deliveries.
        history_kept: How long the log is kept; None for ever.
    """

    devices_table: str
    history_table: str
    quarantine_bucket: str
    webhook_secret_arn: str
    history_kept: timedelta | None

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "IngestSettings":
        """Read them; raises Misconfigured naming the variable."""
        return cls(
            devices_table=_text(env, "DEVICES_TABLE"),
            history_table=_text(env, "HISTORY_TABLE"),
            quarantine_bucket=_text(env, "QUARANTINE_BUCKET"),
            webhook_secret_arn=_text(env, "WEBHOOK_SECRET_ARN"),
            history_kept=_history_kept(env),
        )


@dataclass(frozen=True, slots=True)
class ReadSettings:
    """What the read API needs.

    Attributes:
        devices_table: Name of the DevicesTable.
        history_table: Name of the HistoryTable.
        user_id_claim: The claim of a caller's token that holds the user's id.
        limits: From which age on a device's last contact is old.
        enode_url: Where Enode's own API is.
        enode_token_url: Where tokens for it are.
        enode_client_arn: The secret with the client id and secret for it.
        cursor_secret_arn: The secret that signs cursors.
        cache_seconds: How long a browser may answer by itself; 0: it must ask each time.
        history_kept: How long the log is kept; None for ever.
        pace: How patient to be with hints.
    """

    devices_table: str
    history_table: str
    user_id_claim: str
    limits: Limits
    enode_url: str
    enode_token_url: str
    enode_client_arn: str
    cursor_secret_arn: str
    cache_seconds: int
    history_kept: timedelta | None
    pace: Pace = field(default_factory=Pace)

    @classmethod
    def from_env(cls, env: Mapping[str, str]) -> "ReadSettings":
        """Read them; raises Misconfigured naming the variable."""
        return cls(
            devices_table=_text(env, "DEVICES_TABLE"),
            history_table=_text(env, "HISTORY_TABLE"),
            user_id_claim=_text(env, "USER_ID_CLAIM"),
            limits=Limits(
                active=timedelta(seconds=_number(env, "FRESH_ACTIVE_SECONDS")),
                regular=timedelta(seconds=_number(env, "FRESH_REGULAR_SECONDS")),
                hvac=timedelta(seconds=_number(env, "FRESH_HVAC_SECONDS")),
            ),
            enode_url=_text(env, "ENODE_API_URL"),
            enode_token_url=_text(env, "ENODE_TOKEN_URL"),
            enode_client_arn=_text(env, "ENODE_CLIENT_SECRET_ARN"),
            cursor_secret_arn=_text(env, "CURSOR_SECRET_ARN"),
            cache_seconds=_number(env, "CACHE_SECONDS"),
            history_kept=_history_kept(env),
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
