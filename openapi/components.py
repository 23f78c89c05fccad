"""Components beside schemas: parameters, headers, refusals."""

from collections.abc import Mapping
from typing import Any

from lastseen.api import request
from lastseen.domain import property_path
from lastseen.domain.device import ID_PATTERN, DeviceKind
from lastseen.domain.freshness import Verdict
from openapi.common_fields import USER, VEHICLE

type Object = dict[str, Any]

_ID: Object = {"type": "string", "pattern": f"^{ID_PATTERN}$"}
_IN_QUERY = "The id of the {} where the path has `-` in its place; else without meaning."
_PATH: Object = {"type": "string", "pattern": f"^{property_path.PATTERN}$"}
_MOMENT: Object = {"type": "string", "format": "date-time"}


def _in_path(name: str) -> str:
    return (
        f"Percent-encoded. One that holds `/`, `?` or `%` does not arrive in a path: write `{request.IN_THE_QUERY}` "
        f"here, and the id as `{name}` in the query."
    )


def _query(name: str, schema: Object, description: str, **more: Any) -> Object:
    return {"name": name, "in": "query", "description": description, "schema": schema, **more}


def _cursor(name: str, page: str) -> Object:
    schema: Object = {"type": "string", "pattern": "^[A-Za-z0-9_-]*$", "maxLength": 4608}
    return _query(
        name,
        schema,
        f"Cursor of the {page} page, from `pagination`. Opaque, and good for this caller and "
        "list only, for at least a day. Not with the other one. An empty one is none.",
    )


PARAMETERS: Mapping[str, Object] = {
    "pageSize": _query(
        "pageSize",
        {"type": "integer", "minimum": 1, "default": request.USUAL_PAGE},
        f"Items a page may have. However many are asked for, it has at most {request.LARGEST_PAGE}.",
    ),
    "after": _cursor("after", "next"),
    "before": _cursor("before", "previous"),
    "at": _query(
        "at",
        _MOMENT,
        "Answer as it was known at this moment of the past, by the last word that changed anything; a contact that "
        "changed nothing (`lastSeen`) is not remembered. Lists leave out devices that were "
        "deleted more than three days ago; by its id, each is there for as long as its history.",
    ),
    "from": _query("from", _MOMENT, "From this moment on, itself included."),
    "to": _query("to", _MOMENT, "Up to this moment, itself left out."),
    "fromMoment": _query("from", _MOMENT, "The earlier moment, in the past.", required=True),
    "toMoment": _query("to", _MOMENT, "The later moment, in the past.", required=True),
    "order": _query(
        "order", {"type": "string", "enum": ["asc", "desc"], "default": "asc"}, "Oldest or newest first."
    ),
    "field": _query(
        "field", _PATH, "Only changes of this path, or of paths inside it.", example="chargeState"
    ),
    "fieldOfWhy": _query(
        "field",
        _PATH,
        "Which value: a path as `history` tells it, `$exists` among them. One that is not there is a 404 that lists "
        "the nearest.",
        required=True,
        example="chargeState.batteryLevel",
    ),
    "kind": _query("kind", {"type": "string", "enum": list(DeviceKind)}, "Only devices of this kind."),
    "vendor": _query(
        "vendor", _ID, "Only devices of this vendor, in whatever case it is written.", example="TESLA"
    ),
    "verdict": _query(
        "verdict",
        {"type": "string", "enum": list(Verdict)},
        "Only devices with this verdict. `gone` shows deleted ones for three days. Not with `at`.",
    ),
    "fields": _query(
        "fields",
        {"type": "array", "items": _PATH, "minItems": 1, "maxItems": request.MOST_FIELDS},
        "Only these paths of each `document`, with the objects around them.",
        style="form",
        explode=False,
        example=["chargeState.batteryLevel", "location"],
    ),
    "include": _query(
        "include",
        {"type": "array", "items": {"type": "string", "enum": list(request.INCLUDED)}, "minItems": 1},
        "What to tell in addition: `blocks`, when each part of a device was learnt, and what its age says. One device "
        "by its id always has them. Not with `at`.",
        style="form",
        explode=False,
        example=["blocks"],
    ),
    "ifNoneMatch": {
        "name": "if-none-match",
        "in": "header",
        "description": "The `etag` of what the caller has.",
        "schema": {"type": "string"},
    },
    "userId": {
        "name": "userId",
        "in": "path",
        "required": True,
        "description": _in_path("userId"),
        "schema": _ID,
        "example": USER,
    },
    "userIdInQuery": _query("userId", _ID, _IN_QUERY.format("user")),
    "deviceIdInQuery": _query("deviceId", _ID, _IN_QUERY.format("device")),
}


def device_id(name: str, example: str = VEHICLE) -> Object:
    """The path parameter that names a device."""
    return {
        "name": name,
        "in": "path",
        "required": True,
        "description": _in_path("deviceId"),
        "schema": _ID,
        "example": example,
    }


def _header(description: str, example: str, *, is_always: bool = False) -> Object:
    header: Object = {"description": description, "schema": {"type": "string"}, "example": example}
    return {**header, "required": True} if is_always else header


