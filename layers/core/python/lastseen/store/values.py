"""How do DynamoDB's values come out of an answer? As they came: botocore's own reading costs more than all else.

botocore asks of every value for each of the ten types it may have: of fifty devices with fourteen attributes each,
seven thousand times. What it hands out in the end is what DynamoDB sent, but for bytes, which come in base64.
"""

from base64 import b64decode
from typing import Any

import jiter
from botocore.parsers import JSONParser, ResponseParserFactory


class ValuesParser(JSONParser):
    """botocore's reader of JSON answers, with a shorter way for items and keys; everything else takes the long one."""

    def _handle_map(self, shape: Any, value: Any) -> Any:
        if shape.value.name != "AttributeValue":
            return super()._handle_map(shape, value)  # type: ignore[misc] # the stubs show only what is public
        for name, attribute in value.items():
            if "B" in attribute:
                attribute["B"] = b64decode(attribute["B"])
            elif "M" in attribute or "L" in attribute or "BS" in attribute:  # what is inside must be read too
                value[name] = self._parse_shape(shape.value, attribute)  # type: ignore[attr-defined]
        return value

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
