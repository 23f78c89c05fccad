"""Parameters of the template: their defaults, and the values CloudFormation would take."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml


class CannotDeployError(Exception):
    """Something that the person at the keyboard can mend; the text says what, and how."""


@dataclass(frozen=True, slots=True)
class Parameter:
    """One parameter.

    Attributes:
        name: Its name.
        default: Its default; None where there is none, and a value must be given.
        description: What it is, in a sentence or two.
        rules: What the template says of its values, as CloudFormation names it: `AllowedPattern`, `MinValue`, …
    """

    name: str
    default: str | None
    description: str
    rules: Mapping[str, Any]

    def complaint(self, value: str) -> str | None:
        """Say why CloudFormation would refuse a value; None if it would take it."""
        rules = self.rules
        if '"' in value or "\n" in value:
            return f"{self.name} cannot hold quotes or line breaks"
        if "AllowedValues" in rules and value not in map(_text, rules["AllowedValues"]):
            return f"{self.name} is one of {', '.join(map(_text, rules['AllowedValues']))}, not {value!r}"
        if "AllowedPattern" in rules and not re.fullmatch(rules["AllowedPattern"], value):
            return f"{self.name} cannot be {value!r}. {rules.get('ConstraintDescription', self.description)}"
        if rules.get("Type") == "Number":
            return self._complaint_of_number(value)
        return f"{self.name} cannot be empty" if len(value) < rules.get("MinLength", 0) else None

    def _complaint_of_number(self, value: str) -> str | None:
        if not re.fullmatch(r"-?\d+", value):
            return f"{self.name} is a whole number, not {value!r}"
        least, most = self.rules.get("MinValue"), self.rules.get("MaxValue")
        if least is not None and int(value) < least:
            return f"{self.name} is {least} or more, not {value}"
        return (
            f"{self.name} is {most} or less, not {value}" if most is not None and int(value) > most else None
        )


def read(template: Path) -> dict[str, Parameter]:
    """Read the parameters of a template, written or built.

    Raises:
        CannotDeployError: There is no such file.
    """
    try:
        text = template.read_text(encoding="utf-8")
    except FileNotFoundError as error:
        raise CannotDeployError(f"{template} is not there; make it with: make build") from error
    said: dict[str, Any] = yaml.load(text, _Loader)["Parameters"]  # noqa: S506 - a SafeLoader that knows tags
    return {
        name: Parameter(
            name,
            _text(rules["Default"]) if "Default" in rules else None,
            str(rules.get("Description", "")),
            rules,
        )
        for name, rules in said.items()
    }


def _text(value: object) -> str:
    """Write a value as CloudFormation does.

    >>> _text(True), _text(90)
    ('true', '90')
    """
    return str(value).lower() if isinstance(value, bool) else str(value)


class _Loader(yaml.SafeLoader):
    """Reads a template; parameters hold no intrinsic functions, so those are read as nothing."""


_Loader.add_multi_constructor("!", lambda _loader, _tag, _node: None)
