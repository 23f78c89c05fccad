"""Proves `enode/signature.py`: only what Enode signed passes, and nothing else makes it stumble."""

import hashlib
import hmac

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lastseen.enode import signature
from lastseen.errors import BadSignature, Misconfigured
from tests.support.builders import SECRET, signature_of

BODY = b'[{"event":"system:heartbeat"}]'
SECRETS = [SECRET.encode()]
GOOD = signature_of(BODY)
HEX = GOOD.removeprefix("sha1=")


def test_the_vector_that_enode_publishes() -> None:
    """developers.enode.com/docs/webhooks prints it."""
    given = signature.sign(b'{"payload":"example"}', b"example-secret")

    assert given == "sha1=e417e6fc2e7f8a78c93a35a7b344d36ce179fc8d"
    signature.verify(b'{"payload":"example"}', given, secrets=[b"example-secret"])


@pytest.mark.parametrize(
    "given",
    [
        None,
        "",
        " ",
        "sha1=",
        HEX,
        f"sha1={HEX[:-1]}",
        f"sha1={HEX}0",
        f"sha1={HEX.upper()}",
        f"SHA1={HEX}",
        f"sha1:{HEX}",
        f" {GOOD}",
        f"{GOOD} ",
        f"{GOOD}\n",
        f"{GOOD}\x00",
        f"{GOOD},{GOOD}",
        f"{GOOD}, {GOOD}",
        f"sha256={HEX}",
        "sha256=" + hmac.new(SECRETS[0], BODY, hashlib.sha256).hexdigest(),
        "sha1=" + hmac.new(SECRETS[0], BODY, hashlib.sha256).hexdigest()[:40],
        "sha1=" + "0" * 40,
        "sha1=" + "\u0660" * 40,
        "sha1=" + "\uff10" * 40,
        "sha1=" + "é" * 40,
        "sha1=" + "\ud800" * 40,
        signature_of(BODY, "another-secret-of-32-characters!"),
        signature_of(BODY, ""),
        signature_of(BODY + b"\n"),
        signature_of(b""),
        "x" * 100_000,
    ],
)
def test_every_other_form_and_value_is_refused_the_same_way(given: str | None) -> None:
    """One answer for all of them, and never an error of another kind: no type error, no traceback, no clue."""
    with pytest.raises(BadSignature):
        signature.verify(BODY, given, secrets=SECRETS)


@given(st.binary(max_size=200), st.binary(min_size=16, max_size=64), st.binary(min_size=16, max_size=64))
def test_either_of_two_live_secrets_will_do(body: bytes, current: bytes, previous: bytes) -> None:
    """While rotating, Enode signs with one of them and we do not know which."""
    for secret in (current, previous):
        signature.verify(body, signature.sign(body, secret), secrets=[current, previous])


@given(st.binary(max_size=50), st.binary(max_size=50), st.text(max_size=60))
def test_no_text_but_the_signature_passes(body: bytes, other: bytes, given: str) -> None:
    """A changed byte of the body or of the header is enough."""
    if given != signature.sign(body, SECRETS[0]):
        with pytest.raises(BadSignature):
            signature.verify(body, given, secrets=SECRETS)
    if other != body:
        with pytest.raises(BadSignature):
            signature.verify(body, signature.sign(other, SECRETS[0]), secrets=SECRETS)


@pytest.mark.parametrize("secrets", [[], [b""], [b"example-secret"], [b"x" * 15], [b"x" * 32, b"hunter2"]])
def test_without_a_long_secret_there_is_no_work(secrets: list[bytes]) -> None:
    """A missing secret must never mean that everybody is let in."""
    with pytest.raises(Misconfigured) as refusal:
        signature.check_secrets(secrets)

    assert all(secret.decode() not in str(refusal.value) for secret in secrets if secret)


def test_sixteen_bytes_are_a_secret() -> None:
    """128 bits, as Enode asks for."""
    signature.check_secrets([b"x" * 16])
    signature.check_secrets([b"x" * 64, b"y" * 16])


def test_no_live_secret_lets_nobody_in() -> None:
    """Even if somebody forgot to check the secrets first."""
    with pytest.raises(BadSignature):
        signature.verify(BODY, GOOD, secrets=[])
