"""HTTP API events to bytes and headers; answers and errors to responses. Errors get their status here only."""

import base64
import binascii
import json
import math
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from lastseen import errors

type LambdaEvent = Mapping[str, Any]
"""An HTTP API event, payload format 2.0."""

type LambdaResponse = dict[str, Any]

_ENODE = "https://developers.enode.com/api/problems/"
_OURS = "urn:lastseen:problem:"


class _Problem(NamedTuple):
    status: int
    type: str
    title: str


# The one place where an error gets its status. The nearest class up the tree counts. What Enode's own API says in the
# same case, we say with the same type: a client that knows one knows the other.
_PROBLEMS: Mapping[type[errors.LastseenError], _Problem] = {
    errors.BadSignature: _Problem(401, f"{_OURS}bad-signature", "Unauthorized"),
    errors.Forbidden: _Problem(403, f"{_ENODE}forbidden", "Forbidden"),
    errors.BadRequest: _Problem(400, f"{_ENODE}bad-request", "Bad Request"),
    errors.BadCursor: _Problem(400, f"{_ENODE}bad-request", "Bad Request"),
    errors.NotServed: _Problem(404, f"{_ENODE}not-found", "Not Found"),
    errors.UnknownUser: _Problem(404, f"{_ENODE}not-found", "Not Found"),
    errors.UnknownDevice: _Problem(404, f"{_ENODE}not-found", "Not Found"),
    errors.UnknownField: _Problem(404, f"{_OURS}unknown-field", "Unknown Field"),
    errors.NotCovered: _Problem(404, f"{_OURS}not-covered", "Not Covered"),
    errors.NotAllowed: _Problem(405, f"{_OURS}not-allowed", "Method Not Allowed"),
    errors.NotOurs: _Problem(501, f"{_OURS}at-enode", "Not Implemented"),
    errors.TooEarly: _Problem(429, f"{_OURS}too-early", "Too Many Requests"),
    errors.Unavailable: _Problem(503, f"{_OURS}unavailable", "Service Unavailable"),
}

_RETRY_SOON = 5

ALWAYS: Mapping[str, str] = {"x-content-type-options": "nosniff"}
"""On every answer of ours: what is sent as JSON holds texts of others, and no browser may take it for anything else."""

LONGEST_WAIT = timedelta(seconds=30)
"""How long API Gateway waits for a function; nobody waits for what it has taken longer ago."""

LONGEST_PAUSE = 86_400
"""Seconds. Who is told to come back in a year has been told nothing."""


def raw_body(event: LambdaEvent) -> bytes:
    """Give the bytes of a request's body as they were sent, decoded once where API Gateway encoded them.

    Raises:
        BadSignature: The encoding is broken, so that there is nothing a signature could fit.
    """
    body = event.get("body") or ""
    if not event.get("isBase64Encoded"):
        return str(body).encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(body, validate=True)
    except (binascii.Error, ValueError) as error:
        raise errors.BadSignature("the body does not arrive as it was sent") from error


def header(event: LambdaEvent, name: str) -> str | None:
    """Give the value of a header, whatever its case; None if it was not sent exactly once.

    HTTP API joins a header that was sent twice with a comma, so a doubled one is a value that fits no form.
    """
    values = [value for key, value in (event.get("headers") or {}).items() if key.lower() == name]
    return str(values[0]) if len(values) == 1 else None


def context(event: LambdaEvent) -> Mapping[str, Any]:
    """Give what API Gateway says of a request; nothing where whoever invoked the function left it out."""
    return event.get("requestContext") or {}


def method(event: LambdaEvent) -> str:
    """Give the method of a request; GET where nobody said one."""
    return str((context(event).get("http") or {}).get("method") or "GET")


def asked_at(event: LambdaEvent, *, now: datetime) -> datetime:
    """Give when API Gateway took the request: since then the caller waits, through cold starts too.

    Where that is not to be believed, because it is in the future or longer ago than API Gateway waits for a function,
    it is now.
    """
    epoch = context(event).get("timeEpoch")
    present = now.timestamp() * 1000
    if (
        not isinstance(epoch, int | float)
        or not present - LONGEST_WAIT.total_seconds() * 1000 <= epoch <= present
    ):
        return now
    return now - timedelta(milliseconds=present - epoch)


def answer(status: int, body: str, headers: Mapping[str, str] | None = None) -> LambdaResponse:
    """Answer JSON that is already text."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **ALWAYS, **(headers or {})},
        "body": body,
    }


def summary(status: int, body: Mapping[str, object]) -> LambdaResponse:
    """Answer a small JSON object."""
    return answer(status, json.dumps(body, separators=(",", ":")))


def refusal(error: errors.LastseenError) -> LambdaResponse:
    """Answer an error of ours as problem+json, in Enode's form: type, title, detail.

    Raises:
        LastseenError: The same again, when it has no status: the invocation must fail, and the alarm ring.
    """
    problem = next((_PROBLEMS[cls] for cls in type(error).__mro__ if cls in _PROBLEMS), None)
    if problem is None:
        raise error
    headers = {"content-type": "application/problem+json", "cache-control": "no-store", **ALWAYS}
    if isinstance(error, errors.NotAllowed):
        headers["allow"] = error.allowed
    elif isinstance(error, errors.TooEarly):
        headers["retry-after"] = str(error.retry_after)
    elif isinstance(error, errors.Unavailable):
        headers["retry-after"] = str(_seconds_to_wait(error))
    detail = f"{error}"
    body: dict[str, object] = {
        "type": problem.type,
        "title": problem.title,
        "detail": f"{detail[:1].upper()}{detail[1:]}{'' if detail.endswith('.') else '.'}",
    }
    if isinstance(error, errors.UnknownField):
        body["nearest"] = error.nearest
    return {"statusCode": problem.status, "headers": headers, "body": json.dumps(body, ensure_ascii=False)}


def _seconds_to_wait(error: errors.Unavailable) -> int:
    """As long as Enode asks for, where it does; a part of a second more is better than less."""
    asked_for = error.retry_after if isinstance(error, errors.EnodeUnavailable) else None
    return _RETRY_SOON if asked_for is None else min(max(1, math.ceil(asked_for)), LONGEST_PAUSE)
