"""Events that lack what API Gateway always sends: whoever may invoke the function gets an answer, never a traceback."""

import copy
from typing import Any, cast

import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext

from functions.read import app
from tests.support.builders import Json
from tests.support.read_requests import Context, asked
from tests.support.two_users import ANNA, a_world

PATHS = ["/users", f"/users/{ANNA}/devices", "/vehicles/x", "/nothing/at/all", "/health"]
CONTEXT = "requestContext"
PARTS = [
    *(
        (name,)
        for name in ("routeKey", "rawPath", "headers", "pathParameters", "queryStringParameters", CONTEXT)
    ),
    *((CONTEXT, name) for name in ("http", "authorizer", "requestId", "timeEpoch")),
    (CONTEXT, "http", "method"),
    (CONTEXT, "authorizer", "jwt"),
    (CONTEXT, "authorizer", "jwt", "claims"),
]
ABSENT = object()
WORLD = a_world()


def _without(event: Json, part: tuple[str, ...], value: object) -> Json:
    """The event with a part of it null, or absent."""
    bare = copy.deepcopy(event)
    inner: Any = bare
    for name in part[:-1]:
        inner = inner[name]
    if value is ABSENT:
        inner.pop(part[-1], None)
    else:
        inner[part[-1]] = value
    return bare


@pytest.mark.parametrize("method", ["GET", "HEAD", "OPTIONS", "POST"])
@pytest.mark.parametrize("value", [None, ABSENT], ids=["null", "absent"])
@pytest.mark.parametrize("part", PARTS, ids=".".join)
def test_a_request_that_lacks_a_part_is_answered(
    monkeypatch: pytest.MonkeyPatch, part: tuple[str, ...], value: object, method: str
) -> None:
    """With a refusal, mostly: of nothing it can be told who asks, or for what."""
    monkeypatch.setattr(app, "build", WORLD.door.collaborators)

    for path in PATHS:
        event = _without(asked(path, method=method), part, value)
        status = app.handler(event, cast("LambdaContext", Context()))["statusCode"]

        assert status in {200, 204, 400, 403, 404, 405, 501}, (path, status)


def test_nobody_is_named_by_a_null(monkeypatch: pytest.MonkeyPatch) -> None:
    """An id that is null is no id, and not the id `None`."""
    monkeypatch.setattr(app, "build", WORLD.door.collaborators)
    event = _without(asked("/users/None/devices"), ("pathParameters", "userId"), None)

    answer = app.handler(event, cast("LambdaContext", Context()))

    assert answer["statusCode"] == 404
    assert "like this" in answer["body"]
