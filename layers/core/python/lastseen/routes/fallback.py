"""$default: 405 with the right method, 501 for what only Enode serves, else 404."""

import re

from lastseen.errors import NotAllowed, NotOurs, NotServed
from lastseen.routes.request_context import RequestContext, Response

# What API 2024-10-01 has beside the reads that are served here, by the beginning of its path.
_AT_ENODE = (
    r"/(?:assets|health|integrations|interventions|locations|schedules|tariffs|webhooks)(?:/.*)?"
    r"|/users/[^/]+(?:/(?:authorization|link|locations|schedules|statistics|vendors)(?:/.*)?)?"
    r"|/(?:vehicles|chargers|batteries|inverters|hvacs|meters|hem-systems)/.+"
)

# What is ours, and no method of Enode's beside the one that is served.
_TO_GET = r"/health|/openapi[.]json|/devices/.+|/users/[^/]+/devices"
_TO_POST = r"/(?:vehicles|chargers|batteries|inverters|hvacs|meters)/[^/]+/refresh-hint"


def fallback(context: RequestContext) -> Response:
    """$default: whatever has no route of its own.

    Raises:
        NotAllowed: It is served here, for another method.
        NotOurs: Enode has it; the message says where.
        NotServed: Nobody has it; the message says what there is.
    """
    http = context.event.get("requestContext", {}).get("http", {})
    path, method = (
        str(context.event.get("rawPath", "")),
        str(http.get("method", "GET")).replace("HEAD", "GET"),
    )
    if method != "POST" and re.fullmatch(_TO_POST, path):
        raise NotAllowed("POST")
    if method != "GET" and re.fullmatch(_TO_GET, path):
        raise NotAllowed("GET")
    if re.fullmatch(_AT_ENODE, path):  # compiled when first asked for: that takes 2 ms
        raise NotOurs(
            f"Lastseen serves reads of devices; this is Enode's own, at {context.collaborators.settings.enode_url}"
        )
    if method != "GET":
        raise NotServed("nothing is changed here; this API reads")
    raise NotServed("nothing is served here; GET /openapi.json tells what is")
