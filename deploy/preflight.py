"""Checks before a deployment: what AWS would tell only after minutes, or only when the first token is refused."""

import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import boto3
import httpx
from botocore.exceptions import BotoCoreError, ClientError

from deploy.settings import Settings

DISCOVERY_SECONDS = 1.5
"""What API Gateway waits for an issuer's discovery document and keys (its quotas for HTTP APIs)."""

LEAST_UNRESERVED = 10
"""Executions at once that Lambda keeps unreserved in a new account; in an older one it insists on 100."""

LONGEST_STACK_NAME = 54
"""EventBridge Scheduler's names have 64 characters, and the longest of ours appends "-reconcile"."""

type Get = Callable[[str], httpx.Response]
type Client = Callable[[str], Any]


@dataclass(frozen=True, slots=True)
class Finding:
    """What one check found.

    Attributes:
        text: In a sentence.
        is_fatal: Whether the deployment would fail, or be of no use.
        is_fine: Whether there is nothing to do.
    """

    text: str
    is_fatal: bool = False
    is_fine: bool = False


def check(
    settings: Settings,
    values: Mapping[str, str],
    *,
    is_new: bool,
    get: Get | None = None,
    client: Client | None = None,
) -> Iterator[Finding]:
    """Check everything about a stack: its names, its issuer, the account.

    Args:
        settings: Of the stack.
        values: Of its parameters, all of them.
        is_new: Whether there is no stack of this name yet.
        get: Asks the internet; replaced by tests.
        client: Makes a client of an AWS service in the stack's region; replaced by tests.
    """
    session: Any = boto3.Session(region_name=settings.region)
    aws: Client = client or session.client
    yield from stack_name(settings.stack)
    yield from issuer(values["OidcIssuer"], get or fetch)
    yield from concurrency(values, aws)
    yield from alarm_topic(values["AlarmTopicArn"], settings.region, aws)
    yield from key(values.get("KmsKeyArn", ""), settings.region, aws)
    if is_new:
        yield from names_in_use(settings, aws)


def fetch(url: str) -> httpx.Response:
    """Ask as API Gateway does, but with more patience, so that the time it took can be told."""
    return httpx.get(url, timeout=10, follow_redirects=False)


def stack_name(name: str) -> Iterator[Finding]:
    """Check that everything that is named after the stack may be named so."""
    if not re.fullmatch(r"[A-Za-z][A-Za-z0-9-]*", name):
        yield Finding(
            f"{name!r} cannot be a stack's name: a letter, then letters, digits and hyphens", is_fatal=True
        )
    elif len(name) > LONGEST_STACK_NAME:
        yield Finding(
            f"the stack's name has {len(name)} characters; {LONGEST_STACK_NAME} are the most", is_fatal=True
        )
    else:
        yield Finding(f"{name} can name a stack and its schedules", is_fine=True)


def issuer(url: str, get: Get) -> Iterator[Finding]:
    """Check what API Gateway demands of an issuer: discovery and keys from the internet, in time, with RSA keys."""
    if not url.startswith("https://"):
        yield Finding(f"the issuer {url} is not https, and API Gateway takes nothing else", is_fatal=True)
        return
    document, findings = _document(f"{url.rstrip('/')}/.well-known/openid-configuration", "discovery", get)
    yield from findings
    if document is None:
        return
    named = document.get("issuer")
    if named == url:
        yield Finding("the issuer calls itself as OidcIssuer does", is_fine=True)
    elif isinstance(named, str):
        yield Finding(
            f"the issuer calls itself {named}, so that is what tokens say: write OidcIssuer = {named!r}, "
            "slash at the end or not as there",
            is_fatal=True,
        )
    else:
        yield Finding("the issuer's discovery document does not say who the issuer is", is_fatal=True)
    keys_url = document.get("jwks_uri")
    if not isinstance(keys_url, str) or not keys_url.startswith("https://"):
        yield Finding("the issuer names no https address of its keys (jwks_uri)", is_fatal=True)
        return
    keys, findings = _document(keys_url, "keys", get)
    yield from findings
    if keys is not None:
        yield _usable(keys.get("keys"))


def concurrency(values: Mapping[str, str], client: Client) -> Iterator[Finding]:
    """Check that the account's executions at once suffice."""
    try:
        limits = client("lambda").get_account_settings()["AccountLimit"]
    except (ClientError, BotoCoreError) as error:
        yield Finding(f"the account could not be asked: {_reason(error)}", is_fatal=True)
        return
    free = limits["UnreservedConcurrentExecutions"]
    reserved = int(values.get("IngestConcurrency") or 0)
    if reserved and free - reserved < LEAST_UNRESERVED:
        yield Finding(
            f"IngestConcurrency = {reserved} cannot be reserved: of the account's executions at once {free} are free, "
            f"and at least {LEAST_UNRESERVED} must stay so. Leave it out, or ask AWS for more (Service Quotas, Lambda)",
            is_fatal=True,
        )
    elif free - reserved <= LEAST_UNRESERVED:
        yield Finding(
            f"the account allows {free} executions at once, for deliveries and reads together. Enough to begin with; "
            "ask AWS for more before users come (Service Quotas, Lambda, Concurrent executions)"
        )
    else:
        yield Finding(f"the account allows {free} executions at once", is_fine=True)


