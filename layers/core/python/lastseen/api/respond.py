"""Responses: ETag and 304, gzip, Cache-Control."""

import base64
import gzip
import hashlib
from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from lastseen.api.http import ALWAYS, LambdaEvent, LambdaResponse, header

WORTH_SHRINKING = 4096
"""Bytes. Below, a packet is a packet."""

_FAST = 3
"""A third of the time of zlib's usual 6, for answers a tenth larger: a list of devices shrinks to a sixth anyhow."""

PREFLIGHT_KEPT = 3600
"""Seconds for which a cache may answer a preflight by itself; browsers go by the template's MaxAge, as long."""


def respond(
    event: LambdaEvent,
    body: str,
    *,
    headers: Mapping[str, str],
    status: int = 200,
    last_modified: datetime | None = None,
    max_age: int = 0,
) -> LambdaResponse:
    """Answer JSON text: 304 if the caller has these very bytes, compressed if large and wanted.

    The ETag is a digest of the body, so it is strong: every answer with it is byte for byte the same. What ages while
    nothing changes (`lastseen-freshness`) travels in headers, which a 304 renews.

    Args:
        event: The request; its `if-none-match` and `accept-encoding` count.
        body: JSON text.
        headers: What is said beside it; `cache-control` and `vary` if the answer is the same for everybody.
        status: HTTP status of a whole answer.
        last_modified: When what it tells last changed.
        max_age: Seconds for which a browser may answer by itself; 0: it must ask each time.
    """
    raw = body.encode()
    is_shrunk = len(raw) >= WORTH_SHRINKING and _takes_gzip(header(event, "accept-encoding") or "")
    # The compressed form is another representation; a strong ETag must not be shared between them.
    # SHA-256 because processors have instructions for it; of its digest, so much that no two bodies share it.
    etag = f'"{hashlib.sha256(raw).hexdigest()[:24]}{"-gzip" if is_shrunk else ""}"'
    said = {
        **ALWAYS,
        "cache-control": f"private, max-age={max_age}" if max_age else "private, no-cache",
        "vary": "authorization, accept-encoding",
        **headers,
        "etag": etag,
    }
    if last_modified is not None:
        said["last-modified"] = format_datetime(last_modified, usegmt=True)
    if _has(header(event, "if-none-match"), etag):
        return {"statusCode": 304, "headers": said}
    said["content-type"] = "application/json"
    if not is_shrunk:
        return {"statusCode": status, "headers": said, "body": body}
    said["content-encoding"] = "gzip"
    shrunk = base64.b64encode(gzip.compress(raw, compresslevel=_FAST, mtime=0)).decode()
    return {"statusCode": status, "headers": said, "body": shrunk, "isBase64Encoded": True}


def nothing(status: int, headers: Mapping[str, str]) -> LambdaResponse:
    """Answer without a body."""
    return {"statusCode": status, "headers": {**ALWAYS, **headers, "cache-control": "no-store"}}


def without_body(response: LambdaResponse) -> LambdaResponse:
    """Answer HEAD: the status and headers that GET would get, the ETag among them."""
    return {name: value for name, value in response.items() if name not in {"body", "isBase64Encoded"}}


def preflight() -> LambdaResponse:
    """Answer a browser's preflight. What it may do, API Gateway adds, from the API's CORS configuration."""
    return {"statusCode": 204, "headers": {**ALWAYS, "cache-control": f"max-age={PREFLIGHT_KEPT}"}}


def _takes_gzip(accept_encoding: str) -> bool:
    """Whether the caller can read gzip: named, or meant by a star, and not with a weight of zero (RFC 9110, 12.5.3)."""
    wanted: dict[str, bool] = {}
    for coding in accept_encoding.lower().replace(" ", "").split(","):
        name, _, weight = coding.partition(";q=")
        wanted[name] = not weight or bool(weight.strip("0."))
    return wanted.get("gzip", wanted.get("*", False))


def _has(if_none_match: str | None, etag: str) -> bool:
    """Whether the caller already has it; comparison is weak here by the standard (RFC 9110, 13.1.2)."""
    if if_none_match is None:
        return False
    held = [one.strip().removeprefix("W/") for one in if_none_match.split(",")]
    return etag in held or held == ["*"]
