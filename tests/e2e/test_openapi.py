"""The deployed API keeps to its own description."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from hypothesis import settings
from schemathesis import Case

from lastseen.domain.device import DeviceKind
from local.stack.stack_info import StackInfo
from openapi.document import document
from tests.support.described_api import Caller, described

API = described()


@pytest.fixture(scope="module")
def caller(stack: StackInfo) -> Caller:
    """The user of the stack with the most kinds of devices."""
    callers: list[Caller] = []
    for user in stack.users:
        headers = {"authorization": f"Bearer {user['token']}"}
        answer = httpx.get(
            f"{stack.api_url}/users/{user['id']}/devices", headers=headers, timeout=20, trust_env=False
        ).raise_for_status()
        devices = {device["id"]: DeviceKind(device["kind"]) for device in answer.json()["data"]}
        callers.append(Caller(user["token"], user["id"], devices))
    return max(callers, key=lambda one: len(set(one.devices.values())))


@pytest.fixture(scope="module")
def anyone(stack: StackInfo) -> Iterator[httpx.Client]:
    """A client without a token."""
    with httpx.Client(base_url=stack.api_url, timeout=20, trust_env=False) as client:
        yield client


def test_the_deployed_description_is_this_one(anyone: httpx.Client) -> None:
    """Anyone may read it, and it is that of the code."""
    assert anyone.get("/openapi.json").raise_for_status().json() == document()


@API.parametrize()
@settings(max_examples=5)
def test_every_answer_is_as_described(case: Case[Any], stack: StackInfo, caller: Caller) -> None:
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
