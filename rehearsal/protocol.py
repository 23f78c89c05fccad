"""Requests and answers as AWS's services write them: JSON, forms with XML, and S3's own."""

import json
import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, unquote, urlsplit

from rehearsal import model

_SIGNED_FOR = re.compile(r"Credential=[^/]+/\d+/[^/]+/([^/]+)/aws4_request")


def read(
    method: str, target: str, headers: Mapping[str, str], body: bytes
) -> tuple[str, str, dict[str, Any]]:
    """Read a request back as the call that an AWS client made of it: service, operation, parameters.

    >>> read("PUT", "/bucket/elements/1", {"Authorization": "Credential=k/1/eu/s3/aws4_request"}, b"")
    ('s3', 'PutObject', {'Bucket': 'bucket', 'Key': 'elements/1'})
    """
    said = {name.lower(): text for name, text in headers.items()}
    found = _SIGNED_FOR.search(said.get("authorization", ""))
    service = found[1] if found else "unsigned"
    if "x-amz-target" in said:
        return service, said["x-amz-target"].rpartition(".")[2], json.loads(body or b"{}")
    if "application/x-www-form-urlencoded" in said.get("content-type", ""):
        form = dict(parse_qsl(body.decode(), keep_blank_values=True))
        return service, form.pop("Action"), form
    parts = urlsplit(target)
    bucket, _, key = unquote(parts.path).lstrip("/").partition("/")
    query = parse_qs(parts.query, keep_blank_values=True)
    named = query["x-id"][0] if "x-id" in query else f"{method.capitalize()}{'Object' if key else 'Bucket'}"
    return service, named, {"Bucket": bucket} | ({"Key": key} if key else {})


def written(service: str, operation: str, output: Mapping[str, Any]) -> tuple[str, bytes]:
    """Write an answer in the protocol of its service."""
    if service in {"cloudformation", "sts"}:
        return "text/xml", model.as_xml(service, operation, output).encode()
    if service == "s3":
        return "application/xml", b""
    return "application/x-amz-json-1.0", json.dumps(output).encode()


def written_refusal(service: str, code: str, members: Mapping[str, Any], message: str) -> tuple[str, bytes]:
    """Write an error in the protocol of its service."""
    if service in {"cloudformation", "sts", "s3"}:
        error = f"<Error><Code>{code}</Code><Message>{message}</Message></Error>"
        whole = (
            error if service == "s3" else f"<ErrorResponse>{error}<RequestId>1</RequestId></ErrorResponse>"
        )
        return "text/xml", whole.encode()
    said = {"__type": f"com.amazonaws.{service}#{code}", "message": message, **members}
    return "application/x-amz-json-1.0", json.dumps(said).encode()
