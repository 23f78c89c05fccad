"""Proves `enode/session.py`, `domain/client_credentials.py`:
nothing that the client holds or hears is told: no secret, no token, no VIN, no body, in no log and no error.
"""

import logging
import traceback
from collections.abc import Callable

import httpx
import pytest

from lastseen.domain.client_credentials import ClientCredentials
from lastseen.domain.device import DeviceId, DeviceKind
from lastseen.enode.client import EnodeClient
from lastseen.enode.webhooks import EnodeWebhooks
from lastseen.errors import EnodeUnavailable
from tests.support.device_documents import a_vehicle
from tests.support.scripted_enode import Pocket, Reply, ScriptedEnode, lists, refuses, says

SECRET, TOKEN, VIN, SIGNS = "canary-s3cret", "canary-t0ken", "CANARY2HGFB2F5XE", "canary-s1gns"
CAR = DeviceId(DeviceKind.VEHICLE, "car")
BODY = f'{{"vin": "{VIN}", "access_token": "{TOKEN}"'.encode()

ANSWERS: list[Callable[[], Reply]] = [
    lambda: says(BODY),
    lambda: says(BODY, 500),
    lambda: says(BODY, 404),
    lambda: says(BODY + b"}", 429),
    lambda: says(BODY + b"}"),
    lambda: says(a_vehicle(id="other", information={"vin": VIN})),
    lambda: says({"data": VIN, "pagination": {"after": VIN}}),
    lambda: says({"data": [VIN], "pagination": {"after": {"vin": VIN}}}),
    lambda: refuses(400, VIN),
    lambda: refuses(401, TOKEN),
    lambda: says(BODY, content_encoding="gzip"),
    lambda: httpx.RemoteProtocolError(f"illegal status line: bytearray({BODY!r})"),
    lambda: httpx.LocalProtocolError(f"Illegal header value b'Bearer {TOKEN}'"),
    lambda: httpx.ReadTimeout("slow"),
]

QUESTIONS: list[Callable[[EnodeClient], object]] = [
    lambda client: client.device(CAR),
    lambda client: client.devices(DeviceKind.VEHICLE),
    lambda client: client.users(),
    lambda client: client.linked_vendors("ada"),
    lambda client: client.hint(CAR),
    lambda client: EnodeWebhooks(client.session).create(url="https://a.example", secret=SIGNS),
    lambda client: EnodeWebhooks(client.session).change("hook", secret=SIGNS),
]


def told(error: BaseException) -> str:
    """Everything that a log of this error could show."""
    chain = [error, error.__cause__] if error.__cause__ else [error]
    return "".join(traceback.format_exception(error)) + "".join(repr(one) + repr(vars(one)) for one in chain)


@pytest.mark.parametrize("answer", ANSWERS)
@pytest.mark.parametrize("question", QUESTIONS)
def test_no_failure_tells_what_it_must_not(
    question: Callable[[EnodeClient], object], answer: Callable[[], Reply], caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever is asked and whatever comes back, with every logger at its most talkative."""
    caplog.set_level(logging.DEBUG)
    token = says({"access_token": TOKEN, "expires_in": 3599})
    enode = ScriptedEnode(*[answer() for _ in range(6)], token_replies=(token,))
    client = EnodeClient(enode.session(Pocket(ClientCredentials("client", SECRET))))

    failure = ""
    try:
        question(client)
    except EnodeUnavailable as error:
        failure = told(error)

    everything = failure + caplog.text + repr(client)
    for canary in (SECRET, TOKEN, VIN, SIGNS):
        assert canary not in everything


@pytest.mark.parametrize(
    "answer",
    [
        lambda: says({"error": SECRET}, 401),
        lambda: says({"access_token": f"{TOKEN}\n", "expires_in": 1}),
        lambda: says({"access_token": TOKEN, "expires_in": TOKEN}),
        lambda: says({"access_token": [TOKEN]}),
        lambda: says(f'{{"access_token": "{TOKEN}'.encode()),
        lambda: says(BODY, 503),
    ],
)
def test_no_failure_to_get_a_token_tells_what_it_must_not(
    answer: Callable[[], Reply], caplog: pytest.LogCaptureFixture
) -> None:
    """The answer holds a token or may quote the secret."""
    caplog.set_level(logging.DEBUG)
    enode = ScriptedEnode(token_replies=tuple(answer() for _ in range(3)))
    client = EnodeClient(enode.session(Pocket(ClientCredentials("client", SECRET))))

    with pytest.raises(EnodeUnavailable) as raised:
        client.users()

    everything = told(raised.value) + caplog.text + repr(client)
    assert SECRET not in everything
    assert TOKEN not in everything


def test_a_page_that_worked_is_not_logged(caplog: pytest.LogCaptureFixture) -> None:
    """Success is no reason to talk either."""
    caplog.set_level(logging.DEBUG)
    enode = ScriptedEnode(lists(a_vehicle(information={"vin": VIN})))

    enode.client().devices(DeviceKind.VEHICLE)

    assert VIN not in caplog.text
    assert "token-1" not in caplog.text
