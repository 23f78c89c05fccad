"""Webhook subscriptions at Enode: list, create, change, test, delete."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, Self

from lastseen.domain.deadline import Deadline
from lastseen.domain.device import is_id
from lastseen.domain.subscription import API_VERSION, Webhook, WebhookTest
from lastseen.enode import models
from lastseen.enode.session import Session, expect_success, is_missing, segment
from lastseen.enode.transport import ApiResponse, RequestStats

MOST_PAGES = 100
"""Of subscriptions. A client has a handful; a walk that does not end by then goes in circles."""


@dataclass(frozen=True)
class EnodeWebhooks:
    """Enode's webhook management; honours `usecases.ports.Webhooks`.

    Attributes:
        session: The way there.
    """

    session: Session

    @property
    def stats(self) -> RequestStats:
        """What happened so far."""
        return self.session.stats

    def within(self, deadline: Deadline | None = None) -> Self:
        """Give the same for one run: with a deadline, or none, and statistics that begin at nothing."""
        return replace(self, session=self.session.within(deadline))

    def every(self) -> list[Webhook]:
        """List all subscriptions of the client, those of other backends among them.

        Raises:
            EnodeUnavailable: It did not say, or its list does not end.
        """
        found: list[Webhook] = []
        params: dict[str, str] = {}
        for _ in range(MOST_PAGES):
            answer = self.session.get("/webhooks", params)
            page = models.listed(expect_success(answer), self.stats)
            webhooks = [_webhook(element) for element in page.data]
            self.stats.add(unusable=webhooks.count(None))
            found += [webhook for webhook in webhooks if webhook is not None]
            after = page.pagination.after
            if not after:
                return found
            if params.get("after") == after:
                break
            params = {"after": after}
        raise answer.unexpected("the list does not end")

    def one(self, webhook_id: str) -> Webhook | None:
        """Get a subscription; None if Enode does not have it."""
        return _parse_or_none(self.session.get(_path(webhook_id)))

    def create(self, *, url: str, secret: str, events: Sequence[str] = ("*",)) -> Webhook:
        """Subscribe. Asked once only: a second attempt would find that the first has succeeded after all.

        Args:
            url: Where to deliver; https, at most 200 characters.
            secret: What signs the deliveries; 6 to 256 characters.
            events: Which; all of them unless said otherwise.

        Raises:
            EnodeUnavailable: It did not; with status 400, because there is such a webhook already or a value is
                refused.
        """
        body = {"url": url, "secret": secret, "events": [*events], "apiVersion": API_VERSION}
        return _read(self.session.call("POST", "/webhooks", json=body, tries=1))

    def change(
        self,
        webhook_id: str,
        *,
        url: str | None = None,
        secret: str | None = None,
        events: Sequence[str] | None = None,
    ) -> Webhook | None:
        """Change what is given, and always the version to ours. Whatever was changed, the webhook is active again.

        Returns:
            What it is now; None if Enode does not have it.

        Raises:
            EnodeUnavailable: It did not; with status 400, because a value is refused.
        """
        body: dict[str, Any] = {"apiVersion": API_VERSION}
        given = {"url": url, "secret": secret, "events": None if events is None else [*events]}
        body |= {name: value for name, value in given.items() if value is not None}
        return _parse_or_none(self.session.call("PATCH", _path(webhook_id), json=body))

    def delete(self, webhook_id: str) -> bool:
        """End a subscription; what waits for it is lost. False if Enode does not have it (any more)."""
        answer = self.session.call("DELETE", _path(webhook_id))
        if is_missing(answer):
            return False
        expect_success(answer)
        return True

    def test(self, webhook_id: str) -> WebhookTest | None:
        """Have a test event sent now; if it is taken, the webhook is active again. None if Enode does not have it."""
        answer = self.session.call("POST", _path(webhook_id) + "/test", tries=1)
        if is_missing(answer):
            return None
        tested = models.read(models.Tested, expect_success(answer))
        return WebhookTest(
            tested.status == "SUCCESS", None if tested.response is None else tested.response.code
        )


def _path(webhook_id: str) -> str:
    return f"/webhooks/{segment(webhook_id)}"


def _parse_or_none(answer: ApiResponse) -> Webhook | None:
    return None if is_missing(answer) else _read(answer)


def _read(answer: ApiResponse) -> Webhook:
    webhook = _webhook(models.parse(expect_success(answer)))
    if webhook is None:
        raise answer.unexpected("the answer does not have the form of a webhook")
    return webhook


def _webhook(element: Any) -> Webhook | None:
    said = models.parse_or_none(models.SubscriptionBody, element)
    return said.to_domain() if said is not None and is_id(said.id) else None
