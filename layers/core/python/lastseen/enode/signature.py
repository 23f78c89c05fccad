"""Verify the HMAC signature of a delivery."""

import hashlib
import hmac
import re
from collections.abc import Sequence

from lastseen.errors import BadSignature, Misconfigured

SHORTEST_SECRET = 16
"""Bytes. Enode asks for at least 128 bits, though its API takes six characters."""

_FORM = re.compile(r"sha1=[0-9a-f]{40}")


def sign(body: bytes, secret: bytes) -> str:
    """Give the `x-enode-signature` of a body.

    Source:
        developers.enode.com/docs/webhooks, which prints this vector:

    >>> sign(b'{"payload":"example"}', b"example-secret")
    'sha1=e417e6fc2e7f8a78c93a35a7b344d36ce179fc8d'
    """
    return "sha1=" + hmac.new(secret, body, hashlib.sha1).hexdigest()


def check_secrets(secrets: Sequence[bytes]) -> None:
    """Refuse to work with no secret or a short one.

    Raises:
        Misconfigured: The function must not start: it could not tell Enode from anybody else.
    """
    if not secrets:
        raise Misconfigured("there is no webhook secret")
    if min(map(len, secrets)) < SHORTEST_SECRET:
        raise Misconfigured(f"a webhook secret is shorter than {SHORTEST_SECRET} bytes")


def verify(body: bytes, given: str | None, *, secrets: Sequence[bytes]) -> None:
    """Check a delivery's signature over its exact bytes, in constant time.

    Args:
        body: The bytes as they arrived; never JSON written again.
        given: The value of the one `x-enode-signature` header; None if there was not exactly one.
        secrets: The live secrets: one, or two while rotating.

    Raises:
        BadSignature: It fits none of them, or is not `sha1=` and 40 lower-case hex digits.
    """
    if given is None or _FORM.fullmatch(given) is None:
        raise BadSignature(
            "the x-enode-signature header must be sent once, as sha1= and 40 lower-case hex digits"
        )
    matches = [hmac.compare_digest(given.encode(), sign(body, secret).encode()) for secret in secrets]
    if not any(matches):
        raise BadSignature("the x-enode-signature header does not fit the body")
