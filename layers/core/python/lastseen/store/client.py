"""How do we speak to AWS? One way of making clients: short time-outs, no retries but our own."""

from typing import TYPE_CHECKING

import boto3
from botocore.config import Config

if TYPE_CHECKING:
    from mypy_boto3_dynamodb import DynamoDBClient
    from mypy_boto3_s3 import S3Client
    from mypy_boto3_secretsmanager import SecretsManagerClient

# Enode waits five seconds. A call that hangs must leave time for another; the batches retry by themselves, because
# botocore's pauses are as long as a second and it does not retry the parts of a batch.
IN_A_HURRY = Config(
    connect_timeout=1,
    read_timeout=2,
    retries={"mode": "standard", "total_max_attempts": 1},
    max_pool_connections=16,
    parameter_validation=False,
)
SCANNING = Config(
    connect_timeout=2,
    read_timeout=20,
    retries={"mode": "standard", "total_max_attempts": 5},
    max_pool_connections=16,
    parameter_validation=False,
)
PATIENT = Config(connect_timeout=1, read_timeout=3, retries={"mode": "standard", "total_max_attempts": 2})


def dynamodb() -> "DynamoDBClient":
    """A DynamoDB client for batches with a deadline; safe to share between threads."""
    return boto3.client("dynamodb", config=IN_A_HURRY)


def patient_dynamodb() -> "DynamoDBClient":
    """A DynamoDB client for those who look through a whole table: a page of a scan is a megabyte, and nobody waits."""
    return boto3.client("dynamodb", config=SCANNING)


def s3() -> "S3Client":
    """An S3 client; tries twice."""
    return boto3.client("s3", config=PATIENT)


def secrets_manager() -> "SecretsManagerClient":
    """A Secrets Manager client; tries twice."""
    return boto3.client("secretsmanager", config=PATIENT)
