"""Proves `store/fast_parser.py`: the short way of reading DynamoDB's answers reads what the long one does."""

import base64
import json
from typing import Any

import boto3
import botocore.session
import pytest
from botocore.parsers import JSONParser
from hypothesis import given
from hypothesis import strategies as st

from lastseen.store import client
from lastseen.store.fast_parser import ValuesParser, ValuesParserFactory

MODEL = botocore.session.get_session().get_service_model("dynamodb")

_blobs = st.binary(max_size=20).map(lambda raw: base64.b64encode(raw).decode())
_texts = st.text(max_size=10)
_plain: st.SearchStrategy[Any] = st.one_of(
    st.builds(lambda value: {"S": value}, _texts),
    st.builds(lambda value: {"N": str(value)}, st.integers()),
    st.builds(lambda value: {"B": value}, _blobs),
    st.builds(lambda value: {"BOOL": value}, st.booleans()),
    st.just({"NULL": True}),
    st.builds(lambda values: {"SS": values}, st.lists(_texts, max_size=3)),
    st.builds(lambda values: {"NS": list(map(str, values))}, st.lists(st.integers(), max_size=3)),
    st.builds(lambda values: {"BS": values}, st.lists(_blobs, max_size=3)),
)
_values = st.recursive(
    _plain,
    lambda inner: (
        st.builds(lambda values: {"L": values}, st.lists(inner, max_size=3))
        | st.builds(lambda values: {"M": values}, st.dictionaries(_texts, inner, max_size=3))
    ),
    max_leaves=8,
)
_items = st.dictionaries(_texts, _values, max_size=5)


def _read(parser: JSONParser, operation: str, answer: Any) -> Any:
    response = {"status_code": 200, "headers": {}, "body": json.dumps(answer).encode(), "context": {}}
    shape: Any = MODEL.operation_model(operation).output_shape
    return parser.parse(response, shape)


@given(st.lists(_items, max_size=3), _items)
def test_answers_of_every_read_and_write_are_read_alike(items: list[Any], key: Any) -> None:
    """Items, keys, and what stood in the way of a statement; every type of value, nested or not."""
    error = {"Code": "ConditionalCheckFailed", "Message": "x", "Item": key}
    answers = {
        "Query": {"Items": items, "Count": len(items), "LastEvaluatedKey": key},
        "Scan": {"Items": items, "Count": 1, "ScannedCount": 2, "ConsumedCapacity": {"CapacityUnits": 0.5}},
        "GetItem": {"Item": key, "of tomorrow": 1},
        "BatchGetItem": {"Responses": {"devices": items}, "UnprocessedKeys": {"devices": {"Keys": items}}},
        "BatchExecuteStatement": {"Responses": [{"Item": key}, {"Error": error}, {}]},
        "BatchWriteItem": {"UnprocessedItems": {"devices": [{"PutRequest": {"Item": key}}]}},
    }

    for operation, answer in answers.items():
        assert _read(ValuesParser(), operation, answer) == _read(JSONParser(), operation, answer)


@pytest.mark.parametrize(
    "body", [b"", b"{}", b"<html>", b'{"Items":', b'{"Items":[{"a":{"S":"\\ud800"}}]}', b"\xff"]
)
def test_what_is_no_answer_is_read_alike(body: bytes) -> None:
    """Cut off, of a proxy, or with half a character."""
    response = {"status_code": 200, "headers": {}, "body": body, "context": {}}
    shape: Any = MODEL.operation_model("Query").output_shape

    def read(parser: JSONParser) -> Any:
        try:
            return parser.parse(response, shape)
        except Exception as error:  # noqa: BLE001 - which one is what is compared
            return type(error)

    assert read(ValuesParser()) == read(JSONParser())


@pytest.mark.parametrize("status", [400, 500])
def test_errors_are_read_alike(status: int) -> None:
    """Their code decides whether to try again."""
    body = b'{"__type":"com.amazonaws.dynamodb.v20120810#ProvisionedThroughputExceededException","message":"slow down"}'
    response = {"status_code": status, "headers": {"x-amzn-requestid": "1"}, "body": body, "context": {}}
    shape: Any = MODEL.operation_model("Query").output_shape

    assert ValuesParser().parse(response, shape) == JSONParser().parse(response, shape)


@pytest.mark.parametrize("protocol", ["json", "rest-xml", "query"])
def test_other_services_are_read_as_ever(protocol: str) -> None:
    """Secrets Manager speaks DynamoDB's protocol, S3 another."""
    assert isinstance(ValuesParserFactory().create_parser(protocol), ValuesParser) is (protocol == "json")


def test_clients_of_dynamodb_read_the_short_way(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever botocore renames, this must not be lost unnoticed: it is a third of the time of a list."""
    monkeypatch.setattr(boto3, "DEFAULT_SESSION", None)
    for name in ("AWS_DEFAULT_REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.setenv(name, "eu-central-1")

    made = client.dynamodb()

    factory = made._endpoint._response_parser_factory  # type: ignore[attr-defined]
    assert isinstance(factory, ValuesParserFactory)
