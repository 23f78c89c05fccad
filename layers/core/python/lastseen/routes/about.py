"""The question about the API itself. It needs no token."""

from lastseen.api import description
from lastseen.routes.desk import Answer, Desk


def get_openapi(_desk: Desk) -> Answer:
    """GET /openapi.json: what is served here, for people and for generators of clients."""
    return Answer(description.text(), {})
