"""Webhook subscriptions, and which of them Enode accepts."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from local.simulator.clock import written
from local.simulator.documents import API_VERSION
from local.simulator.events import SUBSCRIBABLE, Event

HEADER_NAME = re.compile(r"[a-z0-9_-]{1,128}")
FIELDS = {"url", "secret", "events", "apiVersion", "authentication"}


@dataclass
class Webhook:
    """One subscription."""

    id: str
    url: str
    secret: str
    created_at: datetime
    last_success_at: datetime
    events: tuple[str, ...] = ("*",)
    api_version: str | None = API_VERSION
    header: tuple[str, str] | None = None
    is_active: bool = True

    def wants(self, event: Event) -> bool:
        """Tell whether an event belongs into its queue; heartbeats and what is addressed to it always do."""
        if event.webhook_id is not None:
            return event.webhook_id == self.id
        return "*" in self.events or event.name in self.events

    def document(self) -> dict[str, Any]:
        """Write it as the API shows it: without the secret, without the header's value."""
        return {
            "id": self.id,
            "url": self.url,
            "events": list(self.events),
            "lastSuccess": written(self.last_success_at),
            "isActive": self.is_active,
            "createdAt": written(self.created_at),
            "apiVersion": self.api_version,
            "authentication": {"headerName": self.header[0]} if self.header else None,
        }

    def change(self, request: dict[str, Any]) -> None:
        """Change what `request` names; it must have passed `objections`."""
        self.url = request.get("url", self.url)
        self.secret = request.get("secret", self.secret)
        self.events = tuple(request.get("events", self.events))
        self.api_version = request.get("apiVersion", self.api_version)
        if "authentication" in request:
            given = request["authentication"]
            self.header = (given["headerName"], given["headerValue"]) if given else None


def objections(request: Any, *, is_new: bool) -> list[str]:
    """Tell what is wrong with a request for a webhook, in sentences; empty if nothing is."""
    if not isinstance(request, dict):
        return ["The body must be an object."]
    found = [f"'{name}' is not a field of a webhook." for name in request if name not in FIELDS]
    if is_new:
        found += [f"'{name}' is required." for name in ("url", "secret") if name not in request]
    if "url" in request and not _is_acceptable_url(request["url"]):
        found.append("'url' must be an https address of 8 to 200 characters; http only for this machine.")
    if "secret" in request and not (
        isinstance(request["secret"], str) and 6 <= len(request["secret"]) <= 256
    ):
        found.append("'secret' must be a string of 6 to 256 characters.")
    names = request.get("events", [])
    if not isinstance(names, list) or not all(
        isinstance(name, str) and name in SUBSCRIBABLE for name in names
    ):
        found.append(f"'events' must be a list of: {', '.join(sorted(SUBSCRIBABLE))}.")
    if request.get("apiVersion") not in {None, API_VERSION}:
        found.append(f"'apiVersion' must be {API_VERSION} or null.")
    if request.get("authentication") is not None and not _is_acceptable_header(request["authentication"]):
        found.append(
            "'authentication' must hold a lower-case 'headerName' and a 'headerValue' of 1 to 256 characters."
        )
    return found


def _is_acceptable_url(url: Any) -> bool:
    if not isinstance(url, str) or not 8 <= len(url) <= 200:
        return False
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_here = host in {"127.0.0.1", "::1", "localhost"} or host.endswith(".localhost")
    return bool(host) and (parts.scheme == "https" or (parts.scheme == "http" and is_here))


def _is_acceptable_header(given: Any) -> bool:
    if not isinstance(given, dict) or set(given) != {"headerName", "headerValue"}:
        return False
    name, value = given["headerName"], given["headerValue"]
    return (
        isinstance(name, str)
        and HEADER_NAME.fullmatch(name) is not None
        and isinstance(value, str)
        and 1 <= len(value) <= 256
        and value.isascii()
        and value.isprintable()
    )
