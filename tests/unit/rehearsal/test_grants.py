"""Proves `rehearsal/grants.py`: what IAM authorises for a call, table by table and statement by statement."""

from typing import Any

import pytest

from rehearsal.grants import Grant, needed

ADA = {"pk": {"S": "U#ada"}, "sk": {"S": "D#1"}}
SYSTEM = {"pk": {"S": "SYS"}, "sk": {"S": "SWEEP"}}


@pytest.mark.parametrize(
    ("service", "operation", "params", "grants"),
    [
        ("dynamodb", "GetItem", {"TableName": "t", "Key": ADA}, [("dynamodb:GetItem", "t", ("U#ada",))]),
        ("dynamodb", "PutItem", {"TableName": "t", "Item": SYSTEM}, [("dynamodb:PutItem", "t", ("SYS",))]),
        ("dynamodb", "Scan", {"TableName": "t"}, [("dynamodb:Scan", "t", ())]),
        (
            "dynamodb",
            "Query",
            {
                "TableName": "t",
                "KeyConditionExpression": "pk = :user AND begins_with(sk, :d)",
                "ExpressionAttributeValues": {":user": {"S": "U#ada"}, ":d": {"S": "D#"}},
            },
            [("dynamodb:Query", "t", ("U#ada",))],
        ),
        (
            "dynamodb",
            "Query",
            {
                "TableName": "t",
                "IndexName": "by-kind",
                "KeyConditionExpression": "#k = :k AND #p > :p",
                "ExpressionAttributeNames": {"#k": "kind", "#p": "pk"},
                "ExpressionAttributeValues": {":k": {"S": "vehicle"}, ":p": {"S": "U#ada"}},
            },
            [("dynamodb:Query", "t/index/by-kind", ())],
        ),
        (
            "dynamodb",
            "BatchWriteItem",
            {"RequestItems": {"t": [{"PutRequest": {"Item": ADA}}, {"DeleteRequest": {"Key": SYSTEM}}]}},
            [("dynamodb:BatchWriteItem", "t", ("SYS", "U#ada"))],
        ),
        (
            "dynamodb",
            "BatchGetItem",
            {"RequestItems": {"t": {"Keys": [ADA]}, "u": {"Keys": [SYSTEM]}}},
            [("dynamodb:BatchGetItem", "t", ("U#ada",)), ("dynamodb:BatchGetItem", "u", ("SYS",))],
        ),
        (
            "dynamodb",
            "TransactWriteItems",
            {
                "TransactItems": [
                    {"Put": {"TableName": "t", "Item": ADA}},
                    {"ConditionCheck": {"TableName": "t", "Key": ADA}},
                ]
            },
            [("dynamodb:PutItem", "t", ("U#ada",)), ("dynamodb:ConditionCheckItem", "t", ("U#ada",))],
        ),
        ("s3", "PutObject", {"Bucket": "b", "Key": "elements/1"}, [("s3:PutObject", "b/elements/1", ())]),
        ("s3", "ListObjectsV2", {"Bucket": "b"}, [("s3:ListBucket", "b", ())]),
        ("secretsmanager", "GetSecretValue", {"SecretId": "s"}, [("secretsmanager:GetSecretValue", "s", ())]),
        (
            "secretsmanager",
            "BatchGetSecretValue",
            {"SecretIdList": ["s", "t"]},
            [
                ("secretsmanager:BatchGetSecretValue", "*", ()),
                ("secretsmanager:GetSecretValue", "s", ()),
                ("secretsmanager:GetSecretValue", "t", ()),
            ],
        ),
    ],
)
def test_a_call_needs_its_action_on_what_it_names(
    service: str, operation: str, params: dict[str, Any], grants: list[tuple[str, str, tuple[str, ...]]]
) -> None:
    """The partition key of an index is not that of the table."""
    assert list(needed(service, operation, params)) == [Grant(*one) for one in grants]


@pytest.mark.parametrize(
    ("text", "values", "action", "keys"),
    [
        ("INSERT INTO \"t\" VALUE {'pk':?,'sk':?}", ["U#ada", "D#1"], "PartiQLInsert", ("U#ada",)),
        (
            'UPDATE "t" SET "a"=? SET "b"=? WHERE "pk"=? AND "sk"=?',
            ["1", "2", "SYS", "x"],
            "PartiQLUpdate",
            ("SYS",),
        ),
        ('DELETE FROM "t" WHERE "pk"=? AND "sk"=?', ["U#ada", "x"], "PartiQLDelete", ("U#ada",)),
        ('SELECT "a" FROM "t" WHERE "pk"=?', ["U#ada"], "PartiQLSelect", ("U#ada",)),
    ],
)
def test_a_statement_is_authorised_by_its_verb(
    text: str, values: list[str], action: str, keys: tuple[str, ...]
) -> None:
    """Alone, in a batch and in a transaction; the call that carries it is no action of IAM."""
    one = {"Statement": text, "Parameters": [{"S": value} for value in values]}
    wanted = [Grant(f"dynamodb:{action}", "t", keys)]

    assert list(needed("dynamodb", "ExecuteStatement", one)) == wanted
    assert list(needed("dynamodb", "BatchExecuteStatement", {"Statements": [one, one]})) == wanted * 2
    assert list(needed("dynamodb", "ExecuteTransaction", {"TransactStatements": [one]})) == wanted


def test_what_is_not_known_is_not_passed_over() -> None:
    """A service, or a statement, that this does not know must be taught to it."""
    with pytest.raises(ValueError, match="ses:SendEmail"):
        list(needed("ses", "SendEmail", {}))
    with pytest.raises(ValueError, match="EXISTS"):
        list(needed("dynamodb", "ExecuteStatement", {"Statement": 'EXISTS(SELECT * FROM "t")'}))
