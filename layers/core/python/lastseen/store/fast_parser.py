"""Parse DynamoDB's answers without botocore's own parser, which costs more than all the rest of a read.

botocore asks of every value for each of the ten types it may have: of fifty devices with fourteen attributes each,
seven thousand times. What it hands out in the end is what DynamoDB sent, but for bytes, which come in base64.
"""

from binascii import a2b_base64
from typing import Any

import jiter
from botocore.parsers import JSONParser, ResponseParserFactory

type Item = dict[str, Any]
"""An item as DynamoDB's wire format has it: `{"pk": {"S": "U#anna"}}`."""


class ValuesParser(JSONParser):
    """botocore's reader of JSON answers, with a shorter way for items and keys; everything else takes the long one."""

    def _handle_list(self, shape: Any, value: Any) -> Any:
        if not _is_item(shape.member):
            return super()._handle_list(shape, value)  # type: ignore[misc] # the stubs show only what is public
        for item in value:
            self._read(item, shape.member)
        return value

    def _handle_map(self, shape: Any, value: Any) -> Any:
        if not _is_item(shape):
            return super()._handle_map(shape, value)  # type: ignore[misc]
        self._read(value, shape)
        return value

    def _read(self, item: Any, shape: Any) -> None:
        for name, attribute in item.items():
            if "S" in attribute:  # most of them
                continue
            if "B" in attribute:
                attribute["B"] = a2b_base64(attribute["B"])
            elif "M" in attribute or "L" in attribute or "BS" in attribute:  # what is inside must be read too
                item[name] = self._parse_shape(shape.value, attribute)  # type: ignore[attr-defined]

    def _parse_body_as_json(self, body_contents: bytes) -> Any:
        try:
            return jiter.from_json(body_contents)
        except ValueError:  # no JSON, or half characters: whatever botocore makes of it
            return super()._parse_body_as_json(body_contents)  # type: ignore[misc]


class ValuesParserFactory(ResponseParserFactory):
    """Gives that reader for the protocol that DynamoDB speaks."""

    def create_parser(self, protocol_name: str) -> Any:
        """Make a reader for one answer."""
        if protocol_name != "json":
            return super().create_parser(protocol_name)
        return ValuesParser()


def _is_item(shape: Any) -> bool:
    return bool(shape.type_name == "map" and shape.value.name == "AttributeValue")
