"""Proves `store/requests.py`: what AWS raises becomes one error of ours, in one place, and no key stays unanswered."""

import ast
from pathlib import Path
from typing import Any, cast

import pytest
from botocore.exceptions import ClientError, EndpointConnectionError, ReadTimeoutError

import lastseen.store
from lastseen.errors import NoEnodeClient, StoreUnavailable
from lastseen.store import requests
from lastseen.store.call_deadline import OutOfTimeError
from lastseen.store.keys import Key
from lastseen.store.requests import LARGEST_GET, ROUNDS, answering, get_items

STORE = Path(lastseen.store.__file__).parent

OF_BOTOCORE = {"BotoCoreError", "ClientError", "OutOfTimeError", "Exception", "BaseException", "exceptions"}

ON_THEIR_OWN = {
    "requests.py": "the one place",
    "records.py": "a version that was written over meanwhile is an answer, by `client.exceptions`",
    "batches.py": "tells what may pass at another attempt from what is a bug, and retries it",
}
"""Modules of the store that look at botocore's errors, and why."""


def _refusal(code: str) -> ClientError:
    return ClientError({"Error": {"Code": code}}, "GetItem")


@pytest.mark.parametrize(
    "raised",
    [
        _refusal("InternalServerError"),
        _refusal("ThrottlingException"),
        _refusal("AccessDeniedException"),
        ClientError({}, "GetItem"),
        EndpointConnectionError(endpoint_url="https://dynamodb.example"),
        ReadTimeoutError(endpoint_url="https://dynamodb.example"),
        OutOfTimeError(),
    ],
)
def test_whatever_botocore_raises_says_who_did_not_answer(raised: Exception) -> None:
    """Another attempt may succeed: 503; the cause stays with it, for the log."""
    with (
        pytest.raises(StoreUnavailable, match=r"^the devices did not answer$") as told,
        answering("the devices"),
    ):
        raise raised

    assert told.value.__cause__ is raised


@pytest.mark.parametrize("bug", [KeyError("Item"), TypeError(), AssertionError(), KeyboardInterrupt()])
def test_a_bug_is_not_taken_for_a_store_that_does_not_answer(bug: BaseException) -> None:
    """It must ring, and not be tried again."""
    with pytest.raises(type(bug)), answering("the devices"):
        raise bug


def test_an_error_can_mean_something_else() -> None:
    """By the code that AWS gives it: a secret that holds nothing is no Secrets Manager that does not answer."""
    but = {"ResourceNotFoundException": NoEnodeClient("nothing there")}

    with pytest.raises(NoEnodeClient, match="nothing there"), answering("the secret", but):
        raise _refusal("ResourceNotFoundException")
    with pytest.raises(StoreUnavailable), answering("the secret", but):
        raise _refusal("InternalServiceError")


def test_what_succeeds_is_left_alone() -> None:
    """Nothing is swallowed, nothing added."""
    with answering("the devices"):
        answer = 1

    assert answer == 1


class _Table:
    """Answers so many keys a call, and notes how many it was asked for."""

    def __init__(self, at_once: int) -> None:
        self.at_once = at_once
        self.asked: list[int] = []

    def batch_get_item(self, *, RequestItems: Any) -> Any:  # noqa: N803 - botocore's name
        keys = RequestItems["devices"]["Keys"]
        self.asked.append(len(keys))
        left = keys[self.at_once :]
        return {
            "Responses": {"devices": keys[: self.at_once]},
            "UnprocessedKeys": {"devices": {"Keys": left}} if left else {},
        }


def _get(table: _Table, count: int, pauses: list[float]) -> list[Any]:
    wanted = [Key(f"U#{number}", "D#vehicle#one") for number in range(count)]
    return get_items(cast("Any", table), "devices", wanted, pauses.append)


def test_keys_that_were_left_unanswered_are_asked_for_again() -> None:
    """A hundred a call, and nothing of what was answered twice."""
    table, pauses = _Table(at_once=40), list[float]()

    found = _get(table, LARGEST_GET + 1, pauses)

    assert len({item["pk"]["S"] for item in found}) == len(found) == LARGEST_GET + 1
    assert table.asked == [100, 60, 20, 1]
    assert len(pauses) == 2


def test_a_table_that_leaves_keys_unanswered_for_long_does_not_answer() -> None:
    """There is one number of rounds, and their pauses end before whoever waits gives up."""
    table, pauses = _Table(at_once=0), list[float]()

    with pytest.raises(StoreUnavailable):
        _get(table, 3, pauses)

    assert table.asked == [3] * ROUNDS
    assert len(pauses) == ROUNDS - 1
    assert sum(pauses) < 1.5


def _caught(tree: ast.AST) -> set[str]:
    """Names of what a module catches, by `except` or by `isinstance`."""
    handlers = [one.type for one in ast.walk(tree) if isinstance(one, ast.ExceptHandler)]
    asked = [
        one.args[1]
        for one in ast.walk(tree)
        if isinstance(one, ast.Call) and isinstance(one.func, ast.Name) and one.func.id == "isinstance"
    ]
    bare = {"Exception"} if None in handlers else set()
    nodes = [one for part in (*handlers, *asked) if part is not None for one in ast.walk(part)]
    named = {one.id for one in nodes if isinstance(one, ast.Name)}
    return bare | named | {one.attr for one in nodes if isinstance(one, ast.Attribute)}


def test_no_other_module_of_the_store_looks_at_botocores_errors() -> None:
    """What an error of AWS means is decided once; an exception to that has a reason."""
    looking = {path.name for path in STORE.glob("*.py") if _caught(ast.parse(path.read_text())) & OF_BOTOCORE}

    assert looking == set(ON_THEIR_OWN)


def test_no_other_module_of_the_store_asks_for_batches() -> None:
    """One number of attempts, with its reason."""
    asking = {path.name for path in STORE.glob("*.py") if ".batch_get_item(" in path.read_text()}

    assert asking == {Path(requests.__file__).name}


@pytest.mark.parametrize(
    "text",
    [
        "try: x()\nexcept ClientError: pass",
        "try: x()\nexcept (KeyError, exceptions.BotoCoreError): pass",
        "try: x()\nexcept: pass",
        "isinstance(error, ClientError | KeyError)",
    ],
)
def test_whoever_looks_at_them_is_found(text: str) -> None:
    """However they write it."""
    assert _caught(ast.parse(text)) & OF_BOTOCORE
