"""$default: 405 with the methods that a path has, 501 for what only Enode serves, else 404."""

import re
from collections.abc import Iterable
from functools import cache

from lastseen.api import http
from lastseen.domain.device import DeviceKind
from lastseen.errors import NotAllowed, NotOurs, NotServed
from lastseen.routes.request_context import RequestContext, Response

# What API 2024-10-01 has beside the reads that are served here, by the beginning of its path.
_AT_ENODE = (
    r"/(?:assets|health|integrations|interventions|locations|schedules|tariffs|webhooks)(?:/.*)?"
    r"|/users/[^/]+(?:/(?:authorization|link|locations|schedules|statistics|vendors)(?:/.*)?)?"
    r"|/(?:vehicles|chargers|batteries|inverters|hvacs|meters|hem-systems)/.+"
)

# What it has for another method under a path that is read here.
_CHANGED_AT_ENODE = r"PUT /(?:chargers|hvacs)/[^/]+|DELETE /users/[^/]+"

_HINT = "/refresh-hint"


def fallback(context: RequestContext, route_keys: Iterable[str]) -> Response:
    """$default: whatever has no route of its own.

    Args:
        context: The request.
        route_keys: Every route there is: `GET /users/{userId}`.

    Raises:
        NotAllowed: It is served here, for another method.
        NotOurs: Enode has it; the message says where.
        NotServed: Nobody has it; the message says what there is.
    """
    path, method = (
        str(context.event.get("rawPath") or ""),
        http.method(context.event).replace("HEAD", "GET"),
    )
    methods = methods_of(path, route_keys)
    if methods and method not in methods and not re.fullmatch(_CHANGED_AT_ENODE, f"{method} {path}"):
        raise NotAllowed(", ".join(sorted(methods)))
    if re.fullmatch(_AT_ENODE, path):  # compiled when first asked for: that takes 2 ms
        raise NotOurs(
            f"Lastseen serves reads of devices; this is Enode's own, at {context.collaborators.settings.enode.url}"
        )
    if method != "GET":
        raise NotServed("nothing is changed here; this API reads")
    raise NotServed("nothing is served here; GET /openapi.json tells what is")


def methods_of(path: str, route_keys: Iterable[str]) -> frozenset[str]:
    """Give the methods that a path is served for; none if it is not. HEAD goes wherever GET does.

    >>> keys = ["GET /{collection}/{deviceId}", "POST /{collection}/{deviceId}/refresh-hint"]
    >>> methods_of("/vehicles/05ee9df5", keys), methods_of("/vehicles/05ee9df5/refresh-hint", keys)
    (frozenset({'GET'}), frozenset({'POST'}))
    >>> methods_of("/nothing/05ee9df5", keys), methods_of("/hem-systems/05ee9df5/refresh-hint", keys)
    (frozenset(), frozenset())
    """
    routes = (key.split(" ") for key in route_keys if " " in key)
    return frozenset(method for method, template in routes if _expression(template).fullmatch(path))


@cache
def _expression(template: str) -> re.Pattern[str]:
    """The paths of a route: no other collections than ours, and hints for none but those that have them."""
    kinds = [kind for kind in DeviceKind if kind.can_be_hinted or not template.endswith(_HINT)]
    collections = "|".join(kind.collection for kind in kinds)
    parts = re.split(r"\{(\w+)\}", template)  # literal, name, literal, ...
    named = ("(?:" + collections + ")" if name == "collection" else "[^/]+" for name in parts[1::2])
    literal = [re.escape(part) for part in parts[::2]]
    return re.compile(literal[0] + "".join(map("".join, zip(named, literal[1:], strict=True))))
