"""What a call of the AWS API needs: which action on what, as IAM authorises it.

`BatchExecuteStatement` is no action of IAM: each of its statements is authorised by its verb. `BatchWriteItem` and
`BatchGetItem` are, once for each table; `BatchGetSecretValue` is, and needs `GetSecretValue` of each secret besides.
DynamoDB's `LeadingKeys` are the partition keys that a call names.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

VERBS = {
    "INSERT": "PartiQLInsert",
    "UPDATE": "PartiQLUpdate",
    "DELETE": "PartiQLDelete",
    "SELECT": "PartiQLSelect",
}
PARTITION_KEY = "pk"

_VERB = re.compile(r"\s*(\w+)")
_TABLE = re.compile(r"""\b(?:UPDATE|INTO|FROM)\s+"([^"]+)"(?:\."([^"]+)")?""", re.IGNORECASE)
_BOUND_KEY = re.compile(rf"""["']?{PARTITION_KEY}["']?\s*[=:]\s*\?""")
_OTHERS = {
    "s3": {"ListObjectsV2": "ListBucket", "ListObjects": "ListBucket", "HeadObject": "GetObject"},
    "secretsmanager": {},
    "sqs": {},
}
_STATEMENTS = {"BatchExecuteStatement": "Statements", "ExecuteTransaction": "TransactStatements"}
_NAMED_BY = {"secretsmanager": "SecretId", "sqs": "QueueUrl", "s3": "Bucket"}


class Grant(NamedTuple):
    """Leave to do one thing.

    Attributes:
        action: `dynamodb:GetItem`.
        resource: A name or ARN; `table/index/name` for an index, `bucket/key` for an object.
        keys: The partition keys that it names; none if it does not name any, as a scan.
    """

    action: str
    resource: str
    keys: tuple[str, ...] = ()


def needed(service: str, operation: str, params: Mapping[str, Any]) -> Iterator[Grant]:
    """Say what a call needs.

    Args:
        service: As botocore calls it.
        operation: As in the API.
        params: As in the API.

    Raises:
        ValueError: A service, or a statement, that is not known here: teach this module.

    >>> text = 'UPDATE "devices" SET "ord"=? WHERE "pk"=? AND "sk"=?'
    >>> asked = {"Statements": [{"Statement": text, "Parameters": [{"S": "1"}, {"S": "SYS"}, {"S": "SWEEP"}]}]}
    >>> list(needed("dynamodb", "BatchExecuteStatement", asked))
    [Grant(action='dynamodb:PartiQLUpdate', resource='devices', keys=('SYS',))]
    """
    if service == "dynamodb":
        yield from _dynamodb(operation, params)
    elif operation == "BatchGetSecretValue":
        yield Grant("secretsmanager:BatchGetSecretValue", "*")
        for secret in params["SecretIdList"]:
            yield Grant("secretsmanager:GetSecretValue", secret)
    elif service in _OTHERS:
        action = _OTHERS[service].get(operation, operation)
        resource = str(params.get(_NAMED_BY[service], "*"))
        yield Grant(f"{service}:{action}", f"{resource}/{params['Key']}" if "Key" in params else resource)
    else:
        raise ValueError(f"it is not known here what {service}:{operation} needs")


def _dynamodb(operation: str, params: Mapping[str, Any]) -> Iterator[Grant]:
    if "Statement" in params or operation in _STATEMENTS:
        for one in params.get(_STATEMENTS.get(operation, ""), [params]):
            yield _statement(one["Statement"], one.get("Parameters", ()))
    elif operation == "BatchWriteItem":
        for table, writes in params["RequestItems"].items():
            items = [one.get("PutRequest", {}).get("Item") or one["DeleteRequest"]["Key"] for one in writes]
            yield Grant("dynamodb:BatchWriteItem", table, _keys(items))
    elif operation == "BatchGetItem":
        for table, requested in params["RequestItems"].items():
            yield Grant("dynamodb:BatchGetItem", table, _keys(requested["Keys"]))
    elif operation == "TransactWriteItems":
        for one in params["TransactItems"]:
            for verb, what in one.items():
                action = "ConditionCheckItem" if verb == "ConditionCheck" else f"{verb}Item"
                yield Grant(f"dynamodb:{action}", what["TableName"], _keys([what.get("Item") or what["Key"]]))
    else:
        index = f"/index/{params['IndexName']}" if "IndexName" in params else ""
        found = _keys([params[name] for name in ("Item", "Key") if name in params]) or _asked_for(params)
        yield Grant(f"dynamodb:{operation}", f"{params.get('TableName', '*')}{index}", found)


def _statement(text: str, values: Sequence[Any]) -> Grant:
    verb, table = _VERB.match(text), _TABLE.search(text)
    if verb is None or table is None or verb[1].upper() not in VERBS:
        raise ValueError(f"not understood as a statement: {text[:60]}")
    bound = _BOUND_KEY.search(text)
    keys = _keys([{PARTITION_KEY: values[text[: bound.start()].count("?")]}]) if bound else ()
    index = f"/index/{table[2]}" if table[2] else ""
    return Grant(f"dynamodb:{VERBS[verb[1].upper()]}", f"{table[1]}{index}", keys)


def _keys(items: Sequence[Mapping[str, Any]]) -> tuple[str, ...]:
    return tuple(sorted({_text(item[PARTITION_KEY]) for item in items if PARTITION_KEY in item}))


def _asked_for(params: Mapping[str, Any]) -> tuple[str, ...]:
    """The partition key of a query, whatever its placeholder is called."""
    names = params.get("ExpressionAttributeNames", {})
    values = params.get("ExpressionAttributeValues", {})
    for name, place in re.findall(r"(#?\w+)\s*=\s*(:\w+)", params.get("KeyConditionExpression", "")):
        if names.get(name, name) == PARTITION_KEY and place in values:
            return (_text(values[place]),)
    return ()


def _text(value: Any) -> str:
    """An attribute value, or one that the client has made a plain one of."""
    if isinstance(value, Mapping):
        value = next(iter(value.values()))
    return value if isinstance(value, str) else str(value)
