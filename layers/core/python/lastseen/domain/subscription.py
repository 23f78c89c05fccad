"""Is our subscription as it should be, and may events have been lost? What the guard looks at, and what follows."""

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from enum import StrEnum

from lastseen.domain.webhook import API_VERSION, Webhook

EVERYTHING = ("*",)
"""HEM systems have no event that can be asked for by name, and tomorrow's events have no name yet."""


class Step(StrEnum):
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


def needs(webhook: Webhook | None, *, url: str, knows_secret: bool) -> Step:
    """Say what has to be done.

    Args:
        webhook: Ours; None if there is none.
        url: Where it must deliver.
        knows_secret: Whether Enode was given the present secret. It never shows one, so in doubt it is given again.
    """
    if webhook is None:
        return Step.CREATE
    is_right = webhook.url == url and webhook.events == EVERYTHING and webhook.api_version == API_VERSION
    if not is_right or not knows_secret:
        return Step.CHANGE
    return Step.NOTHING if webhook.is_active else Step.REVIVE


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


def fingerprint(secret: str) -> str:
    """Give what may be kept of a secret, to see later whether it is still the same."""
    return hashlib.blake2b(secret.encode(), digest_size=8).hexdigest()
