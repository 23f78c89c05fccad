"""Evaluate Ref, Fn::Sub and Fn::If of a processed template."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

_ABSENT = object()
_PLACE = re.compile(r"\$\{([A-Za-z0-9:._]+)\}")


@dataclass(frozen=True)
class Intrinsics:
    """Works out the intrinsic functions that this house's template uses.

    Attributes:
        values: What Ref and Fn::Sub put in: parameters, pseudo parameters, physical ids, and `Name.Arn`.
        conditions: The template's section of that name.
    """

    values: Mapping[str, str]
    conditions: Mapping[str, Any]

    def resolve(self, node: Any) -> Any:
        """Work out a value, however deep.

        Raises:
            KeyError: It uses a name that is not among the values, or a function that is not known here.

        >>> Intrinsics({"Name": "x"}, {}).resolve({"a": [{"Ref": "Name"}, {"Ref": "AWS::NoValue"}]})
        {'a': ['x']}
        """
        found = self._resolve(node)
        return None if found is _ABSENT else found

    def _resolve(self, node: Any) -> Any:
        if isinstance(node, list):
            return [value for value in map(self._resolve, node) if value is not _ABSENT]
        if not isinstance(node, dict):
            return node
        if len(node) == 1:
            name, argument = next(iter(node.items()))
            if name == "Ref" or name.startswith("Fn::"):
                return self._call(name, argument)
        pairs = ((key, self._resolve(value)) for key, value in node.items())
        return {key: value for key, value in pairs if value is not _ABSENT}

    def _call(self, name: str, argument: Any) -> Any:
        match name:
            case "Ref":
                return _ABSENT if argument == "AWS::NoValue" else self.values[argument]
            case "Fn::GetAtt":
                return self.values[argument if isinstance(argument, str) else ".".join(argument)]
            case "Fn::Sub":
                text, own = argument if isinstance(argument, list) else (argument, {})
                given = {key: str(self._resolve(value)) for key, value in own.items()}
                return _PLACE.sub(lambda place: given.get(place[1]) or self.values[place[1]], text)
            case "Fn::Join":
                separator, parts = argument
                return str(separator).join(map(str, self._resolve(parts)))
            case "Fn::Split":
                separator, text = argument
                return self._resolve(text).split(separator)
            case "Fn::If":
                condition, then, otherwise = argument
                return self._resolve(then if self.holds(self.conditions[condition]) else otherwise)
        raise KeyError(name)

    def holds(self, condition: Any) -> bool:
        """Tell whether a condition of the template is met."""
        (name, argument) = next(iter(condition.items()))
        match name:
            case "Fn::Not":
                return not self.holds(argument[0])
            case "Fn::And":
                return all(map(self.holds, argument))
            case "Fn::Or":
                return any(map(self.holds, argument))
            case "Condition":
                return self.holds(self.conditions[argument])
            case "Fn::Equals":
                first, second = map(self._resolve, argument)
                return bool(first == second)
        raise KeyError(name)
