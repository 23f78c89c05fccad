"""Proves `api/http.py`: bytes in as they were sent, errors out as problem+json."""

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen import errors
from lastseen.api import http


@given(st.binary(max_size=200))
def test_a_base64_body_comes_through_byte_for_byte(body: bytes) -> None:
    """The signature covers these bytes."""
    event = {"body": base64.b64encode(body).decode(), "isBase64Encoded": True}

    assert http.raw_body(event) == body


@given(st.text(max_size=200))
def test_a_plain_body_comes_through_as_utf8(text: str) -> None:
    """Whatever characters it has."""
    assert http.raw_body({"body": text, "isBase64Encoded": False}) == text.encode()


@pytest.mark.parametrize("event", [{}, {"body": None}, {"body": ""}, {"body": None, "isBase64Encoded": True}])
def test_no_body_is_an_empty_one(event: dict[str, object]) -> None:
    """HTTP API leaves it out."""
    assert http.raw_body(event) == b""


@pytest.mark.parametrize("body", ["a", "a===", "****", "YQ==\n", "YQ =="])
def test_broken_base64_fits_no_signature(body: str) -> None:
    """It cannot be what was sent."""
    with pytest.raises(errors.BadSignature):
        http.raw_body({"body": body, "isBase64Encoded": True})


@pytest.mark.parametrize(
    ("headers", "value"),
    [
        ({"x-name": "v"}, "v"),
        ({"X-Name": "v"}, "v"),
        ({"x-name": ""}, ""),
        ({"x-name": "a,b"}, "a,b"),
        ({"x-name": "a", "X-NAME": "a"}, None),
        ({"x-other": "v"}, None),
        ({}, None),
        (None, None),
    ],
)
def test_a_header_has_a_value_if_it_was_sent_exactly_once(
    headers: dict[str, str] | None, value: str | None
) -> None:
    """Names are case-insensitive; of two values neither can be trusted."""
    assert http.header({"headers": headers}, "x-name") == value


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (errors.BadSignature("it does not fit"), 401),
        (errors.BadRequest("it is no date"), 400),
        (errors.NotServed("there is no such path"), 404),
        (errors.UnknownUser("there is no such user"), 404),
        (errors.UnknownDevice("there is no such device"), 404),
        (errors.StoreUnavailable("it did not answer"), 503),
        (errors.EnodeUnavailable("it did not answer"), 503),
        (errors.NotCovered("the log begins later"), 404),
        (errors.BadCursor("it is none of ours"), 400),
        (errors.NotAllowed("GET"), 405),
        (errors.NotOurs("it is at Enode"), 501),
        (errors.TooEarly("it is too early", retry_after=30), 429),
    ],
)
def test_an_error_is_answered_as_a_problem(error: errors.LastseenError, status: int) -> None:
    """In Enode's form; and only a passing one says when to try again."""
    response = http.refusal(error)

    problem = json.loads(response["body"])
    assert response["statusCode"] == status
    assert response["headers"]["content-type"] == "application/problem+json"
    assert ("retry-after" in response["headers"]) == (status in (429, 503))
    assert problem["title"]
    assert problem["detail"].lower() == f"{error}.".lower()


@pytest.mark.parametrize(
    ("error", "name"),
    [
        (errors.BadRequest("it is no date"), "bad-request"),
        (errors.BadCursor("it is none of ours"), "bad-request"),
        (errors.UnknownDevice("there is no such device"), "not-found"),
        (errors.NotServed("there is no such path"), "not-found"),
    ],
)
def test_what_enode_would_refuse_is_refused_with_its_own_type(error: errors.LastseenError, name: str) -> None:
    """A client that knows Enode's problems knows these."""
    problem = json.loads(http.refusal(error)["body"])

    assert problem["type"] == f"https://developers.enode.com/api/problems/{name}"


def test_an_error_of_the_deployment_is_nobodys_answer() -> None:
    """The invocation fails and the alarm rings."""
    with pytest.raises(errors.Misconfigured):
        http.refusal(errors.Misconfigured("there is no webhook secret"))


@pytest.mark.parametrize(
    ("asked_for", "told"),
    [(None, "5"), (30.0, "30"), (0.2, "1"), (0.0, "1"), (30.5, "31"), (999_999_999.0, "86400")],
)
@pytest.mark.parametrize("status", [429, 503])
def test_how_long_enode_asks_to_be_left_alone_is_handed_on(
    status: int, asked_for: float | None, told: str
) -> None:
    """Who comes back after our usual five seconds would only be refused again."""
    error = errors.EnodeUnavailable("it is busy", retry_after=asked_for, status=status)

    response = http.refusal(error)

    assert (response["statusCode"], response["headers"]["retry-after"]) == (503, told)


def test_no_answer_leaves_without_saying_that_its_type_is_meant() -> None:
    """What is sent holds texts of others; ingest answers this way too."""
    answers = [
        http.summary(200, {"received": 1}),
        http.answer(200, "{}"),
        http.refusal(errors.BadSignature("no")),
    ]

    assert {one["headers"]["x-content-type-options"] for one in answers} == {"nosniff"}
