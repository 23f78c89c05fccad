"""Parameters of a request: path, query and claims of an HTTP API event, parsed and bounded."""

import re
from collections.abc import Mapping
from datetime import datetime

from lastseen.api import http
from lastseen.api.claims import SCOPE_CLAIMS, grants
from lastseen.api.http import LambdaEvent
from lastseen.domain import instant, property_path
from lastseen.domain.caller import Caller
from lastseen.domain.device import (
    KIND_OF_COLLECTION,
    DeviceKind,
    in_any_case,
    is_id,
    is_vendor,
)
from lastseen.domain.freshness import Verdict
from lastseen.errors import BadRequest, NotServed, UnknownDevice, UnknownUser

SEES_ALL = "fleet:read"
"""The scope that sees every user's devices, unless the deployment names another claim and value."""

LARGEST_PAGE = 100
USUAL_PAGE = 50

MOST_FIELDS = 50

INCLUDED = ("blocks",)
"""What may be asked for in addition, in lists of devices in our form."""

IN_THE_QUERY = "-"
"""In place of an id in the path: it stands in the query, as `userId` or `deviceId`. API Gateway decodes a path twice,
before it routes: there `/` parts an id in two, `?` cuts it off, `%` is refused or lost. A query brings them all."""

_WHOLE = re.compile(r"0*[1-9][0-9]*")


def caller(
    event: LambdaEvent,
    *,
    user_id_claim: str,
    operator_claim: str = SCOPE_CLAIMS[0],
    operator_value: str = SEES_ALL,
) -> Caller:
    """Say who asks, from the claims that API Gateway's authorizer has verified.

    Args:
        event: The request.
        user_id_claim: The claim that holds the user's id.
        operator_claim: The claim of those who see every user's devices; `scope` is looked for as `scp` too.
        operator_value: What that claim must name.
    """
    authorizer = http.context(event).get("authorizer") or {}
    claims = (authorizer.get("jwt") or {}).get("claims") or {}
    user_id = claims.get(user_id_claim)
    return Caller(
        user_id=str(user_id) if is_id(user_id) else None,
        sees_all=grants(claims, claim=operator_claim, value=operator_value),
    )


def route(event: LambdaEvent) -> str:
    """Give the key of the route that was chosen; that of GET where only its headers are asked for."""
    key = str(event.get("routeKey", ""))
    return f"GET {key.removeprefix('HEAD ')}" if key.startswith("HEAD ") else key


def name(event: LambdaEvent) -> str:
    """Name the request in the log: by API Gateway's id of it."""
    return str(http.context(event).get("requestId") or "")[:128]


def is_preflight(event: LambdaEvent) -> bool:
    """Whether a browser asks what it may ask, by whichever route that came."""
    return http.method(event) == "OPTIONS" or str(event.get("routeKey", "")).startswith("OPTIONS ")


def is_head(event: LambdaEvent) -> bool:
    """Whether only the headers of an answer are asked for."""
    return http.method(event) == "HEAD"


_SELECTING = {
    "GET /users/{userId}/devices": ("kind", "vendor", "verdict", "at"),
    "GET /users/{userId}/{collection}": ("at",),
    "GET /devices/{deviceId}/history": ("from", "to", "order", "field"),
    "GET /devices/{deviceId}/snapshots": ("from", "to", "order"),
    "GET /devices/{deviceId}/why": ("field", "at"),
}
"""The parameters that say what is on a list, by its route. No others change it: not those for the page, nor for the
form of what stands there, nor any that the route does not know."""

_MOMENTS = ("at", "from", "to")


def question(event: LambdaEvent, caller: Caller) -> str:
    """Say who asks for which list, but not for which page of it: what a cursor is bound to."""
    query = _query(event)
    asked = [(name, _meant(name, query.get(name))) for name in _SELECTING.get(route(event), ())]
    names = [(name, _path(event, name)) for name in sorted(event.get("pathParameters") or {})]
    return repr((caller.user_id, caller.sees_all, route(event), names, asked))


def _meant(name: str, value: str | None) -> str | None:
    """Give one form to what is said in several."""
    if value is None or (name, value) == ("order", "asc"):
        return None
    if name == "vendor":
        return in_any_case(value)
    if name in _MOMENTS:
        moment = _moment(value)
        return value if moment is None else moment.isoformat()
    return property_path.canonical(value) if name == "field" and property_path.is_path(value) else value


def user_id(event: LambdaEvent) -> str:
    """Give the user of the path, or of the query; raises UnknownUser for what cannot be an id."""
    text = _path(event, "userId")
    if not is_id(text):
        raise UnknownUser("there is no user under an id like this")
    return text


def device_id(event: LambdaEvent) -> str:
    """Give the device of the path, or of the query; raises UnknownDevice for what cannot be an id."""
    text = _path(event, "deviceId")
    if not is_id(text):
        raise UnknownDevice("there is no device under an id like this")
    return text


def names_collection(event: LambdaEvent) -> bool:
    """Whether the path's collection is one of ours."""
    return _path(event, "collection") in KIND_OF_COLLECTION


def collection(event: LambdaEvent) -> DeviceKind:
    """Give the kind of the path's collection; raises NotServed for any other word."""
    text = _path(event, "collection")
    if text not in KIND_OF_COLLECTION:
        raise NotServed(f"there is no collection like this; there are {', '.join(KIND_OF_COLLECTION)}")
    return KIND_OF_COLLECTION[text]


