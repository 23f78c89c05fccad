"""Proves `domain/subscription.py`: what a webhook needs, and when events may be lost for good."""

from dataclasses import replace
from datetime import timedelta

import pytest

from lastseen.domain.subscription import (
    API_VERSION,
    SubscriptionAction,
    Webhook,
    fingerprint,
    may_have_lost,
    needs,
    ours,
)
from tests.support.builders import NOON

URL = "https://api.example/webhooks/enode"
GOOD = Webhook("hook-1", URL, ("*",), True, NOON, NOON, API_VERSION)
DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("webhook", "knows_secret", "step"),
    [
        (None, False, SubscriptionAction.CREATE),
        (GOOD, True, SubscriptionAction.NOTHING),
        (GOOD, False, SubscriptionAction.CHANGE),
        (replace(GOOD, api_version=None), True, SubscriptionAction.CHANGE),
        (replace(GOOD, url="https://old.example/webhooks/enode"), True, SubscriptionAction.CHANGE),
        (replace(GOOD, events=("user:vehicle:updated",)), True, SubscriptionAction.CHANGE),
        (replace(GOOD, api_version="2024-01-01"), True, SubscriptionAction.CHANGE),
        (replace(GOOD, is_active=False), True, SubscriptionAction.REVIVE),
        (replace(GOOD, is_active=False), False, SubscriptionAction.CHANGE),
    ],
)
def test_what_is_wrong_decides_what_is_done(
    webhook: Webhook | None, knows_secret: bool, step: SubscriptionAction
) -> None:
    """A change switches the webhook on as well, so it comes first."""
    assert needs(webhook, url=URL, knows_secret=knows_secret) is step


def test_ours_is_the_one_that_points_here_else_the_one_we_made() -> None:
    """A client may serve several backends; their webhooks are none of our business."""
    other = replace(GOOD, id="hook-2", url="https://other.example")
    moved = replace(GOOD, id="hook-3", url="https://old.example")

    assert ours([other, moved, GOOD], url=URL, known_id="hook-3") is GOOD
    assert ours([other, moved], url=URL, known_id="hook-3") is moved
    assert ours([other], url=URL, known_id="hook-3") is None


@pytest.mark.parametrize(
    ("webhook", "silence", "lost"),
    [
        (GOOD, None, False),
        (GOOD, DAY, False),
        (GOOD, DAY + timedelta(seconds=1), True),
        (replace(GOOD, is_active=False), None, True),
        (None, None, True),
    ],
)
def test_events_may_be_lost_once_enode_gave_up(
    webhook: Webhook | None, silence: timedelta | None, lost: bool
) -> None:
    """While it still retries, nothing is lost; somebody else may have revived it before we looked."""
    assert may_have_lost(webhook, silence=silence, kept=DAY) is lost


def test_a_fingerprint_tells_secrets_apart_without_telling_them() -> None:
    """It stands in the table; the secret does not."""
    assert fingerprint("a") != fingerprint("b")
    assert "secret" not in fingerprint("secret")
