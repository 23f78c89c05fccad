"""Reads HTTP structured fields (RFC 9651), strictly: what we send must be one, not look like one."""

import re

type Parameters = dict[str, str | int | bool]
type Item = tuple[str, Parameters]

_TOKEN = r"[A-Za-z*][A-Za-z0-9!#$%&'*+.^_`|~:/-]*"
_STRING = r'"(?:[\x20\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"'
_INTEGER = r"-?[0-9]{1,15}"
_PARAMETER = re.compile(rf";[ ]*([a-z*][a-z0-9_.*-]*)(?:=({_STRING}|{_INTEGER}|{_TOKEN}))?")
_BARE = re.compile(rf"{_STRING}|{_INTEGER}|{_TOKEN}")


def item(text: str) -> Item:
    """Read an Item: a bare value and its parameters; raises ValueError for anything else."""
    found, rest = _item(text)
    if rest:
        raise ValueError(f"something follows the item: {rest!r}")
    return found


def members(text: str) -> list[Item]:
    """Read a List of Items; raises ValueError for anything else."""
    found = []
    while True:
        one, text = _item(text)
        found.append(one)
        if not text:
            return found
        comma = re.match(r"[ \t]*,[ \t]*(?=.)", text)
        if comma is None:
            raise ValueError(f"no comma: {text!r}")
        text = text[comma.end() :]


def _item(text: str) -> tuple[Item, str]:
    bare = _BARE.match(text)
    if bare is None:
        raise ValueError(f"no value: {text!r}")
    text = text[bare.end() :]
    parameters: Parameters = {}
    while (parameter := _PARAMETER.match(text)) is not None:
        name, value = parameter.groups()
        parameters[name] = _value(value) if value is not None else True
        text = text[parameter.end() :]
    return (str(_value(bare.group())), parameters), text


def _value(text: str) -> str | int:
    if text.startswith('"'):
        return re.sub(r"\\(.)", r"\1", text[1:-1])
    return int(text) if re.fullmatch(_INTEGER, text) else text
