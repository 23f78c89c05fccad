"""Proves `store/attributes.py`: short names that nothing confuses, and instants whose numbers are in order."""

import re
from datetime import UTC, datetime, timedelta

import pytest

from lastseen.store import attributes
from lastseen.store.attributes import NEVER, TTL, instant_of, instant_value
from tests.integration import template
from tests.support.builders import NOON

FIRST, END = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
NAMES = {
    constant: name
    for constant, name in vars(attributes).items()
    if constant.isupper() and not constant.startswith("_") and isinstance(name, str)
}


def test_no_two_attributes_have_one_name() -> None:
    """Not even one of a device and one of a status: both stand in one table, and filters tell them apart by these."""
    assert len(set(NAMES.values())) == len(NAMES)
    assert {"pk", "sk"}.isdisjoint(NAMES.values())


def test_every_attribute_is_explained() -> None:
    """The table names each, as it stands and as the code says it."""
    rows = re.findall(r"^\| `(\w+)` +\| `(\w+)` +\| \S", attributes.__doc__ or "", re.MULTILINE)

    assert {constant: name for name, constant in rows} == NAMES


def test_the_template_names_the_attributes_that_dynamodb_itself_reads() -> None:
    """Keys of indices, and when an item expires."""
    definitions = template.table("DevicesTable")["AttributeDefinitions"]

    assert template.expiry("DevicesTable") == TTL
    assert {one["AttributeName"] for one in definitions} == {
        "pk",
        "sk",
        attributes.ID_DIGEST,
        attributes.KIND,
        attributes.OWNED,
        attributes.PHYSICAL,
    }


@pytest.mark.parametrize(
    "moment", [FIRST, datetime(1970, 1, 1, tzinfo=UTC), NOON, NOON + timedelta(microseconds=123_999), END]
)
def test_an_instant_is_read_as_it_was_written_to_the_millisecond(moment: datetime) -> None:
    """Whichever: the epoch is an instant like any other, and not the word for none."""
    assert instant_of(instant_value(moment)) == moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def test_instants_are_in_the_order_of_their_numbers_and_none_comes_first() -> None:
    """DynamoDB compares them in filters: what was never seen is older than all that was."""
    moments = [FIRST, datetime(1969, 12, 31, tzinfo=UTC), NOON, NOON + timedelta(milliseconds=1), END]

    numbers = [int(value["N"]) for value in (NEVER, *map(instant_value, moments))]

    assert numbers == sorted(set(numbers))
    assert instant_of(instant_value(None)) is None
    assert instant_of(None) is None
