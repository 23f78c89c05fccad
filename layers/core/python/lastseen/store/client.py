"""AWS clients: time-outs and retries for each use. Writes retry in their batches; reads leave it to botocore."""

import gc
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import TYPE_CHECKING

import boto3
import botocore.session
from botocore.config import Config

from lastseen.store.call_deadline import watched
from lastseen.store.fast_parser import ValuesParserFactory

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

_OURSELVES = "lastseen"
"""What AWS is told of who calls. botocore would put together a longer word anew for every call, a fifth of its time."""

CONNECTIONS = 16
"""To one service at once."""

# Enode waits five seconds. A call that hangs must leave time for another; the batches retry by themselves, because
# botocore's pauses are as long as a second and it does not retry the parts of a batch.
IN_A_HURRY = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=CONNECTIONS,
    parameter_validation=False,
    user_agent=_OURSELVES,
)
# A kept connection that DynamoDB dropped while Lambda was frozen, one 500, one throttle: another attempt cures them.
# None is begun after the function's own deadline (`call_deadline`), so the last one ends within Lambda's ten seconds.
READING = IN_A_HURRY.merge(Config(retries={"mode": "standard", "total_max_attempts": 3}))
SCANNING = Config(
    connect_timeout=2,
    read_timeout=8,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=CONNECTIONS,
    parameter_validation=False,
    user_agent=_OURSELVES,
)
# Nobody waits for these to the end: see `call_deadline.waited`.
PATIENT = Config(connect_timeout=1, read_timeout=2, retries={"mode": "standard", "total_max_attempts": 2})

LONGEST_SCAN_ATTEMPT = timedelta(seconds=10)
"""What connecting to DynamoDB and reading from it may take together, for those who look through a whole table."""

LONGEST_READ_ATTEMPT = timedelta(seconds=3)
"""The same for everybody else."""


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the garbage collector away while botocore loads its large, lasting descriptions: a tenth of a cold start."""
    is_collected = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if is_collected:
            gc.enable()


@_uncollected()
def dynamodb() -> "DynamoDBClient":
    """A DynamoDB client for batches with a deadline, which retry by themselves; safe to share between threads."""
    return watched(_session().client("dynamodb", config=IN_A_HURRY))


@_uncollected()
def reading_dynamodb() -> "DynamoDBClient":
    """A DynamoDB client for reads that somebody waits for; tries three times."""
    return watched(_session().client("dynamodb", config=READING))


@_uncollected()
def patient_dynamodb() -> "DynamoDBClient":
    """A DynamoDB client for those who look through a whole table: a page of a scan is a megabyte, and nobody waits."""
    return watched(_session().client("dynamodb", config=SCANNING))


@_uncollected()
def s3() -> "S3Client":
    """An S3 client; tries twice."""
    return watched(boto3.client("s3", config=PATIENT))


@_uncollected()
def secrets_manager() -> "SecretsManagerClient":
    """A Secrets Manager client; tries twice."""
    return watched(boto3.client("secretsmanager", config=PATIENT))


def _session() -> boto3.Session:
    """The one session of all clients: another would read botocore's data again, 60 ms of it."""
    if boto3.DEFAULT_SESSION is None:
        session = botocore.session.get_session()
        session.register_component("response_parser_factory", ValuesParserFactory())
        boto3.setup_default_session(botocore_session=session)
    return boto3.DEFAULT_SESSION or boto3.Session()
