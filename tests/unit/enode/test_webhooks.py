"""Proves `enode/webhooks.py`:
subscriptions: listed to the end, made once, changed by what is given, tested and ended.
"""

from datetime import UTC, datetime
from typing import Any

import pytest

from lastseen.domain.subscription import Webhook, WebhookTest
from lastseen.enode import webhooks as module
from lastseen.enode.webhooks import EnodeWebhooks
from lastseen.errors import EnodeUnavailable
from lastseen.usecases.ports import Webhooks
from tests.support.scripted_enode import Reply, ScriptedEnode, lists, refuses, says

ADDRESS = "https://api.example.com/webhooks/enode"


def a_subscription(**changes: Any) -> dict[str, Any]:
    """As Enode shows one."""
    shown = {
        "id": "hook-1",
        "url": ADDRESS,
        "events": ["*"],
        "lastSuccess": "2026-03-01T12:00:00.000Z",
        "isActive": True,
        "createdAt": "2026-03-01T10:00:00.000",
        "apiVersion": "2024-10-01",
        "authentication": None,
    }
    return shown | changes


def on(enode: ScriptedEnode) -> EnodeWebhooks:
    return EnodeWebhooks(enode.session())


def test_it_honours_the_port() -> None:
    """mypy reads this line."""
    port: Webhooks = on(ScriptedEnode())

    assert port is not None


def test_a_subscription_is_said_in_our_words() -> None:
    """Times are aware UTC, though an example of Enode's has no zone."""
    webhook = on(ScriptedEnode(says(a_subscription()))).one("hook-1")

    assert webhook == Webhook(
        id="hook-1",
        url=ADDRESS,
        events=("*",),
        is_active=True,
        last_success_at=datetime(2026, 3, 1, 12, tzinfo=UTC),
        created_at=datetime(2026, 3, 1, 10, tzinfo=UTC),
        api_version="2024-10-01",
    )


def test_what_enode_may_leave_out_may_be_left_out() -> None:
    """A version of null is the client's default; a time that is none is not known."""
    shown = a_subscription(apiVersion=None, lastSuccess=None, createdAt="long ago")

    webhook = on(ScriptedEnode(says(shown))).one("hook-1")

    assert webhook is not None
    assert (webhook.api_version, webhook.last_success_at, webhook.created_at) == (None, None, None)


def test_every_subscription_is_found_on_whatever_page() -> None:
    """Ours may be the last; elements that cannot be read are left out and counted."""
    enode = ScriptedEnode(
        lists(a_subscription(), {"id": "odd"}, after="2"), lists(a_subscription(id="hook-2", isActive=False))
    )
    webhooks = on(enode)

    found = webhooks.every()

    assert [(webhook.id, webhook.is_active) for webhook in found] == [("hook-1", True), ("hook-2", False)]
    assert enode.paths == ["GET /webhooks", "GET /webhooks?after=2"]
    assert webhooks.stats.unusable == 1


def test_a_list_that_does_not_move_on_ends() -> None:
    """Nobody walks in a circle for ever."""
    enode = ScriptedEnode(lists(after="same"), lists(after="same"))

    with pytest.raises(EnodeUnavailable, match="does not end"):
        on(enode).every()


