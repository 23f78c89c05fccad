r"""Paths of properties: names joined by dots, in a form that no name can break.

In a name, a dot and a backslash have a backslash in front. So has the first name of a device's own property if it
begins with `$`, or is one under which we tell of what belongs to a device beside its document.
"""

import re

from lastseen.domain.event_catalog import Family

OURS = frozenset(family.root for family in Family if family.root)

PATTERN = r"(?:[^\\]|\\[\s\S]){1,128}"
"""What may be asked for: any characters, each alone or with a backslash in front; a backslash itself only so."""

_WHOLE = re.compile(PATTERN)
_SPECIAL = re.compile(r"[.\\]")
_PART = {separator: re.compile(rf"(?:[^\\{separator}]|\\[\s\S])*") for separator in ".,"}


def step(name: str) -> str:
    r"""Write a name as a part of a path.

    >>> step("batteryLevel"), step("a.b\\c")
    ('batteryLevel', 'a\\.b\\\\c')
    """
    return _SPECIAL.sub(r"\\\g<0>", name) if "." in name or "\\" in name else name


def first(name: str) -> str:
    r"""Write the name of a property at the top of a device's document.

    >>> first("chargeState"), first("schedules"), first("$exists")
    ('chargeState', '\\schedules', '\\$exists')
    """
    return f"\\{step(name)}" if name in OURS or name.startswith("$") else step(name)


def is_path(text: str) -> bool:
    r"""Say whether this can be a path.

    >>> is_path("chargeState.batteryLevel"), is_path("a\\.b\\ c"), is_path("a\\"), is_path("")
    (True, True, False, False)
    """
    return _WHOLE.fullmatch(text) is not None


def names(path: str) -> list[str]:
    r"""Give the names that a path leads through.

    >>> names("chargeState.batteryLevel"), names("\\schedules.a\\.b\\\\c")
    (['chargeState', 'batteryLevel'], ['schedules', 'a.b\\c'])
    """
    return [re.sub(r"\\([\s\S])", r"\1", part) for part in parts(path, ".")]


def canonical(path: str) -> str:
    r"""Write a path that was asked for as differences write it; what needs no backslash may have one.

    >>> canonical("chargeState.batteryLevel"), canonical("\\schedules.a\\.b\\ c")
    ('chargeState.batteryLevel', '\\schedules.a\\.b c')
    """
    root, *rest = names(path)
    begin = first(root) if path.startswith("\\") else step(root)
    return ".".join([begin, *map(step, rest)])


def parts(text: str, separator: str) -> list[str]:
    r"""Split at a separator, dot or comma, that no backslash stands in front of.

    >>> parts("a,b\\,c,", ",")
    ['a', 'b\\,c', '']
    """
    found, position = [], 0
    while True:
        match = _PART[separator].match(text, position)
        end = len(text) if match is None else match.end()
        found.append(text[position:end])
        if end >= len(text):
            return found
        position = end + 1


def is_of_the_device(path: str) -> bool:
    r"""Say whether a path leads into the device's own document, or tells of its coming and going.

    >>> [is_of_the_device(path) for path in ("chargeState", "$exists", "schedules.a", "\\schedules.a")]
    [True, True, False, True]
    """
    return parts(path, ".")[0] not in OURS


def is_inside(path: str, field: str) -> bool:
    """Say whether a path is, or leads into, a field.

    >>> is_inside("chargeState.batteryLevel", "chargeState"), is_inside("chargeStates", "chargeState")
    (True, False)
    """
    return path == field or path.startswith(f"{field}.")
