"""Proves `enode/token.py`:
the access token: fetched once, renewed before it ends, replaced when refused, and what happens if there is none.
"""

import base64
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import httpx
import pytest

from lastseen.domain.client_credentials import ClientCredentials
from lastseen.domain.deadline import Deadline
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.enode.session import Session
from lastseen.enode.transport import Transport, http_client
from lastseen.errors import EnodeUnavailable, Misconfigured
from tests.support.scripted_enode import TOKEN_URL, URL, Pocket, Said, ScriptedEnode, refuses, says

LIFE = 3599


def down() -> Said:
    return says(status=503)


def test_a_token_is_asked_for_as_the_client() -> None:
    """OAuth client credentials, by Basic authentication."""
    enode = ScriptedEnode(says({}))

    enode.session().get("/users")

    asked = enode.asked_for_tokens[0]
    scheme, _, pair = asked.headers["authorization"].partition(" ")
    assert (scheme, base64.b64decode(pair)) == ("Basic", b"client:secret")
    assert asked.content == b"grant_type=client_credentials"
    assert asked.headers["content-type"] == "application/x-www-form-urlencoded"


def test_the_api_is_asked_with_the_token_in_our_version() -> None:
    """A client's default version may be an older one."""
    enode = ScriptedEnode(says({}))

    enode.session().get("/users")

    assert enode.bearers == ["token-1"]
    assert enode.asked[0].headers["enode-version"] == "2024-10-01"


def test_a_token_is_kept() -> None:
    """One for as many questions as fit into its life, whatever their deadlines."""
    enode = ScriptedEnode(*[says({})] * 3)
    session = enode.session()

    session.get("/users")
    session.within(None).get("/users")
    enode.time.passed += LIFE * 0.79
    session.get("/users")

    assert enode.bearers == ["token-1"] * 3


def test_a_token_is_renewed_before_it_ends() -> None:
    """A question under way must not find its token ended."""
    enode = ScriptedEnode(says({}), says({}))
    session = enode.session()
    session.get("/users")

    enode.time.passed += LIFE * 0.81
    session.get("/users")

    assert enode.bearers == ["token-1", "token-2"]


@pytest.mark.parametrize("life", [86_400, 10**9, 1e300])
def test_a_token_is_kept_for_a_day_at_most(life: float) -> None:
    """Whatever it says of itself: a secret that was replaced must not be spoken for by an old token for ever."""
    enode = ScriptedEnode(says({}), says({}), says({}))
    enode.token_replies = [says({"access_token": "old", "expires_in": life})]
    session = enode.session()
    session.get("/users")

    enode.time.passed += 86_400 * 0.79
    session.get("/users")
    enode.time.passed += 86_400 * 0.02
    session.get("/users")

    assert enode.bearers[:2] == ["old", "old"]
    assert enode.bearers[2] != "old"


def test_a_failed_renewal_harms_nobody_while_the_token_lives() -> None:
    """The token service may be down for twelve minutes; it is asked every half minute."""
    enode = ScriptedEnode(*[says({})] * 4)
    session = enode.session()
    session.get("/users")
    enode.token_replies = [down(), down()]

    enode.time.passed += LIFE * 0.81
    session.get("/users")
    enode.time.passed += 29
    session.get("/users")
    enode.time.passed += 2
    session.get("/users")

    assert enode.bearers == ["token-1"] * 4
    assert len(enode.asked_for_tokens) == 3


def test_without_a_living_token_a_failing_token_service_is_enode_being_unavailable() -> None:
    """It is tried as often as anything else, and nothing is asked without a token."""
    enode = ScriptedEnode(token_replies=(down(), httpx.ConnectError("no"), down()))

    with pytest.raises(EnodeUnavailable, match="POST /oauth2/token: Enode fails") as raised:
        enode.session().get("/users")

    assert (raised.value.status, enode.asked) == (503, [])


def test_a_refused_token_is_replaced_once() -> None:
    """Enode may end a token early."""
    enode = ScriptedEnode(refuses(401), says({"fine": True}))

    answer = enode.session().get("/users")

    assert answer.is_success
    assert enode.bearers == ["token-1", "token-2"]


def test_a_second_refusal_is_final() -> None:
    """No loop: two tokens, two questions."""
    enode = ScriptedEnode(refuses(401), refuses(401))

    with pytest.raises(EnodeUnavailable, match="refuses the access token") as raised:
        enode.session().get("/users")

    assert raised.value.status == 401
    assert len(enode.asked_for_tokens) == 2


@pytest.mark.parametrize("status", [400, 401, 403])
def test_refused_credentials_are_told_to_a_person(status: int) -> None:
    """Enode is unavailable to us, so the cache is served on; but only a person can mend it, so it says what to do."""
    enode = ScriptedEnode(token_replies=(says({"error": "invalid_client"}, status),))

    with pytest.raises(EnodeUnavailable, match="refuses the client id or the client secret") as raised:
        enode.session().get("/users")

    assert raised.value.status == status
    assert (len(enode.asked_for_tokens), enode.time.slept) == (1, [])