def alarm_topic(arn: str, region: str, client: Client) -> Iterator[Finding]:
    """Check that alarms can be heard."""
    if not arn:
        yield Finding("no AlarmTopicArn: alarms show on the console only, and nobody is told")
        return
    if arn.split(":")[3] != region:
        yield Finding(
            f"AlarmTopicArn is a topic of {arn.split(':')[3]}; alarms reach only topics of {region}",
            is_fatal=True,
        )
        return
    try:
        client("sns").get_topic_attributes(TopicArn=arn)
    except (ClientError, BotoCoreError) as error:
        yield Finding(f"the topic AlarmTopicArn could not be asked for: {_reason(error)}", is_fatal=True)
        return
    yield Finding("alarms reach their topic", is_fine=True)


def key(arn: str, region: str, client: Client) -> Iterator[Finding]:
    """Check that the tables can be encrypted with a key of one's own, if one is named."""
    if not arn:
        return
    if arn.split(":")[3] != region:
        yield Finding(
            f"KmsKeyArn is a key of {arn.split(':')[3]}; tables take only keys of {region}", is_fatal=True
        )
        return
    try:
        told = client("kms").describe_key(KeyId=arn)["KeyMetadata"]
    except (ClientError, BotoCoreError) as error:
        yield Finding(f"the key KmsKeyArn could not be asked for: {_reason(error)}", is_fatal=True)
        return
    if told.get("KeyState") != "Enabled" or told.get("KeySpec") != "SYMMETRIC_DEFAULT":
        yield Finding(
            f"the key KmsKeyArn is {told.get('KeyState')}, {told.get('KeySpec')}; tables take an enabled symmetric one",
            is_fatal=True,
        )
    else:
        yield Finding("the key for the tables is enabled", is_fine=True)


def names_in_use(settings: Settings, client: Client) -> Iterator[Finding]:
    """Check that what is named after the stack is not there already, left over or somebody else's."""
    taken = []
    try:
        for task in ("sweep", "reconcile", "guard"):
            name = f"{settings.stack}-{task}"
            if _is_there(partial(client("scheduler").get_schedule, Name=name)):
                taken.append(f"the schedule {name}")
        name = f"{settings.stack}-{settings.region}"
        if _is_there(partial(client("cloudwatch").get_dashboard, DashboardName=name)):
            taken.append(f"the dashboard {name}")
    except (ClientError, BotoCoreError) as error:
        yield Finding(f"names could not be looked up: {_reason(error)}")
        return
    if taken:
        yield Finding(
            f"{', '.join(taken)} is there already: delete it, or choose another STACK", is_fatal=True
        )
    else:
        yield Finding("the names of schedules and dashboard are free", is_fine=True)


def _document(url: str, what: str, get: Get) -> tuple[dict[str, Any] | None, list[Finding]]:
    began = time.monotonic()
    try:
        answer = get(url)
        took = time.monotonic() - began
        said = answer.json() if answer.is_success else None
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, RecursionError) as error:
        return None, [
            Finding(f"the issuer's {what} at {url} cannot be read: {_reason(error)}", is_fatal=True)
        ]
    if not isinstance(said, dict):
        return None, [
            Finding(
                f"the issuer's {what} at {url} is answered {answer.status_code}, no JSON object",
                is_fatal=True,
            )
        ]
    if took > DISCOVERY_SECONDS:
        return said, [
            Finding(
                f"the issuer's {what} took {took:.1f} s from here; API Gateway waits {DISCOVERY_SECONDS} s"
            )
        ]
    return said, [Finding(f"the issuer's {what} came in {took * 1000:.0f} ms", is_fine=True)]


def _usable(keys: object) -> Finding:
    """Say whether there is a key that API Gateway can use: RSA, for signatures, with an id."""
    found = [key for key in keys if isinstance(key, dict)] if isinstance(keys, list) else []
    rsa = [key for key in found if key.get("kty") == "RSA" and (key.get("use") or "sig") == "sig"]
    signing = [key for key in rsa if str(key.get("alg") or "RS256").startswith("RS")]
    named = [key for key in signing if key.get("kid")]
    if named:
        return Finding(f"the issuer signs with RSA, {len(named)} keys", is_fine=True)
    kinds = ", ".join(sorted({f"{key.get('kty')} {key.get('alg', '')}".strip() for key in found})) or "none"
    lack = "its RSA keys have no id (kid)" if signing else f"its keys are: {kinds}"
    return Finding(
        f"API Gateway checks signatures by RSA keys (RS256, RS384, RS512) with an id; the issuer has none, {lack}. "
        "Let it sign with RS256",
        is_fatal=True,
    )


def _is_there(ask: Callable[[], object]) -> bool:
    try:
        ask()
    except ClientError as error:
        if error.response["Error"]["Code"] in ("ResourceNotFound", "ResourceNotFoundException"):
            return False
        raise
    return True


def _reason(error: Exception) -> str:
    return str(error) or type(error).__name__
