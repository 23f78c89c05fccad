"""The functions keep to their description, whatever is asked of them: made-up requests, good ones and bad ones."""

from copy import deepcopy
from functools import cache
from typing import Any

import pytest
from hypothesis import settings
from schemathesis import Case
from schemathesis.core.failures import FailureGroup

from lastseen.domain.device import DeviceId
from openapi.document import document
from tests.support.app import App
from tests.support.described_api import Caller, described
from tests.support.simulation import lived


@cache
def app() -> App:
    """Two hours of a fleet's life."""
    found = App()
    lived(found)
    return found


@cache
def richest() -> Caller:
    """The user with the most kinds of devices."""
    devices: dict[str, list[DeviceId]] = {}
    for user_id, device in app().states.devices:
        devices.setdefault(user_id, []).append(device)
    user_id = max(devices, key=lambda user: len({device.kind for device in devices[user]}))
    return Caller(user_id, user_id, {device.id: device.kind for device in devices[user_id]})


# The app is built by the first request, not by whoever only collects the tests.
API = described(lambda environ, start_response: app().gateway.wsgi(environ, start_response))  # noqa: PLW0108


@API.parametrize()
@settings(max_examples=20)
def test_every_answer_is_as_described(case: Case[Any]) -> None:
    """Status, headers and body are described; what fits the description is taken, what does not is refused."""
    richest().say(case)


@pytest.mark.parametrize(
    ("path", "schema", "lie"),
    [
        ("/vehicles", "Vehicle", {"type": "object", "properties": {"id": {"type": "number"}}}),
        ("/users/{userId}/devices", "Freshness", {"type": "object", "required": ["age"]}),
        ("/users", "Pagination", {"type": "object", "additionalProperties": False}),
    ],
)
def test_a_description_that_lies_is_caught(path: str, schema: str, lie: dict[str, object]) -> None:
    """Or all the agreement above would prove nothing."""
    lying = deepcopy(document())
    lying["components"]["schemas"][schema] = lie
    api = described(app().gateway.wsgi, lying)

    with pytest.raises(FailureGroup):
        richest().say(api[path]["GET"].Case(path_parameters={"userId": "anyone"} if "{" in path else {}))
