"""What would make a deployment fail is found before it: issuer, account, topic, names."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest

from deploy import preflight
from deploy.preflight import Finding
from deploy.settings import Settings
from tests.unit.deploy.conftest import Aws

ISSUER = "https://issuer.example/tenant"
KEYS = "https://issuer.example/keys"
RSA = {"kty": "RSA", "use": "sig", "alg": "RS256", "kid": "a"}


def _internet(pages: Mapping[str, Any]) -> Callable[[str], httpx.Response]:
    """An internet of these pages: JSON, bytes, an exception, or a status."""

    def get(url: str) -> httpx.Response:
        page = pages.get(url, 404)
        if isinstance(page, Exception):
            raise page
        if isinstance(page, int):
            return httpx.Response(page)
        return httpx.Response(200, content=page if isinstance(page, bytes) else json.dumps(page).encode())

    return get


def _issuer(document: Any, keys: Any = None, url: str = ISSUER) -> list[Finding]:
    pages = {f"{url.rstrip('/')}/.well-known/openid-configuration": document, KEYS: keys or {"keys": [RSA]}}
    return list(preflight.issuer(url, _internet(pages)))


def _fatal(findings: list[Finding]) -> str:
    return " ".join(result.text for result in findings if result.is_fatal)


def test_an_issuer_that_api_gateway_will_take_is_fine() -> None:
    """Discovery, its own name, and an RSA key with an id."""
    findings = _issuer({"issuer": ISSUER, "jwks_uri": KEYS})

    assert findings
    assert all(result.is_fine for result in findings)


@pytest.mark.parametrize(
    ("document", "keys", "complaint"),
    [
        ({"issuer": f"{ISSUER}/", "jwks_uri": KEYS}, None, "slash"),
        ({"issuer": "https://login.example", "jwks_uri": KEYS}, None, "calls itself https://login.example"),
        ({"jwks_uri": KEYS}, None, "does not say who"),
        ({"issuer": ISSUER}, None, "jwks_uri"),
        ({"issuer": ISSUER, "jwks_uri": "http://issuer.example/keys"}, None, "jwks_uri"),
        (
            {"issuer": ISSUER, "jwks_uri": KEYS},
            {"keys": [{"kty": "EC", "alg": "ES256", "kid": "a"}]},
            "EC ES256",
        ),
        ({"issuer": ISSUER, "jwks_uri": KEYS}, {"keys": [{**RSA, "alg": "PS256"}]}, "RSA PS256"),
        ({"issuer": ISSUER, "jwks_uri": KEYS}, {"keys": [{**RSA, "use": "enc"}]}, "RS256"),
        ({"issuer": ISSUER, "jwks_uri": KEYS}, {"keys": [{"kty": "RSA"}]}, "no id (kid)"),
        ({"issuer": ISSUER, "jwks_uri": KEYS}, {"keys": []}, "none"),
        ({"issuer": ISSUER, "jwks_uri": KEYS}, {"no": "keys"}, "none"),
        (404, None, "answered 404"),
        (b"<html>", None, "cannot be read"),
        ([], None, "no JSON object"),
        (httpx.ConnectError("no such host"), None, "no such host"),
        (httpx.InvalidURL("Invalid port: '99999999'"), None, "cannot be read: Invalid port"),
        (b"[" * 100_000, None, "cannot be read"),
        (b"\xff\xfe{", None, "cannot be read"),
        (301, None, "answered 301"),
    ],
)
def test_an_issuer_that_api_gateway_will_refuse_is_told_why(document: Any, keys: Any, complaint: str) -> None:
    """Import of the API fails, or the authorizer refuses every token: both after minutes, and in other words."""
    assert complaint in _fatal(_issuer(document, keys))


def test_an_issuer_that_is_not_https_is_not_even_asked() -> None:
    """API Gateway takes nothing else."""
    assert "https" in _fatal(_issuer({}, url="http://issuer.example"))


def test_a_slow_issuer_is_told_as_a_risk(monkeypatch: pytest.MonkeyPatch) -> None:
    """API Gateway waits a second and a half; from here it may be farther than from there."""
    seconds = iter([0.0, 1.6, 2.0, 2.1])
    monkeypatch.setattr("deploy.preflight.time.monotonic", lambda: next(seconds))

    findings = _issuer({"issuer": ISSUER, "jwks_uri": KEYS})

    assert not _fatal(findings)
    assert [result.text for result in findings if not result.is_fine] == [
        "the issuer's discovery took 1.6 s from here; API Gateway waits 1.5 s"
    ]


@pytest.mark.parametrize(
    ("free", "reserved", "is_fatal", "is_fine"),
    [
        (10, "", False, False),
        (1000, "", False, True),
        (10, "1", True, False),
        (100, "90", False, False),
        (100, "91", True, False),
    ],
)
def test_the_accounts_executions_at_once_are_looked_at(
    aws: Aws, free: int, reserved: str, is_fatal: bool, is_fine: bool
) -> None:
    """A new account has ten, and none of them can be reserved."""
    aws.free = free

    (found,) = preflight.concurrency({"IngestConcurrency": reserved}, aws.client)

    assert (found.is_fatal, found.is_fine) == (is_fatal, is_fine)


@pytest.mark.parametrize(
    ("arn", "is_fatal"),
    [
        ("", False),
        ("arn:aws:sns:eu-central-1:123456789012:alarms", False),
        ("arn:aws:sns:eu-west-1:123456789012:alarms", True),
        ("arn:aws:sns:eu-central-1:123456789012:gone", True),
    ],
)
def test_the_topic_of_alarms_must_be_there_and_in_this_region(aws: Aws, arn: str, is_fatal: bool) -> None:
    """CloudWatch reaches no other, and says so only at the first alarm."""
    (found,) = preflight.alarm_topic(arn, "eu-central-1", aws.client)

    assert found.is_fatal is is_fatal


@pytest.mark.parametrize("name", ["", "1st", "under_score", "a" * 55, "a/b"])
def test_a_name_that_cannot_be_a_stacks_is_refused(name: str) -> None:
    """Nor one whose schedules would have too long a name."""
    assert _fatal(list(preflight.stack_name(name)))
    assert not _fatal(list(preflight.stack_name("a" * 54)))


@pytest.mark.parametrize("taken", ["lastseen-guard", "lastseen-eu-central-1"])
def test_names_that_are_taken_are_found(aws: Aws, taken: str) -> None:
    """Left over from a stack, or somebody else's: its creation would fail near the end."""
    aws.taken = (taken,)

    (found,) = preflight.names_in_use(Settings("lastseen", "eu-central-1", {}), aws.client)

    assert found.is_fatal
    assert taken in found.text


