"""The deployed API keeps to its own description."""

from collections.abc import Iterator
from functools import cache
from typing import Any

import httpx
import pytest
from hypothesis import settings
from schemathesis import Case

from lastseen.domain.device import DeviceKind
from local.openapi.document import document
from local.stack.card import Card
from tests.conversation import Caller, described

API = described()


@cache
def richest(api_url: str, tokens: tuple[tuple[str, str], ...]) -> Caller:
    """The user of the stack with the most kinds of devices."""
    callers: list[Caller] = []
    for user_id, token in tokens:
        headers = {"authorization": f"Bearer {token}"}
        answer = httpx.get(
            f"{api_url}/users/{user_id}/devices", headers=headers, timeout=20, trust_env=False
        ).raise_for_status()
        devices = {device["id"]: DeviceKind(device["kind"]) for device in answer.json()["data"]}
        callers.append(Caller(token, user_id, devices))
    return max(callers, key=lambda caller: len(set(caller.devices.values())))


@pytest.fixture
def caller(stack: Card) -> Caller:
    """Somebody with a user's token."""
    return richest(stack.api_url, tuple((user["id"], user["token"]) for user in stack.users))


@pytest.fixture(scope="module")
def anyone(stack: Card) -> Iterator[httpx.Client]:
    """A client without a token."""
    with httpx.Client(base_url=stack.api_url, timeout=20, trust_env=False) as client:
        yield client


def test_the_deployed_description_is_this_one(anyone: httpx.Client) -> None:
    """Anyone may read it, and it is that of the code."""
    assert anyone.get("/openapi.json").raise_for_status().json() == document()


@API.parametrize()
@settings(max_examples=5)
def test_every_answer_is_as_described(case: Case[Any], stack: Card, caller: Caller) -> None:
    """Status, headers and body are described; what fits the description is taken, what does not is refused."""
    caller.say(case, base_url=stack.api_url)


@pytest.mark.parametrize("authorization", [None, "Bearer forged"])
def test_nothing_is_said_without_a_token(anyone: httpx.Client, authorization: str | None) -> None:
    """The authorizer stands before every operation that does not say otherwise."""
    headers = {} if authorization is None else {"authorization": authorization}
    guarded = [
        (method, path.replace("{", "").replace("}", ""))
        for path, item in document()["paths"].items()
        for method, operation in item.items()
        if operation.get("security") != []
    ]

    answers = {path: anyone.request(method, path, headers=headers).status_code for method, path in guarded}

    assert set(answers.values()) == {401}, answers
