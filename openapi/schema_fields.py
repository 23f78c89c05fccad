"""Schema fields: JSON type, unit, nullability and an example value in one line.

A field carries its example along, out of the way of the schema, so that the example of a whole resource is put
together from its fields and cannot contradict them.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

type Schema = dict[str, Any]


@dataclass(frozen=True)
class Field:
    """A described value.

    Attributes:
        schema: Its JSON Schema.
        example: A value that fits.
        is_needed: Whether its object always has it.
    """

    schema: Schema
    example: Any
    is_needed: bool = True

    @property
    def optional(self) -> "Field":
        """The same where its object may leave it out."""
        return replace(self, is_needed=False)

    @property
    def or_null(self) -> "Field":
        """The same where null may stand in its place."""
        if "$ref" in self.schema:
            return replace(self, schema={"anyOf": [self.schema, {"type": "null"}]})
        return replace(self, schema={**self.schema, "type": [self.schema["type"], "null"]})

    def saying(self, description: str) -> "Field":
        """The same with a description."""
        return replace(self, schema={**self.schema, "description": description})


def text(example: str, description: str = "") -> Field:
    """Any text."""
    return _described({"type": "string"}, example, description)


def uuid(example: str, description: str = "") -> Field:
    """An id of Enode's making; opaque."""
    return text(example, description)


def number(example: float, unit: str, description: str = "") -> Field:
    """A number with its unit."""
    return _described({"type": "number"}, example, f"{description} ({unit})".strip() if description else unit)


def flag(example: bool, description: str = "") -> Field:
    """Yes or no."""
    return _described({"type": "boolean"}, example, description)


def moment(example: str = "2026-03-01T11:57:26Z", description: str = "") -> Field:
    """A moment in time."""
    return _described({"type": "string", "format": "date-time"}, example, description)


def known(example: str, values: str, description: str = "") -> Field:
    """A word of which some are known. Enode adds words without a new version, so the list is not closed."""
    said = f"Known values: {', '.join(values.split())}. More may come."
    return _described({"type": "string"}, example, f"{description} {said}".strip())


def one_of(example: str, values: list[str], description: str = "") -> Field:
    """One of these words and no other."""
    return _described({"type": "string", "enum": values}, example, description)


def always(value: str) -> Field:
    """Always this word."""
    return Field({"type": "string", "const": value}, value)


def list_of(item: Field, description: str = "") -> Field:
    """An array."""
    return _described({"type": "array", "items": item.schema}, [item.example], description)


def anything(example: object, description: str = "") -> Field:
    """Any JSON value, null among them."""
    return _described({}, example, description)


def block(fields: Mapping[str, Field], description: str = "") -> Field:
    """An object with these properties, and others that may come."""
    schema: Schema = {
        "type": "object",
        "required": [name for name, field in fields.items() if field.is_needed],
        "properties": {name: field.schema for name, field in fields.items()},
    }
    if not schema["required"]:
        del schema["required"]
    return _described(schema, {name: field.example for name, field in fields.items()}, description)


def named(name: str, field: Field) -> Field:
    """A field whose schema stands among the components."""
    return Field({"$ref": f"#/components/schemas/{name}"}, field.example)


def partial(schema: Any) -> Any:
    """The same schema where every property of every object may be left out."""
    if isinstance(schema, dict):
        return {name: partial(value) for name, value in schema.items() if name != "required"}
    return [partial(value) for value in schema] if isinstance(schema, list) else schema


def _described(schema: Schema, example: Any, description: str) -> Field:
    return Field({**schema, "description": description} if description else schema, example)
