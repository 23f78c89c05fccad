"""The OpenAPI description as it was deployed; `openapi/` writes it."""

from functools import cache
from pathlib import Path


@cache  # read when somebody first asks, not at every cold start
def text() -> str:
    """Give the OpenAPI document as JSON text."""
    return Path(__file__).with_name("openapi.json").read_text(encoding="utf-8")