def test_a_list_in_a_circle_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even in a large one."""
    monkeypatch.setattr(module, "MOST_PAGES", 4)
    enode = ScriptedEnode(*[lists(after=name) for name in "abab"])

    with pytest.raises(EnodeUnavailable, match="does not end"):
        on(enode).every()


def test_a_subscription_is_made_in_our_version() -> None:
    """With all events, unless told otherwise: what is new tomorrow comes too."""
    enode = ScriptedEnode(says(a_subscription()))

    webhook = on(enode).create(url=ADDRESS, secret="signs")

    assert webhook.id == "hook-1"
    assert enode.paths == ["POST /webhooks"]
    assert enode.bodies() == [
        {"url": ADDRESS, "secret": "signs", "events": ["*"], "apiVersion": "2024-10-01"}
    ]


def test_a_subscription_is_asked_for_only_once() -> None:
    """The first attempt may have succeeded without our hearing of it; the next run of the guard will see it."""
    enode = ScriptedEnode(says(status=503))

    with pytest.raises(EnodeUnavailable):
        on(enode).create(url=ADDRESS, secret="signs")

    assert len(enode.asked) == 1


def test_a_refused_subscription_says_why_in_enodes_words() -> None:
    """An operator has to know whether there is one already or a value is bad."""
    enode = ScriptedEnode(refuses(400, "Webhook already exists"))

    with pytest.raises(EnodeUnavailable, match='"Webhook already exists"') as raised:
        on(enode).create(url=ADDRESS, secret="signs")

    assert raised.value.status == 400


@pytest.mark.parametrize(
    ("given", "sent"),
    [
        ({}, {}),
        ({"url": ADDRESS}, {"url": ADDRESS}),
        ({"secret": "signs"}, {"secret": "signs"}),
        ({"events": ("system:heartbeat",)}, {"events": ["system:heartbeat"]}),
    ],
)
def test_only_what_is_given_is_changed(given: dict[str, Any], sent: dict[str, Any]) -> None:
    """And the version, so that even an empty change is one and switches the webhook on again."""
    enode = ScriptedEnode(says(a_subscription()))

    assert on(enode).change("hook-1", **given) is not None

    assert enode.paths == ["PATCH /webhooks/hook-1"]
    assert enode.bodies() == [{"apiVersion": "2024-10-01", **sent}]


def test_a_subscription_is_ended() -> None:
    """204, and nothing else is said."""
    enode = ScriptedEnode(says(status=204))

    assert on(enode).delete("hook-1") is True
    assert enode.paths == ["DELETE /webhooks/hook-1"]


@pytest.mark.parametrize(
    ("shown", "trial"),
    [
        (
            {"status": "SUCCESS", "description": "…", "response": {"code": 200, "body": "{}"}},
            WebhookTest(True, 200),
        ),
        ({"status": "FAILURE", "description": "…", "response": {"code": 503}}, WebhookTest(False, 503)),
        ({"status": "FAILURE", "description": "…", "response": None}, WebhookTest(False, None)),
    ],
)
def test_a_test_tells_how_it_went(shown: dict[str, Any], trial: WebhookTest) -> None:
    """By our answer to it, if there was one."""
    enode = ScriptedEnode(says(shown))

    assert on(enode).test("hook-1") == trial
    assert enode.paths == ["POST /webhooks/hook-1/test"]


def test_a_subscription_that_enode_does_not_have_is_nothing() -> None:
    """Somebody may have ended it meanwhile."""
    enode = ScriptedEnode(*[refuses(404, "Webhook not found")] * 4)
    webhooks = on(enode)

    assert webhooks.one("left") is None
    assert webhooks.change("left") is None
    assert webhooks.delete("left") is False
    assert webhooks.test("left") is None


@pytest.mark.parametrize(
    "reply",
    [refuses(404, "Route not found"), refuses(403, "Forbidden"), says([]), says(a_subscription(id=".."))],
)
def test_any_other_answer_is_none(reply: Reply) -> None:
    """A wrong address is not a webhook that is missing."""
    with pytest.raises(EnodeUnavailable):
        on(ScriptedEnode(reply)).one("hook-1")


@pytest.mark.parametrize("reply", [refuses(404, "Route not found"), refuses(409, "Conflict")])
def test_what_was_not_done_is_an_error(reply: Reply) -> None:
    """Neither ended nor tested."""
    with pytest.raises(EnodeUnavailable):
        on(ScriptedEnode(reply)).delete("hook-1")


def test_each_run_counts_for_itself() -> None:
    """As with the client."""
    webhooks = on(ScriptedEnode(lists())).within()

    webhooks.every()

    assert webhooks.stats.requests == 2


@pytest.mark.parametrize("code", [True, False, "no"])
def test_a_code_that_is_no_number_is_none(code: object) -> None:
    """In Python, true is one."""
    shown = {"status": "SUCCESS", "description": "…", "response": {"code": code}}

    with pytest.raises(EnodeUnavailable, match="form of a Tested"):
        on(ScriptedEnode(says(shown))).test("hook-1")