HEADERS: Mapping[str, Object] = {
    "lastseen-freshness": _header(
        "How far this can be trusted, as a structured field (RFC 9651). Of a device: the verdict, the reason, `age` in "
        "seconds since Enode's last contact, `checked` when Enode was last asked. Of a list: each verdict with `count` "
        "and `oldest` age. Not with `at`.",
        'fresh;reason="Enode was in contact within the last 5 minutes.";age=94',
    ),
    "lastseen-blocks": _header(
        "The age of each part of the device, as a structured field (RFC 9651): its path, `age` in seconds where it is "
        "known, `verdict` where there is one. A 304 renews it. Not with `at`.",
        "chargeState;age=154;verdict=current, location;age=272866",
    ),
    "lastseen-as-of": _header(
        "Only with `at`: the moment, and from when on the log knows of the device, or of any on the list. `gap`, with "
        "`gap-from` and `gap-to` where they are known, where more may have happened than is known, and why.",
        '"2026-03-01T11:00:00.000Z";coverage="2026-02-01T08:00:00.000Z"',
    ),
    "lastseen-refresh": _header(
        "How the refresh ended: was fresh, underway, current, hinted, beyond reach or contact unknown.",
        '"hinted"',
        is_always=True,
    ),
    "etag": _header("Of these very bytes.", '"fe9150aca47cc1c3530d485b"', is_always=True),
    "last-modified": _header("When what this tells was last said by Enode.", "Sun, 01 Mar 2026 11:58:26 GMT"),
    "cache-control": _header(
        "Private; for how long a browser may answer by itself is the deployer's to say.",
        "private, no-cache",
        is_always=True,
    ),
    "vary": _header("What else decides.", "authorization, accept-encoding", is_always=True),
    "retry-after": {
        "description": "Seconds after which to try again.",
        "schema": {"type": "integer", "minimum": 0},
        "example": 5,
    },
    "www-authenticate": _header("How to ask.", "Bearer"),
}


def headers(*names: str) -> Object:
    """Refer to some headers."""
    return {name: {"$ref": f"#/components/headers/{name}"} for name in names}


def _refusal(
    description: str, title: str, type_: str, detail: str, *, also: bool = False, **said: Any
) -> Object:
    """A refusal of ours; `also` where the gateway may say it first, in its own words."""
    problem = {"type": type_, "title": title, "detail": detail}
    content: Object = {
        "application/problem+json": {"schema": {"$ref": "#/components/schemas/Problem"}, "example": problem}
    }
    if also:
        content["application/json"] = {
            "schema": {"$ref": "#/components/schemas/Message"},
            "example": {"message": title},
        }
    return {"description": description, "content": content, **said}


_ENODE, _OURS = "https://developers.enode.com/api/problems/", "urn:lastseen:problem:"

RESPONSES: Mapping[str, Object] = {
    "NotModified": {
        "description": "The caller has it.",
        "headers": headers(
            "lastseen-freshness",
            "lastseen-blocks",
            "lastseen-as-of",
            "etag",
            "last-modified",
            "cache-control",
            "vary",
        ),
    },
    "BadRequest": _refusal(
        "A parameter is malformed, out of bounds or in the way of another; or a cursor is none of ours, belongs to "
        "another caller or question, or is too old.",
        "Bad Request",
        f"{_ENODE}bad-request",
        "'pageSize' must be a whole number from 1 on.",
    ),
    "Unauthorized": {
        "description": "No token, or none of the deployment's issuer and audience.",
        "headers": headers("www-authenticate"),
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Message"},
                "example": {"message": "Unauthorized"},
            }
        },
    },
    "Forbidden": _refusal(
        "The token lacks the claim of operators, by default the scope `fleet:read`.",
        "Forbidden",
        f"{_ENODE}forbidden",
        "This is for operators: the token lacks the claim that tells them, by default the scope fleet:read.",
    ),
    "NotFound": _refusal(
        "There is none that this caller may see. With `at`: the log does not reach back so far (type "
        f"`{_OURS}not-covered`). For `why`: or nothing stands under this path (`{_OURS}unknown-field`).",
        "Not Found",
        f"{_ENODE}not-found",
        f"There is no device '{VEHICLE}'.",
    ),
    "TooManyRequests": {
        "description": "The gateway's limit.",
        "content": {
            "application/json": {
                "schema": {"$ref": "#/components/schemas/Message"},
                "example": {"message": "Too Many Requests"},
            }
        },
    },
    "TooEarly": _refusal(
        "The device is stale and was hinted a moment ago, so that another hint is no use yet; or the gateway's limit.",
        "Too Many Requests",
        f"{_OURS}too-early",
        "The device was asked for fresh data a moment ago.",
        also=True,
        headers=headers("retry-after"),
    ),
    "Unavailable": _refusal(
        "The store (or for a refresh, or a smart-charging status not known yet, Enode) does not answer. "
        "Trying again helps.",
        "Service Unavailable",
        f"{_OURS}unavailable",
        "The table devices did not answer.",
        also=True,
        headers=headers("retry-after"),
    ),
}
