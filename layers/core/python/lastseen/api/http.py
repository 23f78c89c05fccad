"""How does an HTTP API event become bytes and headers, and how does an answer become a response?"""

import base64
import binascii
import json
from collections.abc import Mapping
from typing import Any

from lastseen import errors

type LambdaEvent = Mapping[str, Any]
"""An HTTP API event, payload format 2.0."""

type LambdaResponse = dict[str, Any]

# The one place where an error gets its status. The nearest class up the tree counts.
_STATUS: Mapping[type[errors.LastseenError], int] = {
    errors.BadSignature: 401,
    errors.BadRequest: 400,
    errors.NotServed: 404,
    errors.UnknownUser: 404,
    errors.UnknownDevice: 404,
    errors.Unavailable: 503,
}

_TITLES = {400: "Bad Request", 401: "Unauthorized", 404: "Not Found", 503: "Service Unavailable"}
_TYPES = {400: "bad-request", 401: "unauthorized", 404: "not-found", 503: "unavailable"}
_RETRY_SOON = 5


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


def answer(status: int, body: str, headers: Mapping[str, str] | None = None) -> LambdaResponse:
    """Answer JSON that is already text."""
    return {
        "statusCode": status,
        "headers": {"content-type": "application/json", **(headers or {})},
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
    status = next((_STATUS[cls] for cls in type(error).__mro__ if cls in _STATUS), None)
    if status is None:
        raise error
    headers = {"content-type": "application/problem+json"}
    if status == 503:  # noqa: PLR2004 - the one status that says when to try again
        headers["retry-after"] = str(_RETRY_SOON)
    body = {"type": f"urn:lastseen:problem:{_TYPES[status]}", "title": _TITLES[status], "detail": f"{error}."}
    return {"statusCode": status, "headers": headers, "body": json.dumps(body, ensure_ascii=False)}
