"""Both doors composed by themselves, as in the cloud, on an emulated AWS behind a stand-in that can fail."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, cast
from unittest.mock import patch

import boto3
import httpx
import pytest
from aws_lambda_powertools.utilities.typing import LambdaContext
from pytest_socket import enable_socket

from functions.ingest import app as ingest
from functions.read import app as read
from lastseen import composition
from lastseen.config import ReadSettings
from rehearsal.standin import Call, PassOn, Reply, Script, StandIn, standing_in
from tests.integration import engines, template
from tests.support.builders import SECRET, Json
from tests.support.read_requests import ENVIRONMENT, Context, asked, of

KEYS = {
    "AWS_ACCESS_KEY_ID": "tests",
    "AWS_SECRET_ACCESS_KEY": "tests",
    "AWS_DEFAULT_REGION": "eu-central-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}


@dataclass
class Account:
    """An emulated account with the stack's tables, bucket and secrets in it.

    Attributes:
        url: Of the emulator.
        told: What the functions are told of it.
    """

    url: str
    told: dict[str, str]

    @contextmanager
    def behind(self, script: Script, **more: str) -> Iterator["Doors"]:
        """Compose both doors anew, before a stand-in that passes on what its script does not decide.

        Args:
            script: What becomes of each call.
            more: Variables of the environment that differ.
        """
        with standing_in(script, behind=self.url) as aws:
            told = {**self.told, "AWS_ENDPOINT_URL": aws.url, **more}
            with patch.dict(os.environ, told), patch.object(boto3, "DEFAULT_SESSION", None):
                _forget()
                try:
                    yield Doors(aws)
                finally:
                    aws.end()
                    _forget()

    def remove(self, pk: str, sk: str) -> None:
        """Remove an item of the DevicesTable, as DynamoDB does with one that has expired."""
        # By hand: what goes through botocore while a function runs is taken for the function's own.
        wanted = {"TableName": "DevicesTable", "Key": {"pk": {"S": pk}, "sk": {"S": sk}}}
        headers = {
            "x-amz-target": "DynamoDB_20120810.DeleteItem",
            "content-type": "application/x-amz-json-1.0",
            "authorization": "AWS4-HMAC-SHA256 Credential=tests/20260301/eu-central-1/dynamodb/aws4_request",
        }
        httpx.post(self.url, headers=headers, json=wanted, trust_env=False).raise_for_status()


@dataclass
class Doors:
    """The functions, and what stands between them and the account."""

    aws: StandIn

    def deliver(self, event: Json) -> Json:
        """Let a delivery in."""
        response: Json = ingest.handler(event, cast("LambdaContext", Context()))
        return response

    def ask(self, path: str, user_id: str, method: str = "GET") -> Json:
        """Ask the read API."""
        event = asked(path, claims=of(user_id), method=method)
        response: Json = read.handler(event, cast("LambdaContext", Context()))
        return response


def unless(decide: Any) -> Script:
    """Make a script that passes on what it does not decide."""

    def script(call: Call) -> Reply:
        reply: Reply | None = decide(call)
        return PassOn() if reply is None else reply

    return script


@pytest.fixture(scope="module")
def account() -> Iterator[Account]:
    """An account of its own, on ministack: DynamoDB alone would not do."""
    enable_socket()
    with engines.running(engines.MINISTACK) as engine, patch.dict(os.environ, KEYS):
        session = boto3.Session()
        dynamodb = session.client("dynamodb", endpoint_url=engine.url)
        for logical_id in ("DevicesTable", "HistoryTable"):
            dynamodb.create_table(TableName=logical_id, **template.table(logical_id))
        secrets = session.client("secretsmanager", endpoint_url=engine.url)
        client = {"clientId": "tests", "clientSecret": "tests"}
        text = {
            "WebhookSecret": json.dumps({"current": SECRET}),
            "CursorSecret": "k" * 32,
            "TwinKeySecret": "t" * 64,
            "EnodeClient": json.dumps(client),
        }
        arns = {
            name: secrets.create_secret(Name=name, SecretString=said)["ARN"] for name, said in text.items()
        }
        place: Any = {"LocationConstraint": KEYS["AWS_DEFAULT_REGION"]}
        bucket = session.client("s3", endpoint_url=engine.url)
        bucket.create_bucket(Bucket="quarantinebucket", CreateBucketConfiguration=place)
        yield Account(
            engine.url,
            {
                **ENVIRONMENT,
                **KEYS,
                "DEVICES_TABLE": "DevicesTable",
                "HISTORY_TABLE": "HistoryTable",
                "QUARANTINE_BUCKET": "quarantinebucket",
                "WEBHOOK_SECRET_ARN": arns["WebhookSecret"],
                "CURSOR_SECRET_ARN": arns["CursorSecret"],
                "TWIN_KEY_ARN": arns["TwinKeySecret"],
                "ENODE_CLIENT_SECRET_ARN": arns["EnodeClient"],
            },
        )


@pytest.fixture(autouse=True)
def _network() -> None:
    enable_socket()


def _forget() -> None:
    """Begin as a new container does, and leave no connection of an old one open."""
    if composition._lasting.cache_info().currsize:
        enode, _, pool = composition._lasting(ReadSettings.from_env(os.environ))
        enode.session.transport.http.close()
        pool.shutdown()
    for door in (ingest, read):
        door.build.cache_clear()
    for kept in (read.pool, read.cursor_key, composition._lasting):
        kept.cache_clear()
