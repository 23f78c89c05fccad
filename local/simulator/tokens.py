"""Tokens: Enode's access tokens, and the issuer of the tokens the read API accepts."""

from __future__ import annotations

import base64
import binascii
import hmac
import secrets
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey, generate_private_key
from jwt.algorithms import RSAAlgorithm

from local.simulator.clock import Clock

ENODE_TOKEN_LIFE = timedelta(seconds=3599)
READ_TOKEN_LIFE = timedelta(hours=24)
AUDIENCE = "lastseen"
FLEET_SCOPE = "fleet:read"


class Client:
    """A client id and its secret."""

    def __init__(self, client_id: str, client_secret: str) -> None:
        """Keep both."""
        self.id = client_id
        self.secret = client_secret

    def is_named_by(self, authorization: str | None) -> bool:
        """Tell whether a Basic authorization header names this client and knows its secret."""
        scheme, _, given = (authorization or "").partition(" ")
        if scheme.lower() != "basic":
            return False
        try:
            pair = base64.b64decode(given, validate=True)
        except (binascii.Error, ValueError):
            return False
        return hmac.compare_digest(pair, f"{self.id}:{self.secret}".encode())

    def document(self) -> dict[str, str]:
        """Write both, for whoever runs the simulator."""
        return {"client_id": self.id, "client_secret": self.secret}


class AccessTokens:
    """Enode's tokens: opaque, and good for an hour less a second."""

    def __init__(self, clock: Clock) -> None:
        """Begin with none given."""
        self._clock = clock
        self._good_until: dict[str, datetime] = {}

    def give(self) -> dict[str, Any]:
        """Make a token, and write the answer that carries it."""
        token = secrets.token_urlsafe(24)
        self._good_until[token] = self._clock.now() + ENODE_TOKEN_LIFE
        return {
            "access_token": token,
            "expires_in": int(ENODE_TOKEN_LIFE.total_seconds()),
            "scope": "",
            "token_type": "bearer",
        }

    def accepts(self, authorization: str | None) -> bool:
        """Tell whether a Bearer authorization header carries a living token."""
        scheme, _, token = (authorization or "").partition(" ")
        good_until = self._good_until.get(token)
        return scheme.lower() == "bearer" and good_until is not None and self._clock.now() < good_until

    def expire(self) -> None:
        """Let every token given so far end now."""
        self._good_until.clear()


class Issuer:
    """An OIDC issuer in small: RS256 tokens for users, and for one client that may see the whole fleet."""

    def __init__(self, url: str, clock: Clock, key: RSAPrivateKey | None = None) -> None:
        """Speak as `url`; the key is made at first use if none is given."""
        self.url = url
        self.fleet = Client("lastseen-fleet", "fleet-secret-of-no-value")
        self._clock = clock
        self._given = key

    @cached_property
    def key(self) -> RSAPrivateKey:
        """The signing key."""
        return self._given or generate_private_key(public_exponent=65537, key_size=2048)

    @cached_property
    def _public(self) -> dict[str, Any]:
        public = RSAAlgorithm.to_jwk(self.key.public_key(), as_dict=True)
        return {**public, "kid": "simulated-1", "use": "sig", "alg": "RS256"}

    def keys(self) -> dict[str, Any]:
        """Write the JWKS."""
        return {"keys": [self._public]}

    def discovery(self) -> dict[str, Any]:
        """Write the OIDC discovery document."""
        return {
            "issuer": self.url,
            "jwks_uri": f"{self.url}/.well-known/jwks.json",
            "token_endpoint": f"{self.url}/read-api/oauth2/token",
            "authorization_endpoint": f"{self.url}/read-api/oauth2/authorize",
            "response_types_supported": ["token"],
            "subject_types_supported": ["public"],
            "id_token_signing_alg_values_supported": ["RS256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "grant_types_supported": ["client_credentials"],
            "scopes_supported": [FLEET_SCOPE],
        }

    def user_token(self, user_id: str) -> str:
        """Make the token of one user; its `sub` is the user's id."""
        return self._sign({"sub": user_id})

    def fleet_token(self) -> dict[str, Any]:
        """Make a token that sees every user, and write the answer that carries it."""
        return {
            "access_token": self._sign(
                {"sub": self.fleet.id, "client_id": self.fleet.id, "scope": FLEET_SCOPE}
            ),
            "expires_in": int(READ_TOKEN_LIFE.total_seconds()),
            "scope": FLEET_SCOPE,
            "token_type": "bearer",
        }

    def _sign(self, claims: dict[str, Any]) -> str:
        now = self._clock.now()
        times = {"iat": int(now.timestamp()), "exp": int((now + READ_TOKEN_LIFE).timestamp())}
        return jwt.encode(
            {"iss": self.url, "aud": AUDIENCE, **times, "jti": secrets.token_hex(8), **claims},
            self.key,
            algorithm="RS256",
            headers={"kid": "simulated-1"},
        )