def test_newer_credentials_are_tried_when_the_cached_ones_are_refused() -> None:
    """A new client secret ends the old one at once; nobody should wait for our cache to notice."""
    enode = ScriptedEnode(says({}), token_replies=(says({"error": "invalid_client"}, 401),))
    newer = Pocket(newer=ClientCredentials("client", "newer"))

    enode.session(newer).get("/users")

    assert base64.b64decode(enode.asked_for_tokens[1].headers["authorization"][6:]) == b"client:newer"


@pytest.mark.parametrize(
    "reply",
    [
        says(b"<html>"),
        says({}),
        says([]),
        says({"access_token": ""}),
        says({"access_token": "two\nlines"}),
        says({"access_token": "ok", "expires_in": "soon"}),
        says({"access_token": "ok", "expires_in": True}),
        says({"access_token": 7, "expires_in": 3599}),
        says(b'{"access_token": "ok", "expires_in": 1e999}'),
        says(status=204),
        says({"access_token": "ok"}, 302),
    ],
    ids=lambda reply: f"{reply.status_code} {reply.content.decode()}",
)
def test_an_answer_without_a_token_is_enode_being_unavailable(reply: Said) -> None:
    """Whatever it is, it is not what was agreed on."""
    enode = ScriptedEnode(token_replies=(reply,))

    with pytest.raises(EnodeUnavailable):
        enode.session().get("/users")


def test_a_token_without_a_life_lives_five_minutes() -> None:
    """OAuth allows for leaving it out."""
    enode = ScriptedEnode(*[says({})] * 2, token_replies=(says({"access_token": "short"}),))
    session = enode.session()

    session.get("/users")
    enode.time.passed += 301
    session.get("/users")

    assert enode.bearers == ["short", "token-2"]


def test_threads_share_one_token() -> None:
    """Four at once begin with one request for a token, not with four."""
    together = threading.Barrier(4)
    enode = ScriptedEnode(*[says({})] * 4)
    session = enode.session()

    def ask(_: int) -> None:
        together.wait(5)
        session.get("/users")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(ask, range(4)))

    assert enode.bearers == ["token-1"] * 4


def test_threads_whose_token_was_refused_fetch_one_new_one() -> None:
    """Who comes second finds the new one there."""
    enode = ScriptedEnode(refuses(401), says({}), says({}))
    session = enode.session()
    session.get("/users")

    assert session.tokens.instead_of("token-1", session.transport) == "token-2"
    assert len(enode.asked_for_tokens) == 2


def test_nobody_waits_longer_than_its_deadline_for_anothers_token() -> None:
    """The first may hang; the second has promised an answer."""
    is_asked, may_answer = threading.Event(), threading.Event()

    def slow(request: httpx.Request) -> httpx.Response:
        is_asked.set()
        may_answer.wait(5)
        return says({"access_token": "late", "expires_in": 10}).response()

    session = Session.open(URL, TOKEN_URL, Pocket(), Transport(http=http_client(httpx.MockTransport(slow))))
    hasty = session.within(Deadline.after(timedelta(seconds=0.05), session.transport.clock))

    with ThreadPoolExecutor(1) as threads:
        first = threads.submit(session.get, "/users")
        is_asked.wait(5)
        with pytest.raises(EnodeUnavailable, match="another thread"):
            hasty.get("/users")
        may_answer.set()
        first.result(5)


@pytest.mark.parametrize("address", ["", "enode.example", "ftp://enode.example", "https://"])
def test_an_address_that_is_none_is_a_wrong_setting(address: str) -> None:
    """It is told at once, not at the first question."""
    with pytest.raises(Misconfigured, match="no address"):
        Session.open(address, TOKEN_URL, Pocket())
    with pytest.raises(Misconfigured, match="no address"):
        Session.open(URL, address, Pocket())


def test_a_token_service_that_asks_to_be_left_alone_is_heard_by_whoever_asked() -> None:
    """With its own seconds; and the question that was never put says nothing of what it was about."""
    enode = ScriptedEnode(token_replies=(refuses(429, retry_after="30"),))

    with pytest.raises(EnodeUnavailable) as raised:
        enode.session().get("/vehicles/one")

    assert (raised.value.retry_after, raised.value.is_general) == (30.0, True)


@pytest.mark.parametrize("status", [400, 403, 500])
def test_a_token_that_is_not_given_is_the_fault_of_no_device(status: int) -> None:
    """Whatever the status: the same as an answer for a device could be its own."""
    enode = ScriptedEnode(*[refuses(status)] * 3, token_replies=(refuses(status),) * 3)
    with pytest.raises(EnodeUnavailable) as without_token:
        enode.session().get("/vehicles/one")

    enode = ScriptedEnode(*[refuses(status)] * 3)
    with pytest.raises(EnodeUnavailable) as with_token:
        enode.client().device(DeviceId(DeviceKind.VEHICLE, "one"))

    assert (without_token.value.is_general, with_token.value.is_general) == (True, False)