def test_a_whole_check_of_a_good_stack_finds_nothing_fatal(aws: Aws) -> None:
    """All of it together, and names only where the stack is new."""
    values = {"OidcIssuer": ISSUER, "AlarmTopicArn": ""}
    discovery = f"{ISSUER}/.well-known/openid-configuration"
    get = _internet({discovery: {"issuer": ISSUER, "jwks_uri": KEYS}, KEYS: {"keys": [RSA]}})
    own = Settings("lastseen", "eu-central-1", {})

    new = list(preflight.check(own, values, is_new=True, get=get, client=aws.client))
    old = list(preflight.check(own, values, is_new=False, get=get, client=aws.client))

    assert not _fatal(new)
    assert len(new) == len(old) + 1


@pytest.mark.parametrize(
    ("key", "complaint"),
    [
        ("arn:aws:kms:eu-central-1:123456789012:key/a", ""),
        ("arn:aws:kms:us-east-1:123456789012:key/a", "only keys of eu-central-1"),
        ("arn:aws:kms:eu-central-1:123456789012:key/gone", "does not exist"),
        ("arn:aws:kms:eu-central-1:123456789012:key/disabled", "is Disabled"),
        ("arn:aws:kms:eu-central-1:123456789012:key/rsa", "RSA_2048"),
    ],
)
def test_a_key_of_ones_own_is_looked_at(aws: Aws, key: str, complaint: str) -> None:
    """A table with a key it cannot use fails the creation, after minutes."""
    findings = list(preflight.key(key, "eu-central-1", aws.client))

    assert complaint in _fatal(findings)
    assert [result.is_fatal for result in findings] == [bool(complaint)]


def test_a_key_without_use_or_algorithm_is_taken() -> None:
    """Both are optional, and some providers write null."""
    findings = _issuer(
        {"issuer": ISSUER, "jwks_uri": KEYS}, {"keys": [{"kty": "RSA", "kid": "a", "use": None, "alg": None}]}
    )

    assert not _fatal(findings)
