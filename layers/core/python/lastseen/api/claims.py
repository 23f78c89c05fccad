"""Scopes, roles and groups of a token, as providers write them and API Gateway's JWT authorizer passes them on.

Everything arrives as text: an array `["a", "b"]` as `[a b]`, numbers and booleans as they are written, and what is null
not at all.
"""

import json
from collections.abc import Mapping

SCOPE_CLAIMS = ("scope", "scp")
"""Where a token holds its scopes: RFC 9068's own name, and that of Okta and Entra. API Gateway reads both, too."""


def grants(claims: Mapping[str, object], *, claim: str, value: str) -> bool:
    """Whether a token's claim names a value, alone or among others.

    Args:
        claims: What the authorizer has verified.
        claim: Which claim; `scope` stands for `scp` as well.
        value: The one that must be there, whole and in the same case.

    >>> grants({"scp": "[openid fleet:read]"}, claim="scope", value="fleet:read")
    True
    >>> grants({"scope": "fleet:read"}, claim="roles", value="fleet:read")
    False
    """
    names = SCOPE_CLAIMS if claim == SCOPE_CLAIMS[0] else (claim,)
    return any(
        value in _values(claims[name], has_scopes=name in SCOPE_CLAIMS) for name in names if name in claims
    )


def _values(claim: object, *, has_scopes: bool) -> list[str]:
    text = (claim if isinstance(claim, str) else json.dumps(claim)).strip()
    if text.startswith("[") and text.endswith("]"):
        return _elements(text, has_scopes=has_scopes)
    # In a scope a comma is a character like others (RFC 6749, 3.3); elsewhere some providers separate by it.
    return text.split() if has_scopes else [text, *text.replace(",", " ").split()]


def _elements(text: str, *, has_scopes: bool) -> list[str]:
    try:
        return [one if isinstance(one, str) else json.dumps(one) for one in json.loads(text)]
    except (ValueError, RecursionError):
        inner = text[1:-1]  # as API Gateway writes it, or a provider that makes text of a list itself
        return inner.split() if has_scopes else [*inner.split(), *inner.replace(",", " ").split()]
