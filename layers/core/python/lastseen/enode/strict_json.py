"""JSON as both entrances read it: strictly, and with U+FFFD where UTF-8 cannot say what was escaped.

A nickname cut in half by somebody's limit ends in half an emoji, `\\ud83d`. JSON writers do write that, strict parsers
do not take it, and no UTF-8 can keep it. It costs its half character and not its device. But what names something is
never repaired: two ids, vendors or events would become one.
"""

import re
from typing import Any

import jiter

_REPLACEMENT = rb"\ufffd"
_ANOTHER = rb"\ufdd0"
"""Of those code points that are no characters. It only serves to find out where replacements stand."""

# What needs no replacement is taken in one bite: other text, other escapes, and pairs of halves.
_HALF = re.compile(
    rb"((?:[^\\]++|\\(?!u[dD][89a-fA-F]).|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2})++)"
    rb"|\\u[dD][89a-fA-F][0-9a-fA-F]{2}",
    re.DOTALL,
)


class BrokenNameError(ValueError):
    """Half a character stands in an id, a vendor or the name of an event."""


def parse(text: bytes) -> Any:
    """Read JSON.

    Raises:
        ValueError: It is none; or a name is said twice, which has two meanings where Python's own parser would take
            the last; or it holds half a character, nests deeper than 200 levels, or is not UTF-8.
    """
    return jiter.from_json(text, allow_inf_nan=False, catch_duplicate_keys=True)


def repair(text: bytes) -> Any:
    """Read JSON that `parse` refused, with U+FFFD in place of half characters, in values and in property names.

    >>> repair(rb'{"displayName":"x\\ud83d"}')
    {'displayName': 'x\ufffd'}

    Raises:
        BrokenNameError: One of them is part of an id, a vendor or the name of an event.
        ValueError: It is no JSON all the same; or two names became one.
    """
    if rb"\ud" not in text and rb"\uD" not in text:
        raise ValueError("there is no half character to replace")
    value, other = (parse(_HALF.sub(_Replacing(by), text)) for by in (_REPLACEMENT, _ANOTHER))
    if _differ_in_a_name(value, other):
        raise BrokenNameError("half a character in what names something")
    return value


class _Replacing:
    def __init__(self, by: bytes) -> None:
        self._by = by

    def __call__(self, found: re.Match[bytes]) -> bytes:
        return found[1] or self._by


def _differ_in_a_name(value: Any, other: Any) -> bool:
    """Whether the two, replaced by different characters, differ in what names something."""
    waiting = [(value, other)]
    while waiting:
        one, another = waiting.pop()
        if isinstance(one, list):
            waiting.extend(zip(one, another, strict=True))
        elif isinstance(one, dict):
            for (name, said), to_domain in zip(one.items(), another.values(), strict=True):
                if isinstance(said, str) and said != to_domain and _is_of_a_name(name):
                    return True
                waiting.append((said, to_domain))
    return False


def _is_of_a_name(name: str) -> bool:
    return name in {"id", "event", "vendor"} or name.endswith("Id")
