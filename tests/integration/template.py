"""Tables as template.yaml has them: the tests create theirs from it, so that keys cannot drift."""

from functools import cache
from pathlib import Path
from typing import Any

import yaml

_TEMPLATE = Path(__file__).parents[2] / "template.yaml"
_NEEDED = ("AttributeDefinitions", "KeySchema", "GlobalSecondaryIndexes")


class _Loader(yaml.SafeLoader):
    """Reads a template; what stands behind a tag like `!Ref` is read without it."""


def _untagged(loader: yaml.SafeLoader, _tag: str, node: yaml.Node) -> Any:
    match node:
        case yaml.ScalarNode():
            return loader.construct_scalar(node)
        case yaml.SequenceNode():
            return loader.construct_sequence(node, deep=True)
        case yaml.MappingNode():
            return loader.construct_mapping(node, deep=True)
    raise TypeError(f"no YAML node: {node}")


_Loader.add_multi_constructor("!", _untagged)


@cache
def _template() -> dict[str, Any]:
    template: dict[str, Any] = yaml.load(_TEMPLATE.read_text(), _Loader)  # noqa: S506 - a SafeLoader with tags
    return template


def _resources() -> dict[str, Any]:
    resources: dict[str, Any] = _template()["Resources"]
    return resources


def defaults() -> dict[str, Any]:
    """The parameters of the template that have a default, with it."""
    parameters = _template()["Parameters"].items()
    return {name: parameter["Default"] for name, parameter in parameters if "Default" in parameter}


def variables(logical_id: str) -> set[str]:
    """The names of a function's environment variables, those of all functions included."""
    common, own = _template()["Globals"]["Function"], _resources()[logical_id]["Properties"]
    return {*common["Environment"]["Variables"], *own["Environment"]["Variables"]}


def table(logical_id: str) -> dict[str, Any]:
    """The definition of a table, as CreateTable takes it, without its name."""
    properties = _resources()[logical_id]["Properties"]
    keys = {name: properties[name] for name in _NEEDED if name in properties}
    return {"BillingMode": "PAY_PER_REQUEST", **keys}


def expiry(logical_id: str) -> str:
    """The attribute by which a table's items expire."""
    name: str = _resources()[logical_id]["Properties"]["TimeToLiveSpecification"]["AttributeName"]
    return name


def time_out(logical_id: str) -> int:
    """Seconds after which Lambda kills a function."""
    seconds: int = _resources()[logical_id]["Properties"]["Timeout"]
    return seconds


def http_routes() -> dict[str, tuple[str, bool]]:
    """Every route of the HTTP API: its key, which function answers, and whether a token is needed."""
    found: dict[str, tuple[str, bool]] = {}
    for logical_id, resource in _resources().items():
        for event in resource.get("Properties", {}).get("Events", {}).values():
            if event["Type"] == "HttpApi":
                properties = event["Properties"]
                is_open = properties.get("Auth", {}).get("Authorizer") == "NONE"
                found[_route_key(properties)] = (logical_id, not is_open)
    return found


def _route_key(properties: dict[str, Any]) -> str:
    return f"{properties['Method']} {properties['Path']}" if "Path" in properties else "$default"
