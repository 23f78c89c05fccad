"""Proves `rehearsal/model.py`: an answer that AWS could not give is recognised."""

from typing import Any

import pytest

from rehearsal.model import complaints, complaints_of_error


@pytest.mark.parametrize(
    ("operation", "answer", "said"),
    [
        ("GetItem", {"Itm": {}}, "Itm: there is no such member"),
        ("GetItem", {"Item": {"pk": {"X": "a"}}}, "Item.pk.X: there is no such member"),
        ("GetItem", {"Item": {"pk": {"S": 1}}}, "Item.pk.S: 1 is no string"),
        ("Query", {"Items": {}}, "Items: must be a list"),
        ("Query", {"Items": ["a"]}, "Items[0]: must be an object"),
        ("BatchExecuteStatement", {"Responses": [{"Error": {"Code": "Slow"}}]}, "none of AWS's values"),
    ],
)
def test_an_answer_of_another_shape_is_found(operation: str, answer: dict[str, Any], said: str) -> None:
    """A member too many, a type, a word that is none of its words; however deep."""
    (found,) = complaints("dynamodb", operation, answer)

    assert said in found


def test_answers_as_aws_gives_them_have_no_complaints() -> None:
    """With attribute values in maps, and per statement."""
    item = {"pk": {"S": "SYS"}, "doc": {"B": "AA=="}, "n": {"NULL": True}, "l": {"L": [{"N": "1"}]}}
    assert complaints("dynamodb", "Query", {"Items": [item], "Count": 1}) == []
    refused = {"Error": {"Code": "ConditionalCheckFailed", "Message": "no", "Item": item}, "TableName": "t"}
    assert complaints("dynamodb", "BatchExecuteStatement", {"Responses": [refused, {}]}) == []


def test_a_refusal_must_be_one_of_the_operations_own() -> None:
    """Reasons are spelt differently from error to error; AWS's model knows how."""
    reasons = [{"reason": "TableReadAccountLimitExceeded", "resource": "arn"}]

    assert (
        complaints_of_error("dynamodb", "GetItem", "ThrottlingException", {"throttlingReasons": reasons})
        == []
    )
    assert (
        complaints_of_error("dynamodb", "GetItem", "RequestLimitExceeded", {"ThrottlingReasons": reasons})
        == []
    )
    assert complaints_of_error("dynamodb", "GetItem", "ThrottlingException", {"ThrottlingReasons": reasons})
    assert complaints_of_error("dynamodb", "GetItem", "DuplicateItemException", {})
    assert complaints_of_error("dynamodb", "GetItem", "InternalFailure", {"reasons": []})


def test_an_operation_that_there_is_not_is_refused() -> None:
    """It is a mistake of the script."""
    with pytest.raises(ValueError, match="no operation FetchItem"):
        complaints("dynamodb", "FetchItem", {})
