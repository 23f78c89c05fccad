"""Failures of single things while everything else works: one device, one user, one list, one refresh-hint."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from starlette.responses import JSONResponse, Response

PROBLEMS = "https://developers.enode.com/api/problems/"
LARGE = 17 * 1024 * 1024
DEEP = 250


class What(StrEnum):
    """What may fail by itself."""

    DEVICE = "device"
    HINT = "hint"
    USER = "user"
    LIST = "list"  # of a collection, or of users


class Failure(StrEnum):
    """How it fails."""

    ERROR = "error"  # 500
    BUSY = "busy"  # 503, with Retry-After
    FORBIDDEN = "forbidden"  # 403
    GARBAGE = "garbage"  # 200, and no JSON
    OTHER = "other"  # 200, and another device's id
    DEEP = "deep"  # 200, nested deeper than anybody keeps
    LARGE = "large"  # 200, larger than anybody reads
    HANG = "hang"  # no answer


@dataclass
class Failures:
    """What fails now.

    Attributes:
        of: How each thing fails that does: by what it is, and its id or collection.
        hidden: Devices that are on no list, though they can be asked for.
        behind_first_page: Lists whose first page answers all the same.
    """

    of: dict[tuple[What, str], Failure] = field(default_factory=dict)
    hidden: set[str] = field(default_factory=set)
    behind_first_page: set[str] = field(default_factory=set)

    def clear(self) -> None:
        """Let everything be read again."""
        self.of.clear()
        self.hidden.clear()
        self.behind_first_page.clear()

    def mode(self, what: What, name: str, *, is_first_page: bool = True) -> Failure | None:
        """Tell how this fails; None if it does not."""
        if is_first_page and name in self.behind_first_page:
            return None
        return self.of.get((what, name))


_STATUSES = {
    Failure.ERROR: (500, "internal", "Internal Server Error"),
    Failure.BUSY: (503, "unavailable", "Service Unavailable"),
    Failure.FORBIDDEN: (403, "forbidden", "Forbidden"),
}


def answer(mode: Failure, document: dict[str, Any]) -> Response:
    """Write the answer of what fails so; `HANG`, which has none, is for whoever can wait."""
    if mode in _STATUSES:
        status, kind, title = _STATUSES[mode]
        headers = {"Retry-After": "30"} if mode is Failure.BUSY else None
        body = {"type": PROBLEMS + kind, "title": title, "detail": "Something went wrong."}
        return JSONResponse(body, status, media_type="application/problem+json", headers=headers)
    text = json.dumps(document)[:-1]
    broken = {
        Failure.OTHER: f'{text},"id":"another-one"}}',
        Failure.DEEP: f'{text},"deep":{"[" * DEEP}{"]" * DEEP}}}',
        Failure.LARGE: f'{text},"large":"{"x" * LARGE}"}}',
    }
    return Response(broken.get(mode, "<html>Bad gateway</html>"), media_type="application/json")