def page_size(event: LambdaEvent) -> int:
    """Give how many items a page may have, at most 100 however many are asked for; raises BadRequest for no number.

    Enode does not tell its own maximum. Who asks for more there must not be refused here: the cursors lead to the rest.
    """
    text = _query(event).get("pageSize")
    if text is None:
        return USUAL_PAGE
    if not _WHOLE.fullmatch(text):
        raise BadRequest("'pageSize' must be a whole number from 1 on")
    digits = text.lstrip("0")
    return LARGEST_PAGE if len(digits) > len(str(LARGEST_PAGE)) else min(int(digits), LARGEST_PAGE)


def cursors(event: LambdaEvent) -> tuple[str | None, str | None]:
    """Give the cursors `after` and `before`, an empty one being none; raises BadRequest if both are given."""
    after, before = _query(event).get("after") or None, _query(event).get("before") or None
    if after is not None and before is not None:
        raise BadRequest("'after' and 'before' exclude each other")
    return after, before


def moment(event: LambdaEvent, name: str) -> datetime | None:
    """Give a moment of the query, aware UTC; None if it is not asked for; raises BadRequest for anything else."""
    text = _query(event).get(name)
    if text is None:
        return None
    found = _moment(text)
    if found is None:
        raise BadRequest(f"'{name}' must be a moment like 2026-03-01T12:00:00Z")
    return found


def _moment(text: str) -> datetime | None:
    return instant.parse(text.replace(" ", "+"))  # as which a plus sign arrives that was not encoded


def needed_moment(event: LambdaEvent, name: str) -> datetime:
    """Give a moment of the query that cannot be left out; raises BadRequest as `moment`, and if it is."""
    found = moment(event, name)
    if found is None:
        raise BadRequest(f"'{name}' is missing; it must be a moment like 2026-03-01T12:00:00Z")
    return found


def must_be_about_now(event: LambdaEvent) -> None:
    """Raise BadRequest if a question that has no answer about a moment of the past asks for one."""
    if "at" in _query(event):
        raise BadRequest("'at' is for devices and for lists of one user; this is always about now")


def newest_first(event: LambdaEvent) -> bool:
    """Say in which order; raises BadRequest for anything but `asc` and `desc`."""
    return _one_of(event, "order", ("asc", "desc")) == "desc"


def kind(event: LambdaEvent) -> DeviceKind | None:
    """Give the kind to filter by; None for all; raises BadRequest for none of them."""
    text = _one_of(event, "kind", tuple(DeviceKind))
    return None if text is None else DeviceKind(text)


def verdict(event: LambdaEvent) -> Verdict | None:
    """Give the verdict to filter by; None for all; raises BadRequest for none of them."""
    text = _one_of(event, "verdict", tuple(Verdict))
    return None if text is None else Verdict(text)


def vendor(event: LambdaEvent) -> str | None:
    """Give the vendor to filter by, as `in_any_case` has it; None for all; raises BadRequest for what cannot be one."""
    text = _query(event).get("vendor")
    if text is not None and not is_vendor(text):
        raise BadRequest("'vendor' must be a name like TESLA")
    return None if text is None else in_any_case(text)


def field(event: LambdaEvent) -> str | None:
    """Give the path to filter changes by; None for all; raises BadRequest for what cannot be one."""
    text = _query(event).get("field")
    if text is not None and not property_path.is_path(text):
        raise BadRequest("'field' must be a path like chargeState.batteryLevel")
    return None if text is None else property_path.canonical(text)


def needed_field(event: LambdaEvent) -> str:
    """Give a path that cannot be left out; raises BadRequest as `field`, and if it is."""
    found = field(event)
    if found is None:
        raise BadRequest("'field' is missing; it must be a path like chargeState.batteryLevel")
    return found


def fields(event: LambdaEvent) -> list[str] | None:
    """Give the paths to project documents to; None for the whole; raises BadRequest for what cannot be paths."""
    text = _query(event).get("fields")
    if text is None:
        return None
    found = property_path.parts(text, ",")
    if len(found) > MOST_FIELDS or not all(map(property_path.is_path, found)):
        raise BadRequest(
            f"'fields' must be at most {MOST_FIELDS} paths like chargeState.batteryLevel, joined by commas"
        )
    return found


def includes_blocks(event: LambdaEvent) -> bool:
    """Say whether the blocks of devices are asked for; raises BadRequest for anything else that cannot be included."""
    text = _query(event).get("include")
    if text is not None and any(word not in INCLUDED for word in text.split(",")):
        raise BadRequest(f"'include' can ask for {', '.join(INCLUDED)} and nothing else")
    return text is not None


def _one_of(event: LambdaEvent, name: str, words: tuple[str, ...]) -> str | None:
    text = _query(event).get(name)
    if text is not None and text not in words:
        raise BadRequest(f"'{name}' must be one of {', '.join(words)}")
    return text


def _query(event: LambdaEvent) -> Mapping[str, str]:
    return event.get("queryStringParameters") or {}


def _path(event: LambdaEvent, name: str) -> str:
    """Give a parameter of the path, which API Gateway has decoded: decoded again, `a%2Fb` would be another id."""
    text = str((event.get("pathParameters") or {}).get(name) or "")
    return _query(event).get(name, text) if text == IN_THE_QUERY else text
