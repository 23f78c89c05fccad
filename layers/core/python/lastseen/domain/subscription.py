"""Enode's webhook subscription: what it should be, what must be done to it, whether events may be lost."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

API_VERSION = "2024-10-01"
"""The version of Enode's API that we speak, and in which it shall write its events."""


@dataclass(frozen=True, slots=True)
class Webhook:
    """One subscription, as Enode shows it. Its secret is never shown.

    Attributes:
        id: Enode's id for it.
        url: Where Enode sends its deliveries.
        events: The names it is for; `*` is all of them.
        is_active: False once Enode gave up; whatever was waiting is then lost.
        last_success_at: When Enode last delivered, aware UTC. On a new one it is `created_at`, though nothing was
            delivered yet; None if Enode does not say.
        created_at: When it was made, aware UTC; None if Enode does not say.
        api_version: In which version events are written; None is the client's own default.
    """

    id: str
    url: str
    events: tuple[str, ...]
    is_active: bool
    last_success_at: datetime | None
    created_at: datetime | None
    api_version: str | None


@dataclass(frozen=True, slots=True)
class WebhookTest:
    """How a test event fared.

    Attributes:
        succeeded: The receiver took it; Enode has then switched the webhook on again.
        status: With which HTTP status the receiver answered; None if it did not.
    """

    succeeded: bool
    status: int | None


EVERYTHING = ("*",)
"""HEM systems have no event that can be asked for by name, and tomorrow's events have no name yet."""


class SubscriptionAction(StrEnum):
    """What has to be done for the webhook. The values are what log lines say."""

    NOTHING = "nothing"
    CREATE = "create"
    CHANGE = "change"
    REVIVE = "revive"


def ours(webhooks: Iterable[Webhook], *, url: str, known_id: str | None) -> Webhook | None:
    """Find our webhook: the one that points here, else the one we made when here was elsewhere.

    Other webhooks of the client belong to other systems and are left alone.
    """
    found = list(webhooks)
    for webhook in found:
        if webhook.url == url:
            return webhook
    return next((webhook for webhook in found if webhook.id == known_id), None)


def needs(webhook: Webhook | None, *, url: str, knows_secret: bool) -> SubscriptionAction:
    """Say what has to be done.

    Args:
        webhook: Ours; None if there is none.
        url: Where it must deliver.
        knows_secret: Whether Enode was given the present secret. It never shows one, so in doubt it is given again.
    """
    if webhook is None:
        return SubscriptionAction.CREATE
    is_right = webhook.url == url and webhook.events == EVERYTHING and webhook.api_version == API_VERSION
    if not is_right or not knows_secret:
        return SubscriptionAction.CHANGE
    return SubscriptionAction.NOTHING if webhook.is_active else SubscriptionAction.REVIVE


def may_have_lost(webhook: Webhook | None, *, silence: timedelta | None, kept: timedelta) -> bool:
    """Say whether events may have been lost for good, so that only a reconcile can tell.

    Args:
        webhook: Ours, as found before anything was done; None if there was none.
        silence: How long no heartbeat had come before the newest one; None if that is not known.
        kept: How long Enode keeps what it cannot deliver.
    """
    if webhook is None or not webhook.is_active:
        return True
    return silence is not None and silence > kept


def is_diverted(webhook: Webhook | None, *, url: str, known_url: str | None) -> bool:
    """Say whether some events did not come here though Enode delivered: somebody else changed the webhook.

    Args:
        webhook: Ours, as found before anything was done; None if there was none.
        url: Where it must deliver.
        known_url: Where it had to deliver at the last look; None if that is not known.
    """
    if webhook is None:
        return False
    return webhook.events != EVERYTHING or (webhook.url != url and known_url == url)


def fingerprint(secret: str) -> str:
    """Give what may be kept of a secret, to see later whether it is still the same."""
    return hashlib.blake2b(secret.encode(), digest_size=8).hexdigest()
