"""What does a caller ask for? Path, query and claims of an HTTP API event, read and bounded."""

from datetime import datetime

from lastseen.api.http import LambdaEvent
from lastseen.domain import instant
from lastseen.domain.caller import Caller
from lastseen.domain.device import KIND_OF_COLLECTION, DeviceKind, is_id
from lastseen.errors import BadRequest, NotServed, UnknownDevice, UnknownUser

SEES_ALL = "fleet:read"
"""The scope that sees every user's devices."""


def caller(event: LambdaEvent, *, user_id_claim: str) -> Caller:
    """Say who asks, from the claims that API Gateway's authorizer has verified."""
    claims = event.get("requestContext", {}).get("authorizer", {}).get("jwt", {}).get("claims") or {}
    user_id = claims.get(user_id_claim)
    return Caller(
        user_id=str(user_id) if is_id(user_id) else None,
        sees_all=SEES_ALL in str(claims.get("scope", "")).split(),
    )


def user_id(event: LambdaEvent) -> str:
    """Give the user of the path; raises UnknownUser for what cannot be an id."""
    text = _path(event, "userId")
    if not is_id(text):
        raise UnknownUser("there is no user under an id like this")
    return text


def device_id(event: LambdaEvent) -> str:
    """Give the device of the path; raises UnknownDevice for what cannot be an id."""
    text = _path(event, "deviceId")
    if not is_id(text):
        raise UnknownDevice("there is no device under an id like this")
    return text


def kind(event: LambdaEvent) -> DeviceKind:
    """Give the kind of the path's collection; raises NotServed for any other word."""
    text = _path(event, "collection")
    if text not in KIND_OF_COLLECTION:
        raise NotServed(
            f"there is no collection {text[:64]!r} here; there are {', '.join(KIND_OF_COLLECTION)}"
        )
    return KIND_OF_COLLECTION[text]


def moment(event: LambdaEvent, name: str) -> datetime | None:
    """Give a moment of the query, aware UTC; None if it is not asked for; raises BadRequest for anything else."""
    text = (event.get("queryStringParameters") or {}).get(name)
    if text is None:
        return None
    # A plus sign that was not encoded arrives as a space.
    found = instant.parse(text.replace(" ", "+"))
    if found is None:
        raise BadRequest(f"{name} must be a moment like 2026-03-01T12:00:00Z")
    return found


def _path(event: LambdaEvent, name: str) -> str:
    return str((event.get("pathParameters") or {}).get(name, ""))
